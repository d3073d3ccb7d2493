// What is drawn over the points: the picked pair, ringed neighbours, the pair under the pointer, and
// the outline of a lasso.

// One large symbol with a rim in the colour of the ground, so that it stands out in a crowd.
function symbol(pen, [x, y], modality, size, colour, ground) {
  const reach = size / 2
  for (const [width, shade] of [[5, ground], [2.4, colour]]) {
    if (modality === 1) pen.ring(x, y, reach, { colour: shade, width })
    else {
      pen.path([[x - reach, y - reach], [x + reach, y + reach]], { colour: shade, width })
      pen.path([[x - reach, y + reach], [x + reach, y - reach]], { colour: shade, width })
    }
  }
}

function drawEmphasis(pen, panel, theme) {
  const { marks, hovered } = panel.grid
  const { size } = panel.looks
  const where = (row, modality) => panel.place(row, modality)
  const colour = (row) => panel.colourOf(row)
  for (const [row, modality] of marks.neighbours) {
    const at = where(row, modality)
    if (!at) continue
    pen.ring(...at, size / 2 + 5, { colour: theme.ground, width: 4, alpha: 0.8 })
    pen.ring(...at, size / 2 + 5, { colour: theme.text, width: 1.6 })
  }
  const pair = (row, modality, grown, alpha) => {
    const [at, partner] = [where(row, modality), where(row, 3 - modality)]
    if (at && partner) {
      pen.path([at, partner], { colour: theme.ground, width: 4.5, alpha: 0.7 * alpha })
      pen.path([at, partner], { colour: colour(row), width: 2.2, alpha })
    }
    if (partner) symbol(pen, partner, 3 - modality, size + grown, colour(row), theme.ground)
    if (!at) return
    symbol(pen, at, modality, size + grown, colour(row), theme.ground)
    pen.ring(...at, size / 2 + grown + 3, { colour: theme.text, width: 2, alpha })
  }
  if (marks.chosen) pair(...marks.chosen, 5, 1)
  if (hovered) pair(hovered.row, hovered.modality, 3, 0.9)
  if (panel.outline) {
    const fill = { colour: theme.text, alpha: 0.06 }
    pen.path(panel.outline, { colour: theme.text, width: 1.5, dash: [5, 4], fill }, true)
  }
}
