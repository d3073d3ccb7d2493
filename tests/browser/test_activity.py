"""The human-activity page in Chromium: the default run, clicks, a training, a folder."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driver import (
    PICTURE,
    RESTART,
    address_has,
    at_rest,
    drawn,
    figure_data,
    press_preset,
    same_figures,
    stop,
    until,
)
from tests.browser.pictures import selected, sweep, tool
from tests.pages.test_activity import folder

pytestmark = pytest.mark.xdist_group("browser")

QUICK = "size=4&epochs=1&trainings=1&directions=2"


MAPS = 3

FITTED = re.compile(r"steps of t-SNE, [\d.]+ s\.")
"""What is said of finished maps; of those under way it is "about", and "left"."""


def chosen_is(page: Page, chosen: bool) -> None:
    """Wait until each t-SNE map emphasises a chosen pair, or none does."""
    each = "({ panel }) => panel.grid.marks.chosen !== null"
    found = f"[...document.querySelectorAll('{PICTURE}')].map({each})"
    until(page, lambda: page.evaluate(found) == [chosen] * MAPS)
    assert page.evaluate(found) == [chosen] * MAPS


def click(page: Page, where: str = "panel.inWindow(panel.grid.marks.rows[0], 2)") -> None:
    """Click a place in the first map, of the first target or as JavaScript says."""
    before = None
    for _ in range(20):  # until the page's layout is stable
        page.locator(PICTURE).first.scroll_into_view_if_needed()
        found = page.locator(PICTURE).first.evaluate(
            f"({{ panel }}) => {{ const {{ x, y }} = {where}; return [x, y] }}"
        )
        if found == before:
            break
        before = found
        page.wait_for_timeout(300)
    page.mouse.click(*found)


def click_beside(page: Page) -> None:
    """Click in the lower corner of the first map; the upper one may lie below the page's header."""
    box = "panel.canvas.getBoundingClientRect()"
    click(page, f"new DOMPoint({box}.x + 3, {box}.bottom - 3)")


def test_it_opens_on_the_default_run_and_a_box_links_its_pictures(visit):
    page = visit("activity", MAPS + 2)
    expect(page.get_by_text("Trained beforehand and shipped with the app")).to_be_visible()
    tool(page, "Box select")
    sweep(page, [(0.02, 0.02), (0.6, 0.8)])
    until(page, lambda: len(selected(page)[0]) > 1)
    first, *others = selected(page)
    assert others == [first] * (MAPS - 1)
    expect(page.get_by_text(f"The first of {len(first)} selected sequences")).to_be_visible()


def test_a_click_plays_the_sequence(visit):
    page = visit("activity", MAPS + 2)
    position = page.locator(".alignlab-chart .alignlab-player:visible output").first
    expect(position).to_have_text("0 %")
    click(page)
    expect(position).not_to_have_text("0 %")
    expect(position).to_have_text("100 %")
    chosen_is(page, True)
    expect(page.locator(".alignlab-chart .alignlab-player:visible").first).to_be_in_viewport()


def test_a_choice_is_let_go_by_another_click_on_it_and_by_one_beside_all_marks(visit):
    page = visit("activity", MAPS + 2)
    expect(page.get_by_text("Click a point to play its sequence")).to_be_visible()
    for act, chosen in ((click, True), (click, False), (click, True), (click_beside, False)):
        act(page)
        chosen_is(page, chosen)


def test_a_choice_that_came_back_with_the_page_is_let_go_too(visit):
    page = visit("activity", MAPS + 2)
    click(page)
    chosen_is(page, True)
    page.get_by_role("link", name="Home").first.click()
    expect(page.get_by_text("Which would you trust?")).to_be_visible()  # on the home page
    page.go_back()
    drawn(page, MAPS + 2)
    chosen_is(page, True)
    click(page)
    chosen_is(page, False)


WATCH = f"""() => {{
    window.watched = new Set()
    const note = () => {{
        for (const {{ panel }} of document.querySelectorAll('{PICTURE}')) {{
            const step = /step ([0-9]+) of 750/.exec(panel.caption.textContent)
            if (step) watched.add(panel.header.name + step[1] + panel.motion.to[0])
        }}
    }}
    new MutationObserver(note).observe(document.body, {{ subtree: true, childList: true }})
}}"""


def test_maps_are_seen_while_they_form_and_played_back(visit):
    page = visit("activity", MAPS + 2)
    page.evaluate(WATCH)
    press_preset(page, "One fit for all methods")
    expect(page.get_by_text(FITTED)).to_be_visible()
    picture = page.locator(PICTURE).first
    expect(picture).to_have_attribute("data-frame", "step 750")
    first = page.evaluate("watched.size")
    page.locator("summary").filter(has_text="t-SNE").click()
    seed = page.get_by_role("spinbutton", name="Seed of t-SNE")
    seed.fill("3")
    seed.press("Enter")  # 750 steps take a second: two fits are watched
    until(page, lambda: page.evaluate("watched.size") > first)
    expect(page.get_by_text(FITTED)).to_be_visible()
    assert page.evaluate("watched.size") > MAPS
    at_rest(page)
    end = figure_data(page)[-1]
    page.get_by_role("slider", name="Frame").nth(MAPS - 1).press("Home")
    last = page.locator(PICTURE).last
    expect(last).to_have_attribute("data-frame", "step 0")
    assert figure_data(page)[-1] != end
    page.get_by_role("button", name="Play").nth(MAPS - 1).click()
    expect(last).to_have_attribute("data-frame", "step 750")
    until(page, lambda: figure_data(page)[-1] == end)
    assert figure_data(page)[-1] == end


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
    expect(page.get_by_text(FITTED)).to_be_visible()
    drawn(page, 6)
    address_has(page, folder=str(root))
    fresh = context.browser.new_context()
    other = fresh.new_page()
    other.goto(page.url)
    expect(other.get_by_text(FITTED)).to_be_visible()
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
