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
  const margin = { ...layout.template?.layout?.margin, ...layout.margin }
  const text = title?.text ?? ""
  const lines = inLines(text, width - 12, theme)
  const line = TITLE_LINE * theme.scale
  // Plotly places the middle of several lines where a single one would be
  const more = lines.length - text.split("<br>").length
  const y = (title?.y ?? 0.98) - (Math.max(0, more) * line) / 2 / height
  const below = Math.ceil((1 - y) * height + (line * (lines.length + 1)) / 2 + 4)
  const place = { yref: "container", yanchor: "top", y: 1 - below / height, ...legend }
  const { l, b, t = 70 } = margin
  return {
    ...layout,
    title: { ...title, text: lines.join("<br>"), y },
    margin: { ...margin, l: l * theme.scale, b: b * theme.scale, t: Math.max(t, below + 4) },
    legend: legend?.y === undefined ? place : legend,
  }
}
