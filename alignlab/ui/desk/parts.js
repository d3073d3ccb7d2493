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

class Presets {
  constructor(root) {
    this.root = root
    root.classList.add("alignlab-presets")
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
      const reset = button("Reset", data.reset, usual ?? null)
      reset.className = "alignlab-reset"
      this.root.replaceChildren(...offered.map(([name, at]) => button(name, at, name)), reset)
    }
    this.show()
  }

  show() {
    const active = desk.preset(this.data.active, this.data.heard)
    for (const button of this.root.querySelectorAll("button:not(.alignlab-reset)")) {
      button.setAttribute("aria-pressed", button.textContent === active)
    }
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
