// The parts of the component: inputs below each other, the row of presets, the address.

import { desk } from "./desk.js"
import { INPUTS, make } from "./inputs.js"

const style = new CSSStyleSheet()
await fetch(new URL("style.css", import.meta.url))
  .then((answer) => answer.text())
  .then((text) => style.replace(text))
document.adoptedStyleSheets.push(style)

class Inputs {
  constructor(root) {
    this.root = root
    this.inputs = new Map()
  }

  take({ controls, heard }) {
    const names = controls.map(({ name }) => name)
    for (const [name, input] of this.inputs) {
      if (names.includes(name)) continue
      input.root.remove()
      this.inputs.delete(name)
    }
    for (const [index, spec] of controls.entries()) {
      if (!this.inputs.has(spec.name)) this.inputs.set(spec.name, new INPUTS[spec.kind](spec))
      const input = this.inputs.get(spec.name)
      if (this.root.children[index] !== input.root) {
        this.root.insertBefore(input.root, this.root.children[index] ?? null)
      }
      input.update(spec, heard)
    }
  }

  show() {
    for (const input of this.inputs.values()) input.show()
  }
}

// One row. The presets that do not fit are in a list behind a button; the marked one is in the row.
class Presets {
  constructor(root) {
    this.root = root
    root.classList.add("alignlab-presets")
    this.list = make("div", { className: "alignlab-preset-list", popover: "auto" })
    this.more = make("button", { type: "button", className: "alignlab-more", textContent: "More" })
    this.more.popoverTargetElement = this.list
    this.list.addEventListener("beforetoggle", ({ newState }) => newState === "open" && this.place())
    new ResizeObserver(() => this.fold()).observe(root)
    document.fonts.ready.then(() => this.fold(true))
  }

  take(data) {
    this.data = data
    const now = JSON.stringify([data.presets, data.reset])
    if (now !== this.offered) {
      this.offered = now
      const button = (name, values, preset) => {
        const pressed = () => desk.change(values, { whole: true, preset })
        return make("button", { type: "button", textContent: name, onclick: pressed })
      }
      const offered = Object.entries(data.presets)
      const same = (values) => JSON.stringify(values) === JSON.stringify(data.reset)
      const usual = offered.find(([, values]) => same(values))?.[0]
      this.reset = button("Reset", data.reset, usual ?? null)
      this.reset.className = "alignlab-reset"
      this.buttons = offered.map(([name, at]) => button(name, at, name))
      this.root.replaceChildren(...this.buttons, this.reset)
      this.list.replaceChildren() // of those that were offered before
      this.folded = null
    }
    this.show()
  }

  show() {
    this.active = desk.preset(this.data.active, this.data.heard)
    for (const button of this.buttons) {
      button.setAttribute("aria-pressed", button.textContent === this.active)
    }
    this.fold()
  }

  // again: although neither the width nor the marked preset has changed.
  fold(again = false) {
    const { root, buttons, more, reset, list } = this
    const now = `${root.clientWidth} ${this.active}`
    if (!buttons || !root.clientWidth || (now === this.folded && !again)) return
    this.folded = now
    const held = root.contains(document.activeElement) ? document.activeElement : null
    root.replaceChildren(...buttons, more, reset, list)
    more.hidden = false
    const gap = Number.parseFloat(getComputedStyle(root).columnGap)
    const wide = (button) => Math.ceil(button.getBoundingClientRect().width) + gap
    const all = [...buttons, reset].reduce((sum, button) => sum + wide(button), 0)
    const marked = buttons.find((button) => button.textContent === this.active)
    let room = all - gap <= root.clientWidth ? Infinity : root.clientWidth + gap
    for (const button of [more, reset, marked]) room -= button ? wide(button) : 0
    const rest = buttons.filter((button) => {
      if (button === marked) return false
      room -= wide(button)
      return room < 0
    })
    more.hidden = !rest.length
    list.append(...rest)
    const there = list.contains(held) ? more : held
    there?.focus({ preventScroll: true })
  }

  // The list below its button.
  place() {
    const { left, bottom } = this.more.getBoundingClientRect()
    Object.assign(this.list.style, { left: `${left}px`, top: `${bottom + 4}px` })
  }
}

class Address {
  constructor(root) {
    this.root = root
  }

  take(data) {
    desk.arrived(data)
  }

  show() {}
}

const PARTS = { inputs: Inputs, presets: Presets, address: Address }
const mounted = new WeakMap()

export default function (args) {
  const { parentElement, data } = args
  if (!mounted.has(parentElement)) {
    const root = parentElement.querySelector(".alignlab-controls")
    mounted.set(parentElement, new PARTS[data.kind](root))
  }
  const part = mounted.get(parentElement)
  part.args = args
  desk.parts.add(part)
  desk.page = data.page
  desk.connection = data.connection
  part.take(data)
  return () => {
    // Streamlit also ends a call that newer data have superseded
    if (parentElement.isConnected) return
    desk.parts.delete(part)
    mounted.delete(parentElement)
  }
}
