// The lines between partners: of all pairs, or of the selected ones alone when there are any.

const MOST_SMOOTH = 2000 // lines; more are hairlines

class Joins {
  constructor(panel) {
    this.panel = panel
    this.buffers = null
  }

  // What the renderer needs, null when no line is to be drawn.
  lines(ratio, area) {
    const { panel } = this
    const { marks } = panel.grid
    const selected = marks.anySelected
    if (panel.each !== 2 || marks.lines === "none" || (marks.lines === "selected" && !selected)) {
      return null
    }
    const rows = this.joined(marks)
    const { width, alpha } = lineLooks(rows.length, area, panel.view.zoom)
    const style = { width: width * ratio, alpha }
    if (rows.length > MOST_SMOOTH) {
      const look = panel.grid.look(2)
      return { ...panel.buffers, look, count: marks.n, smooth: false, pass: selected ? 2 : 0, ...style }
    }
    this.gather(rows)
    return { ...this.buffers, count: rows.length, smooth: true, pass: 0, ...style }
  }

  // Indices of the pairs that are joined.
  joined({ flags, n, anySelected, version }) {
    if (this.version !== version) {
      this.version = version
      this.rows = []
      const wanted = anySelected ? SELECTED : 0
      for (let i = 0; i < n; i++) if ((flags[i] & (SELECTED | HIDDEN)) === wanted) this.rows.push(i)
    }
    return this.rows
  }

  // Copies the ends of these pairs to buffers of their own.
  gather(rows) {
    const { motion, view, grid } = this.panel
    const sources = [rows, motion.to, motion.from]
    if (this.gathered?.every((value, at) => value === sources[at])) return
    this.gathered = sources
    const { renderer } = grid
    this.buffers ??= { from: renderer.buffer(), to: renderer.buffer(), look: renderer.buffer() }
    const each = 2 * view.dims
    for (const [name, source] of [["from", motion.from], ["to", motion.to]]) {
      const ends = new Float32Array(rows.length * each)
      rows.forEach((i, at) => ends.set(source.subarray(i * each, (i + 1) * each), at * each))
      renderer.fill(this.buffers[name], ends)
    }
    renderer.fill(this.buffers.look, new Uint32Array(rows.map((i) => grid.marks.look[i])))
  }

  release() {
    this.panel.grid.renderer.release(Object.values(this.buffers ?? {}))
  }
}
