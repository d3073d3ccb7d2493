// The frame of a picture, its ticks, and the box of a 3-D cloud.

const TICK_PIXELS = 70 // least distance of two labels
const MARGINS = { axes: [52, 8, 44, 8], none: [1, 1, 1, 1] } // left, top, bottom, right

// Round values between low and high, at least `least` apart.
function ticks(low, high, least) {
  const power = 10 ** Math.floor(Math.log10(least))
  const step = [1, 2, 5, 10].map((by) => by * power).find((step) => step >= least * 0.999)
  const digits = Math.max(0, -Math.floor(Math.log10(step)))
  const found = []
  for (let at = Math.ceil(low / step); at <= high / step; at++) {
    const value = at * step
    const large = Math.abs(high) >= 1e6 || step < 1e-4
    found.push([value, large ? value.toExponential(2) : value.toFixed(digits).replace("-", "−")])
  }
  return found
}

function drawAxes(pen, view, axes, theme) {
  const { width, height } = view
  const line = { colour: theme.border, width: 1 }
  if (view.dims === 3) return drawCube(pen, view, axes, theme)
  if (axes.length === 2) {
    const label = { colour: theme.text, size: 12, alpha: 0.8 }
    const [low_x, low_y] = view.toPlane(0, height)
    const [high_x, high_y] = view.toPlane(width, 0)
    const least = TICK_PIXELS / view.scale
    for (const [value, words] of ticks(low_x, high_x, least)) {
      const [x] = view.toScreen(value, 0)
      pen.path([[x, 0], [x, height + 4]], { ...line, alpha: 0.6 })
      pen.text(x, height + 7, words, { ...label, align: "center", base: "top" })
    }
    for (const [value, words] of ticks(low_y, high_y, least)) {
      const [, y] = view.toScreen(0, value)
      pen.path([[-4, y], [width, y]], { ...line, alpha: 0.6 })
      pen.text(-7, y, words, { ...label, align: "right", base: "middle" })
    }
    const title = { colour: theme.text, size: 13, align: "center" }
    pen.text(width / 2, height + 24, axes[0], { ...title, base: "top" })
    pen.text(-38, height / 2, axes[1], { ...title, turn: -Math.PI / 2 })
  }
  pen.path([[0, 0], [width, 0], [width, height], [0, height]], line, true)
}

// The box around a 3-D cloud, and the names of its edges.
function drawCube(pen, view, axes, theme) {
  const { centre, half } = view.fit
  const corner = (signs) =>
    view.toScreen(...view.plane(signs.map((sign, d) => centre[d] + sign * half[d])))
  for (let at = 0; at < 8; at++) {
    const signs = [0, 1, 2].map((d) => ((at >> d) & 1 ? 1 : -1))
    for (let d = 0; d < 3; d++) {
      if (signs[d] > 0) continue
      const other = signs.map((sign, e) => (e === d ? 1 : sign))
      const first = at === 0 // the three edges that carry the names
      const style = { colour: first ? theme.text : theme.border, width: first ? 1.2 : 1 }
      pen.path([corner(signs), corner(other)], { ...style, alpha: first ? 0.6 : 0.8 })
      if (!first || !axes[d]) continue
      const [x, y] = corner(signs.map((sign, e) => (e === d ? 1.12 : sign)))
      pen.text(x, y, axes[d], { colour: theme.text, size: 13, align: "center", base: "middle" })
    }
  }
}
