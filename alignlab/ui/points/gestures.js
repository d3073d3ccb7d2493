// Pointer, wheel and keys on a picture.

const CLICK_SLACK = 4 // pixels that the pointer may move during a click
const LASSO_STEP = 3 // least distance of two corners of a lasso, pixels
const SCROLL_MS = 250 // a page that was scrolled so recently goes on scrolling over a picture

let scrolled = -Infinity
document.addEventListener("scroll", () => (scrolled = performance.now()), { capture: true, passive: true })

class Gestures {
  constructor(panel) {
    this.panel = panel
    this.way = "move"
    const { plot } = panel
    plot.addEventListener("pointerdown", (event) => this.down(event))
    plot.addEventListener("pointermove", (event) => this.moved(event))
    plot.addEventListener("pointerup", (event) => this.up(event))
    plot.addEventListener("pointercancel", () => this.end())
    plot.addEventListener("pointerleave", () => this.drag || panel.hover(null))
    plot.addEventListener("dblclick", () => this.doubled())
    plot.addEventListener("contextmenu", (event) => panel.view.dims === 3 && event.preventDefault())
    plot.addEventListener("wheel", (event) => this.wheel(event), { passive: false })
    plot.addEventListener("keydown", (event) => this.key(event))
  }

  use(way) {
    this.way = way
    const cursors = { move: "grab", turn: "grab", box: "crosshair", lasso: "crosshair" }
    this.panel.plot.style.cursor = cursors[way]
  }

  place(event) {
    const { left, top } = this.panel.canvas.getBoundingClientRect()
    return [event.clientX - left, event.clientY - top]
  }

  down(event) {
    if (event.button > 1 && this.panel.view.dims === 2) return
    const selecting = this.way === "box" || this.way === "lasso"
    let way = this.way
    if (event.button > 0) way = "move"
    else if (event.shiftKey && !selecting) way = "lasso"
    const at = this.place(event)
    this.drag = { way, start: at, last: at, moved: false, adds: event.ctrlKey || event.metaKey }
    this.panel.plot.setPointerCapture(event.pointerId)
  }

  moved(event) {
    const { panel, drag } = this
    const at = this.place(event)
    if (!drag) return panel.hover(panel.looks ? panel.at(...at) : null)
    const [dx, dy] = [at[0] - drag.last[0], at[1] - drag.last[1]]
    drag.moved ||= Math.hypot(at[0] - drag.start[0], at[1] - drag.start[1]) > CLICK_SLACK
    if (!drag.moved) return
    panel.hover(null)
    if (drag.way === "lasso") {
      panel.outline ??= [drag.start]
      if (Math.hypot(dx, dy) < LASSO_STEP) return
      panel.outline.push(at)
      panel.redrawOver()
    } else if (drag.way === "box") {
      panel.outline = boxOf(drag.start, at)
      panel.redrawOver()
    } else if (drag.way === "turn") panel.rotate(dx, dy)
    else {
      panel.view.panBy(dx, dy)
      panel.redraw()
    }
    drag.last = at
  }

  up(event) {
    const { panel, drag } = this
    if (!drag) return
    const { outline } = panel
    this.end()
    if (!drag.moved) {
      if (event.detail > 1) return // the second click of a double click
      panel.grid.click(panel.at(...this.place(event)))
    } else if (outline) panel.grid.choose(panel.within(outline), drag.adds)
  }

  end() {
    this.drag = null
    this.panel.outline = null
    this.panel.redrawOver()
  }

  doubled() {
    this.panel.reset()
  }

  wheel(event) {
    if (performance.now() - scrolled < SCROLL_MS) return
    event.preventDefault()
    const lines = event.deltaMode === 1 ? 30 : 1
    const factor = Math.exp(-limited(event.deltaY * lines, -240, 240) * 0.002)
    this.panel.zoom(factor, ...this.place(event))
  }

  key(event) {
    const { panel } = this
    const step = 40
    const actions = {
      "+": () => panel.zoom(1.5), "=": () => panel.zoom(1.5), "-": () => panel.zoom(1 / 1.5),
      0: () => panel.reset(), Escape: () => panel.grid.clear(),
      ArrowLeft: () => this.arrow(step, 0), ArrowRight: () => this.arrow(-step, 0),
      ArrowUp: () => this.arrow(0, step), ArrowDown: () => this.arrow(0, -step),
    }
    if (!actions[event.key] || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    actions[event.key]()
  }

  // Arrows move the view, and rotate a 3-D cloud.
  arrow(dx, dy) {
    if (this.panel.view.dims === 3) return this.panel.rotate(-dx, -dy)
    this.panel.view.panBy(dx, dy)
    this.panel.redraw()
  }
}
