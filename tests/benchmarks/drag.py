"""A slider is dragged for two seconds: new pictures a second, and the lag from hand to picture.

Run: `python -m tests.benchmarks.drag [drags] [alignment or phase]`

The pointer moves 60 times a second. A picture is new when all charts that the slider changes have
been drawn with a value of the hand; its lag counts from the moment when the hand chose that value.
"""

import sys

import numpy as np
from playwright.sync_api import Page, sync_playwright

from tests.benchmarks.latency import CASES, Case, open_page
from tests.server import CHROMIUM_ARGUMENTS, chromium, running_app

SECONDS = 2.0

WATCH = """(changing) => {
  const draws = () => [...document.querySelectorAll('.alignlab-plot')].map(
    ({ dataset }) => Number(dataset.draws ?? 0))
  const desk = window.alignlabDesk
  const chosen = new Map()
  window.pictures = []
  let under = null
  const { drag, change } = desk
  desk.drag = function (name, text) {
    chosen.set(text, performance.now())
    drag.call(this, name, text)
  }
  desk.change = function (values, more) {
    const [text] = Object.values(values)
    under = { from: chosen.get(text) ?? performance.now(), before: draws() }
    change.call(this, values, more)
  }
  window.endWatch = () => Object.assign(desk, { drag, change })
  const look = () => {
    if (under && draws().filter((count, at) => count > under.before[at]).length >= changing) {
      const { from } = under
      under = null
      // one frame later what was drawn is on the screen
      requestAnimationFrame(() => pictures.push([performance.now(), performance.now() - from]))
    }
    requestAnimationFrame(look)
  }
  look()
}"""

MOVE = """async ([name, seconds]) => {
  const slider = document.querySelector(`.alignlab-control[data-name='${name}'] input`)
  const box = slider.getBoundingClientRect()
  const at = (type, share) => slider.dispatchEvent(new PointerEvent(type, {
    bubbles: true, clientX: box.x + box.width * share, clientY: box.y + box.height / 2 }))
  const set = (share) => {
    slider.value = Number(slider.min) + share * (slider.max - slider.min)
    slider.dispatchEvent(new Event('input', { bubbles: true }))
  }
  const begin = performance.now()
  at('pointerdown', 0.05)
  while (performance.now() - begin < 1000 * seconds) {
    set(0.05 + 0.4 * (performance.now() - begin) / (1000 * seconds))
    await new Promise((done) => setTimeout(done, 1000 / 60))
  }
  at('pointerup', 0.45)
}"""
"""What a browser does for a pointer that moves a range: an `input` event for each move."""

NAMES = {"alignment": "noise", "phase": "nu"}


def dragged(page: Page, case: Case, name: str) -> tuple[float, list[float]]:
    """New pictures a second, and the lag of each in milliseconds."""
    page.evaluate(WATCH, case.changing)
    page.evaluate(MOVE, [name, SECONDS])
    page.wait_for_timeout(1500)
    pictures = page.evaluate("pictures")
    page.evaluate("endWatch()")
    return len(pictures) / SECONDS, [lag for _, lag in pictures]


def main(drags: int, name: str) -> None:
    case = CASES[name]
    with running_app() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGUMENTS)
        page = open_page(browser, server, case)
        found = [dragged(page, case, NAMES[name]) for _ in range(drags)]
        browser.close()
    rates, lags = [rate for rate, _ in found], [lag for _, some in found for lag in some]
    print(f"{name} page, {case.figures} figures, {drags} drags of {SECONDS:g} s")
    print(f"new pictures a second: {np.median(rates):.1f} (least {min(rates):.1f})")
    print(
        f"from hand to picture: {np.median(lags):.0f} ms (p95 {np.percentile(lags, 95):.0f} ms), "
        f"{len(lags)} pictures"
    )


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 5,
        sys.argv[2] if len(sys.argv) > 2 else "alignment",
    )
