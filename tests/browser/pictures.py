"""What browser tests do with the linked pictures of pairs."""

from playwright.sync_api import Locator, Page

from tests.browser.driver import FIRST_PICTURE_MS, PICTURE


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
