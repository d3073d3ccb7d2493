// Saved pictures: title, legend, axes and points, as on the screen.

const PNG_RATIO = 2 // pixels of the file per pixel of the page
const MOST_DRAWN = 20_000 // symbols in an SVG; a larger cloud is an image in it
const LINE_HEIGHT = 20

function download(blob, name) {
  const link = document.createElement("a")
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

// The points alone, on a canvas.
function pointsCanvas(panel, ratio) {
  const canvas = document.createElement("canvas")
  canvas.width = Math.round(panel.view.width * ratio)
  canvas.height = Math.round(panel.view.height * ratio)
  const picture = panel.picture(ratio, panel.motion.progress)
  panel.grid.renderer.draw(canvas.getContext("2d"), canvas.width, canvas.height, picture)
  return canvas
}

// Entries of the legend in lines that fit the width: words, colour, and place of each.
function legendLines(panel, pen, width) {
  const { header } = panel.grid.marks
  const shown = (name) => !panel.grid.marks.hiddenClasses.has(name)
  const entries = [
    ...header.modalities.map((name, at) => [`${"○×"[at]} ${name}`]),
    ...header.legend.filter(([name]) => shown(name)),
  ]
  if (header.scale) {
    const { title, low, high, colours } = header.scale
    entries.push([`${title}: ${Number(low.toPrecision(4))}`, colours[0]])
    entries.push([`${Number(high.toPrecision(4))}`, colours.at(-1)])
  }
  if (panel.grid.marks.marked) entries.push([`bold: ${header.marked_as}`])
  let [x, line] = [0, 0]
  return entries.map(([words, colour]) => {
    const needed = 1.1 * pen.measure(words, 12) + (colour ? 16 : 0) + 16 // an SVG has fonts of its own
    if (x > 0 && x + needed > width) [x, line] = [0, line + 1]
    const entry = { words, colour, x, line }
    x += needed
    return entry
  })
}

// Title and legend; returns the height that they take.
function drawHead(pen, panel, entries, theme) {
  const top = panel.header.title ? 28 : 4
  if (panel.header.title) {
    pen.text(8, 20, panel.header.title, { colour: theme.text, size: 15, bold: true })
  }
  for (const { words, colour, x, line } of entries) {
    const y = top + line * LINE_HEIGHT + 14
    const square = [[x + 8, y - 9], [x + 18, y - 9], [x + 18, y + 1], [x + 8, y + 1]]
    if (colour) pen.path(square, { fill: { colour } }, true)
    pen.text(x + 8 + (colour ? 15 : 0), y, words, { colour: theme.text, size: 12 })
  }
  return top + ((entries.at(-1)?.line ?? -1) + 1) * LINE_HEIGHT + 6
}

function savePng(panel) {
  const { theme } = panel.grid
  const { clientWidth: width, clientHeight: height } = panel.plot
  const canvas = document.createElement("canvas")
  const context = canvas.getContext("2d")
  const pen = new CanvasPen(context, theme.font)
  const entries = legendLines(panel, pen, width - 16)
  const head = drawHead(pen, panel, entries, theme)
  canvas.width = width * PNG_RATIO
  canvas.height = (head + height) * PNG_RATIO
  context.scale(PNG_RATIO, PNG_RATIO)
  pen.path([[0, 0], [width, 0], [width, head + height], [0, head + height]], { fill: { colour: theme.ground } }, true)
  drawHead(pen, panel, entries, theme)
  context.translate(panel.margin[0], head + panel.margin[1])
  const points = pointsCanvas(panel, PNG_RATIO)
  context.drawImage(points, 0, 0, panel.view.width, panel.view.height)
  drawAxes(pen, panel.view, panel.header.axes, theme)
  drawEmphasis(pen, panel, theme)
  canvas.toBlob((blob) => download(blob, `${panel.header.name}.png`), "image/png")
}

function saveSvg(panel) {
  download(new Blob([svg(panel)], { type: "image/svg+xml" }), `${panel.header.name}.svg`)
}

function svg(panel) {
  const { theme } = panel.grid
  const { clientWidth: width, clientHeight: height } = panel.plot
  const ruler = new CanvasPen(document.createElement("canvas").getContext("2d"), theme.font)
  const pen = new SvgPen(theme.font)
  const head = drawHead(pen, panel, legendLines(panel, ruler, width - 16), theme)
  const total = head + height
  const area = `width="${panel.view.width}" height="${panel.view.height}"`
  pen.parts.push(`<clipPath id="area"><rect ${area}/></clipPath>`)
  pen.parts.push(`<g transform="translate(${panel.margin[0]} ${head + panel.margin[1]})">`)
  drawAxes(pen, panel.view, panel.header.axes, theme)
  pen.parts.push(`<g clip-path="url(#area)">`)
  if (panel.motion.fit.finite > MOST_DRAWN) {
    const image = pointsCanvas(panel, PNG_RATIO).toDataURL("image/png")
    pen.parts.push(`<image ${area} href="${image}"/>`)
  } else drawPoints(pen, panel)
  drawEmphasis(pen, panel, theme)
  pen.parts.push("</g></g>")
  const size = `width="${width}" height="${total}" viewBox="0 0 ${width} ${total}"`
  const font = escaped(theme.font)
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="${font}">` +
    `<rect width="100%" height="100%" fill="${theme.ground}"/>${pen.parts.join("\n")}</svg>`
  )
}

// Every line and symbol as a shape.
function drawPoints(pen, panel) {
  const { marks } = panel.grid
  const { lines, passes } = panel.picture(1, panel.motion.progress)
  const rows = [...marks.rows]
  const fits = (i, pass) => pass === 0 || (pass === 2) === ((marks.flags[i] & SELECTED) !== 0)
  if (lines) {
    rows.forEach((row, i) => {
      const [a, b] = [panel.place(row, 1), panel.place(row, 2)]
      if (!a || !b || !fits(i, lines.pass)) return
      pen.path([a, b], { colour: panel.colourOf(row), width: lines.width, alpha: lines.alpha })
    })
  }
  for (const { pass, size, stroke, alpha } of passes) {
    const reach = 0.42 * size
    rows.forEach((row, i) => {
      if (!fits(i, pass)) return
      const style = { colour: panel.colourOf(row), alpha }
      style.width = stroke * (marks.flags[i] & MARKED ? 1.9 : 1)
      const circle = panel.place(row, 1)
      if (circle) pen.ring(...circle, size / 2, style)
      const cross = panel.place(row, 2)
      if (!cross) return
      const [x, y] = cross
      pen.path([[x - reach, y - reach], [x + reach, y + reach]], style)
      pen.path([[x - reach, y + reach], [x + reach, y - reach]], style)
    })
  }
}
