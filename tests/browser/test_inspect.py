"""The page of latent spaces in Chromium: a file of one's own, and t-SNE that is watched."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driver import FIRST_PICTURE_MS, PICTURE, address_has, stop, until
from tests.browser.pictures import pictured, selected, spot
from tests.pages.test_inspect import N, table

pytestmark = pytest.mark.xdist_group("browser")


def bring(visit, address: str, n: int = N) -> Page:
    """The page with a file of one's own, whose picture is drawn."""
    page = visit("synthetic", 1)
    page.goto(f"{page.url.rpartition('/')[0]}/inspect?data=upload&{address}")
    page.locator("input[type=file]").set_input_files(
        {
            "name": "mine.csv",
            "mimeType": "text/csv",
            "buffer": table(n).to_csv(index=False).encode(),
        }
    )
    pictured(page, 1, 2 * n)
    return page


def test_a_file_of_ones_own_goes_from_upload_to_its_worst_aligned_pairs(visit):
    page = bring(visit, "map=pca")
    expect(page.get_by_role("heading", name="Worst-aligned pairs")).to_be_visible()
    expect(page.get_by_text(f"The {N} worst of {N} pairs by rank")).to_be_visible()
    page.mouse.click(*spot(page, 7, 2))
    expect(page.get_by_text("× of pair 7.")).to_be_visible()
    address_has(page, picked="7:2")
    search = page.get_by_role("textbox", name="Search")
    search.fill("of a dog")
    search.press("Enter")
    dogs = [row for row in range(N) if row % 3 == 0]
    until(page, lambda: selected(page) == [dogs])
    assert selected(page) == [dogs]
    expect(page.get_by_text(f"{len(dogs)} of {N} rows selected")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="All pairs (CSV)").click()
    text = download.value.path().read_text()
    assert text.count("\n") == N + 1
    assert text.startswith("row,")


def test_tsne_is_watched_cancelled_and_played_back(visit):
    page = bring(visit, "map=tsne&map_steps=10000", n=200)
    picture = page.locator(PICTURE)
    seen = set()

    def forming() -> bool:
        seen.add(picture.get_attribute("data-draws"))
        return len(seen) >= 4

    until(page, forming)
    assert len(seen) >= 4
    expect(page.get_by_text(re.compile(r"t-SNE: step [\d,]+ of 10,000"))).to_be_visible()
    stop(page)
    expect(page.get_by_text(f"The {100} worst of 200 pairs")).to_be_visible()  # the rest follows
    page.get_by_text("Settings of the map").click()
    iterations = page.get_by_role("slider", name="Iterations")
    iterations.press("Home")
    address_has(page, map_steps="500")
    player = page.get_by_role("button", name="Play", exact=True)
    expect(player).to_be_visible(timeout=FIRST_PICTURE_MS)
    last = picture.get_attribute("data-frame")
    player.click()
    until(page, lambda: picture.get_attribute("data-frame") not in (last, None))
    assert picture.get_attribute("data-frame") != last
    until(page, lambda: picture.get_attribute("data-frame") == last)
    assert picture.get_attribute("data-frame") == last
