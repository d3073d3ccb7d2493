"""The running app in Chromium: behaviour that only a browser can test."""

import io
import pickle
import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from alignlab.ui.catalog import GLOSSARY, HOME, SECTIONS
from alignlab.ui.chart import MODULE
from tests.browser.driver import (
    FIRST_PICTURE_MS,
    PLOT,
    address_has,
    address_is,
    at_rest,
    drag,
    drawn,
    figure_data,
    parameters,
    press_preset,
    same_figures,
    slide,
    until,
)

pytestmark = pytest.mark.xdist_group("browser")


@pytest.mark.parametrize(
    ("path", "plots"),
    [("", 1), ("synthetic", 6), ("alignment", 5), ("sweeps", 4), ("whitening", 4), ("compare", 4),
     ("transfer", 5), ("views", 5), ("phase", 4), ("samples", 3), ("recovery", 4)],
)  # fmt: skip
def test_every_page_opens_by_its_address_through_the_router(visit, path, plots):
    page = visit(path, plots)
    expect(page.get_by_test_id("stTopNavLink")).to_have_count(len(SECTIONS[""]))
    expect(page.get_by_test_id("stTopNavSection")).to_have_text([name for name in SECTIONS if name])
    wide = page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )
    assert not wide


def test_every_page_is_reached_from_the_menu(visit):
    page = visit("synthetic", 6)
    for section, chosen in SECTIONS.items():
        links = page.get_by_test_id("stTopNavLink")
        if section:
            page.get_by_test_id("stTopNavSection").filter(has_text=section).click()
            links = page.get_by_test_id("stTopNavDropdownLink")
        expect(links).to_have_count(len(chosen))
        paths = links.evaluate_all("links => links.map(link => new URL(link.href).pathname)")
        assert paths == ["/" if target is HOME else f"/{target.path}" for target in chosen]
        links.last.click()
        expect(page.get_by_role("heading", level=1)).to_have_text(chosen[-1].title)
        if chosen[-1] is not GLOSSARY:  # it has no charts
            drawn(page, 1)


@pytest.mark.parametrize(("path", "plots"), [("synthetic", 6), ("alignment", 5), ("whitening", 4)])
def test_a_slider_changes_the_data_and_the_link_brings_them_back(visit, other, path, plots):
    page = visit(path, plots)
    before = figure_data(page)
    slide(page, "Noise")
    after = figure_data(page)
    assert after != before
    address_is(page, {"noise": "0.1"})

    other.goto(page.url)
    drawn(other, plots)
    same_figures(other, after)


def test_back_undoes_the_last_change(visit):
    page = visit("alignment", 5)
    before = figure_data(page)
    press_preset(page, "Collapse at d = 32")
    page.wait_for_url(re.compile("d1=32"))
    until(page, lambda: figure_data(page) != before)
    assert figure_data(page) != before
    page.go_back()
    page.wait_for_function("!location.search.includes('d1=32')")
    same_figures(page, before)


def test_held_down_arrow_key_is_never_set_back(visit):
    page = visit("alignment", 5)
    slider = page.get_by_role("slider", name="Noise").first
    for _ in range(12):
        slider.press("ArrowRight")
    page.wait_for_url(re.compile("noise=1.2"))
    address_is(page, {"noise": "1.2"})
    expect(slider).to_have_value("1.2")


def test_a_slider_stays_where_it_was_put_though_its_address_comes_late(page, visit):
    """A browser busy drawing charts sends the old address with the next change of a control."""
    held: list[bytes] | None = None

    def hold_back(browser):
        server = browser.connect_to_server()

        def pass_on(message):
            (browser.send if held is None else held.append)(message)

        browser.on_message(server.send)
        server.on_message(pass_on)
        connections.append(browser)

    connections = []
    page.route_web_socket(re.compile("_stcore/stream"), hold_back)
    visit("alignment", 5)
    slider = page.get_by_role("slider", name="Noise").first
    held = []
    slider.press("ArrowRight")
    until(page, lambda: any(b"noise=0.1" in message for message in held))
    messages = len(held)
    page.evaluate("Plotly.relayout(document.querySelector('.alignlab-plot'), {dragmode: 'select'})")
    drag(page, 0.05, 0.5)
    until(page, lambda: any(b"pairs selected" in message for message in held[messages:]))
    late, held = held, None
    for message in late:
        connections[-1].send(message)
    expect(page.get_by_text("pairs selected")).to_be_visible()
    at_rest(page)
    address_is(page, {"noise": "0.1"})
    expect(slider).to_have_value("0.1")


def test_zoom_survives_new_data(visit):
    page = visit("alignment", 5)
    ranges = """(() => { const layout = document.querySelector('.alignlab-plot').layout
        return [layout.xaxis.range, layout.yaxis.range] })()"""
    whole = page.evaluate(ranges)
    drag(page, 0.3, 0.5)
    until(page, lambda: page.evaluate(ranges) != whole)
    zoomed = page.evaluate(ranges)
    assert zoomed != whole
    node = page.locator(PLOT).first.element_handle()
    slide(page, "Noise")
    assert page.evaluate(ranges) == zoomed
    assert node.evaluate("node => node.isConnected")


def test_charts_outlive_a_call_that_newer_data_overtake(visit):
    """Streamlit ends a superseded call sometimes before and sometimes after the next one starts."""
    page = visit("phase", 1)  # which has loaded Plotly
    drawings = page.evaluate(
        """async (source) => {
            const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }))
            const { default: show } = await import(url)
            const parentElement = document.createElement("div")
            parentElement.innerHTML = '<div class="alignlab-charts"></div>'
            document.body.append(parentElement)
            const charts = () => [...parentElement.querySelectorAll(".alignlab-plot")]
            const draws = () => charts().map((chart) => chart.dataset.draws)
            const call = async (y) => {
                const panel = {
                    name: "line", digest: String(y), caption: "", height: 200, links: [],
                    figure: { data: [{ y: [0, y] }], layout: {} },
                }
                const text = JSON.stringify({ columns: 1, panels: [panel] })
                const end = show({ parentElement, data: new TextEncoder().encode(text) })
                await new Promise((done) => setTimeout(done, 300))
                return end
            }
            const first = await call(1)
            first() // before the next call
            const second = await call(2)
            const last = await call(3)
            second() // after it
            const living = [charts().length, draws()]
            parentElement.remove()
            last()
            return [...living, charts().length]
        }""",
        MODULE,
    )
    assert drawings == [1, ["3"], 0]


def test_a_chart_is_taken_away_while_it_is_being_drawn(visit):
    page = visit("phase", 1)  # which has loaded Plotly
    failed, left = page.evaluate(
        """async (source) => {
            const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }))
            const { default: show } = await import(url)
            const parentElement = document.createElement("div")
            parentElement.innerHTML = '<div class="alignlab-charts"></div>'
            document.body.append(parentElement)
            const failed = []
            const call = (...names) => {
                const panels = names.map((name) => ({
                    name, digest: name, caption: "", height: 200, links: [],
                    figure: { data: [{ y: [0, 1] }], layout: {} },
                }))
                const data = new TextEncoder().encode(JSON.stringify({ columns: 1, panels }))
                return show({
                    parentElement, data, setStateValue: (name, value) => failed.push(value),
                })
            }
            const { react } = window.Plotly
            const begun = new Promise((begin) => {
                window.Plotly.react = (...all) => {
                    begin()
                    return react(...all)
                }
            })
            call("short-lived", "other")
            await begun
            window.Plotly.react = react
            const end = call("other")
            await new Promise((done) => setTimeout(done, 500))
            const left = parentElement.querySelectorAll(".alignlab-plot[data-draws]").length
            parentElement.remove()
            end()
            return [failed, left]
        }""",
        MODULE,
    )
    assert failed == []
    assert left == 1


def test_new_data_keep_the_configuration_and_need_no_multisampling(visit):
    page = visit("alignment", 5)
    slide(page, "Noise")
    found = page.evaluate(
        """() => [...document.querySelectorAll('.alignlab-plot')].map((plot) => [
            plot._context.displaylogo,
            plot._context.responsive,
            plot._context.modeBarButtons.length,
            [...plot.querySelectorAll('.gl-canvas-context')].map(
                (canvas) => canvas.getContext('webgl').getContextAttributes().antialias),
        ])"""
    )
    assert [kept[:3] for kept in found] == 5 * [[False, True, 2]]
    assert [smooth for *_, smooth in found] == [[False], [False], [], [False], []]
    assert page.evaluate("document.createElement('canvas').getContext('webgl')"
                         ".getContextAttributes().antialias")  # fmt: skip


def test_a_selection_lights_up_the_same_pairs_everywhere(visit):
    page = visit("alignment", 5)
    page.evaluate("Plotly.relayout(document.querySelector('.alignlab-plot'), {dragmode: 'select'})")
    drag(page, 0.05, 0.5)
    expect(page.get_by_text("pairs selected")).to_be_visible()

    def marked() -> list[int]:
        counts = page.evaluate(
            """() => [...document.querySelectorAll('.alignlab-plot')].map(plot => new Set(
                plot.data.flatMap((trace, i) => !trace.selectedpoints ? [] :
                    [...plot._fullData[i].selectedpoints]
                        .map(j => plot._fullData[i].customdata[j]))).size)"""
        )
        return [count for count in counts if count]

    until(page, lambda: len(marked()) == 4 and len(set(marked())) == 1)
    assert len(marked()) == 4  # plain, informative, true, recovered
    assert len(set(marked())) == 1


def test_frames_play_without_the_server(visit):
    page = visit("whitening", 4)
    page.evaluate(
        """() => {
            window.sent = 0
            const send = WebSocket.prototype.send
            WebSocket.prototype.send = function (m) { window.sent++; send.call(this, m) }
        }"""
    )
    before = figure_data(page)
    page.get_by_role("button", name="Play").click()
    told = page.locator(".alignlab-player:not([hidden]) output")
    expect(told).to_have_text("CCA")
    after = figure_data(page)
    assert after[-1] != before[-1]
    circles, crosses = after[-1][1], after[-1][2]  # behind the partner lines
    assert np.allclose(circles[1], crosses[1], atol=1e-6)
    assert np.allclose(circles[2], crosses[2], atol=1e-6)
    page.get_by_role("button", name="One step back").click()
    expect(told).to_have_text("a = 0.84, b = 0.84")
    assert page.evaluate("window.sent") == 0


def test_dark_theme_reaches_the_charts(visit, page):
    visit("alignment", 5)
    ground = "document.querySelector('.alignlab-plot').layout.template.layout.paper_bgcolor"
    light = page.evaluate(ground)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"{ground} !== '{light}'")


def test_controls_keep_their_values_while_they_are_hidden(visit):
    page = visit("alignment?n=777&k=3&d1=8&d2=8", 5)
    before = figure_data(page)
    for source, name in (("Your file", "upload"), ("Digits", "digits"), ("Synthetic", None)):
        page.get_by_text(source, exact=True).click()
        until(page, lambda name=name: parameters(page).get("source") == name)
        at_rest(page)
    drawn(page, 5)
    address_is(page, {"n": "777", "k": "3", "d1": "8", "d2": "8"})
    expect(page.get_by_role("slider", name="Features d₁").first).to_have_value("8")
    same_figures(page, before)
    slide(page, "Noise")
    address_is(page, {"n": "777", "k": "3", "d1": "8", "d2": "8", "noise": "0.1"})


def test_no_button_sends_the_data_away(visit):
    page = visit("alignment", 5)
    buttons = page.evaluate(
        "[...document.querySelectorAll('.modebar-btn')].map(b => b.dataset.title ?? '')"
    )
    assert "Save as PNG" in buttons
    assert not [b for b in buttons if re.search("share|cloud|edit", b, re.IGNORECASE)]


def test_pictures_can_be_saved(visit):
    page = visit("alignment", 5)
    page.locator(PLOT).first.hover()
    for title, ending in (("Save as SVG", "svg"), ("Save as PNG", "png")):
        with page.expect_download() as download:
            page.locator(f"[data-title='{title}']").first.click()
        assert download.value.suggested_filename == f"plain.{ending}"


def test_without_the_script_the_plain_chart_takes_over(page: Page, app_address: str):
    page.route("**/plotly.min.js", lambda route: route.abort())
    page.goto(f"{app_address}/alignment")
    expect(page.get_by_text("The live charts could not load").first).to_be_visible(
        timeout=FIRST_PICTURE_MS
    )
    expect(page.get_by_test_id("stPlotlyChart").first).to_be_visible()


def test_without_their_script_basic_controls_take_over(page: Page, app_address: str):
    page.route("**/parts.js", lambda route: route.abort())
    page.goto(f"{app_address}/synthetic?noise=0.3")
    notice = page.get_by_text("The controls could not load").first
    expect(notice).to_be_visible(timeout=FIRST_PICTURE_MS)
    drawn(page, 1)
    before = figure_data(page)
    slider = page.get_by_test_id("stSlider").filter(has_text="Noise").get_by_role("slider")
    slider.press("ArrowRight")
    address_is(page, {"noise": "0.4"})
    at_rest(page)
    assert figure_data(page) != before
    page.get_by_test_id("stBaseButton-tertiary").click()  # Reset
    address_is(page, {})


def bring(page: Page, name: str, content: bytes) -> None:
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )


def npz(**arrays) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def test_upload_is_aligned_and_its_link_asks_for_the_file(visit, other):
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(300, 2))
    views = {"left": Z @ rng.normal(size=(2, 4)), "right": Z @ rng.normal(size=(2, 3))}
    page = visit("alignment", 5)
    page.get_by_text("Your file").click()
    expect(page.locator("input[type=file]")).to_be_attached()
    bring(page, "mine.npz", npz(**views, label=np.arange(300) % 3))
    drawn(page, 3)
    expect(page.get_by_text("Perfect alignment exists", exact=False).first).to_be_visible()
    address_has(page, source="upload", view1="0-3")
    at_rest(page)
    link = page.url
    assert len(parameters(page)["digest"]) == 64

    # Another session has the settings, not the data.
    other.goto(link)
    expect(other.get_by_text("This link needs the file")).to_be_visible(timeout=FIRST_PICTURE_MS)
    expect(other.locator(PLOT)).to_have_count(0)
    bring(other, "mine.npz", npz(**views, label=np.arange(300) % 3))
    drawn(other, 3)
    same_figures(other, figure_data(page))


def test_a_bad_upload_is_refused_with_its_cause(visit):
    page = visit("alignment", 5)
    page.get_by_text("Your file").click()
    expect(page.locator("input[type=file]")).to_be_attached()
    alerts = page.get_by_test_id("stAlert")
    for name, content, cause in (
        ("bad.npz", b"this is no archive", "could not be read"),
        ("bad.npz", npz(x=np.array([{"a": 1}], dtype=object)), "unpickling"),
        ("bad.parquet", pickle.dumps([1, 2, 3]), "could not be read"),
        ("bad.csv", b"x1,x2\n1,nan\n2,3\n4,5\n6,7\n8,9\n", "NaN"),
    ):
        expect(alerts.filter(has_text=cause)).to_have_count(0)
        bring(page, name, content)
        expect(alerts.filter(has_text=cause)).to_be_visible()
        expect(page.get_by_test_id("stException")).to_have_count(0)
        page.get_by_role("button", name=f"Remove {name}").click()
        at_rest(page)


def test_a_link_with_nonsense_falls_back_visibly(visit):
    page = visit("alignment?n=nan&k=999&colour=red&noise=0.5", 5)
    alerts = page.get_by_test_id("stAlert")
    for text in ("“n”", "“k”", "“colour”"):
        expect(alerts.filter(has_text=text)).to_have_count(1)
    address_is(page, {"noise": "0.5"})
