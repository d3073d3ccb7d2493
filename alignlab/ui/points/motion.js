// Positions of the points of a picture, which may be on their way from those before.

const TWEEN_MS = [60, 400] // how long points of a forming map take to their new positions

class Motion {
  constructor() {
    this.dims = 2
    this.to = this.from = new Float32Array(0)
    this.fit = this.fitBefore = fitOf(this.to, 2)
    this.started = this.ms = 0
  }

  // Points go to other positions, within `ms` milliseconds if there are as many of them.
  go(positions, dims, ms) {
    const alike = this.to.length === positions.length && this.dims === dims
    const moving = ms > 0 && alike && !document.hidden
    const fit = fitOf(positions, dims)
    this.fitBefore = moving ? this.currentFit() : fit
    this.from = moving ? this.current() : positions
    Object.assign(this, { to: positions, dims, fit, ms: moving ? ms : 0 })
    this.started = performance.now()
  }

  // Share of the way, 1 at its end.
  get progress() {
    return this.ms ? Math.min(1, (performance.now() - this.started) / this.ms) : 1
  }

  // Where the points are at this moment.
  current() {
    const t = this.progress
    if (t === 1) return this.to
    return this.to.map((to, at) => this.from[at] + (to - this.from[at]) * t)
  }

  currentFit() {
    const t = this.progress
    return t === 1 ? this.fit : mixedFit(this.fitBefore, this.fit, t)
  }

  // Where one point is at this moment.
  position(index) {
    const t = this.progress
    return Array.from({ length: this.dims }, (_, d) => {
      const at = index * this.dims + d
      return t === 1 ? this.to[at] : this.from[at] + (this.to[at] - this.from[at]) * t
    })
  }

  get count() {
    return (this.to.length / this.dims) | 0
  }
}
