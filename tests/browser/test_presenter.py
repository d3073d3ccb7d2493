import pytest
from playwright.sync_api import expect

from tests.browser.agreement import settled
from tests.browser.driver import parameters

LETTERS = """() => [...document.querySelectorAll('.alignlab-plot')].map(
  (plot) => plot._fullLayout.font.size)"""


def hidden_parts(page):
    return page.locator("[data-testid=stHeader], [data-testid=stSidebar], .alignlab-presets")


def test_a_key_presents_the_picture_and_the_controls_that_the_link_names(visit):
    page = settled(visit("phase?controls=nu,kappa&nu=0.4", 4))
    usual = page.evaluate(LETTERS)
    page.keyboard.press("p")
    page.wait_for_function("location.search.includes('present=1')")
    settled(page)
    for part in hidden_parts(page).all():
        expect(part).to_be_hidden()
    shown = page.locator(".st-key-presented .alignlab-control")
    assert [one.get_attribute("data-name") for one in shown.all()] == ["nu", "kappa"]
    expect(shown.first).to_be_in_viewport()
    expect(page.locator(".alignlab-plot").first).to_be_in_viewport(ratio=0.99)
    assert page.evaluate(LETTERS) == pytest.approx([1.25 * size for size in usual])
    shown.first.locator("input[type=range]").press("ArrowRight")
    page.wait_for_function("location.search.includes('nu=0.405')")
    assert parameters(page)["present"] == "1"
    page.keyboard.press("p")
    page.wait_for_function("!location.search.includes('present')")
    assert settled(page).evaluate(LETTERS) == usual
    expect(page.locator(".alignlab-presets")).to_be_visible()
    assert parameters(page) == {"nu": "0.405", "controls": "nu,kappa"}


def test_keys_blank_the_screen_and_show_the_code_of_the_setting(visit):
    page = settled(visit("phase?present=1&nu=0.4", 4))
    blank, card = page.locator(".alignlab-blank"), page.locator(".alignlab-code")
    page.keyboard.press("b")
    expect(blank).to_be_visible()
    page.keyboard.press("Escape")
    expect(blank).to_be_hidden()
    page.keyboard.press("q")
    expect(card.locator("svg")).to_be_visible()
    expect(card).to_contain_text("/phase?nu=0.4")
    expect(card).to_contain_text("Only this machine")
    page.keyboard.press("q")
    expect(card).to_be_hidden()


def test_space_plays_and_arrows_step_through_a_lesson(visit):
    page = settled(visit("alignment?lesson=collapse&present=1", 5))
    page.keyboard.press("ArrowRight")
    page.wait_for_function("location.search.includes('step=2')")
    settled(page).keyboard.press("ArrowLeft")
    page.wait_for_function("!location.search.includes('step=2')")
    settled(page)
    page.goto(page.url.replace("alignment", "whitening").partition("?")[0] + "?present=1")
    settled(page).wait_for_selector(".alignlab-player:not([hidden]) button")
    page.keyboard.press(" ")
    expect(page.locator(".alignlab-player button").first).to_have_attribute("aria-label", "Pause")


def test_a_control_is_chosen_to_stay_in_sight(visit):
    page = settled(visit("alignment?present=1", 5))
    page.get_by_role("button", name="Choose the controls").click()
    page.get_by_label("Noise σ").check()
    page.wait_for_function("location.search.includes('controls=noise')")
    expect(page.locator(".st-key-presented .alignlab-control")).to_have_count(1)


def test_letters_typed_into_a_field_present_nothing(visit):
    page = settled(visit("alignment", 5))
    field = page.locator("[data-name=seed] input")
    field.press("p")
    page.wait_for_timeout(500)
    assert "present" not in parameters(page)


def test_embedded_in_another_page_there_is_no_menu_and_letters_keep_their_size(visit):
    page = settled(visit("phase?embed=true&controls=nu", 4))
    for part in hidden_parts(page).all():
        expect(part).to_be_hidden()
    expect(page.locator(".st-key-presented .alignlab-control")).to_have_count(1)
    assert set(page.evaluate(LETTERS)) == {14}
