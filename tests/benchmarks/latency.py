"""From a key press to the new data drawn, on the alignment page at n = 2000.

The same figures through the living chart and through `st.plotly_chart`, in one run, in turns.
Run: `python -m tests.benchmarks.latency [presses]`
"""

import sys

import numpy as np
from playwright.sync_api import Page, sync_playwright

from tests.server import CHROMIUM_ARGUMENTS, chromium, running_app

FIGURES = 5
CHANGING = 4  # the true latent does not depend on the noise
TURN = 5

WATCH = """() => {
  const signatures = () => [...document.querySelectorAll('.js-plotly-plot')].map(plot => {
    const trace = (plot._fullData ?? []).find(t => (t.x ?? []).length)
    return trace ? JSON.stringify([plot._fullData.length, trace.y[0], trace.y[1]]) : ''
  })
  window.ready = () => signatures().filter(Boolean).length
  window.watch = (figures, changing) => {
    const before = signatures()
    let pressed = null
    addEventListener('keydown', () => (pressed ??= performance.now()), { capture: true })
    window.drawn = new Promise(resolve => {
      const look = () => {
        const now = signatures()
        const changed = now.filter(s => s && !before.includes(s)).length
        if (pressed && now.length === figures && changed >= changing)
          // one frame later what was drawn is on the screen
          requestAnimationFrame(() => resolve(performance.now() - pressed))
        else requestAnimationFrame(look)
      }
      look()
    })
  }
}"""


def press(page: Page, key: str) -> float:
    """Milliseconds from the key to the picture."""
    page.evaluate(f"window.watch({FIGURES}, {CHANGING})")
    page.get_by_role("slider", name="Noise").first.press(key)
    elapsed = page.evaluate("window.drawn")
    page.wait_for_timeout(400)  # let everything settle
    return elapsed


def open_page(browser, address: str) -> Page:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{address}/alignment?noise=0.5")
    page.wait_for_selector(".js-plotly-plot .main-svg", timeout=60_000)
    page.evaluate(WATCH)
    page.wait_for_function(f"window.ready() === {FIGURES}", timeout=60_000)
    page.wait_for_timeout(2000)
    return page


def main(presses: int) -> None:
    with (
        running_app() as living,
        running_app(ALIGNLAB_CHARTS="native") as native,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGUMENTS)
        pages = {
            "living chart": open_page(browser, living),
            "st.plotly_chart": open_page(browser, native),
        }
        times: dict[str, list[float]] = {name: [] for name in pages}
        for turn in range(presses // TURN):
            for name, page in pages.items():
                page.bring_to_front()
                key = "ArrowRight" if turn % 2 == 0 else "ArrowLeft"
                times[name] += [press(page, key) for _ in range(TURN)]
        browser.close()
    print(f"key press to new data drawn, {FIGURES} figures, n = 2000, {presses} presses each")
    print(f"{'way':>16} {'median':>8} {'p95':>8}")
    for name, values in times.items():
        print(f"{name:>16} {np.median(values):5.0f} ms {np.percentile(values, 95):5.0f} ms")
    slow, fast = (np.median(times[name]) for name in ("st.plotly_chart", "living chart"))
    print(f"the living chart is {slow / fast:.1f} times as fast at the median")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
