"""Over a slow connection, and after a lost one, a page shows the values that were set last."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.agreement import differences, settled
from tests.browser.driver import RESTART, address_has, counted, drawn, parameters, stop, until
from tests.conftest import leave
from tests.load.proxy import way_to

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def way(app_address):
    with way_to(app_address) as way:
        yield way


@pytest.fixture
def visit_over(tab, way):
    """Open a path of the app over the way, with nothing wrong yet."""
    errors = []

    def note(error):
        errors.append(str(error))

    tab.on("pageerror", note)

    def go(path, plots):
        tab.goto(f"{way.address}/{path}")
        drawn(tab, plots)
        return tab

    yield go
    tab.remove_listener("pageerror", note)
    leave(tab)
    assert errors == []


def test_what_was_set_last_is_shown_though_messages_are_late(visit_over, way, other, app_address):
    page = visit_over("whitening", 4)
    way.slow_down(0.25, 0.1, 1.0)
    page.get_by_role("button", name="PLS-SVD", exact=True).click()
    slider = page.get_by_role("slider", name="Noise").first
    for _ in range(5):
        slider.press("ArrowRight")
    wanted = slider.input_value()
    address_has(page, noise=wanted)
    settled(page)
    way.slow_down(0, 0, 0)
    assert slider.input_value() == wanted
    assert differences(page, other, app_address) == []


def test_a_value_set_on_a_dead_connection_is_drawn_when_it_returns(
    visit_over, way, other, app_address
):
    page = visit_over("whitening", 4)
    slider = page.get_by_role("slider", name="Noise").first
    way.fall_asleep()
    slider.press("ArrowRight")
    page.wait_for_timeout(500)  # the key's message leaves after a moment without further keys
    assert parameters(page) == {}
    way.wake()
    address_has(page, noise="0.1")
    assert differences(settled(page), other, app_address) == []


def test_a_drag_that_a_cut_interrupts_leaves_control_and_charts_in_agreement(
    visit_over, way, other, app_address
):
    page = visit_over("whitening", 4)
    slider = page.get_by_role("slider", name="Noise").first
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 60, box["y"] + box["height"] / 2, steps=4)
    assert slider.input_value() != "0"
    way.go_down()
    expect(slider).to_be_disabled()
    page.mouse.up()
    way.come_up()
    expect(slider).to_be_enabled()
    until(page, lambda: slider.input_value() == "0")
    assert differences(settled(page), other, app_address) == []


def test_a_training_goes_on_while_the_connection_is_lost(visit_over, way):
    page = visit_over("compare?methods=perfect_alignment%2Ccontrastive&steps=20000", 3)
    until(page, lambda: counted(page, "steps") > 1)
    way.go_down()
    expect(page.get_by_role("button", name="Cancel")).to_be_disabled()
    before = counted(page, "steps")
    way.come_up()
    until(page, lambda: counted(page, "steps") > before)
    assert counted(page, "steps") > before
    expect(page.get_by_role("button", name=RESTART)).to_have_count(0)
    stop(page)
    expect(page.get_by_text(re.compile("Stopped at"))).to_be_visible()
