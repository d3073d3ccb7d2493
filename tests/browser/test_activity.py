"""The human-activity page in Chromium: the default run, clicks, a training, a folder."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driver import (
    PLOT,
    POINTS,
    RESTART,
    address_has,
    at_rest,
    drawn,
    figure_data,
    same_figures,
    stop,
    until,
)
from tests.pages.test_activity import folder

pytestmark = pytest.mark.xdist_group("browser")

QUICK = "size=4&epochs=1&trainings=1&directions=2"


MAPS = 3


def lit(page: Page) -> list[int]:
    """The row ids that are highlighted in all t-SNE maps."""
    return page.evaluate(f"document.querySelector('{POINTS}').panel.grid.marks.selectedRows")


def lit_are(page: Page, count: int) -> None:
    """Wait until `count` rows are highlighted and the page is idle."""
    until(page, lambda: len(lit(page)) == count)
    at_rest(page)
    assert len(lit(page)) == count


def in_window(page: Page, where: str) -> list[float]:
    """A place in the first map, once the page's layout is stable; `where` is JavaScript."""
    before = None
    for _ in range(20):
        found = page.evaluate(
            f"""() => {{
                const plot = document.querySelector('{POINTS}')
                plot.scrollIntoView({{ block: 'nearest' }})
                const {{ panel }} = plot, {{ x, y }} = {where}
                return [x, y]
            }}"""
        )
        if found == before:
            break
        before = found
        page.wait_for_timeout(300)
    return found


def click_a_mark(page: Page) -> None:
    """Click the first target's mark of the first map."""
    page.mouse.click(*in_window(page, "panel.inWindow(panel.grid.marks.rows[0], 2)"))


def click_beside_all_marks(page: Page) -> None:
    """Click in the corner of the first map."""
    corner = "panel.canvas.getBoundingClientRect()"
    x, y = in_window(page, corner)
    page.mouse.click(x + 3, y + 3)


def test_it_opens_on_the_default_run_and_a_box_links_its_pictures(visit):
    page = visit("activity", MAPS + 2)
    expect(page.get_by_text("Trained beforehand and shipped with the app")).to_be_visible()
    page.get_by_role("button", name="Box select").first.click()
    x, y = in_window(page, "panel.canvas.getBoundingClientRect()")
    page.mouse.move(x + 5, y + 5)
    page.mouse.down()
    page.mouse.move(x + 200, y + 300, steps=4)
    page.mouse.up()
    until(page, lambda: len(lit(page)) > 1)
    expect(page.get_by_text(f"The first of {len(lit(page))} selected sequences")).to_be_visible()
    first = page.evaluate(
        f"[...document.querySelectorAll('{POINTS}')].map(plot => plot.panel.grid.marks)"
        ".every((marks, _, [first]) => marks === first)"
    )
    assert first  # one selection for all maps


def test_a_click_plays_the_sequence(visit):
    page = visit("activity", MAPS + 2)
    position = page.locator(".alignlab-chart .alignlab-player:visible output").first
    expect(position).to_have_text("0 %")
    click_a_mark(page)
    expect(position).not_to_have_text("0 %")
    expect(position).to_have_text("100 %")
    lit_are(page, 1)
    expect(page.locator(".alignlab-chart .alignlab-player:visible").first).to_be_in_viewport()


def test_a_choice_is_let_go_by_another_click_on_it_and_by_one_beside_all_marks(visit):
    page = visit("activity", MAPS + 2)
    expect(page.get_by_text("Click a point to play its sequence")).to_be_visible()
    for click, left in (
        (click_a_mark, 1), (click_a_mark, 0), (click_a_mark, 1), (click_beside_all_marks, 0),
    ):  # fmt: skip
        click(page)
        lit_are(page, left)


def test_a_choice_that_came_back_with_the_page_is_let_go_too(visit):
    page = visit("activity", MAPS + 2)
    click_a_mark(page)
    lit_are(page, 1)
    page.get_by_role("link", name="Home").first.click()
    expect(page.locator(PLOT)).to_have_count(1)  # that of the home page
    page.go_back()
    drawn(page, MAPS + 2)
    lit_are(page, 1)
    click_a_mark(page)
    lit_are(page, 0)


def test_a_map_is_seen_while_it_forms_and_played_back(visit):
    page = visit("activity?perplexity=17&pictures=ca", 1)
    picture = page.locator(POINTS)
    expect(page.get_by_text(re.compile("CA: (step|the start)"))).to_be_visible()
    expect(page.get_by_text("750 steps of t-SNE,")).to_be_visible()
    expect(picture).to_have_attribute("data-frame", "step 750")
    at_rest(page)
    end = figure_data(page)[-1]
    page.get_by_role("slider", name="Frame").first.press("Home")
    expect(picture).to_have_attribute("data-frame", "step 0")
    assert figure_data(page)[-1] != end
    page.get_by_role("button", name="Play").first.click()
    expect(picture).to_have_attribute("data-frame", "step 750")
    same_figures(page, [*figure_data(page)[:-1], end])


def test_a_training_is_offered_watched_and_cancelled(visit):
    page = visit("activity?size=8&epochs=1000&trainings=1&directions=2", 1)
    page.get_by_role("button", name="Train", exact=True).click()
    counted = page.get_by_text(re.compile(r"[\d,]+ of [\d,]+ steps"))
    expect(counted).to_be_visible()
    before = counted.inner_text()
    expect(counted).not_to_have_text(before)
    stop(page)
    expect(page.get_by_role("button", name=RESTART)).to_be_visible()


def test_a_folder_is_named_read_trained_and_linked(visit, tmp_path, context):
    root = folder(tmp_path / "UTD-MHAD")
    (root / "Inertial" / "a1_s1_t1_inertial.mat").write_bytes(b"damaged")
    shown = "actions=1%2C2%2C3&perplexity=3&group=all"
    page = visit(f"activity?activity=folder&{QUICK}&{shown}", 1)
    box = page.get_by_role("textbox", name="Folder")
    box.fill(str(root))
    box.press("Enter")
    expect(page.get_by_text("1 file was left out")).to_be_visible()
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text(re.compile("2,250 steps of t-SNE,"))).to_be_visible()
    drawn(page, 6)
    address_has(page, folder=str(root))
    fresh = context.browser.new_context()
    other = fresh.new_page()
    other.goto(page.url)
    expect(other.get_by_text(re.compile("2,250 steps of t-SNE,"))).to_be_visible()
    drawn(other, 6)
    same_figures(other, figure_data(page))
    fresh.close()


def test_a_path_that_is_not_there_is_refused_on_the_page(visit):
    page = visit("activity?activity=folder", 1)
    box = page.get_by_role("textbox", name="Folder")
    box.fill("/no/such/folder")
    box.press("Enter")
    expect(page.get_by_text("is neither a file nor a folder")).to_be_visible()
    assert page.get_by_text("Traceback").count() == 0
