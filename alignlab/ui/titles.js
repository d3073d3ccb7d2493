// Room for the title and the legend of a chart, whatever its width: a title is broken into lines, the
// legend stands below it, and the axes below both.

const TITLE_LINE = 21 // pixels; of a title in 16 pixels
const letters = document.createElement("canvas").getContext("2d")

// A title in lines that are no wider than so many pixels; tags within a word stay whole.
function inLines(title, width, font) {
  letters.font = `16px ${font}`
  const wide = (text) => letters.measureText(text.replaceAll(/<[^>]*>/g, "")).width
  const lines = []
  for (const word of title.split(" ")) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word
    if (lines.length && wide(longer) <= width) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}

// The layout for a plot of this size; a legend that has a place of its own keeps it.
function withRoom(layout, { clientWidth: width, clientHeight: height }, font) {
  const title = layout.title?.text ?? ""
  const lines = title ? inLines(title, width - 12, font) : []
  const below = Math.ceil(0.02 * height + TITLE_LINE * lines.length + 4)
  const margin = { ...layout.margin, t: Math.max(layout.margin?.t ?? 70, below + 4) }
  const legend = { yref: "container", yanchor: "top", y: 1 - below / height, ...layout.legend }
  const own = layout.legend?.y !== undefined
  return {
    ...layout,
    title: { ...layout.title, text: lines.join("<br>") },
    margin,
    legend: own ? layout.legend : legend,
  }
}
