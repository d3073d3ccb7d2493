"""A slider is dragged for two seconds: new pictures a second, and the lag from hand to picture.

Run: `python -m tests.benchmarks.drag [drags] [alignment, phase or beside]`

The pointer moves 60 times a second. A picture is new when all charts that the slider changes have
been drawn with a value of the hand; its lag counts from the moment when the hand chose that value.
`beside`: how long a third session waits for new chart data after a key, alone and while two others
drag, over the server's own protocol.
"""

import sys
from contextlib import ExitStack
from threading import Event, Thread

import numpy as np
from playwright.sync_api import Page, sync_playwright

from tests.benchmarks.latency import CASES, Case, open_page
from tests.load.client import Client
from tests.server import CHROMIUM_ARGUMENTS, chromium, running_app

SECONDS = 2.0

WATCH = """(changing) => {
  const draws = () => [...document.querySelectorAll('.alignlab-plot')].map(
    ({ dataset }) => Number(dataset.draws ?? 0))
  const desk = window.alignlabDesk
  const chosen = new Map() // when the hand chose a value
  const sent = new Map() // the same by the number of the change
  window.pictures = []
  let under = null
  const { drag, add, pictured } = desk
  desk.drag = function (name, text) {
    chosen.set(text, performance.now())
    drag.call(this, name, text)
  }
  desk.add = function (values, more) {
    add.call(this, values, more)
    sent.set(this.number, chosen.get(Object.values(values)[0]) ?? performance.now())
  }
  desk.pictured = function (heard) {
    if (sent.has(heard)) under = { from: sent.get(heard), before: draws() }
    sent.delete(heard)
    pictured.call(this, heard)
  }
  window.endWatch = () => Object.assign(desk, { drag, add, pictured })
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


def beside(presses: int) -> None:
    """The wait of a third session, in turns alone and beside two that drag."""
    with running_app() as server, ExitStack() as stack:
        third, *others = (
            stack.enter_context(Client(server, "alignment", f"seed={seed}")) for seed in range(3)
        )
        waits: dict[bool, list[float]] = {False: [], True: []}
        stop, go = Event(), Event()

        def drag(client: Client) -> None:
            step = 0
            while not stop.is_set():
                go.wait()
                step += 1
                client.drag("Noise σ", round(0.1 * (step % 40), 1))

        threads = [Thread(target=drag, args=(client,)) for client in others]
        for thread in threads:
            thread.start()
        for turn in range(presses):
            dragging = turn // 5 % 2 == 1
            go.set() if dragging else go.clear()
            third.rest(0.5)
            third.set("Noise σ", round(0.1 * (1 + turn % 40), 1))
            waits[dragging].append(1000 * (third.lag or 0))
        stop.set()
        go.set()
        for thread in threads:
            thread.join()
    alone, busy = (np.array(waits[key]) for key in (False, True))
    for name, times in (("alone", alone), ("beside two that drag", busy)):
        print(f"{name}: {np.median(times):.0f} ms (p95 {np.percentile(times, 95):.0f} ms)")
    print(f"{np.median(busy) / np.median(alone):.1f} times as long at the median")


def main(drags: int, name: str) -> None:
    if name == "beside":
        beside(10 * drags)
        return
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
