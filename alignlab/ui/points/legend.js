// The legend above all pictures: symbols, classes or a colour scale. A click on a class hides it.

class Legend {
  constructor(toggle) {
    this.toggle = toggle // called with the name of a class
    this.root = document.createElement("div")
    this.root.className = "alignlab-points-legend"
  }

  show(marks) {
    const { header, hiddenClasses } = marks
    const parts = header.modalities.map((name, at) => this.part("span", `${"○×"[at]} ${name}`))
    if (header.lines !== "none") parts.push(this.part("span", "– partners"))
    if (marks.marked?.some(Boolean)) parts.push(this.part("b", `bold: ${header.marked_as}`))
    for (const [name, colour] of header.legend) {
      const part = this.part(marks.codes ? "button" : "span", name)
      const swatch = document.createElement("i")
      swatch.style.background = colour
      part.prepend(swatch)
      if (marks.codes) {
        const hidden = hiddenClasses.has(name)
        part.type = "button"
        part.setAttribute("aria-pressed", String(!hidden))
        part.title = hidden ? `Show ${name}` : `Hide ${name}`
        part.onclick = () => this.toggle(name)
      }
      parts.push(part)
    }
    if (header.scale) parts.push(this.scale(header.scale))
    this.root.replaceChildren(...parts)
  }

  part(kind, words) {
    const element = document.createElement(kind)
    element.append(words)
    return element
  }

  scale({ title, low, high, colours }) {
    const bar = document.createElement("i")
    bar.className = "alignlab-points-scale"
    bar.style.background = `linear-gradient(to right, ${colours.join()})`
    const number = (value) => String(Number(value.toPrecision(4))).replace("-", "−")
    const whole = this.part("span", `${title}: ${number(low)} `)
    whole.append(bar, ` ${number(high)}`)
    return whole
  }
}
