// Presents a page: hides what is not its picture, and lets keys operate it.

const KEYS = [
  ["P", "present, or back to the whole page"],
  ["→ ←", "next and last step of a lesson"],
  ["Space", "play and pause"],
  ["B", "blank the screen"],
  ["C", "hold this setting, and compare the next with it"],
  ["Q", "QR code of this setting"],
]

const LOCAL = /^(localhost|127\.|\[::1\])/

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties)
  element.append(...children)
  return element
}

// What a key that is typed would change.
function typed({ target }) {
  if (target.matches?.("input[type=range], input[type=radio], input[type=checkbox]")) return false
  return target.matches?.("input, textarea, select, [contenteditable]")
}

class Presenter {
  constructor(root) {
    this.root = root
    this.cover = make("div", { className: "alignlab-blank", hidden: true })
    this.cover.onclick = () => this.blank(false)
    this.cover.setAttribute("role", "img")
    this.cover.setAttribute("aria-label", "Blank screen")
    this.card = make("dialog", { className: "alignlab-code" })
    this.card.onclick = () => this.card.close()
  }

  take(data) {
    this.data = data
    this.on = data.on
    const page = document.documentElement
    const letters = getComputedStyle(page).fontSize
    page.toggleAttribute("data-alignlab-presenting", data.on)
    page.toggleAttribute("data-alignlab-large", data.large)
    const ground = getComputedStyle(this.root).getPropertyValue("--st-background-color")
    page.style.setProperty("--alignlab-ground", ground)
    // charts have letters of their own
    if (getComputedStyle(page).fontSize !== letters) dispatchEvent(new Event("alignlab-type"))
    if (!data.on) this.blank(false)
    const compare = data.setting ? [this.compareButton()] : []
    const tools = data.on ? this.tools() : [this.button("Present", "Present (P)", () => this.toggle())]
    this.root.replaceChildren(...compare, ...tools, this.cover, this.card)
    page.style.setProperty("--alignlab-tools", `${this.root.offsetWidth}px`)
  }

  button(text, label, action) {
    const button = make("button", { type: "button", textContent: text, title: label, onclick: action })
    button.setAttribute("aria-label", label)
    return button
  }

  compareButton() {
    const [text, label] = this.data.beside
      ? ["Show B alone", "Leave A, and show B alone (C)"]
      : ["Compare", "Hold this setting as A, and compare the next with it (C)"]
    return this.button(text, label, () => this.compare())
  }

  compare() {
    window.alignlabDesk?.change({ beside: this.data.beside ? "" : this.data.setting })
  }

  tools() {
    const choices = this.data.controls.map(([name, label]) => {
      const box = make("input", { type: "checkbox", checked: this.data.shown.includes(name) })
      box.onchange = () => this.choose(name, box.checked)
      return make("label", {}, box, label)
    })
    const list = make("div", { className: "alignlab-choices", popover: "auto" }, ...choices)
    const controls = this.button("Controls", "Choose the controls that stay in sight", null)
    controls.popoverTargetElement = list
    return [
      controls,
      list,
      this.button("QR code", "QR code of this setting (Q)", () => this.showCode()),
      this.button("Blank", "Blank the screen (B)", () => this.blank(true)),
      this.button("Leave", "Back to the whole page (P)", () => this.toggle()),
    ]
  }

  toggle() {
    window.alignlabDesk?.change({ present: this.data.large ? "0" : "1" })
  }

  choose(name, wanted) {
    const shown = this.data.shown.filter((one) => one !== name)
    this.data.shown = wanted ? [...shown, name] : shown
    window.alignlabDesk?.change({ controls: this.data.shown.join(",") })
  }

  blank(now) {
    this.cover.hidden = !now
  }

  showCode() {
    const { code, link } = this.data
    const picture = make("div", { className: "alignlab-qr" })
    picture.innerHTML = code // drawn by the server from the address alone
    picture.querySelector("svg")?.setAttribute("aria-label", `QR code of ${link}`)
    const parts = code ? [picture] : [make("p", { textContent: "The address is too long for a QR code." })]
    parts.push(make("p", { textContent: link }))
    if (LOCAL.test(new URL(link).host)) {
      const told = "Only this machine reaches this address: see the README on serving a class."
      parts.push(make("p", { textContent: told }))
    }
    const keys = KEYS.map(([key, words]) => make("li", {}, make("kbd", { textContent: key }), ` ${words}`))
    this.card.replaceChildren(...parts, make("ul", {}, ...keys))
    if (!this.card.open) this.card.showModal()
  }

  // Whether the key has done something.
  press(key) {
    if (key === "p") return this.toggle(), true
    if (key === "c" && this.data.setting) return this.compare(), true
    if (!this.on) return false
    const press = (button) => Boolean(button && !button.disabled && (button.click(), true))
    const find = (where) => document.querySelector(where)
    // a step on another page is a link
    const way = (name) => press(find(`.st-key-lesson-way-${name} :is(button, a)`))
    const actions = {
      b: () => (this.blank(this.cover.hidden), true),
      q: () => (this.card.open ? this.card.close() : this.showCode(), true),
      Escape: () => !this.cover.hidden && (this.blank(false), true),
      ArrowRight: () => way("Next"),
      PageDown: () => way("Next"),
      ArrowLeft: () => way("Back"),
      PageUp: () => way("Back"),
      " ": () => press(find(".alignlab-player:not([hidden]) button")),
    }
    return actions[key]?.() ?? false
  }
}

const presenters = new WeakMap()
let present = null

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || typed(event)) return
  if (!present?.root.isConnected) return
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
  // a slider moves with the arrows, a button is pressed with the space bar
  if (event.target.matches?.("input") && (key.startsWith("Arrow") || key.startsWith("Page"))) return
  if (key === " " && event.target.matches?.("button, summary, input, a")) return
  if (present.press(key)) event.preventDefault()
})

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".alignlab-presenter")
  if (!presenters.has(parentElement)) presenters.set(parentElement, new Presenter(root))
  present = presenters.get(parentElement)
  present.take(data)
  return () => {
    if (!parentElement.isConnected) presenters.delete(parentElement)
  }
}
