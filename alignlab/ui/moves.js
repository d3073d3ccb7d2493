// Moves the marks of a chart within its axes. Plotly would draw axes, titles and legend anew as
// well, which takes ten times as long as the marks; this writes to the state that it draws from.

const NUMBERS = { f4: Float32Array, f8: Float64Array, i1: Int8Array, i2: Int16Array, i4: Int32Array }

// The numbers of an array in a figure, which are a list, or bytes in base64 and their type.
function numbers(array) {
  if (!array.bdata) return array
  const text = atob(array.bdata)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i)
  return new NUMBERS[array.dtype](bytes.buffer)
}

function known(array) {
  return Array.isArray(array) || (array?.dtype in NUMBERS && !array.shape)
}

// Whether a trace differs from an older one in the places of its marks only.
function onlyPlacesDiffer(old, trace) {
  const rest = Object.keys(trace).filter((name) => name !== "x" && name !== "y")
  return (
    rest.length + 2 === Object.keys(old).length && rest.every((name) => trace[name] === old[name])
  )
}

// The least and the greatest of some numbers; NaN is not counted.
function extent(lists) {
  let low = Infinity
  let high = -Infinity
  for (const list of lists)
    for (const value of list) {
      if (value < low) low = value
      if (value > high) high = value
    }
  return [low, high]
}

function axisNames(layout) {
  return Object.keys(layout).filter((name) => /^[xy]axis/.test(name))
}

// Whether marks between these ends lie within the axes and fill them.
function fit(axes, ends) {
  const shares = axes.map(({ range: [from, to] }, i) => {
    const [low, high] = ends[i]
    return low < from || high > to ? 0 : (high - low) / (to - from)
  })
  return Math.min(...shares) > 0 && Math.max(...shares) > 0.6
}

// Functions that move the marks of a kind of trace, or null where that cannot be done.
// node : the drawn trace; xaxis, yaxis : Plotly's axes; x, y : the new places.
const MOVERS = {
  // lines with gaps, as one path
  lines(node, { xaxis, yaxis }, { x, y }) {
    const [first, ...more] = node.querySelectorAll("path.js-line")
    if (!first) return null
    return () => {
      let drawn = ""
      let pen = "M"
      for (let i = 0; i < x.length; i++) {
        if (Number.isFinite(x[i]) && Number.isFinite(y[i])) {
          drawn += `${pen}${xaxis.d2p(x[i]).toFixed(2)},${yaxis.d2p(y[i]).toFixed(2)}`
          pen = "L"
        } else pen = "M"
      }
      first.setAttribute("d", drawn)
      for (const one of more) one.remove()
    }
  },

  markers(node, { xaxis, yaxis }, { x, y }) {
    const marks = node.querySelectorAll("path.point")
    if (marks.length !== x.length) return null
    return () =>
      marks.forEach((mark, i) =>
        mark.setAttribute("transform", `translate(${xaxis.d2p(x[i])},${yaxis.d2p(y[i])})`),
      )
  },

  // whose ranks stay
  bar(node, { yaxis }, { y }) {
    const bars = [...node.querySelectorAll(".point > path")]
    const sides = bars.map((bar) => /^M([\d.]+),[\d.]+V[\d.]+H([\d.]+)/.exec(bar.getAttribute("d")))
    if (bars.length !== y.length || sides.includes(null)) return null
    const base = yaxis.d2p(0)
    return () =>
      bars.forEach((bar, i) => {
        const [, left, right] = sides[i]
        bar.setAttribute("d", `M${left},${base}V${yaxis.d2p(y[i])}H${right}V${base}Z`)
      })
  },
}

// The parts of a trace that SVG draws, by their names above.
function partsOf({ type, mode = "" }) {
  return type === "scatter" ? mode.split("+") : [type]
}

// The points of WebGL traces, of which those that stay are undefined.
function glMover(plot, traces) {
  const { _plots, _glcanvas } = plot._fullLayout
  const scene = _plots?.xy?._scene
  if (!scene?.scatter2d || scene.count !== traces.length) return null
  return () => {
    scene.scatter2d.update(traces.map((trace) => trace && { positions: interleaved(trace) }))
    _glcanvas.each(({ regl }) => regl?.clear({ color: [0, 0, 0, 0], depth: 1 }))
    scene.draw()
  }
}

function interleaved({ x, y }) {
  const positions = new Array(2 * x.length)
  for (let i = 0; i < x.length; i++) {
    positions[2 * i] = x[i]
    positions[2 * i + 1] = y[i]
  }
  return positions
}

function axesOf({ xaxis = "x", yaxis = "y" }, layout) {
  return { xaxis: layout[`xaxis${xaxis.slice(1)}`], yaxis: layout[`yaxis${yaxis.slice(1)}`] }
}

// What marks at new places ask of the axes: false for nothing, as where the figure or a user has
// chosen the ends; the ends of the marks where they no longer fit; true where that is not known.
function asked({ data, layout }, places, { xaxis, yaxis, _subplots }) {
  if (axisNames(layout).every((name) => layout[name].range)) return false
  if (!xaxis?.autorange || !yaxis?.autorange) return false
  if (_subplots.cartesian.length !== 1 || xaxis.type !== "linear" || yaxis.type !== "linear")
    return true
  if (!data.every(({ x, y }) => known(x) && known(y))) return true
  const all = data.map((one) => places.get(one) ?? { x: numbers(one.x), y: numbers(one.y) })
  const ends = [extent(all.map(({ x }) => x)), extent(all.map(({ y }) => y))]
  if (!ends.flat().every(Number.isFinite)) return true
  return fit([xaxis, yaxis], ends) ? false : ends
}

// Move the marks of a plot that shows `old` to those of `figure`, which shares with it all that is
// the same. What is left to draw as a whole: true where more than places differ, the ends of both
// axes where the marks no longer fit them, and false where nothing is.
function moveMarks(plot, old, figure) {
  const { data } = figure
  const layout = plot._fullLayout
  if (figure.frames?.length || figure.layout !== old.layout || data.length !== old.data.length)
    return true
  const nodes = new Map() // the drawn traces by their number
  for (const node of plot.querySelectorAll(".scatterlayer > .trace, .barlayer > .trace"))
    nodes.set(node.__data__?.[0]?.trace?.index, node)
  const moves = []
  const places = new Map()
  for (const [i, trace] of data.entries()) {
    if (trace === old.data[i]) continue
    if (trace.selectedpoints || !known(trace.x) || !known(trace.y)) return true
    if (!onlyPlacesDiffer(old.data[i], trace)) return true
    places.set(trace, { x: numbers(trace.x), y: numbers(trace.y) })
    if (trace.type === "scattergl" && trace.mode === "markers") continue
    if (!nodes.has(i) || (trace.type === "bar" && trace.x !== old.data[i].x)) return true
    for (const part of partsOf(trace))
      moves.push(MOVERS[part]?.(nodes.get(i), axesOf(trace, layout), places.get(trace)))
  }
  const gl = data.filter(({ type }) => type === "scattergl")
  if (gl.some((trace) => places.has(trace)))
    moves.push(glMover(plot, gl.map((trace) => places.get(trace))))
  if (!moves.every(Boolean)) return true
  const left = asked(figure, places, layout)
  if (!left) for (const move of moves) move()
  return left
}
