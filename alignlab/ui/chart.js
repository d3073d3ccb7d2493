// Persistent Plotly nodes: new data are applied with Plotly.react, so zoom and selection are kept.
// All charts of a grid arrive in one message and are drawn together, which is much faster in the
// browser than one component per chart.

const SCRIPT = "component/alignlab.ui.chart.plotlyjs/plotly.min.js"
let loading = null

function loadPlotly() {
  if (window.Plotly) return Promise.resolve(window.Plotly)
  loading ??= new Promise((resolve, reject) => {
    const tag = document.createElement("script")
    tag.src = new URL(SCRIPT, document.baseURI).href
    withoutMultisampling()
    tag.onload = () => (window.Plotly ? resolve(window.Plotly) : reject(new Error("empty script")))
    tag.onerror = () => reject(new Error("plotly.min.js did not load"))
    document.head.appendChild(tag)
  })
  return loading
}

// Plotly asks for WebGL canvases with multisampling. Its marks are smooth without, and where there is
// no graphics card this takes longer than the marks themselves.
function withoutMultisampling() {
  const canvas = HTMLCanvasElement.prototype
  if (canvas.alignlab) return
  canvas.alignlab = canvas.getContext
  canvas.getContext = function (kind, attributes) {
    const ofPlotly = this.classList.contains("gl-canvas")
    return this.alignlab(kind, ofPlotly ? { ...attributes, antialias: false } : attributes)
  }
}

// A font in the size of the page's letters.
function sized(font, scale) {
  return { ...font, size: (font?.size ?? 12) * scale }
}

function themed(layout, theme) {
  const base = layout.template?.layout ?? {}
  const axis = { gridcolor: theme.border, linecolor: theme.border, tickcolor: theme.border }
  const template = {
    ...layout.template,
    layout: {
      ...base,
      font: { ...sized(base.font, theme.scale), color: theme.text, family: theme.font },
      title: { ...base.title, font: sized(base.title?.font, theme.scale) },
      legend: { ...base.legend, font: sized(base.legend?.font, theme.scale) },
      paper_bgcolor: theme.ground,
      plot_bgcolor: theme.ground,
      modebar: { orientation: "v", bgcolor: "transparent", color: theme.text, activecolor: theme.text },
      hoverlabel: { bgcolor: theme.ground, bordercolor: theme.border, font: { color: theme.text } },
      xaxis: { ...base.xaxis, ...axis },
      yaxis: { ...base.yaxis, ...axis },
    },
  }
  return { ...layout, template, autosize: true }
}

// WebGL draws an open circle from a picture of it, but the outline of a circle without a fill from
// its radius, in a few of the pixels.
function asOutline(trace) {
  const { type, marker } = trace
  const open = type === "scattergl" && marker?.symbol === "circle-open"
  if (!open || !/^#[0-9a-f]{6}$/i.test(marker.color)) return { ...trace }
  return { ...trace, marker: { ...marker, symbol: "circle", color: `${marker.color}00` } }
}

// The number of the clicked mark; if several subplots respond, that of the subplot that was hit.
function picked(event) {
  const hit = event.event?.target?.dataset?.subplot
  const of = (point) => `${point.xaxis?._id}${point.yaxis?._id}`
  const point = event.points.find((point) => of(point) === hit) ?? event.points[0]
  const data = point?.customdata
  return Array.isArray(data) ? data[0] : data // the other entries are for the hover label
}

function rowIds(points) {
  const ids = new Set()
  for (const point of points ?? []) {
    const row = point.customdata
    if (Number.isInteger(row)) ids.add(row)
  }
  return [...ids].sort((a, b) => a - b)
}

// A value with those of its parts that are not new: for these Plotly does nothing.
function reused(old, value) {
  if (old === value || typeof value !== "object" || typeof old !== "object") return value
  if (!old || !value || Array.isArray(old) !== Array.isArray(value)) return value
  // Plotly adds the numbers to an array that is given as bytes
  if (value.bdata) return value.bdata === old.bdata && value.dtype === old.dtype ? old : value
  const names = Object.keys(value)
  let same = names.length === Object.keys(old).length
  for (const name of names) {
    value[name] = reused(old[name], value[name])
    same &&= value[name] === old[name]
  }
  return same ? old : value
}

// Room on an axis, so that marks between these ends do not leave it soon.
function roomy([low, high]) {
  const room = 0.1 * (high - low)
  return { include: [low - room, high + room] }
}

class Chart {
  constructor(choose, pick) {
    this.choose = choose // called with the row ids of a selection
    this.pick = pick // called with the number of the clicked mark
    this.box = document.createElement("figure")
    this.box.className = "alignlab-chart"
    this.plot = this.box.appendChild(document.createElement("div"))
    this.plot.className = "alignlab-plot"
    this.plot.setAttribute("role", "img")
    this.player = new Player(() => this.draw())
    this.box.appendChild(this.player.root)
    this.caption = this.box.appendChild(document.createElement("figcaption"))
    this.removed = false
    this.roughs = 0 // drawings that are not as at rest
    this.underWay = new Set() // drawings that have not finished
    // the sidebar appears after the charts and narrows them; Plotly only observes the window
    this.resizer = new ResizeObserver(() => requestAnimationFrame(() => this.fit()))
    this.resizer.observe(this.box)
  }

  // changed: whether a control did it; then all is drawn as a whole when the page is at rest.
  async show(panel, theme, changed) {
    const first = this.panel === undefined
    const same = this.panel?.digest === panel.digest && this.panel?.height === panel.height
    this.panel = panel
    this.theme = theme
    this.plot.setAttribute("aria-label", panel.caption)
    // what is marked in the same caption stays
    if (this.caption.textContent !== panel.caption) this.caption.textContent = panel.caption
    this.box.style.gridColumn = panel.wide ? "1 / -1" : ""
    this.box.classList.toggle("alignlab-lead", Boolean(panel.lead))
    if (same) return
    this.plot.style.height = `${panel.height}px`
    const quick = changed && !first
    this.figure = quick ? reused(this.figure, panel.figure) : panel.figure
    const start = this.figure.layout.meta?.start
    const { player } = this
    if (start !== this.start) player.frame = this.start = start ?? 0 // a new start, or frame 0
    player.frame = Math.min(player.frame, Math.max(0, (this.figure.frames ?? []).length - 1))
    await this.draw(quick)
    if (this.removed) return
    if (first && panel.linked) this.listen()
    if (first && (panel.picks || panel.links.length)) {
      this.plot.classList.add("alignlab-picks")
      this.plot.on("plotly_click", (event) => this.hit(picked(event)))
    }
    player.show((this.figure.frames ?? []).map(({ name }) => name))
    this.playIfAsked(first)
  }

  // A figure with `meta.play` plays automatically, once for each value of it. A chart that existed
  // before is scrolled into view, as the control that caused this is elsewhere on the page.
  playIfAsked(first) {
    const asked = this.figure.layout.meta?.play
    if (asked === this.asked) return
    this.asked = asked
    this.player.pause()
    if (!asked) return
    if (!first) this.box.scrollIntoView({ block: "nearest", behavior: "smooth" })
    this.player.goTo(0).then(() => this.removed || this.player.play())
  }

  // Draw at the current size; not while the chart is hidden, when Plotly would fail.
  fit() {
    if (!this.plot.data || !this.plot.clientWidth || this.room() === this.size) return
    this.draw()
  }

  room() {
    return `${this.plot.clientWidth} ${this.plot.clientHeight}`
  }

  hit(number) {
    if (!Number.isInteger(number)) return
    const link = this.panel.links[number]
    if (link) window.open(new URL(link, document.baseURI), "_blank", "noopener")
    else if (this.panel.picks) this.pick(number)
  }

  // The base figure overlaid with the values of the current frame.
  current() {
    const frame = (this.figure.frames ?? [])[this.player.frame]
    const data = this.figure.data.map(asOutline)
    if (frame) frame.traces.forEach((index, i) => Object.assign(data[index], frame.data[i]))
    const layout = { ...this.figure.layout, ...frame?.layout }
    // Plotly writes what it chooses into axes and legend
    for (const name of [...axisNames(layout), "legend"]) layout[name] = { ...layout[name] }
    return { data, layout }
  }

  // quick : only move the marks, if nothing else has changed.
  async draw(quick = false) {
    // Plotly never ends a drawing that it does in steps if another interrupts it
    while (this.underWay.size) await Promise.allSettled(this.underWay)
    if (this.removed) return
    this.box.style.background = this.theme.ground
    const left = !quick || this.move()
    if (!left) return
    const { data, layout } = this.current()
    const held = Array.isArray(left) && Boolean(window.alignlabDesk?.held)
    if (held) [layout.xaxis.autorangeoptions, layout.yaxis.autorangeoptions] = left.map(roomy)
    layout.datarevision = this.roughs // what Plotly holds may not be what was drawn
    if (this.plot.layout?.dragmode) layout.dragmode = this.plot.layout.dragmode
    this.size = this.room()
    const whole = themed(withRoom(layout, this.plot, this.theme), this.theme)
    // the configuration never changes: given again, Plotly would compare all of it
    const config = this.fixedConfig ? undefined : this.config()
    const drawing = window.Plotly.react(this.plot, data, whole, config)
    // WebGL draws these marks while the next chart is prepared
    this.plot.querySelector(".gl-canvas-context")?.getContext("webgl")?.flush()
    this.underWay.add(drawing)
    await drawing.finally(() => this.underWay.delete(drawing))
    this.done(held)
  }

  // Move the marks, and do no more if that is enough; what is left to draw else.
  move() {
    const left = moveMarks(this.plot, this.drawn, this.figure)
    if (!left) this.done(true)
    return left
  }

  // rough : whether it has still to be drawn as at rest.
  done(rough) {
    this.drawn = this.figure
    this.rough = rough
    this.roughs += Number(rough)
    this.plot.dataset.draws = 1 + Number(this.plot.dataset.draws ?? 0)
  }

  followTheme(theme) {
    this.theme = theme
    if (this.figure) this.draw()
  }

  config() {
    const Plotly = window.Plotly
    const name = this.panel.name
    const save = (format) => (plot) =>
      Plotly.downloadImage(plot, { format, filename: name, scale: format === "png" ? 2 : 1 })
    this.fixedConfig = {
      responsive: true,
      displaylogo: false,
      plotGlPixelRatio: window.devicePixelRatio, // the default of 2 draws four times as many pixels
      doubleClickDelay: 400,
      // listed explicitly: Plotly's default set includes a button that uploads the data
      modeBarButtons: [
        ["zoom2d", "pan2d", ...(this.panel.linked ? ["select2d", "lasso2d"] : []), "resetScale2d"],
        [
          { name: "Save as PNG", icon: Plotly.Icons.camera, click: save("png") },
          { name: "Save as SVG", icon: Plotly.Icons.disk, click: save("svg") },
          { name: "Full screen", icon: Plotly.Icons.zoombox, click: () => this.toggleFullscreen() },
        ],
      ],
    }
    return this.fixedConfig
  }

  toggleFullscreen() {
    if (document.fullscreenElement) document.exitFullscreen()
    else this.box.requestFullscreen()
  }

  listen() {
    this.plot.on("plotly_selected", (event) => event && this.choose(rowIds(event.points)))
    this.plot.on("plotly_click", (event) => {
      if (event.event?.detail > 1) return // part of a double click, which clears the selection
      const rows = rowIds(event.points)
      const lit = this.lit()
      this.choose(rows.length === 1 && lit.length === 1 && rows[0] === lit[0] ? [] : rows)
    })
    this.plot.on("plotly_deselect", () => this.choose([]))
    this.plot.on("plotly_doubleclick", () => this.lit().length && this.choose([]))
  }

  // The row ids that are highlighted.
  lit() {
    return rowIds(
      this.plot._fullData.flatMap(({ selectedpoints, customdata }) =>
        [...(customdata ? (selectedpoints ?? []) : [])].map((at) => ({ customdata: customdata[at] })),
      ),
    )
  }

  remove() {
    this.player.pause()
    this.resizer.disconnect()
    this.box.remove()
    this.removed = true
    // purging a plot while it is being drawn would raise an error in the drawing
    if (window.Plotly) Promise.allSettled(this.underWay).then(() => window.Plotly.purge(this.plot))
  }
}

// The charts of one component; each is kept under its name while its figure changes.
class Grid {
  constructor(parent) {
    this.root = parent.querySelector(".alignlab-charts")
    this.charts = new Map()
    this.heard = -1 // the last change that they show
    this.atRest = () => this.settle()
    addEventListener("alignlab-at-rest", this.atRest)
    this.resized = () => this.followTheme(pageTheme(this.root))
    addEventListener("alignlab-type", this.resized)
    this.watcher = watchTheme(this.root, (theme) => this.followTheme(theme))
  }

  followTheme(theme) {
    this.theme = theme
    for (const chart of this.charts.values()) chart.followTheme(theme)
  }

  // A selection made before these charts existed is cleared by a trigger: for the server their own
  // state is already empty, so setting it to empty would have no effect.
  choose(rows) {
    if (rows.length || this.chosen?.length) this.args.setStateValue("selected", rows)
    else this.args.setTriggerValue("dropped", 1)
    this.chosen = rows
  }

  async show(args) {
    this.args = args
    this.draws(true)
    try {
      await loadPlotly()
      if (args !== this.args) return // newer figures arrived while the library was loading
      const { panels, columns, heard } = JSON.parse(new TextDecoder().decode(args.data))
      // what the controls tell then is sent when this task ends
      if (window.alignlabDesk?.pictured(heard)) await new Promise((done) => setTimeout(done))
      if (args !== this.args) return
      this.theme = pageTheme(this.root)
      this.root.style.setProperty("--alignlab-columns", columns)
      const names = panels.map((panel) => panel.name)
      for (const [name, chart] of this.charts) {
        if (names.includes(name)) continue
        chart.remove()
        this.charts.delete(name)
      }
      for (const [index, name] of names.entries()) {
        if (!this.charts.has(name)) {
          this.charts.set(
            name,
            new Chart(
              (rows) => this.choose(rows),
              (number) => this.args.setTriggerValue("picked", number),
            ),
          )
        }
        const { box } = this.charts.get(name)
        if (this.root.children[index] !== box) {
          this.root.insertBefore(box, this.root.children[index] ?? null)
        }
      }
      const changed = heard > this.heard
      this.heard = heard
      const shown = (panel) => this.charts.get(panel.name).show(panel, this.theme, changed)
      await Promise.all(panels.map(shown))
    } catch (error) {
      console.warn("alignlab charts:", error)
      args.setStateValue("failed", String(error.message ?? error))
    }
    if (args === this.args) this.draws(false)
  }

  // All of the page has come, and no slider moves any more: draw as a whole what was only moved.
  async settle() {
    const moved = [...this.charts.values()].filter((chart) => chart.rough)
    if (!moved.length) return
    const { args } = this
    this.draws(true)
    await Promise.all(moved.map((chart) => chart.draw()))
    if (args === this.args) this.draws(false)
  }

  // The controls wait for the end of it.
  draws(now) {
    this.root.toggleAttribute("data-alignlab-drawing", now)
  }

  remove() {
    this.args = null // a call that still waits for the library must not draw any more
    this.watcher.disconnect()
    removeEventListener("alignlab-at-rest", this.atRest)
    removeEventListener("alignlab-type", this.resized)
    for (const chart of this.charts.values()) chart.remove()
  }
}

const grids = new WeakMap()

export default function (args) {
  const { parentElement } = args
  if (!grids.has(parentElement)) grids.set(parentElement, new Grid(parentElement))
  grids.get(parentElement).show(args)
  return () => {
    // Streamlit also ends a call that newer data have superseded; its charts are kept
    if (parentElement.isConnected) return
    grids.get(parentElement)?.remove()
    grids.delete(parentElement)
  }
}
