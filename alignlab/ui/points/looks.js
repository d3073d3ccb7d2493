// Size and opacity of symbols: large and opaque when few are on the screen, small and translucent
// when many are, so that density stays visible. Zooming in makes them larger again.

const USUAL_AREA = 500 * 500 // square pixels
const FADED = 0.14 // opacity of unselected points, as a share

// points: symbols in the picture; area: square pixels; zoom: 1 for the whole cloud.
function looks(points, area, zoom) {
  const crowd = (points * USUAL_AREA) / Math.max(area, 1) / Math.max(zoom, 1) ** 1.5
  const size = limited(8.5 * (Math.max(crowd, 1) / 1500) ** -0.2, 3.2, 9.5)
  const stroke = limited(size / 5.5, 1, 1.6)
  const inked = (crowd * 3 * size * stroke) / USUAL_AREA
  return { size, stroke, alpha: limited(0.95 * (1 + 2 * inked) ** -0.42, 0.15, 0.95) }
}

// Width and opacity of the partner lines: visible, never dominating.
function lineLooks(lines, area, zoom) {
  const crowd = (lines * USUAL_AREA) / Math.max(area, 1) / Math.max(zoom, 1) ** 1.5
  return { width: limited(1.5 - crowd / 800, 1, 1.5), alpha: limited(0.6 * (1 + crowd / 500) ** -0.45, 0.04, 0.6) }
}

function limited(value, low, high) {
  return Math.min(Math.max(value, low), high)
}
