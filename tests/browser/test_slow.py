"""Over a slow connection, and after a lost one, a page shows the values that were set last."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.agreement import differences, settled
from tests.browser.driver import (
    RESTART,
    address_has,
    counted,
    drawn,
    grab,
    parameters,
    press_preset,
    stop,
    until,
)
from tests.conftest import leave
from tests.load.proxy import way_to

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def way(app_address):
    with way_to(app_address) as way:
        yield way


@pytest.fixture(scope="module")
def opened(tab, way):
    """A page over the way, visited once: each test begins where the one before has left it."""
    errors = []

    def note(error):
        errors.append(str(error))

    tab.on("pageerror", note)
    tab.goto(f"{way.address}/whitening")
    drawn(tab, 4)
    yield tab
    tab.remove_listener("pageerror", note)
    leave(tab)
    assert errors == []


@pytest.fixture
def noise(opened):
    return opened.get_by_role("slider", name="Noise").first


def test_what_was_set_last_is_shown_though_messages_are_late(
    opened, noise, way, other, app_address
):
    way.slow_down(0.25, 0.1, 1.0)
    press_preset(opened, "PLS-SVD")
    opened.wait_for_timeout(400)  # less than the preset needs
    for _ in range(5):
        noise.press("ArrowRight")
    wanted = noise.input_value()
    address_has(opened, noise=wanted, family="cross")
    settled(opened)
    way.slow_down(0, 0, 0)
    assert noise.input_value() == wanted
    assert differences(opened, other, app_address) == []


def test_a_value_set_on_a_dead_connection_is_drawn_when_it_returns(
    opened, noise, way, other, app_address
):
    before = parameters(opened)
    way.fall_asleep()
    noise.press("ArrowRight")
    opened.wait_for_timeout(500)  # a slider sends its value a moment after the last key
    assert parameters(opened) == before
    way.wake()
    address_has(opened, noise=noise.input_value())
    assert parameters(opened) != before
    assert differences(settled(opened), other, app_address) == []


def test_a_drag_that_a_cut_interrupts_ends_where_the_hand_lets_go(
    opened, noise, way, other, app_address
):
    before = noise.input_value()
    grab(opened, noise, 60)
    assert noise.input_value() != before
    way.go_down()
    opened.mouse.move(0, 0)
    opened.mouse.up()
    way.come_up()
    until(opened, lambda: "noise" not in parameters(opened))
    assert "noise" not in parameters(opened)
    expect(noise).to_have_value("0")
    assert differences(settled(opened), other, app_address) == []


def test_a_training_goes_on_while_the_connection_is_lost(opened, way):
    opened.goto(f"{way.address}/compare?methods=perfect_alignment%2Ccontrastive&steps=20000")
    until(opened, lambda: counted(opened, "steps") > 1)
    way.go_down()
    expect(opened.get_by_role("button", name="Cancel")).to_be_disabled()
    before = counted(opened, "steps")
    way.come_up()
    until(opened, lambda: counted(opened, "steps") > before)
    assert counted(opened, "steps") > before > 1
    expect(opened.get_by_role("button", name=RESTART)).to_have_count(0)
    stop(opened)
    expect(opened.get_by_text(re.compile("Stopped at"))).to_be_visible()
