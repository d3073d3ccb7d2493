// What the user of this tab has changed and the server has not heard yet. Every part of the page's
// controls shows the server's values with these changes on top.

const PATIENCE = 5000 // milliseconds after which a run that has sent nothing holds up no drag
const AGAIN = 700 // milliseconds after which a page at rest is told again what it has not heard

class Desk {
  constructor() {
    this.parts = new Set()
    this.changes = []
    this.number = 0
    this.held = null // the name of the slider that is being dragged
    this.next = null // its value, while an earlier one is on its way to the picture
    this.sent = -Infinity // when the last change was sent, if it is not drawn yet
    this.page = null // what the newest part belongs to, and the connection that brought it
    this.connection = null
    this.now = null // what came at the end of the last run: page, address, ...
    this.visit = null
    addEventListener("popstate", () => this.wentBack())
  }

  // The text that a control shows. heard : the last change that its present value includes.
  value(control, heard) {
    let text = control.value
    for (const { number, values, whole } of this.changes) {
      if (number <= heard) continue
      if (whole) text = values[control.name] ?? control.default
      else text = values[control.name] ?? text
    }
    return text
  }

  // The name of the preset that is marked.
  preset(active, heard) {
    const last = this.changes.at(-1)
    return last && last.number > heard ? last.preset : active
  }

  // whole: the values replace the setting, as those of a preset do.
  // moving: another value is likely to follow at once, as of a slider that is dragged.
  change(values, { whole = false, preset = null, moving = false } = {}) {
    const names = Object.keys(values).join()
    const stays = (earlier) => earlier.whole || Object.keys(earlier.values).join() !== names
    this.changes = whole ? [] : this.changes.filter(stays)
    this.add(values, { whole, preset, moving })
    this.tell()
  }

  add(values, { whole = false, preset = null, moving = false }) {
    this.number = Math.max(Date.now(), this.number + 1) // also above those before a reload
    this.changes.push({ number: this.number, values, whole, preset, moving, page: this.page })
    this.next = null
  }

  tell() {
    this.send()
    for (const part of this.parts) part.show()
  }

  send() {
    const told = this.changes.map(({ preset, page, ...change }) => change)
    this.sentOn = this.connection
    this.sent = performance.now()
    const part = this.part()
    if (!part) return
    const page = document.documentElement
    page.toggleAttribute("data-alignlab-waiting", true)
    const colour = getComputedStyle(part.root).getPropertyValue("--st-primary-color")
    page.style.setProperty("--alignlab-line", colour)
    part.args.setTriggerValue("changes", told)
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.sendAgain(), AGAIN)
  }

  // Streamlit loses what is told at some moments, as while a session begins.
  sendAgain() {
    if (!this.changes.length) return
    const state = document.querySelector("[data-testid=stApp]")?.dataset ?? {}
    const { testScriptState: script, testConnectionState: connection } = state
    if (script === "notRunning" && connection === "CONNECTED") this.send()
    else this.timer = setTimeout(() => this.sendAgain(), AGAIN)
  }

  // One that is on the page, through which the server is told.
  part() {
    return [...this.parts].findLast(({ root }) => root.isConnected)
  }

  // A slider has been moved and is still held. The next value goes out when the last is drawn.
  drag(name, text) {
    this.held = name
    if (!this.now?.follows) return
    if (performance.now() - this.sent < PATIENCE) this.next = { [name]: text }
    else this.change({ [name]: text })
  }

  // differs: whether the value is not the one that is shown already.
  release(name, text, differs) {
    if (this.held === name) this.held = this.next = null
    if (differs) this.change({ [name]: text })
    else if (this.sent === -Infinity) this.write()
  }

  // The first charts of a run are about to be drawn. A slider that is still held sends its next value
  // now, and the server computes while these are drawn; the rest of the page follows when it rests.
  pictured(heard) {
    if (heard < this.number) return false
    this.sent = -Infinity
    if (!this.next) return false
    this.change(this.next, { moving: true })
    return true
  }

  // All of a run has arrived, but for charts that are still being drawn.
  async arrived(now) {
    const before = this.now
    this.now = now
    if (before?.page === now.page && now.heard < before.heard) return this.tellAgain(before.address)
    const waiting = this.changes.length
    this.changes = this.changes.filter(({ number, page }) => number > now.heard && page === now.page)
    if (this.changes.length) {
      // what was told on a connection that is lost may not have been heard
      if (this.sentOn !== now.connection) this.send()
      return
    }
    if (waiting) for (const part of this.parts) part.show()
    await picturesDrawn()
    if (now !== this.now || this.changes.length) return // a newer run has arrived, or a new change
    this.sent = -Infinity
    if (this.next) return this.change(this.next)
    dispatchEvent(new Event("alignlab-at-rest"))
    document.documentElement.toggleAttribute("data-alignlab-waiting", false)
    this.write()
  }

  // The server went and returned, and knows only the address that this tab was opened with.
  tellAgain(address) {
    const later = this.changes
    this.changes = []
    this.add(Object.fromEntries(new URLSearchParams(address)), { whole: true })
    for (const change of later) this.add(change.values, change)
    this.tell()
  }

  // Write the address once the hand lets go. The first one on a page replaces that of the link.
  write() {
    if (!this.now || this.held || this.changes.length) return
    const { page, address, visit } = this.now
    const here = new URL(location.href)
    if (pageOf(here) !== page) return // another page is on its way
    const wanted = new URLSearchParams(address)
    for (const [name, text] of here.searchParams) {
      if (name.startsWith("embed")) wanted.append(name, text) // Streamlit's own
    }
    const again = visit !== this.visit || this.back
    this.visit = visit
    this.back = false
    if (wanted.toString() === new URLSearchParams(here.search).toString()) return
    here.search = wanted
    history[again ? "replaceState" : "pushState"](history.state, "", here)
  }

  // The browser's Back or Forward to another setting of the same page.
  wentBack() {
    const here = new URL(location.href)
    if (!this.part() || pageOf(here) !== this.page) return
    const named = [...here.searchParams].filter(([name]) => !name.startsWith("embed"))
    this.held = this.next = null
    this.back = true
    this.change(Object.fromEntries(named), { whole: true })
  }
}

// The name of a page by its address, which the home page does not have in it.
const pageOf = ({ pathname }) => pathname.split("/").at(-1) || "home"

// Resolves when no chart is being drawn; charts that arrive together begin within a frame.
async function picturesDrawn() {
  const frame = () => new Promise((done) => setTimeout(done, document.hidden ? 0 : 16))
  await frame()
  while (document.querySelector("[data-alignlab-drawing]")) await frame()
}

export const desk = (window.alignlabDesk ??= new Desk())
