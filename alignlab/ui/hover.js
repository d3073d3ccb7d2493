// The card beside the mark under the pointer. The pictures of points say where that is; the server
// is asked for the card once the pointer has rested, so that a moving pointer asks nothing.

const REST_MS = 120
const GAP = 16 // pixels between the mark and the card
const EDGE = 8 // pixels between the card and the edge of the window

// Where a card of this size goes beside a mark, in the window: to the right of it, or where it has
// space; it never covers the mark unless the card is larger than the window allows.
function beside(mark, card, view) {
  const within = (at, size, room) => Math.max(EDGE, Math.min(at, room - size - EDGE))
  const left = within(mark.x - card.width / 2, card.width, view.width)
  const top = within(mark.y - card.height / 2, card.height, view.height)
  const space = {
    right: view.width - EDGE - mark.x - GAP - card.width,
    left: mark.x - GAP - card.width - EDGE,
    below: view.height - EDGE - mark.y - GAP - card.height,
    above: mark.y - GAP - card.height - EDGE,
  }
  const sides = Object.keys(space)
  const roomiest = sides.reduce((best, side) => (space[side] > space[best] ? side : best))
  switch (sides.find((side) => space[side] >= 0) ?? roomiest) {
    case "right":
      return { left: mark.x + GAP, top }
    case "left":
      return { left: mark.x - GAP - card.width, top }
    case "below":
      return { left, top: mark.y + GAP }
    default:
      return { left, top: mark.y - GAP - card.height }
  }
}

class HoverCard {
  constructor(parent) {
    this.box = parent.querySelector(".alignlab-hover")
    this.mark = null // the mark under the pointer
    this.timer = null
    this.stop = new AbortController()
    const listen = (name, action, options = {}) =>
      window.addEventListener(name, action, { ...options, signal: this.stop.signal })
    listen("alignlab-hover", (event) => this.point(event.detail))
    listen("scroll", () => this.point(null), { capture: true }) // the marks move, the card would not
    listen("keydown", (event) => event.key === "Escape" && this.point(null))
  }

  point(mark) {
    if (this.isAt(mark)) return this.follow(mark)
    clearTimeout(this.timer)
    this.mark = mark
    this.hide()
    if (mark) this.timer = setTimeout(() => this.ask(), REST_MS)
  }

  // Whether this is the mark that the pointer is at already.
  isAt(mark) {
    return mark && mark.row === this.mark?.row && mark.modality === this.mark?.modality
  }

  ask() {
    this.args.setTriggerValue("asked", [this.mark.row, this.mark.modality])
  }

  // The same mark elsewhere: the picture has moved, or another picture shows the same row.
  follow(mark) {
    this.mark = mark
    if (this.box.matches(":popover-open")) this.place()
  }

  take(args) {
    this.args = args
    const answer = JSON.parse(new TextDecoder().decode(args.data))
    if (!answer || !this.isAt(answer)) return // nothing was asked, or the pointer has moved on
    if (!answer.card) return this.hide()
    this.fill(answer.card)
    this.box.dataset.shown = `${answer.row}:${answer.modality}`
    if (!this.box.matches(":popover-open")) this.box.showPopover() // above full screen, too
    this.place()
  }

  fill({ title, lines, image }) {
    const add = (parent, name, text = "") => {
      const element = parent.appendChild(document.createElement(name))
      element.textContent = text
      return element
    }
    this.box.replaceChildren()
    add(this.box, "strong", title)
    if (image) {
      const picture = add(this.box, "img")
      picture.onload = () => this.box.contains(picture) && this.place() // its size is known now
      picture.alt = ""
      picture.src = `data:image/png;base64,${image}` // browsers find the true format themselves
    }
    const list = add(this.box, "dl")
    for (const [name, value] of lines) {
      add(list, "dt", name)
      add(list, "dd", value)
    }
  }

  place() {
    if (!this.mark) return
    const view = { width: document.documentElement.clientWidth, height: window.innerHeight }
    const { left, top } = beside(this.mark, this.box.getBoundingClientRect(), view)
    this.box.style.left = `${left}px`
    this.box.style.top = `${top}px`
  }

  hide() {
    delete this.box.dataset.shown
    if (this.box.matches(":popover-open")) this.box.hidePopover()
  }

  remove() {
    clearTimeout(this.timer)
    this.stop.abort()
  }
}

const cards = new WeakMap()

export default function (args) {
  const { parentElement } = args
  if (!cards.has(parentElement)) cards.set(parentElement, new HoverCard(parentElement))
  cards.get(parentElement).take(args)
  return () => {
    // Streamlit also ends a call that newer data have superseded; its card is kept
    if (parentElement.isConnected) return
    cards.get(parentElement)?.remove()
    cards.delete(parentElement)
  }
}
