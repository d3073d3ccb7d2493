// Room for the title and the legend of a chart, whatever its size: a title is broken into lines, the
// legend stands below it, and the axes below both.

const TITLE_LINE = 21 // pixels; of a title in 16 pixels
const letters = document.createElement("canvas").getContext("2d")

// A title in lines that are no wider than so many pixels; a tag stays whole.
function inLines(title, width, { font, scale }) {
  letters.font = `${16 * scale}px ${font}`
  const wide = (text) => letters.measureText(text.replaceAll(/<[^>]*>/g, "")).width
  return title.split("<br>").flatMap((line) => {
    const lines = []
    for (const word of line.match(/(<[^>]*>|[^\s<])+/g) ?? []) {
      const longer = lines.length ? `${lines.at(-1)} ${word}` : word
      if (lines.length && wide(longer) <= width) lines[lines.length - 1] = longer
      else lines.push(word)
    }
    return lines
  })
}

// The layout for a plot of this size; a legend that has a place of its own keeps it.
function withRoom(layout, { clientWidth: width, clientHeight: height }, theme) {
  if (!width || !height) return layout
  const { title, legend } = layout
  const { scale } = theme
  const margin = { ...layout.template?.layout?.margin, ...layout.margin }
  const lines = inLines(title?.text ?? "", width - 12, theme)
  const above = (1 - (title?.y ?? 0.98)) * height
  const below = Math.ceil(above + TITLE_LINE * scale * lines.length + 4)
  const place = { yref: "container", yanchor: "top", y: 1 - below / height, ...legend }
  return {
    ...layout,
    title: { ...title, text: lines.join("<br>") },
    margin: { ...margin, l: margin.l * scale, b: margin.b * scale, t: Math.max(margin.t, below + 4) },
    legend: legend?.y === undefined ? place : legend,
  }
}
