// Where positions lie on the screen: fit, zoom, pan and, in 3-D, rotation. Axes are always equal.
// Zoom and pan are relative to the fit, so they stay with the cloud while it moves.

const MOST_ZOOM = 1e4
const TURNED = [0.35, -0.6] // how a 3-D view starts, radians about the horizontal and the vertical

// Centre and half of the extent of all finite positions, and how many points are finite.
function fitOf(positions, dims) {
  const low = [Infinity, Infinity, Infinity]
  const high = [-Infinity, -Infinity, -Infinity]
  let finite = 0
  for (let at = 0; at < positions.length; at += dims) {
    let sum = 0
    for (let d = 0; d < dims; d++) sum += positions[at + d]
    if (!Number.isFinite(sum)) continue
    finite++
    for (let d = 0; d < dims; d++) {
      const value = positions[at + d]
      if (value < low[d]) low[d] = value
      if (value > high[d]) high[d] = value
    }
  }
  if (!finite) return { centre: [0, 0, 0], half: [1, 1, 1], finite }
  const centre = low.map((value, d) => (d < dims ? (value + high[d]) / 2 : 0))
  const half = low.map((value, d) => (d < dims ? (high[d] - value) / 2 : 0))
  return { centre, half, finite }
}

// The fit that has the values between two ends in sight too: the lowest and the highest of each.
function coveringFit(fit, [lows, highs]) {
  const ends = fit.centre.map((value, d) => [
    Math.min(value - fit.half[d], lows[d] ?? value),
    Math.max(value + fit.half[d], highs[d] ?? value),
  ])
  return {
    centre: ends.map(([low, high]) => (low + high) / 2),
    half: ends.map(([low, high]) => (high - low) / 2),
    finite: fit.finite,
  }
}

function mixedFit(a, b, t) {
  const mix = (name) => b[name].map((value, d) => a[name][d] + (value - a[name][d]) * t)
  return { centre: mix("centre"), half: mix("half"), finite: b.finite }
}

class View {
  constructor() {
    this.dims = 2
    this.width = this.height = 1
    this.fit = fitOf([], 2)
    this.reset()
  }

  reset() {
    this.zoom = 1
    this.x = this.y = 0 // of the centre of the screen, in units of the fit's radius
    this.turn = rotated([1, 0, 0, 0, 1, 0, 0, 0, 1], ...TURNED)
  }

  get moved() {
    return this.zoom !== 1 || this.x !== 0 || this.y !== 0
  }

  // Half of the extent on the screen in both directions, in the units of the positions.
  get extent() {
    const [a, b, c] = this.fit.half
    const half = this.dims === 3 ? [Math.hypot(a, b, c), Math.hypot(a, b, c)] : [a, b]
    const least = Math.max(...half) * 1e-3 || 1 // one point, or a line
    return half.map((value) => Math.max(value, least))
  }

  get radius() {
    return Math.max(...this.extent)
  }

  // Pixels per unit.
  get scale() {
    const [half_x, half_y] = this.extent
    const pad = Math.min(18, this.width / 20)
    const room = (size, half) => (size - 2 * pad) / (2 * half)
    return this.zoom * Math.min(room(this.width, half_x), room(this.height, half_y))
  }

  // Plane coordinates: positions themselves in 2-D, rotated positions about the centre in 3-D.
  get origin() {
    const [x, y] = this.dims === 3 ? [0, 0] : this.fit.centre
    return [x + this.x * this.radius, y + this.y * this.radius]
  }

  toScreen(u, v) {
    const { origin, scale } = this
    return [this.width / 2 + (u - origin[0]) * scale, this.height / 2 - (v - origin[1]) * scale]
  }

  toPlane(x, y) {
    const { origin, scale } = this
    return [origin[0] + (x - this.width / 2) / scale, origin[1] - (y - this.height / 2) / scale]
  }

  // A position of 2 or 3 coordinates in the plane.
  plane(position) {
    if (this.dims === 2) return position
    const p = position.map((value, d) => value - this.fit.centre[d])
    const m = this.turn
    return [m[0] * p[0] + m[1] * p[1] + m[2] * p[2], m[3] * p[0] + m[4] * p[1] + m[5] * p[2]]
  }

  // All points in the plane, 2 coordinates each, and in 3-D their depth.
  flattened(positions) {
    if (this.dims === 2) return { flat: positions, depth: null }
    const m = this.turn
    const [a, b, c] = this.fit.centre
    const count = positions.length / 3
    const flat = new Float32Array(2 * count)
    const depth = new Float32Array(count)
    for (let i = 0; i < count; i++) {
      const x = positions[3 * i] - a
      const y = positions[3 * i + 1] - b
      const z = positions[3 * i + 2] - c
      flat[2 * i] = m[0] * x + m[1] * y + m[2] * z
      flat[2 * i + 1] = m[3] * x + m[4] * y + m[5] * z
      depth[i] = m[6] * x + m[7] * y + m[8] * z
    }
    return { flat, depth }
  }

  zoomAt(x, y, factor) {
    const [u, v] = this.toPlane(x, y)
    this.zoom = Math.min(Math.max(this.zoom * factor, 0.2), MOST_ZOOM)
    const [now_u, now_v] = this.toPlane(x, y)
    this.x += (u - now_u) / this.radius
    this.y += (v - now_v) / this.radius
  }

  panBy(dx, dy) {
    this.x -= dx / this.scale / this.radius
    this.y += dy / this.scale / this.radius
  }

  rotateBy(dx, dy) {
    this.turn = rotated(this.turn, dy * 0.008, dx * 0.008)
  }

  // What the shaders need.
  uniforms() {
    const [x, y] = this.origin
    const [a, b] = this.dims === 3 ? [0, 0] : this.fit.centre
    const scale = [(2 * this.scale) / this.width, (2 * this.scale) / this.height]
    const m = this.dims === 3 ? this.turn : [1, 0, 0, 0, 1, 0, 0, 0, 1]
    return {
      centre: this.fit.centre,
      scale,
      shift: [(a - x) * scale[0], (b - y) * scale[1]],
      turn: [m[0], m[3], m[6], m[1], m[4], m[7], m[2], m[5], m[8]], // by columns
      depth: this.dims === 3 ? 1 / this.radius : 0,
    }
  }
}

// A rotation (9 numbers by rows) followed by one about the screen's horizontal and vertical.
function rotated(m, about_x, about_y) {
  const [cx, sx, cy, sy] = [Math.cos(about_x), Math.sin(about_x), Math.cos(about_y), Math.sin(about_y)]
  const by = [cy, 0, sy, sx * sy, cx, -sx * cy, -cx * sy, sx, cx * cy]
  return m.map((_, at) => {
    const [row, column] = [Math.floor(at / 3), at % 3]
    return [0, 1, 2].reduce((sum, k) => sum + by[3 * row + k] * m[3 * k + column], 0)
  })
}

// Indices of points from the smallest depth to the largest, to 1 part in 4,096.
function farToNear(depth) {
  const buckets = 4096
  let [low, high] = [Infinity, -Infinity]
  for (const value of depth) {
    if (value < low) low = value
    if (value > high) high = value
  }
  const per = (buckets - 1) / (high - low || 1)
  const bucket = (value) => Math.max(0, Math.floor((value - low) * per)) || 0
  const starts = new Uint32Array(buckets + 1)
  for (const value of depth) starts[bucket(value) + 1]++
  for (let at = 1; at <= buckets; at++) starts[at] += starts[at - 1]
  const order = new Uint32Array(depth.length)
  for (let i = 0; i < depth.length; i++) order[starts[bucket(depth[i])]++] = i
  return order
}
