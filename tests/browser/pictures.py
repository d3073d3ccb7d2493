"""What browser tests do with the linked pictures of pairs."""

import numpy as np
from playwright.sync_api import Locator, Page

from alignlab.ui.points import Cloud, Marks
from tests.browser.driver import FIRST_PICTURE_MS, PICTURE

RED, BLUE = (200, 0, 0), (0, 0, 200)

DRAWN = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"""
"""Waits until what has changed is drawn."""


def pictured(page: Page, count: int, points: int | None = None) -> None:
    """Wait until this many pictures are drawn, each of this many points."""
    page.wait_for_function(
        """([picture, count, points]) => {
            const drawn = [...document.querySelectorAll(`${picture}[data-draws]`)]
            return drawn.length === count
                && drawn.every((one) => points === null || Number(one.dataset.points) === points)
        }""",
        arg=[PICTURE, count, points],
        timeout=FIRST_PICTURE_MS,
    )


def spot(page: Page, row: int, modality: int, picture: int = 0) -> tuple[float, float]:
    """Window coordinates of a point."""
    plot = page.locator(PICTURE).nth(picture)
    plot.scroll_into_view_if_needed()
    place = plot.evaluate("(plot, point) => plot.panel.inWindow(...point)", [row, modality])
    return place["x"], place["y"]


def tool(page: Page, label: str, picture: int = 0) -> None:
    """Press a button of a picture, which shows its buttons under the pointer."""
    whole: Locator = page.locator(".alignlab-points-picture").nth(picture)
    whole.hover()
    whole.get_by_role("button", name=label, exact=True).click()


def sweep(page: Page, corners: list[tuple[float, float]], picture: int = 0) -> None:
    """Drag over a picture along corners, given as shares of its width and height."""
    box = page.locator(PICTURE).nth(picture).bounding_box()
    places = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in corners]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()


def selected(page: Page) -> list[list[int]]:
    """The row ids that are highlighted in each picture."""
    return page.evaluate(
        """(picture) => [...document.querySelectorAll(picture)].map(({ panel }) => {
            const { rows, flags } = panel.grid.marks
            return [...rows].filter((_, at) => flags[at] & 1)
        })""",
        PICTURE,
    )


def cloud(Y1, Y2, name="one", **settings):
    return Cloud(name=name, title=name, caption="", Y1=Y1, Y2=Y2, **settings)


def marks(n, **settings):
    colours = np.array([RED, BLUE], dtype=np.uint8)[np.arange(n) % 2]
    return Marks(**({"rows": 100 + np.arange(n), "colours": colours} | settings))


def normal(n=200, dims=2, seed=0):
    return np.random.default_rng(seed).normal(size=(2, n, dims)).astype(np.float32)


def pixel(page, row, modality, dx=0, dy=0, picture=0):
    """Red, green, blue and opacity of a picture beside a point, in device pixels."""
    return (
        page.locator(PICTURE)
        .nth(picture)
        .evaluate(
            """({ panel }, [row, modality, dx, dy]) => {
            const [x, y] = panel.place(row, modality)
            const context = panel.canvas.getContext("2d")
            return [...context.getImageData(Math.floor(x) + dx, Math.floor(y) + dy, 1, 1).data]
        }""",
            [row, modality, dx, dy],
        )
    )


def told(page):
    return page.evaluate("told.splice(0)")


def data_of(page, name, picture=0):
    return page.locator(PICTURE).nth(picture).get_attribute(f"data-{name}")


def planes(page):
    """Window coordinates of all points of the first picture, (n, 2, 2)."""
    return np.array(
        page.evaluate(
            """(picture) => {
                const { panel } = document.querySelector(picture)
                const at = (row, modality) => Object.values(panel.inWindow(row, modality))
                return [...panel.grid.marks.rows].map((row) => [at(row, 1), at(row, 2)])
            }""",
            PICTURE,
        )
    )
