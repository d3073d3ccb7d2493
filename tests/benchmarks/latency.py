"""From a key press to the new data drawn, on the alignment page at n = 2000 or the phase page.

The same figures through the living chart and through `st.plotly_chart`, in one run, in turns; with
the folder of an older build, that one too.
Run: `python -m tests.benchmarks.latency [presses] [alignment or phase] [folder]`
"""

import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

from tests.server import CHROMIUM_ARGUMENTS, chromium, running_app


@dataclass(frozen=True, kw_only=True)
class Case:
    """A page and a slider on it: how many figures there are, and how many a press changes."""

    address: str
    slider: str
    figures: int
    changing: int


CASES = {
    # the true latent does not depend on the noise
    "alignment": Case(address="alignment?noise=0.5", slider="Noise", figures=5, changing=4),
    # what stands still: the plane with its operating point, and the singular values
    "phase": Case(address="phase?nu=0.5", slider="Nuisance correlation ν", figures=4, changing=2),
}

TURN = 5

LIVING, NATIVE, OLDER = "living chart", "st.plotly_chart", "older build"

WATCH = """() => {
  // a living chart counts its drawings
  const signatures = () => [...document.querySelectorAll('.js-plotly-plot')].map((plot, at) => {
    if (plot.dataset.draws) return `${at}: ${plot.dataset.draws}`
    const traces = (plot._fullData ?? []).filter(t => (t.x ?? []).length)
    return traces.length ? JSON.stringify(traces.map(t => [t.x[0], t.y[0], t.y[1]])) : ''
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


def press(page: Page, case: Case, key: str) -> float:
    """Milliseconds from the key to the picture."""
    page.evaluate(f"window.watch({case.figures}, {case.changing})")
    page.get_by_role("slider", name=case.slider).first.press(key)
    elapsed = page.evaluate("window.drawn")
    page.wait_for_timeout(400)  # let everything settle
    return elapsed


def open_page(browser, address: str, case: Case) -> Page:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{address}/{case.address}")
    page.wait_for_selector(".js-plotly-plot .main-svg", timeout=60_000)
    page.evaluate(WATCH)
    page.wait_for_function(f"window.ready() === {case.figures}", timeout=60_000)
    page.wait_for_timeout(2000)
    return page


def main(presses: int, name: str, older: Path | None) -> None:
    case = CASES[name]
    with ExitStack() as stack:
        servers = {
            LIVING: running_app(),
            NATIVE: running_app(ALIGNLAB_CHARTS="native"),
            **({OLDER: running_app(root=older)} if older else {}),
        }
        addresses = {way: stack.enter_context(server) for way, server in servers.items()}
        playwright = stack.enter_context(sync_playwright())
        # a browser each, so that no page waits for what another one draws
        pages = {
            way: open_page(
                playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGUMENTS),
                address,
                case,
            )
            for way, address in addresses.items()
        }
        times: dict[str, list[float]] = {way: [] for way in pages}
        for turn in range(presses // TURN):
            for way, page in pages.items():
                page.bring_to_front()
                key = "ArrowRight" if turn % 2 == 0 else "ArrowLeft"
                times[way] += [press(page, case, key) for _ in range(TURN)]
    print(f"key press to new data drawn, {case.figures} figures, {name} page, {presses} presses")
    print(f"{'way':>16} {'median':>8} {'p95':>8}")
    for way, values in times.items():
        print(f"{way:>16} {np.median(values):5.0f} ms {np.percentile(values, 95):5.0f} ms")
    for way in [way for way in times if way != LIVING]:
        ratio = np.median(times[way]) / np.median(times[LIVING])
        print(f"the living chart is {ratio:.1f} times as fast as {way} at the median")


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 30,
        sys.argv[2] if len(sys.argv) > 2 else "alignment",
        Path(sys.argv[3]).resolve() if len(sys.argv) > 3 else None,
    )
