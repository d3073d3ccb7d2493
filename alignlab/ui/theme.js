// The page's colours, from Streamlit's CSS variables.
function pageTheme(element) {
  const style = getComputedStyle(element)
  const value = (name, fallback) => style.getPropertyValue(name).trim() || fallback
  return {
    text: value("--st-text-color", "#31333f"),
    ground: value("--st-background-color", "#ffffff"),
    border: value("--st-border-color", "rgba(128,128,128,0.3)"),
    font: value("--st-font", "sans-serif"),
    scale: Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16 || 1,
  }
}

// Calls `changed` with the new colours of an element when the page's theme changes: Streamlit then
// changes class names on an ancestor.
function watchTheme(element, changed) {
  let before = JSON.stringify(pageTheme(element))
  const watcher = new MutationObserver(() => {
    const theme = pageTheme(element)
    const now = JSON.stringify(theme)
    if (now === before) return
    before = now
    changed(theme)
  })
  for (let node = element; node && node !== document.body; node = node.parentElement) {
    watcher.observe(node, { attributes: true, attributeFilter: ["class", "style"] })
  }
  return watcher
}
