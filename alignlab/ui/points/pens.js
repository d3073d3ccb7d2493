// Two pens with the same strokes: one draws on a canvas, the other writes SVG. What is drawn over
// and around the points is drawn once on the screen and once in a saved file.
// style: colour, width, alpha, dash, fill; of text: colour, size, align, base, bold, turn.

class CanvasPen {
  constructor(context, font) {
    this.context = context
    this.font = font
  }

  path(points, style, closed = false) {
    const { context } = this
    context.beginPath()
    for (const [x, y] of points) context.lineTo(x, y)
    if (closed) context.closePath()
    this.ink(style)
  }

  ring(x, y, radius, style) {
    this.context.beginPath()
    this.context.arc(x, y, radius, 0, 2 * Math.PI)
    this.ink(style)
  }

  ink({ colour, width = 1, alpha = 1, dash = [], fill }) {
    const { context } = this
    context.setLineDash(dash)
    if (fill) {
      context.globalAlpha = alpha * (fill.alpha ?? 1)
      context.fillStyle = fill.colour
      context.fill()
    }
    context.globalAlpha = alpha
    if (colour) {
      context.strokeStyle = colour
      context.lineWidth = width
      context.stroke()
    }
    context.globalAlpha = 1
  }

  text(x, y, words, { colour, size = 12, align = "left", base = "alphabetic", bold, turn = 0, alpha = 1 }) {
    const { context } = this
    context.save()
    context.translate(x, y)
    context.rotate(turn)
    context.font = `${bold ? "600 " : ""}${size}px ${this.font}`
    context.textAlign = align
    context.textBaseline = base
    context.globalAlpha = alpha
    context.fillStyle = colour
    context.fillText(words, 0, 0)
    context.restore()
  }

  measure(words, size, bold) {
    this.context.font = `${bold ? "600 " : ""}${size}px ${this.font}`
    return this.context.measureText(words).width
  }
}

class SvgPen {
  constructor(font, measure) {
    this.font = font
    this.measure = measure
    this.parts = []
  }

  path(points, style, closed = false) {
    const d = points.map(([x, y], i) => `${i ? "L" : "M"}${short(x)} ${short(y)}`).join("")
    this.parts.push(`<path d="${d}${closed ? "Z" : ""}" ${this.ink(style)}/>`)
  }

  ring(x, y, radius, style) {
    const place = `cx="${short(x)}" cy="${short(y)}" r="${short(radius)}"`
    this.parts.push(`<circle ${place} ${this.ink(style)}/>`)
  }

  ink({ colour, width = 1, alpha = 1, dash = [], fill }) {
    const filled = fill ? `fill="${fill.colour}" fill-opacity="${fill.alpha ?? 1}"` : `fill="none"`
    const stroked = colour ? `stroke="${colour}" stroke-width="${width}"` : ""
    const dashed = dash.length ? `stroke-dasharray="${dash}"` : ""
    return `${filled} ${stroked} ${dashed} opacity="${short(alpha)}"`
  }

  text(x, y, words, { colour, size = 12, align = "left", base = "alphabetic", bold, turn = 0, alpha = 1 }) {
    const anchor = { left: "start", center: "middle", right: "end" }[align]
    const down = { alphabetic: 0, middle: 0.35, top: 0.8 }[base] * size
    const place = `translate(${short(x)} ${short(y)}) rotate(${short((turn * 180) / Math.PI)})`
    const look = `font-size="${size}" text-anchor="${anchor}" fill="${colour}" opacity="${alpha}"`
    const weight = bold ? ` font-weight="600"` : ""
    const moved = `transform="${place}" dy="${short(down)}"`
    this.parts.push(`<text ${moved} ${look}${weight}>${escaped(words)}</text>`)
  }
}

function short(value) {
  return Math.round(value * 100) / 100
}

function escaped(words) {
  const entities = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" }
  return String(words).replace(/[&<>"]/g, (sign) => entities[sign])
}
