// Marks the first occurrence of each term in the texts of a page, and explains it on request.
//
// Streamlit draws its texts with React, which must find its own nodes again. So a text keeps its
// node, which is cut to what stands before the first mark; the rest stands behind it in nodes of
// ours. Where React changes a text, these are removed before the browser paints.

const MARK = "alignlab-term"

const TEXTS = `[data-testid="stMain"] :is(
  [data-testid="stMarkdownContainer"], [data-testid="stCaptionContainer"],
  .alignlab-chart figcaption, .alignlab-points-picture figcaption
)`

// What is no running text, and what is operated by itself.
const NOT_IN = `a, button, code, pre, summary, label, input, textarea, select, h1, svg, canvas,
  details:not([open]), .katex, .${MARK}, .alignlab-terms, [role="button"], [role="tab"]`

// Texts that cannot be marked: of charts, the headings and row names of tables, formulas.
const DRAWN = `[data-testid="stMain"] :is(
  .alignlab-plot text, .alignlab-points-title, canvas th, canvas td:first-child
)`
const FORMULAS = `[data-testid="stMain"] .katex annotation`

const INDEX = "[\u1D62-\u1D6A\u2080-\u209C\u2C7C]" // subscripts
const PAUSE_MS = 150 // milliseconds without a change after which a page is marked
const LONGEST_MS = 1000 // milliseconds of changes, as of an animation, after which it is, too
const LEAVE_MS = 250 // milliseconds that the pointer has to reach the explanation
const GAP = 4 // pixels between a mark and its explanation
const EDGE = 8 // pixels between the explanation and the edge of the window

const escaped = (text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")

// Finds terms in texts, of several that begin at the same place the longest one.
class Finder {
  constructor(terms) {
    this.terms = new Map() // by spelling
    this.commands = []
    for (const term of terms) {
      for (const spelling of term.spellings) {
        for (const form of ["NFC", "NFD"]) this.terms.set(spelling.normalize(form), term)
      }
      for (const command of term.tex) this.commands.push([command, term])
    }
    const longest = [...this.terms.keys()].sort((a, b) => b.length - a.length)
    const one = (spelling) => {
      const words = escaped(spelling).replaceAll(" ", "\\s+")
      if (/^[a-z]$/i.test(spelling)) return `(?<![-.'’])${words}${INDEX}*(?![-'’])` // not of "I'd"
      return /^\p{L}\p{M}*$/u.test(spelling) ? `${words}${INDEX}*` : words
    }
    this.pattern = new RegExp(
      `(?<![\\p{L}\\p{Nd}\\p{M}_])(?:${longest.map(one).join("|")})(?![\\p{L}\\p{Nd}\\p{M}_])`,
      "gu",
    )
    this.index = new RegExp(`${INDEX}+$`, "u")
    this.commands.sort(([a], [b]) => b.length - a.length)
  }

  // Start, end and term of all terms in a text.
  in(text) {
    return [...text.matchAll(this.pattern)].map((found) => ({
      start: found.index,
      end: found.index + found[0].length,
      term: this.of(found[0]),
    }))
  }

  of(found) {
    const spelling = found.normalize().replace(/\s+/g, " ")
    return this.terms.get(spelling) ?? this.terms.get(spelling.replace(this.index, ""))
  }

  // The terms for which commands of LaTeX stand.
  inFormula(tex) {
    const found = []
    for (const [command, term] of this.commands) {
      const rest = tex.replace(new RegExp(`${escaped(command)}(?![a-z])`, "gi"), " ")
      if (rest !== tex) found.push(term)
      tex = rest
    }
    return found
  }
}

function element(kind, name, parent, text = "") {
  const made = document.createElement(kind)
  if (name) made.className = name
  if (text) made.textContent = text
  parent?.append(made)
  return made
}

class Terms {
  constructor(root) {
    this.root = root
    this.line = element("p", "alignlab-terms-line", root)
    this.told = element("div", "", root) // meanings for screen readers
    this.told.hidden = true
    this.box = element("div", "alignlab-meaning", root)
    this.box.setAttribute("role", "tooltip")
    this.box.popover = "manual"
    this.cut = new Map() // texts with marks: the whole text, what was found, and our nodes
    this.meant = new WeakMap() // the terms of the marks
    this.open = null // the mark that is explained
    this.listen()
    this.watcher = new MutationObserver((changes) => this.changed(changes))
  }

  watch() {
    const main = this.root.closest('[data-testid="stMain"]')
    if (main === this.main) return
    this.main = main
    this.watcher.disconnect()
    this.watcher.observe(main, { childList: true, characterData: true, subtree: true })
  }

  listen() {
    this.stop = new AbortController()
    const on = (name, action) =>
      document.addEventListener(name, action, { capture: true, signal: this.stop.signal })
    const mark = ({ target }) => target.closest?.(`.${MARK}`)
    on("pointerover", (event) => {
      if (mark(event)) this.explain(mark(event))
      else if (this.box.contains(event.target)) clearTimeout(this.leaving)
      else this.leave()
    })
    on("focusin", (event) => mark(event) && this.explain(mark(event)))
    on("focusout", (event) => mark(event) === this.open && this.explain(null))
    on("keydown", ({ key }) => key === "Escape" && this.explain(null))
    on("scroll", () => this.place())
    on("toggle", () => this.later()) // what was folded can be read now
    addEventListener("resize", () => this.place(), { signal: this.stop.signal })
  }

  take(data) {
    this.watch()
    const message = new TextDecoder().decode(data)
    if (message !== this.message) {
      this.message = message
      this.finder = new Finder(JSON.parse(message))
      for (const node of [...this.cut.keys()]) this.whole(node)
      this.listed = null
    }
    this.later()
  }

  // React may have changed texts that hold marks: only its own nodes stay.
  changed(changes) {
    for (const { type, target, removedNodes } of changes) {
      if (type === "characterData") this.forget(target)
      for (const node of removedNodes) this.forget(node)
    }
    this.watcher.takeRecords()
    this.later()
  }

  later() {
    const now = performance.now()
    this.since ??= now
    clearTimeout(this.waiting)
    const left = this.since + LONGEST_MS - now
    this.waiting = setTimeout(() => this.mark(), Math.max(0, Math.min(PAUSE_MS, left)))
  }

  // Mark the first occurrence of each term.
  mark() {
    this.since = null
    if (window.alignlabDesk?.held) return this.later() // the charts follow a slider
    if (this.open && !this.open.isConnected) this.explain(null)
    const seen = new Set()
    const wanted = []
    for (const node of this.texts()) {
      const found = this.finder.in(this.cut.get(node)?.text ?? node.data)
      const first = found.filter(({ term }) => !seen.has(term) && seen.add(term))
      wanted.push([node, first])
    }
    for (const [node, found] of wanted) this.divide(node, found)
    for (const node of [...this.cut.keys()]) if (!node.isConnected) this.forget(node)
    this.list(seen)
    this.watcher.takeRecords() // these changes are ours
  }

  // The texts that can be read now, in the order of the page, without the nodes that are ours.
  *texts() {
    const ours = new Set([...this.cut.values()].flatMap(({ nodes }) => nodes))
    const accept = (node) => {
      if (node.nodeType === Node.TEXT_NODE)
        return ours.has(node) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT
      return node.matches(NOT_IN) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_SKIP
    }
    for (const block of document.querySelectorAll(TEXTS)) {
      if (block.parentElement.closest(TEXTS) || block.closest(NOT_IN)) continue
      if (!block.checkVisibility()) continue // folded
      const walker = document.createTreeWalker(
        block,
        NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT,
        accept,
      )
      while (walker.nextNode()) yield walker.currentNode
    }
  }

  // Divide a text so that exactly these terms of it are marked.
  divide(node, found) {
    const key = found.map(({ start, term }) => `${start} ${term.name}`).join()
    if (key === (this.cut.get(node)?.key ?? "")) return
    this.whole(node)
    if (!found.length) return
    const text = node.data
    const nodes = []
    for (const [i, { start, end, term }] of found.entries()) {
      nodes.push(this.marked(term, text.slice(start, end)))
      nodes.push(new Text(text.slice(end, found[i + 1]?.start)))
    }
    node.data = text.slice(0, found[0].start)
    node.after(...nodes)
    this.cut.set(node, { text, key, nodes })
  }

  marked(term, text) {
    const mark = element("dfn", MARK, null, text)
    mark.tabIndex = 0
    mark.setAttribute("aria-describedby", this.description(term))
    this.meant.set(mark, term)
    return mark
  }

  // The id of the text that screen readers say after a mark.
  description(term) {
    if (!term.id) {
      term.id = `alignlab-term-${this.told.childElementCount}`
      element("span", "", this.told, term.plain).id = term.id
    }
    return term.id
  }

  whole(node) {
    const text = this.cut.get(node)?.text
    this.forget(node)
    if (text !== undefined) node.data = text
  }

  forget(node) {
    for (const one of this.cut.get(node)?.nodes ?? []) one.remove()
    this.cut.delete(node)
  }

  // List the terms that only charts, tables and formulas hold.
  list(seen) {
    const drawn = [...document.querySelectorAll(DRAWN)].map(({ textContent }) => textContent)
    const found = new Set(this.finder.in(drawn.join("\n")).map(({ term }) => term))
    for (const { textContent } of document.querySelectorAll(FORMULAS)) {
      for (const term of this.finder.inFormula(textContent)) found.add(term)
    }
    const terms = [...found].filter((term) => !seen.has(term))
    const names = terms.map(({ name }) => name).join()
    if (names === this.listed) return
    this.listed = names
    this.line.replaceChildren()
    this.line.hidden = !terms.length
    element("span", "", this.line, "Terms in charts, tables and formulas: ")
    for (const [i, term] of terms.entries()) {
      if (i) this.line.append(" · ")
      this.line.append(this.marked(term, term.name))
    }
  }

  leave() {
    if (!this.open) return
    clearTimeout(this.leaving)
    const focused = document.activeElement
    this.leaving = setTimeout(() => this.explain(this.meant.has(focused) ? focused : null), LEAVE_MS)
  }

  explain(mark) {
    clearTimeout(this.leaving)
    if (mark === this.open) return
    this.open = mark
    const term = mark && this.meant.get(mark)
    if (!term) {
      this.open = null
      if (this.box.matches(":popover-open")) this.box.hidePopover()
      return
    }
    this.box.replaceChildren()
    const head = element("div", "", this.box)
    element("strong", "", head, term.name)
    if (term.full) head.append(`: ${term.full}`)
    element("p", "", this.box, term.meaning)
    if (term.formula) element("p", "alignlab-formula", this.box).innerHTML = term.formula // ours
    if (!this.box.matches(":popover-open")) this.box.showPopover()
    this.place()
  }

  // Below the mark, or above it where there is more space, within the window.
  place() {
    if (!this.open) return
    const mark = this.open.getClientRects()[0]
    if (!mark || mark.bottom < 0 || mark.top > innerHeight) return this.explain(null)
    const { width, height } = this.box.getBoundingClientRect()
    const room = { width: document.documentElement.clientWidth, height: innerHeight }
    const below = mark.bottom + GAP
    const above = mark.top - GAP - height
    const top = below + height + EDGE <= room.height || above < EDGE ? below : above
    const within = (at, size, room) => Math.max(EDGE, Math.min(at, room - size - EDGE))
    this.box.style.left = `${within(mark.left, width, room.width)}px`
    this.box.style.top = `${within(top, height, room.height)}px`
  }

  remove() {
    clearTimeout(this.waiting)
    clearTimeout(this.leaving)
    this.watcher.disconnect()
    this.stop.abort()
    for (const node of [...this.cut.keys()]) this.whole(node)
  }
}

const mounted = new WeakMap()

export default function (args) {
  const { parentElement } = args
  if (!mounted.has(parentElement)) {
    mounted.set(parentElement, new Terms(parentElement.querySelector(".alignlab-terms")))
  }
  mounted.get(parentElement).take(args.data)
  return () => {
    // Streamlit also ends a call that newer data have superseded
    if (parentElement.isConnected) return
    mounted.get(parentElement)?.remove()
    mounted.delete(parentElement)
  }
}
