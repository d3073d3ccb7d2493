// All pictures of one component: they share marks, renderer, selection and hover.

class Grid {
  constructor(parent) {
    this.root = parent.querySelector(".alignlab-points")
    this.marks = new Marks()
    this.panels = new Map()
    this.renderer = new Renderer()
    this.renderer.restored = () => {
      this.orders.clear()
      this.looks = {}
      for (const panel of this.panels.values()) panel.restore()
    }
    this.orders = new Map() // shuffled indices by count
    this.looks = {} // colours on the graphics card, by points per pair
    this.legend = new Legend((name) => this.toggle(name))
    this.pictures = element("div", "alignlab-points-grid")
    this.root.replaceChildren(this.legend.root, this.pictures)
    this.watcher = watchTheme(this.root, (theme) => {
      this.theme = theme
      this.redraw()
    })
  }

  get ratio() {
    return window.devicePixelRatio || 1
  }

  show(args) {
    this.args = args
    const { header, array } = unpack(args.data)
    window.alignlabDesk?.pictured(header.heard)
    this.theme = pageTheme(this.root)
    this.height = header.height
    this.pictures.style.setProperty("--alignlab-columns", header.columns)
    if (this.marks.read(header.marks, array)) this.hover(null)
    this.legend.show(this.marks)
    const names = header.panels.map((panel) => panel.name)
    for (const [name, panel] of this.panels) {
      if (names.includes(name)) continue
      if (this.hoveredIn === panel) this.hover(null)
      panel.remove()
      this.panels.delete(name)
    }
    header.panels.forEach((of, index) => {
      if (!this.panels.has(of.name)) this.panels.set(of.name, new Panel(this))
      const panel = this.panels.get(of.name)
      const there = this.pictures.children[index] ?? null
      if (there !== panel.box) this.pictures.insertBefore(panel.box, there)
      panel.show(of, array)
    })
  }

  redraw() {
    for (const panel of this.panels.values()) panel.redraw()
  }

  redrawOver() {
    for (const panel of this.panels.values()) panel.redrawOver()
  }

  // Colours and flags on the graphics card, once for each point of a pair.
  look(each) {
    const of = (this.looks[each] ??= { buffer: this.renderer.buffer() })
    if (of.version === this.marks.version) return of.buffer
    of.version = this.marks.version
    const { look, n } = this.marks
    const points = each === 2 ? new Uint32Array(2 * n) : look
    if (each === 2) for (let i = 0; i < n; i++) points[2 * i] = points[2 * i + 1] = look[i]
    this.renderer.fill(of.buffer, points)
    return of.buffer
  }

  // Indices of `count` points in an order that is random and always the same.
  shuffled(count) {
    if (!this.orders.has(count)) {
      const order = new Uint32Array(count).map((_, i) => i)
      let state = 1
      for (let i = count - 1; i > 0; i--) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0
        const other = Math.floor((state / 2 ** 32) * (i + 1))
        ;[order[i], order[other]] = [order[other], order[i]]
      }
      const buffer = this.renderer.buffer(this.renderer.gl.ELEMENT_ARRAY_BUFFER)
      this.renderer.fill(buffer, order)
      this.orders.set(count, buffer)
    }
    return this.orders.get(count)
  }

  toggle(name) {
    this.marks.toggleClass(name)
    this.legend.show(this.marks)
    this.redraw()
  }

  // The point under the pointer, in all pictures; the page hears of it too.
  hover(point, panel = null) {
    if (!point && !this.hovered) return
    const left = this.hoveredIn
    this.hovered = point
    this.hoveredIn = panel
    if (left && left !== panel) left.plot.dataset.hover = ""
    const place = point && panel.inWindow(point.row, point.modality)
    const detail = point && { row: point.row, modality: point.modality, ...place }
    window.dispatchEvent(new CustomEvent("alignlab-hover", { detail }))
    this.redrawOver()
  }

  // A click on a point picks it, or lets go of the picked one; a click beside all points clears.
  click(point) {
    if (!point) return this.clear()
    const { chosen } = this.marks
    const again = chosen?.[0] === point.row && chosen[1] === point.modality
    this.pick(again ? null : [point.row, point.modality])
  }

  pick(point) {
    this.marks.chosen = point
    this.marks.neighbours = [] // the server finds those of the new point
    this.redrawOver()
    this.args.setTriggerValue("picked", point ?? [])
  }

  choose(rows, adds = false) {
    const all = adds ? [...new Set([...this.marks.selectedRows, ...rows])] : rows
    this.marks.select(all.sort((a, b) => a - b))
    this.redraw()
    this.args.setTriggerValue("selected", all)
  }

  clear() {
    if (this.marks.selectedRows.length) this.choose([])
    if (this.marks.chosen) this.pick(null)
  }

  remove() {
    this.hover(null)
    this.watcher.disconnect()
    for (const panel of this.panels.values()) panel.remove()
    this.renderer.remove()
  }
}

const grids = new WeakMap()

export default function (args) {
  const { parentElement } = args
  try {
    if (!grids.has(parentElement)) grids.set(parentElement, new Grid(parentElement))
    grids.get(parentElement).show(args)
  } catch (error) {
    console.warn("alignlab points:", error)
    args.setStateValue("failed", String(error.message ?? error))
  }
  return () => {
    // Streamlit also ends a call that newer data have superseded; its pictures are kept
    if (parentElement.isConnected) return
    grids.get(parentElement)?.remove()
    grids.delete(parentElement)
  }
}
