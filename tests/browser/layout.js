// What is wrong with the layout of the page that is open, as sentences; the names of the controls that
// drive its picture come first to last: the first of them that the page has must be in sight.
(names) => {
  const faults = []
  const say = (words) => faults.push(words)
  const all = (where, root = document) => [...root.querySelectorAll(where)]
  const box = (node) => node.getBoundingClientRect()
  const seen = (node) => box(node).width > 0 && box(node).height > 0 &&
    getComputedStyle(node).visibility !== "hidden"
  const told = (node) => (node.ariaLabel ?? node.textContent).trim().slice(0, 40)
  const [wide, high] = [innerWidth, innerHeight]
  const inWindow = (r) => r.top >= -1 && r.left >= -1 && r.right <= wide + 1 && r.bottom <= high + 1

  const main = document.querySelector("[data-testid=stMain]")
  for (const node of [document.documentElement, main]) {
    if (node.scrollWidth > node.clientWidth) say(`scrolls sideways by ${node.scrollWidth - node.clientWidth}`)
  }
  if (main.scrollTop) say(`is scrolled down by ${main.scrollTop}`)

  const pictures = all(".alignlab-plot, .alignlab-points-plot", main)
  const first = pictures[0]
  if (first) {
    const picture = box(first)
    if (!inWindow(picture)) say(`the picture ends at ${Math.round(picture.bottom)} of ${high}`)
    if (Math.min(picture.width, picture.height) < 200) say(`the picture is ${picture.width} x ${picture.height}`)
    const top = box(document.querySelector("[data-testid=stHeader]")).bottom
    const words = box(first.closest(".alignlab-charts, .alignlab-points")).top - top
    if (words > 130) say(`${Math.round(words)} pixels of words above the picture`)
    for (const legend of all(".legend", first).concat(all(".alignlab-points-legend"))) {
      if (seen(legend) && !inWindow(box(legend))) say("the legend is out of sight")
    }
  }
  const control = names.map((name) => document.querySelector(`[data-name=${name}]`)).find(Boolean)
  if (names.length && !control) say(`none of the controls ${names}`)
  if (control && !inWindow(box(control))) say(`the control ${control.dataset.name} is out of sight`)

  const verdict = document.querySelector(".st-key-verdict")
  const lines = verdict ? box(verdict).height / 24 : 0
  if (verdict && !verdict.innerText.trim()) say("no verdict")
  if (lines > 1.2) say(`the verdict has ${lines.toFixed(1)} lines: ${verdict.innerText}`)

  const row = document.querySelector(".alignlab-presets")
  if (row) {
    const shown = all(":scope > button", row).filter(seen)
    if (new Set(shown.map((one) => Math.round(box(one).top))).size > 1) say("presets in several rows")
    if (shown.some((one) => box(one).right > box(row).right + 1)) say("a preset is cut off")
    const marked = row.querySelector("[aria-pressed=true]")
    if (marked && !shown.includes(marked)) say("the marked preset is folded away")
  }

  const above = all("h1, .alignlab-presets, .st-key-verdict", main).concat(first ?? [])
  for (const [i, node] of above.entries()) {
    if (i && box(above[i - 1]).bottom > box(node).top + 1) say(`${told(above[i - 1])} overlaps what is below`)
  }
  for (const node of all("h1, figcaption, .st-key-verdict p, .alignlab-presets > button", main)) {
    if (seen(node) && node.scrollWidth > node.clientWidth + 1) say(`cut: ${told(node)}`)
  }
  for (const chart of all(".alignlab-plot", main)) {
    const of = (words) => say(`${told(chart)}: ${words}`)
    const [frame, tolerance] = [box(chart), 2]
    const texts = all("svg.main-svg text", chart).filter((text) => seen(text) && text.textContent.trim())
    const parts = texts
      .filter((text) => !text.closest(".legend, .hoverlayer, .heatmap-label, .bars, .modebar"))
      .map((text) => ({ text, at: box(text), words: `“${told(text)}”` }))
    for (const legend of all(".legend", chart).filter(seen)) {
      parts.push({ text: legend, at: box(legend), words: "the legend" })
    }
    for (const { at, words } of parts.concat(texts.map((text) => ({ at: box(text), words: `“${told(text)}”` })))) {
      const out = Math.max(frame.left - at.left, at.right - frame.right, frame.top - at.top, at.bottom - frame.bottom)
      if (out > tolerance) of(`${words} is cut by ${Math.round(out)}`)
    }
    for (const [i, one] of parts.entries()) {
      for (const other of parts.slice(i + 1)) {
        const across = Math.min(one.at.right, other.at.right) - Math.max(one.at.left, other.at.left)
        const down = Math.min(one.at.bottom, other.at.bottom) - Math.max(one.at.top, other.at.top)
        // the box of a line of text is a fifth higher than its letters, above and below
        const air = 0.2 * (one.at.height + other.at.height)
        if (across > 2 * tolerance && down > Math.max(air, 2 * tolerance)) of(`${one.words} and ${other.words} overlap`)
      }
    }
    // powers and the digits between two powers of ten are smaller than other numbers
    const least = (text) => (text.closest(".xtick, .ytick, .cbaxis") ? 9 : 11.5)
    const small = texts.filter((text) => Number.parseFloat(getComputedStyle(text).fontSize) < least(text))
    if (small.length) of(`“${told(small[0])}” is too small`)
  }
  return [...new Set(faults)]
}
