// The point nearest to a place in the plane, through a grid of cells. It is built when first asked
// for after the positions, or the rotation, have changed: 200,000 points take some milliseconds.

class Nearest {
  // flat: 2 coordinates a point
  constructor(flat) {
    this.flat = flat
    const { centre, half, finite } = fitOf(flat, 2)
    this.side = Math.max(1, Math.min(512, Math.ceil(Math.sqrt(finite / 2))))
    this.low = [centre[0] - half[0], centre[1] - half[1]]
    this.per = half.slice(0, 2).map((value) => this.side / (2 * value || 1))
    const count = flat.length / 2
    const cells = new Int32Array(count)
    this.starts = new Uint32Array(this.side * this.side + 1)
    for (let i = 0; i < count; i++) {
      cells[i] = this.cell(flat[2 * i], flat[2 * i + 1])
      if (cells[i] >= 0) this.starts[cells[i] + 1]++
    }
    for (let at = 1; at < this.starts.length; at++) this.starts[at] += this.starts[at - 1]
    this.members = new Uint32Array(finite)
    const next = this.starts.slice()
    for (let i = 0; i < count; i++) if (cells[i] >= 0) this.members[next[cells[i]]++] = i
  }

  cell(u, v) {
    if (!Number.isFinite(u + v)) return -1
    return this.line(v, 1) * this.side + this.line(u, 0)
  }

  line(value, d) {
    const at = Math.floor((value - this.low[d]) * this.per[d])
    return Math.max(0, Math.min(this.side - 1, at))
  }

  // Index of the nearest accepted point within the radius, -1 if there is none.
  find(u, v, radius, accepts) {
    let [best, least] = [-1, radius * radius]
    const right = this.line(u + radius, 0)
    const top = this.line(v + radius, 1)
    for (let row = this.line(v - radius, 1); row <= top; row++) {
      for (let column = this.line(u - radius, 0); column <= right; column++) {
        const cell = row * this.side + column
        for (let at = this.starts[cell]; at < this.starts[cell + 1]; at++) {
          const i = this.members[at]
          const du = this.flat[2 * i] - u
          const dv = this.flat[2 * i + 1] - v
          const distance = du * du + dv * dv
          if (distance <= least && accepts(i)) [best, least] = [i, distance]
        }
      }
    }
    return best
  }
}
