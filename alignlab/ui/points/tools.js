// The buttons of a picture.

const ICONS = {
  move: "M8 1v14M1 8h14M8 1L6 3M8 1l2 2M8 15l-2-2M8 15l2-2M1 8l2-2M1 8l2 2M15 8l-2-2M15 8l-2 2",
  turn: "M13.5 8a5.5 5.5 0 1 1-2-4.2M11.5 1v3h-3",
  box: "M2 3h2M6 3h4M12 3h2M2 13h2M6 13h4M12 13h2M2 3v2M2 7v2M2 11v2M14 3v2M14 7v2M14 11v2",
  lasso: "M8 2.5c3.5 0 6 1.6 6 4s-2.5 4-6 4-6-1.6-6-4 2.5-4 6-4M5 10.2c-1.5 1-1 3 .5 3s1.5-1.5 0-3",
  in: "M7 2a5 5 0 1 0 0 10 5 5 0 1 0 0-10M11 11l4 4M4.5 7h5M7 4.5v5",
  out: "M7 2a5 5 0 1 0 0 10 5 5 0 1 0 0-10M11 11l4 4M4.5 7h5",
  reset: "M2 8l6-5.5L14 8M4 7v6h8V7",
  png: "M2 5h3l1-2h4l1 2h3v8H2zM8 6.5a2.3 2.3 0 1 0 0 4.6 2.3 2.3 0 1 0 0-4.6",
  svg: "M8 2v8M8 10L5 7M8 10l3-3M2 11v3h12v-3",
  full: "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4",
}

// Ways to drag; the first is that of a picture that was just drawn.
function ways(dims) {
  return dims === 3
    ? [["turn", "Rotate"], ["box", "Box select"], ["lasso", "Lasso select (or Shift and drag)"]]
    : [["move", "Pan"], ["box", "Box select"], ["lasso", "Lasso select (or Shift and drag)"]]
}

class Tools {
  // choose(way): a way to drag was chosen; actions: label and function by icon
  constructor(choose, actions) {
    this.choose = choose
    this.root = document.createElement("div")
    this.root.className = "alignlab-points-tools"
    this.root.setAttribute("role", "toolbar")
    this.ways = this.root.appendChild(document.createElement("span"))
    const rest = this.root.appendChild(document.createElement("span"))
    for (const [icon, [label, action]] of Object.entries(actions)) {
      rest.appendChild(this.button(icon, label)).onclick = action
    }
  }

  show(dims) {
    if (this.dims === dims) return
    this.dims = dims
    this.ways.replaceChildren(
      ...ways(dims).map(([icon, label]) => {
        const button = this.button(icon, label)
        button.onclick = () => this.use(icon)
        return button
      }),
    )
    this.use(ways(dims)[0][0])
  }

  use(way) {
    for (const button of this.ways.children) {
      button.setAttribute("aria-pressed", String(button.dataset.icon === way))
    }
    this.choose(way)
  }

  button(icon, label) {
    const button = document.createElement("button")
    button.type = "button"
    button.dataset.icon = icon
    button.title = label
    button.setAttribute("aria-label", label)
    button.innerHTML = `<svg viewBox="0 0 16 16"><path d="${ICONS[icon]}"/></svg>`
    return button
  }
}
