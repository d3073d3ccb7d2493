"""The pages on the phase diagram in Chromium: the player, clicks, hover, links, progress."""

import math
import re

import pytest
from playwright.sync_api import Page, expect

import alignlab as al
from tests.browser.driver import (
    PLOT,
    RESTART,
    address_is,
    at_rest,
    drawn,
    figure_data,
    parameters,
    place,
    same_figures,
    slide,
    stop,
    until,
)

pytestmark = pytest.mark.xdist_group("browser")

PLANE, BARS, MOTION = 0, 1, 2
"""Positions of the charts on the phase-diagram page."""


def trace(page: Page, plot: int, name: str) -> tuple[list, list]:
    """x and y of a trace of a chart, as held by the browser."""
    return next((x, y) for found, x, y in figure_data(page)[plot] if found == name)


def known(curve: tuple[list, list]) -> dict[float, float]:
    """y by x, for points that have a y."""
    return {round(x, 5): y for x, y in zip(*curve, strict=True) if math.isfinite(y)}


def heights(page: Page, plot: int) -> list:
    """The values of a chart's heat map, None where there is none yet."""
    return page.evaluate(
        f"""() => [...document.querySelectorAll('{PLOT}')[{plot}]._fullData
            .find(trace => trace.type === 'heatmap').z].flatMap(row => [...row])
            .map(z => Number.isFinite(z) ? z : null)"""
    )


def known_heights(page: Page) -> list:
    """The values that the first chart's heat map has so far."""
    return [z for z in heights(page, 0) if z is not None]


def controls(page: Page) -> list:
    """The names of all controls, and the value of every input."""
    return page.evaluate(
        """() => [...document.querySelectorAll('.alignlab-control')].map((control) => [
            control.dataset.name,
            ...[...control.querySelectorAll('input, select')].map(({value, checked}) =>
                [value, checked])])"""
    )


def test_the_variance_trap_plays_without_the_server(visit):
    page = visit("phase?gamma_tilde_y=0.05&kappa=1.5&nu=0.4", 4)
    page.evaluate(
        """() => {
            window.sent = 0
            const send = WebSocket.prototype.send
            WebSocket.prototype.send = function (m) { window.sent++; send.call(this, m) }
        }"""
    )
    player = page.locator(".alignlab-player:visible")
    label = player.locator("output")
    expect(label).to_have_text("γ̃y = 0.05")
    alignment, prediction = (trace(page, MOTION, f"Δ {name} = 1") for name in ("CA", "CP"))
    others = [figure_data(page)[plot] for plot in (PLANE, BARS)]
    player.get_by_role("button", name="One step forward").click()
    expect(label).not_to_have_text("γ̃y = 0.05")
    player.get_by_label("Speed").select_option("4×")
    player.get_by_role("button", name="Play").click()
    expect(label).to_have_text("γ̃y = 20")
    at_rest(page)
    # each frame's grid has additional points where curves leave the plane
    before, after = (known(curve) for curve in (alignment, trace(page, MOTION, "Δ CA = 1")))
    common = before.keys() & after.keys()
    assert len(common) > 70
    assert max(abs(before[x] - after[x]) for x in common) < 1e-6
    low, high = (known(curve) for curve in (prediction, trace(page, MOTION, "Δ CP = 1")))
    assert max(low.values()) == pytest.approx(1)
    assert max(high.values()) == pytest.approx(9 / (10 * 20) ** 0.5, rel=1e-5)
    assert [figure_data(page)[plot] for plot in (PLANE, BARS)] == others
    assert page.evaluate("window.sent") == 0


def test_a_shared_operating_point_is_restored_exactly(visit, other):
    page = visit("phase?kappa=1.3&gamma_tilde_y=2&direction=cp_reverse&over_y=gamma_x", 4)
    slide(page, "Nuisance correlation")
    other.goto(page.url)
    drawn(other, 4)
    until(page, lambda: controls(other) == controls(page))
    assert controls(other) == controls(page)
    assert len(controls(page)) > 6
    same_figures(other, figure_data(page))
    known = {
        "kappa": "1.3", "nu": "0.505", "gamma_tilde_y": "2.0", "direction": "cp_reverse",
        "over_y": "gamma_x",
    }  # fmt: skip
    address_is(page, known)
    address_is(other, known)


def test_a_click_moves_the_operating_point_and_back_returns(visit):
    page = visit("phase?gamma_tilde_y=2.0", 4)
    before = figure_data(page)
    assert trace(page, PLANE, "operating point") == ([2], [0.5])
    x, y = place(page, 1.21, 0.301)
    page.mouse.move(x, y)
    page.wait_for_timeout(400)
    page.mouse.click(x, y)
    page.wait_for_url(re.compile("kappa="))
    at_rest(page)
    address_is(page, {"kappa": "1.2", "nu": "0.3", "gamma_tilde_y": "2.0"})
    assert trace(page, PLANE, "operating point") == ([1.2], [0.3])
    found = al.separation_ratios(al.SpikedSpec(k=5, kappa=1.2, nu=0.3, gamma_tilde_y=2.0))
    assert trace(page, BARS, "signal, CA")[1] == pytest.approx(list(found.rho))
    verdict = page.locator(".st-key-verdict")
    expect(verdict.get_by_text(f"{found.regime}.", exact=True)).to_be_visible()
    page.go_back()
    page.wait_for_function("!location.search.includes('kappa')")
    same_figures(page, before)


def test_hover_tells_the_regime_and_both_margins(visit):
    page = visit("phase", 4)

    def hovered() -> list:
        return page.evaluate(
            f"""() => {{ const plot = document.querySelector('{PLOT}')
                return [(plot._hoverdata ?? []).map(p => [p.x, p.y])[0],
                    plot.querySelector('.hoverlayer .hovertext')?.textContent ?? ''] }}"""
        )

    for kappa, nu in ((2.6, 0.9), (0.3, 0.7), (2.5, 0.2), (2.6, 0.97)):
        x, y = place(page, kappa, nu)
        page.mouse.move(x - 3, y)
        page.mouse.move(x, y, steps=3)
        # the label follows the pointer with a delay
        near = pytest.approx([kappa, nu], abs=0.05)
        until(page, lambda near=near: hovered()[0] == near)
        expect(page.locator(f"{PLOT} .hoverlayer .hovertext").first).to_be_visible()
        at, said = hovered()
        assert at == near
        found = al.separation_ratios(al.SpikedSpec(kappa=at[0], nu=at[1]))
        assert said.startswith(found.regime)
        for part in (
            f"Δ CA {found.ca:.3g}: ρ {found.rho.min():.3g}, ν {found.nu.max():.3g}",
            f"Δ CP {found.cp:.3g}: τ {found.tau.min():.3g}, ξ {found.xi.max():.3g}",
            f"Δ CP reversed {found.cp_reverse:.3g}",
        ):
            assert part in said


def test_the_slider_of_nu_moves_star_and_bars(visit):
    page = visit("phase", 4)
    star, bars = trace(page, PLANE, "operating point"), trace(page, BARS, "nuisance")
    border = trace(page, PLANE, "Δ CA = 1")
    assert star == ([2], [0.5])
    slide(page, "Nuisance correlation", "PageUp")
    nu = float(parameters(page)["nu"])
    assert nu > 0.5
    assert trace(page, PLANE, "operating point") == ([2], [nu])
    assert trace(page, BARS, "nuisance")[1] == pytest.approx([nu] * 15)
    assert trace(page, BARS, "nuisance") != bars
    assert trace(page, PLANE, "Δ CA = 1") == border


def test_the_sampled_plane_fills_in_and_is_cancelled_and_begun_again(visit):
    page = visit("samples?side=61&draws=60", 3)
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    first = known_heights(page)
    counted = page.get_by_text(re.compile(r"[\d,]+ of [\d,]+ problems"))
    said = counted.inner_text()
    expect(counted).not_to_have_text(said)
    until(page, lambda: known_heights(page) != first)
    later = known_heights(page)
    assert len(later) >= len(first)
    assert later != first
    stop(page)
    at_rest(page)
    kept = heights(page, 0)
    assert any(z is not None for z in kept)
    page.wait_for_timeout(1000)
    assert heights(page, 0) == kept
    page.get_by_role("button", name=RESTART).click()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    stop(page)


def test_a_short_measurement_comes_to_its_end(visit):
    page = visit("samples?side=9&draws=3", 3)
    expect(page.get_by_text(re.compile(r"243 problems, [\d.]+ s\."))).to_be_visible()
    for plot in range(3):
        until(page, lambda plot=plot: None not in heights(page, plot))
        shown = heights(page, plot)
        assert len(shown) == 81
        assert None not in shown


def test_another_experiment_is_drawn_in_place(visit):
    page = visit("recovery?draws=3&values=5", 4)
    page.get_by_text("hard bottleneck", exact=True).click()
    page.wait_for_url(re.compile("experiment=hard"))
    drawn(page, 2)
    expect(page.locator(PLOT)).to_have_count(2)
    page.get_by_text("soft bottleneck", exact=True).click()
    page.wait_for_url(re.compile("experiment=soft"))
    expect(page.locator(PLOT)).to_have_count(1)
    at_rest(page)
    until(page, lambda: trace(page, 0, "norm of CA's encoders")[0][-1:] == [5])
    assert trace(page, 0, "norm of CA's encoders")[0][-1] == 5
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_a_projector_s_screen_needs_no_horizontal_scroll(visit, page):
    page.set_viewport_size({"width": 1024, "height": 768})
    for path, plots in (("phase", 4), ("samples", 3), ("recovery", 4)):
        visit(path, plots)
        assert page.evaluate("document.documentElement.scrollWidth") <= 1024, path
        main = "document.querySelector('[data-testid=stMain]')"
        assert page.evaluate(f"{main}.scrollWidth <= {main}.clientWidth"), path


def test_charts_keep_to_their_room_when_the_sidebar_comes(visit):
    page = visit("phase", 4)

    def beyond() -> list[float]:
        return page.evaluate(
            """[...document.querySelectorAll('.alignlab-plot')].map(plot =>
                Math.abs(plot.querySelector('.main-svg').getBoundingClientRect().width
                    - plot.getBoundingClientRect().width))"""
        )

    until(page, lambda: max(beyond()) < 2)
    assert len(beyond()) == 4
    assert max(beyond()) < 2
