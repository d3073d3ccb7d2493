"""100,000 points in the browser: the app's linked pictures and Plotly's `scattergl`, in turns.

Both draw the same arrays in a bare page of a browser of their own. Press to drawn: from a key that
changes every position until a pixel of the new picture can be read back. Move to label: from a
pointer move to the label of another point, which begins with the browser's wait for the next frame;
"its scripts" is the rest of it. The linked pictures are timed in a Streamlit page too, from a key
on a slider through the server to the picture.

Memory: that of the scripts and their arrays (the browser's own count), and that of the tab's and
the graphics processes above those of an empty page.
Run: `python -m tests.benchmarks.points [points] [presses]`
"""

import base64
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import plotly
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from alignlab.figures.theme import CLASS_COLOURS, MODALITY_SYMBOLS
from alignlab.ui.points import MODULE, Cloud, Marks, message
from tests.server import CHROMIUM_ARGUMENTS, ROOT, chromium, running_app

CLASSES = len(CLASS_COLOURS)

SIZE = {"width": 1000, "height": 700}

BARE = """<!doctype html><meta charset="utf-8">
<body style="margin:0; width:1000px"><div id="place"></div></body>"""

OURS = """async ({ source, messages }) => {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }))
  const { default: show } = await import(url)
  const parentElement = document.querySelector("#place")
  parentElement.innerHTML = '<div class="alignlab-points"></div>'
  const data = messages.map((text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0)))
  const failed = (name, value) => { throw new Error(value) }
  const call = (at) => show({ parentElement, data: data[at], setStateValue: failed })
  const plot = () => document.querySelector(".alignlab-points-plot")
  window.change = (at) => new Promise((done) => {
    const before = plot()?.dataset.draws
    call(at)
    const look = () => {
      if (plot()?.dataset.draws === before) return requestAnimationFrame(look)
      plot().panel.canvas.getContext("2d").getImageData(300, 300, 1, 1)
      done()
    }
    look()
  })
  window.spot = (row) => plot().panel.inWindow(row, 1)
  window.labelled = () => {
    const label = plot().querySelector(".alignlab-points-label")
    return label.hidden ? "" : label.textContent
  }
  await window.change(0)
}"""

PLOTLY = """async ({ traces, layout }) => {
  const floats = (text) => new Float32Array(
    Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0)).buffer)
  const data = traces.map((of) =>
    of.map((trace) => ({ ...trace, x: floats(trace.x), y: floats(trace.y) })))
  const plot = document.querySelector("#place")
  window.change = async (at) => {
    await Plotly.react(plot, data[at].map((trace) => ({ ...trace })), layout, { responsive: false })
    for (const canvas of plot.querySelectorAll(".gl-canvas")) {
      const gl = canvas.getContext("webgl")
      gl?.readPixels(300, 300, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4))
    }
  }
  window.spot = (row) => {
    const { xaxis, yaxis } = plot._fullLayout
    const { left, top } = plot.querySelector(".nsewdrag").getBoundingClientRect()
    for (const trace of plot._fullData) {
      const at = trace.customdata.indexOf(2 * row)
      if (at >= 0) return { x: left + xaxis.d2p(trace.x[at]), y: top + yaxis.d2p(trace.y[at]) }
    }
  }
  window.labelled = () => plot.querySelector(".hoverlayer")?.textContent ?? ""
  await window.change(0)
}"""

THROUGH_THE_SERVER = """() => {
  addEventListener("keydown", (event) => {
    const plot = document.querySelector(".alignlab-points-plot")
    const before = plot.dataset.draws
    const look = () => {
      if (plot.dataset.draws === before) return requestAnimationFrame(look)
      plot.panel.canvas.getContext("2d").getImageData(300, 300, 1, 1)
      window.taken = performance.now() - event.timeStamp
    }
    look()
  }, { capture: true })
}"""

APP = """
import streamlit as st

from alignlab.ui.points import Cloud, points
from tests.benchmarks.points import clouds, marks


@st.cache_resource
def data():
    positions, codes = clouds({points})
    return positions, marks(codes)


positions, shared = data()
Y = positions[st.slider("set", 0, 1)]
one = Cloud(name="cloud", title="", caption="", Y1=Y[:, 0], Y2=Y[:, 1])
points([one], shared, key="grid", height=600, fallback=lambda: st.error("no WebGL2"))
"""

PRESS = """() => {
  addEventListener("keydown", async (event) => {
    const at = Number(event.key)
    const pressed = event.timeStamp
    await window.change(at)
    window.taken = performance.now() - pressed
  })
  addEventListener("pointermove", (event) => {
    const before = window.labelled()
    const handed = performance.now()
    const watcher = new MutationObserver(() => {
      const now = window.labelled()
      if (!now || now === before) return
      const shown = performance.now()
      window.taken = [shown - event.timeStamp, shown - handed]
      watcher.disconnect()
    })
    watcher.observe(document.body, {
      subtree: true, childList: true, characterData: true, attributes: true,
    })
  }, { capture: true })
}"""


def clouds(points: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Two sets of positions (pairs, 2, 2) and the class of each pair."""
    generator = np.random.default_rng(0)
    codes = generator.integers(CLASSES, size=points // 2)
    centres = generator.normal(size=(CLASSES, 1, 2)) * 3
    noise = generator.normal(size=(2, points // 2, 2, 2)) * 0.6
    return [(centres[codes] + one).astype(np.float32) for one in noise], codes


def coded(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def marks(codes: np.ndarray) -> Marks:
    colours = np.array(
        [[int(colour[at : at + 2], 16) for at in (1, 3, 5)] for colour in CLASS_COLOURS],
        dtype=np.uint8,
    )
    return Marks(
        rows=np.arange(len(codes)),
        colours=colours[codes],
        codes=codes,
        legend=[(f"class {at}", colour) for at, colour in enumerate(CLASS_COLOURS)],
    )


def open_ours(browser: Browser, positions: list[np.ndarray], codes: np.ndarray) -> Page:
    page = bare(browser)
    whole = [
        message([Cloud(name="cloud", title="", caption="", Y1=Y[:, 0], Y2=Y[:, 1])],
                marks(codes), columns=1, height=600)
        for Y in positions
    ]  # fmt: skip
    style = (
        Path(sys.modules["alignlab.ui.points"].__file__).parent / "points/points.css"
    ).read_text()
    page.add_style_tag(content=style)
    texts = [base64.b64encode(one).decode() for one in whole]
    page.evaluate(OURS, {"source": MODULE, "messages": texts})
    page.evaluate(PRESS)
    return page


def open_plotly(browser: Browser, positions: list[np.ndarray], codes: np.ndarray) -> Page:
    page = bare(browser)
    page.add_script_tag(path=Path(plotly.__file__).parent / "package_data" / "plotly.min.js")
    traces = [
        [
            {
                "type": "scattergl", "mode": "markers", "name": f"class {code}",
                "x": coded(Y[codes == code, modality, 0]),
                "y": coded(Y[codes == code, modality, 1]),
                "customdata": (2 * np.flatnonzero(codes == code) + modality).tolist(),
                "marker": {
                    "symbol": MODALITY_SYMBOLS[modality], "color": CLASS_COLOURS[code],
                    "size": 4, "opacity": 0.5,
                },
                "hovertemplate": "point %{customdata}<extra></extra>",
            }
            for code in range(CLASSES)
            for modality in range(2)
        ]
        for Y in positions
    ]  # fmt: skip
    layout = {
        "height": 600, "width": 1000, "hovermode": "closest", "uirevision": "view",
        "yaxis": {"scaleanchor": "x"},
    }  # fmt: skip
    page.evaluate(PLOTLY, {"traces": traces, "layout": layout})
    page.evaluate(PRESS)
    return page


def open_streamlit(browser: Browser, address: str) -> Page:
    page = browser.new_page(viewport=SIZE)
    page.goto(address)
    page.wait_for_selector(".alignlab-points-plot[data-draws]", timeout=60_000)
    page.evaluate(THROUGH_THE_SERVER)
    page.wait_for_timeout(1000)
    return page


def bare(browser: Browser) -> Page:
    page = browser.new_page(viewport=SIZE)
    page.set_content(BARE)
    return page


def press(page: Page, key: str) -> float:
    """Milliseconds from the key to the picture."""
    page.evaluate("window.taken = null")
    page.keyboard.press(key)
    return _taken(page)


def press_slider(page: Page, key: str) -> float:
    """Milliseconds from a key on the slider to the picture."""
    page.evaluate("window.taken = null")
    page.get_by_role("slider").first.press(key)
    return _taken(page)


def hover(page: Page, row: int) -> list[float]:
    """Milliseconds from a move of the pointer onto a row to its label.

    The first from the move itself, which the browser hands over with the next frame, the second
    from then on.
    """
    place = page.evaluate("(row) => window.spot(row)", row)
    page.evaluate("window.taken = null")
    page.mouse.move(place["x"], place["y"])
    return _taken(page)


def _taken(page: Page) -> Any:
    page.wait_for_function("window.taken !== null", timeout=60_000)
    page.wait_for_timeout(100)
    return page.evaluate("window.taken")


def heap(page: Page) -> float:
    """Megabytes of scripts and their arrays, after a garbage collection."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    usage = session.send("Runtime.getHeapUsage")
    return (usage["usedSize"] + usage.get("backingStorageSize", 0)) / 2**20


def resident(browser: Browser) -> float:
    """Megabytes of the tabs' and the graphics processes, shared pages divided among their users."""
    processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    kilobytes = 0
    for process in processes:
        if process["type"] in ("renderer", "GPU"):
            rollup = Path(f"/proc/{process['id']}/smaps_rollup").read_text()
            kilobytes += int(rollup.split("\nPss:")[1].split()[0])
    return kilobytes / 2**10


@dataclass
class Way:
    """A browser with one page, and what was measured in it."""

    page: Page
    memory: float
    pressed: list[float] = field(default_factory=list)
    hovered: list[list[float]] = field(default_factory=list)


def opened(playwright: Playwright, fill: Callable[[Browser], Page]) -> Way:
    browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGUMENTS)
    empty = bare(browser)
    before = resident(browser)
    empty.close()
    return Way(page=fill(browser), memory=before)


def main(points: int, presses: int) -> None:
    positions, codes = clouds(points)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        Path(folder, "app.py").write_text(APP.format(points=points))
        with running_app(root=Path(folder), PYTHONPATH=str(ROOT)) as address:
            ways = {
                "Plotly scattergl, bare": opened(
                    playwright, lambda browser: open_plotly(browser, positions, codes)
                ),
                "linked pictures, bare": opened(
                    playwright, lambda browser: open_ours(browser, positions, codes)
                ),
                "linked pictures, Streamlit": opened(
                    playwright, lambda browser: open_streamlit(browser, address)
                ),
            }
            for turn in range(presses):
                for name, way in ways.items():
                    if "Streamlit" in name:
                        key = "ArrowLeft" if turn % 2 else "ArrowRight"
                        way.pressed.append(press_slider(way.page, key))
                    else:
                        way.pressed.append(press(way.page, str(1 - turn % 2)))
                        way.hovered += [hover(way.page, row) for row in (turn, 1000 + turn)]
            print(f"{points:,} points, {presses} presses; ms, median and 95th percentile; MB")
            titles = ("press to drawn", "move to label", "its scripts", "arrays", "processes")
            print(f"{'':>26}" + "".join(f"{title:>18}" for title in titles))
            for name, way in ways.items():
                hovered = np.reshape(way.hovered, (-1, 2))
                times = [_both(of) for of in (way.pressed, hovered[:, 0], hovered[:, 1])]
                memory = [f"{heap(way.page):.0f}"]
                memory.append(f"{resident(way.page.context.browser) - way.memory:.0f}")
                print(f"{name:>26}" + "".join(f"{text:>18}" for text in times + memory))


def _both(times: Sequence[float] | np.ndarray) -> str:
    return "{:.1f} {:8.1f}".format(*np.percentile(times, (50, 95))) if len(times) else "-"


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 100_000,
        int(sys.argv[2]) if len(sys.argv) > 2 else 20,
    )
