// The inputs of controls. A value is a text, the same as in the address.

import { desk } from "./desk.js"

export function make(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties)
  node.append(...children)
  return node
}

const GREEK = { gamma: "γ", kappa: "κ", nu: "ν", sigma: "σ", rho: "ρ", tau: "τ" }

// A label's formulas as parts: text, subscript or not.
function parts(label) {
  return label.split("$").flatMap((text, at) => {
    if (at % 2 === 0) return text ? [{ text }] : []
    const letters = text
      .replace(/\\tilde\\(\w+?)(?=_|\\|$|\W)/g, (_, name) => `${GREEK[name] ?? name}\u0303`)
      .replace(/\\(\w+?)(?=_|\\|$|\W)/g, (_, name) => GREEK[name] ?? name)
    const [base, below] = letters.split("_")
    return [{ text: base, symbol: true }, ...(below ? [{ text: below, below: true }] : [])]
  })
}

const spoken = (label) => parts(label).map(({ text }) => text).join("")

function labelled(label) {
  return parts(label).map(({ text, symbol, below }) =>
    below ? make("sub", { textContent: text }) : symbol ? make("i", { textContent: text }) : text,
  )
}

let count = 0

// What all inputs share: label, help, the value that is shown.
class Input {
  constructor(spec) {
    this.name = spec.name
    this.id = `alignlab-${spec.name}-${(count += 1)}`
    this.title = make("span", { className: "alignlab-label", id: `${this.id}-label` })
    this.head = make("div", { className: "alignlab-head" }, this.title)
    this.root = make("div", { className: `alignlab-control alignlab-${spec.kind}` }, this.head)
    this.root.dataset.name = spec.name
    if (spec.help) this.help(spec)
    this.build(spec)
  }

  help(spec) {
    const text = make("div", { className: "alignlab-help-text", id: `${this.id}-help` }, spec.help)
    text.popover = "manual"
    text.setAttribute("role", "tooltip")
    const sign = make("button", { className: "alignlab-help", type: "button", textContent: "?" })
    sign.setAttribute("aria-label", `Help: ${spoken(spec.label)}`)
    sign.setAttribute("aria-describedby", text.id)
    const show = () => {
      if (!text.isConnected || text.matches(":popover-open")) return
      text.showPopover()
      const { left, bottom, top } = sign.getBoundingClientRect()
      const { offsetWidth: wide, offsetHeight: high } = text
      const below = bottom + 6 + high < innerHeight
      text.style.left = `${Math.max(8, Math.min(left, innerWidth - wide - 8))}px`
      text.style.top = `${below ? bottom + 6 : Math.max(8, top - 6 - high)}px`
    }
    const hide = () => text.isConnected && text.matches(":popover-open") && text.hidePopover()
    sign.addEventListener("pointerenter", show)
    sign.addEventListener("focus", show)
    sign.addEventListener("click", show)
    sign.addEventListener("pointerleave", hide)
    sign.addEventListener("blur", hide)
    sign.addEventListener("keydown", ({ key }) => key === "Escape" && hide())
    this.head.append(sign, text)
    this.described = text.id
  }

  // The elements that a user moves to by keyboard have the label as their name.
  named(node) {
    node.setAttribute("aria-labelledby", this.title.id)
    if (this.described) node.setAttribute("aria-describedby", this.described)
    return node
  }

  update(spec, heard) {
    this.spec = spec
    this.heard = heard
    if (this.label !== spec.label) this.title.replaceChildren(...labelled(spec.label))
    this.label = spec.label
    this.root.toggleAttribute("data-disabled", spec.disabled)
    this.adapt(spec)
    this.show()
  }

  show() {
    if (desk.held === this.name) return // the hand is right
    this.put(this.current())
  }

  current() {
    return desk.value(this.spec, this.heard)
  }

  // Whether a text stands for the value that is shown already.
  same(text) {
    return text === this.current()
  }

  set(text) {
    if (!this.same(text)) desk.change({ [this.name]: text })
  }

  adapt() {}
}

// The server may write a number otherwise, as 1.0.
const equal = (one, other) => one === other || (one && other && Number(one) === Number(other))

// A range: `texts` between its ends, moved by pointer, touch and keys.
class Range extends Input {
  build(spec) {
    this.range = this.named(make("input", { type: "range", step: "any", id: this.id }))
    this.told = make("output", { htmlFor: this.id })
    this.head.append(this.told)
    this.root.append(this.range)
    this.range.addEventListener("input", () => {
      this.tell(this.text())
      desk.drag(this.name, this.text())
    })
    for (const end of ["change", "pointerup", "pointercancel", "blur"]) {
      this.range.addEventListener(end, () => this.end())
    }
    this.range.addEventListener("keydown", (event) => this.key(event))
    this.range.addEventListener("keyup", () => this.end())
  }

  end() {
    if (desk.held !== this.name) return
    const text = this.text()
    desk.release(this.name, text, !this.same(text))
    this.put(text)
  }

  key(event) {
    const far = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }
    const steps = { ...far, Home: -Infinity, End: Infinity }[event.key]
    if (steps === undefined || event.ctrlKey || event.altKey || event.metaKey) return
    event.preventDefault()
    const text = this.moved(this.text(), steps)
    this.put(text)
    desk.drag(this.name, text)
  }

  adapt({ disabled }) {
    this.range.disabled = disabled
  }

  tell(text) {
    this.told.value = this.words(text)
    this.range.setAttribute("aria-valuetext", this.words(text))
    const { min, max, value } = this.range
    this.range.style.setProperty("--share", `${(100 * (value - min)) / (max - min || 1)}%`)
  }
}

// Numbers at equal steps; an address may name one between them.
class Slider extends Range {
  adapt(spec) {
    super.adapt(spec)
    this.range.min = spec.low
    this.range.max = spec.high
  }

  put(text) {
    this.exact = text
    this.range.max = Math.max(this.spec.high, Number(text))
    this.range.value = text
    this.tell(text)
  }

  text() {
    const here = Number(this.range.value)
    // a range input keeps only the digits of a double
    return Math.abs(here - Number(this.exact)) < 1e-12 ? this.exact : this.rounded(here)
  }

  same(text) {
    return equal(text, this.current())
  }

  rounded(number) {
    const { low, step, whole } = this.spec
    const high = Number(this.range.max)
    const digits = whole ? 0 : (String(step).split(".")[1] ?? "").length
    const near = Number((Math.round(number / step) * step).toFixed(digits))
    return String(Math.min(high, Math.max(low, near)))
  }

  moved(text, steps) {
    const number = Number(text) + steps * this.spec.step
    if (!Number.isFinite(number)) return String(steps < 0 ? this.spec.low : this.range.max)
    const digits = Math.max(...[text, this.spec.step].map((one) => (String(one).split(".")[1] ?? "").length))
    const near = Number(number.toFixed(Math.min(digits, 12)))
    return String(Math.min(Number(this.range.max), Math.max(this.spec.low, near)))
  }

  words(text) {
    return text
  }
}

// A slider over selected stops.
class Stops extends Range {
  adapt(spec) {
    super.adapt(spec)
    this.options = spec.options
  }

  put(text) {
    const texts = this.spec.options.map(([one]) => one)
    this.options = texts.includes(text)
      ? this.spec.options
      : [...this.spec.options, [text, text]].sort(([a], [b]) => a - b)
    this.range.min = 0
    this.range.max = this.options.length - 1
    this.range.value = this.options.findIndex(([one]) => one === text)
    this.tell(text)
  }

  text() {
    return this.options[Math.round(this.range.value)][0]
  }

  moved(text, steps) {
    const last = this.options.length - 1
    const at = this.options.findIndex(([one]) => one === text) + steps
    return this.options[Math.max(0, Math.min(last, at))][0]
  }

  words(text) {
    return this.options.find(([one]) => one === text)?.[1] ?? text
  }
}

// A line that is typed. What is not entered yet stays while the page changes.
class Line extends Input {
  build(spec) {
    this.line = this.named(make("input", { type: this.type, id: this.id, autocomplete: "off" }))
    this.line.spellcheck = false
    this.root.append(this.line)
    this.line.addEventListener("change", () => {
      const text = this.entered(this.line.value)
      this.put(text)
      this.set(text)
    })
  }

  get type() {
    return "text"
  }

  adapt({ disabled, placeholder }) {
    this.line.disabled = disabled
    this.line.placeholder = placeholder
  }

  show() {
    const typing = document.activeElement === this.line && this.line.value !== this.shown
    if (!typing) this.put(this.current())
  }

  put(text) {
    this.line.value = text
    this.shown = this.line.value // as the input writes it
  }

  entered(text) {
    return text
  }
}

class Numeric extends Line {
  get type() {
    return "number"
  }

  adapt(spec) {
    super.adapt(spec)
    Object.assign(this.line, { min: spec.low, max: spec.high, step: spec.step })
  }

  put(text) {
    super.put(text === "" ? "" : String(Number(text)))
  }

  same(text) {
    return equal(text, this.current())
  }

  entered(text) {
    const { low, high, whole, may_be_empty: empty } = this.spec
    if (text === "" || !Number.isFinite(Number(text))) return empty ? "" : this.current()
    const number = Math.min(high, Math.max(low, Number(text)))
    return String(whole ? Math.round(number) : number)
  }
}

// Options that are all in sight, one or several of them chosen.
class Options extends Input {
  build(spec) {
    this.box = make("div", { className: "alignlab-options" })
    this.box.setAttribute("role", this.type === "radio" ? "radiogroup" : "group")
    this.root.append(this.named(this.box))
    this.box.addEventListener("change", () => this.set(this.text()))
  }

  get type() {
    return this.root.matches(".alignlab-several") ? "checkbox" : "radio"
  }

  adapt({ options, disabled }) {
    const now = JSON.stringify(options)
    if (now !== this.offered) {
      this.offered = now
      this.box.replaceChildren(
        ...options.map(([value, label]) => {
          const input = make("input", { type: this.type, name: this.id, value })
          return make("label", {}, input, make("span", {}, ...labelled(label)))
        }),
      )
    }
    for (const input of this.inputs()) input.disabled = disabled
  }

  inputs() {
    return [...this.box.querySelectorAll("input")]
  }

  text() {
    return this.inputs()
      .filter(({ checked }) => checked)
      .map(({ value }) => value)
      .join()
  }

  put(text) {
    const chosen = this.type === "radio" ? [text] : text.split(",")
    for (const input of this.inputs()) input.checked = chosen.includes(input.value)
  }
}

class Menu extends Input {
  build() {
    this.list = this.named(make("select", { id: this.id }))
    this.root.append(this.list)
    this.list.addEventListener("change", () => this.set(this.list.value))
  }

  adapt({ options, disabled }) {
    const now = JSON.stringify(options)
    this.list.disabled = disabled
    if (now === this.offered) return
    this.offered = now
    const offered = options.map(([value, label]) => new Option(spoken(label), value))
    this.list.replaceChildren(...offered)
  }

  put(text) {
    this.list.value = text
  }
}

export const INPUTS = {
  slider: Slider,
  stops: Stops,
  number: Numeric,
  text: Line,
  choice: Options,
  several: Options,
  menu: Menu,
}
