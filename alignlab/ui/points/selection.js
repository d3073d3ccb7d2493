// Which points lie in a lasso or a box.

// The box between two corners as a polygon.
function boxOf([x, y], [x2, y2]) {
  return [[x, y], [x2, y], [x2, y2], [x, y2]]
}

// Indices of the accepted points (2 coordinates each) in a polygon, by the even-odd rule.
function inside(flat, polygon, accepts) {
  const us = polygon.map(([u]) => u)
  const vs = polygon.map(([, v]) => v)
  const [left, right] = [Math.min(...us), Math.max(...us)]
  const [low, high] = [Math.min(...vs), Math.max(...vs)]
  const found = []
  for (let i = 0; i < flat.length / 2; i++) {
    const u = flat[2 * i]
    const v = flat[2 * i + 1]
    if (!(u >= left && u <= right && v >= low && v <= high) || !accepts(i)) continue
    let within = false
    for (let k = 0, before = polygon.length - 1; k < polygon.length; before = k++) {
      if (vs[k] > v === vs[before] > v) continue
      const crossing = us[k] + ((v - vs[k]) / (vs[before] - vs[k])) * (us[before] - us[k])
      if (u < crossing) within = !within
    }
    if (within) found.push(i)
  }
  return found
}
