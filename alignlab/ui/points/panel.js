// One picture: its canvases, what it shows now, and how it is drawn.

// Points on their way pause this many times as long as a drawing takes: without a graphics card they
// would take the processor from the map that forms.
const REST = 2

function element(kind, name, parent) {
  const made = document.createElement(kind)
  if (name) made.className = name
  parent?.appendChild(made)
  return made
}

class Panel {
  constructor(grid) {
    this.grid = grid
    this.view = new View()
    this.box = element("figure", "alignlab-points-picture")
    const header = element("header", "", this.box)
    this.title = element("div", "alignlab-points-title", header)
    this.plot = element("div", "alignlab-points-plot", this.box)
    this.plot.setAttribute("role", "img")
    this.plot.tabIndex = 0
    this.plot.panel = this // for those who look at the page from outside
    this.under = element("canvas", "", this.plot) // axes
    this.canvas = element("canvas", "", this.plot) // points
    this.over = element("canvas", "", this.plot) // emphasis
    this.label = element("div", "alignlab-points-label", this.plot)
    this.label.hidden = true
    this.player = new Player((frame, ms) => this.showFrame(frame, ms))
    this.box.append(this.player.root)
    this.caption = element("figcaption", "", this.box)
    this.gestures = new Gestures(this)
    this.tools = new Tools((way) => this.gestures.use(way), {
      in: ["Zoom in", () => this.zoom(1.5)],
      out: ["Zoom out", () => this.zoom(1 / 1.5)],
      reset: ["Reset the view", () => this.reset()],
      png: ["Save as PNG", () => savePng(this)],
      svg: ["Save as SVG", () => saveSvg(this)],
      full: ["Full screen", () => this.toggleFullscreen()],
    })
    header.append(this.tools.root)
    this.motion = new Motion()
    this.buffers = null
    this.joins = new Joins(this)
    this.drawings = 0
    this.resizer = new ResizeObserver(() => this.redrawOver()) // points too at another size
    this.resizer.observe(this.plot)
  }

  show(header, array) {
    const { header: old } = this
    this.header = header
    this.title.textContent = header.title
    this.title.hidden = !header.title
    // what is marked in the same caption stays
    if (this.caption.textContent !== header.caption) this.caption.textContent = header.caption
    this.plot.setAttribute("aria-label", header.caption)
    this.plot.style.height = `${this.grid.height}px`
    this.tools.show(header.dims)
    if (old?.keep !== header.keep) this.view.reset()
    const sources = (of) => JSON.stringify([of?.dims, of?.modalities, of?.positions, of?.frames])
    const digest = (of) => sources(of).replace(/"at":\d+/g, "") // where they lie does not matter
    const { marks, theme } = this.grid
    const look = JSON.stringify([marks.version, marks.lines, header.axes, header.around, header.keep, theme])
    const sameLook = look === this.look
    this.look = look
    if (old && digest(old) === digest(header)) return sameLook ? this.redrawOver() : this.redraw()
    this.frames = header.frames.map(({ positions }) => array(positions))
    const labels = header.frames.map(({ label }) => label)
    this.player.pause()
    this.player.frame = Math.max(0, labels.length - 1)
    this.player.show(labels)
    this.plot.dataset.frame = labels.at(-1) ?? ""
    const now = performance.now()
    const ms = old?.forming ? limited(now - this.arrived, ...TWEEN_MS) : 0
    this.arrived = now
    this.move(array(header.positions), ms)
  }

  // The frame of an animation; its last is what the message holds beside the frames.
  showFrame(frame, ms) {
    this.plot.dataset.frame = this.player.labels[frame]
    this.move(this.frames[frame], ms)
    return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
  }

  // What the picture shows, or is moving to.
  get positions() {
    return this.motion.to
  }

  // Points go to other positions, within `ms` milliseconds.
  move(positions, ms) {
    this.motion.go(positions, this.header.dims, ms)
    this.view.dims = this.header.dims
    this.each = this.header.modalities.length // points per pair
    this.stale = true // the buffers on the graphics card
    this.nearest = this.sorted = null
    this.redraw()
  }

  redraw() {
    this.stalePoints = true
    this.redrawOver()
  }

  redrawOver() {
    this.pending ??= requestAnimationFrame(() => {
      this.pending = null
      if (!this.removed) this.draw()
    })
  }

  draw() {
    if (!this.layOut()) return
    if (this.stalePoints) this.drawAll()
    drawEmphasis(this.pen(this.over), this, this.grid.theme)
    this.placeLabel()
  }

  drawAll() {
    const began = performance.now()
    this.stalePoints = false
    const t = this.motion.progress
    const fit = this.motion.currentFit()
    this.view.fit = this.header.around ? coveringFit(fit, this.header.around) : fit
    const { width, height } = this.canvas
    const { renderer, ratio, theme } = this.grid
    renderer.draw(this.canvas.getContext("2d"), width, height, this.picture(ratio, t))
    drawAxes(this.pen(this.under, ...this.margin), this.view, this.header.axes, theme)
    if (t < 1) setTimeout(() => this.redraw(), REST * (performance.now() - began))
    else this.getReady()
    this.plot.dataset.draws = ++this.drawings
    this.plot.dataset.points = this.visible()
  }

  // Builds the grid of cells once nothing else is to be done, so that the first hover is quick.
  getReady() {
    if (this.nearest || this.waiting) return
    this.waiting = true
    const whenIdle = window.requestIdleCallback ?? ((then) => setTimeout(then, 50))
    whenIdle(() => {
      this.waiting = false
      if (!this.removed && this.motion.progress === 1) this.cells()
    })
  }

  cells() {
    const { flat } = this.flattened()
    return (this.nearest ??= new Nearest(flat))
  }

  // A pen on an empty canvas, in pixels of the page, from `left` and `top` on.
  pen(canvas, left = 0, top = 0) {
    const context = canvas.getContext("2d")
    const { ratio, theme } = this.grid
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.clearRect(0, 0, canvas.width, canvas.height)
    context.setTransform(ratio, 0, 0, ratio, left * ratio, top * ratio)
    return new CanvasPen(context, theme.font)
  }

  // Sizes of the canvases; false while the picture is hidden.
  layOut() {
    const { clientWidth, clientHeight } = this.plot
    if (!clientWidth || !clientHeight || !this.header) return false
    this.margin = this.header.axes.length === 2 ? MARGINS.axes : MARGINS.none
    const [left, top, bottom, right] = this.margin
    this.view.width = Math.max(clientWidth - left - right, 10)
    this.view.height = Math.max(clientHeight - top - bottom, 10)
    const { ratio } = this.grid
    const sized = (canvas, x, y, width, height) => {
      const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)]
      if (canvas.width === w && canvas.height === h) return
      Object.assign(canvas, { width: w, height: h })
      Object.assign(canvas.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` })
      this.stalePoints = true
    }
    sized(this.under, 0, 0, clientWidth, clientHeight)
    for (const canvas of [this.canvas, this.over]) {
      sized(canvas, left, top, this.view.width, this.view.height)
    }
    return true
  }

  // What the renderer needs, at `ratio` device pixels per pixel of the page.
  picture(ratio, mix) {
    const { view, grid, each } = this
    const { marks, renderer } = grid
    this.fillBuffers()
    const { count } = this.motion
    const area = view.width * view.height
    this.looks = looks(count, area, view.zoom)
    const { size, stroke, alpha } = this.looks
    const pass = (pass, grown, alpha) => ({
      pass,
      size: (size + grown) * ratio,
      stroke: stroke * ratio,
      alpha,
    })
    const selected = marks.anySelected
    const passes = selected
      ? [pass(1, 0, Math.max(0.04, alpha * FADED)), pass(2, 0.8, this.selectedAlpha(area))]
      : [pass(0, 0, alpha)]
    return {
      ...view.uniforms(),
      ...this.buffers,
      order: this.order(renderer),
      look: grid.look(each),
      dims: view.dims,
      modality: each === 2 ? 0 : (this.header.modalities[0] ?? 1),
      count,
      mix,
      passes,
      lines: this.joins.lines(ratio, area),
    }
  }

  selectedAlpha(area) {
    return looks(this.each * this.grid.marks.selectedRows.length, area, this.view.zoom).alpha
  }

  fillBuffers() {
    const { renderer } = this.grid
    this.buffers ??= { to: renderer.buffer(), from: renderer.buffer() }
    if (!this.stale) return
    this.stale = false
    renderer.fill(this.buffers.to, this.motion.to)
    renderer.fill(this.buffers.from, this.motion.from)
  }

  // The order in which points are drawn: shuffled, so that no class hides another, and from far to
  // near in 3-D.
  order(renderer) {
    if (this.view.dims === 2) return this.grid.shuffled(this.motion.count)
    this.depthOrder ??= renderer.buffer(renderer.gl.ELEMENT_ARRAY_BUFFER)
    if (!this.sorted) {
      this.sorted = farToNear(this.flattened().depth)
      renderer.fill(this.depthOrder, this.sorted)
    }
    return this.depthOrder
  }

  flattened() {
    this.flat ??= {}
    const key = [...this.view.turn, ...this.view.fit.centre].join()
    const { to } = this.motion
    if (this.flat.of !== to || this.flat.key !== key) {
      this.flat = { of: to, key, ...this.view.flattened(to) }
      this.nearest = null
    }
    return this.flat
  }

  // Row id, modality and hover text of a point.
  point(index) {
    const i = Math.floor(index / this.each)
    const modality = this.header.modalities[index % this.each]
    return { i, row: this.grid.marks.rows[i], modality }
  }

  shows(index) {
    return !this.grid.marks.hides(Math.floor(index / this.each))
  }

  // The point under a place of the plot, null if there is none.
  at(x, y) {
    const nearest = this.cells()
    const reach = Math.max(10, this.looks.size / 2 + 5) / this.view.scale
    const index = nearest.find(...this.view.toPlane(x, y), reach, (at) => this.shows(at))
    return index < 0 ? null : this.point(index)
  }

  // Row ids of the points within a polygon of the plot.
  within(outline) {
    const polygon = outline.map(([x, y]) => this.view.toPlane(x, y))
    const found = inside(this.flattened().flat, polygon, (at) => this.shows(at))
    return [...new Set(found.map((index) => this.point(index).row))].sort((a, b) => a - b)
  }

  // Place of a point in the plot, null if it is not shown.
  place(row, modality) {
    const { marks } = this.grid
    const i = marks.place(row)
    const offset = this.header.modalities.indexOf(modality)
    if (i === undefined || offset < 0 || marks.hides(i)) return null
    const position = this.motion.position(i * this.each + offset)
    const place = this.view.toScreen(...this.view.plane(position))
    return place.every(Number.isFinite) ? place : null
  }

  // The same in the window.
  inWindow(row, modality) {
    const place = this.place(row, modality)
    if (!place) return null
    const { left, top } = this.canvas.getBoundingClientRect()
    return { x: left + place[0], y: top + place[1] }
  }

  colourOf(row) {
    const { colours } = this.grid.marks
    const i = 3 * this.grid.marks.place(row)
    return `#${[0, 1, 2].map((c) => colours[i + c].toString(16).padStart(2, "0")).join("")}`
  }

  visible() {
    const { marks } = this.grid
    if (!marks.hiddenClasses.size) return this.motion.fit.finite
    let count = 0
    for (let i = 0; i < marks.n; i++) count += marks.hides(i) ? 0 : this.each
    return count
  }

  hover(found) {
    const { hovered } = this.grid
    if (found?.row === hovered?.row && found?.modality === hovered?.modality) return
    this.grid.hover(found, this)
    this.plot.dataset.hover = found ? `${found.row}:${found.modality}` : ""
    this.label.hidden = !found
    if (!found) return
    this.label.textContent = `${"○×"[found.modality - 1]} ${this.grid.marks.name(found.i)}`
    this.placeLabel()
  }

  // Beside the point, on the side where there is room.
  placeLabel() {
    const { hovered, hoveredIn } = this.grid
    if (!hovered || hoveredIn !== this) {
      this.label.hidden = true
      return
    }
    const place = this.place(hovered.row, hovered.modality)
    if (!place) return
    const [x, y] = [place[0] + this.margin[0], place[1] + this.margin[1]]
    const { clientWidth } = this.plot
    const right = x < clientWidth / 2
    this.label.style.left = right ? `${x + 14}px` : ""
    this.label.style.right = right ? "" : `${clientWidth - x + 14}px`
    this.label.style.top = `${Math.max(0, y - 34)}px`
  }

  zoom(factor, x = this.view.width / 2, y = this.view.height / 2) {
    this.view.zoomAt(x, y, factor)
    this.redraw()
  }

  reset() {
    this.view.reset()
    this.sorted = null
    this.redraw()
  }

  rotate(dx, dy) {
    this.view.rotateBy(dx, dy)
    this.sorted = null
    this.redraw()
  }

  // The legend comes along and goes back.
  toggleFullscreen() {
    if (document.fullscreenElement) return document.exitFullscreen()
    const { root, legend } = this.grid
    this.box.prepend(legend.root)
    const back = () => {
      if (document.fullscreenElement) return
      root.prepend(legend.root)
      document.removeEventListener("fullscreenchange", back)
    }
    document.addEventListener("fullscreenchange", back)
    this.box.requestFullscreen().catch(back)
  }

  // After a lost context: every buffer must be made again.
  restore() {
    this.buffers = this.depthOrder = this.sorted = null
    this.joins = new Joins(this)
    this.stale = true
    this.redraw()
  }

  remove() {
    this.removed = true
    this.player.pause()
    this.resizer.disconnect()
    this.box.remove()
    const { renderer } = this.grid
    renderer.release(Object.values(this.buffers ?? {}))
    this.joins.release()
    if (this.depthOrder) renderer.release([this.depthOrder])
  }
}
