"""The component of the controls in a bare page: what it shows, what it tells, and when."""

from urllib.parse import urlparse

import pytest
from playwright.sync_api import Page, expect

from alignlab.ui.controls import Choice, Count, Number, Several, Steps, Text
from alignlab.ui.panel import SCRIPT
from tests.server import ROOT

pytestmark = pytest.mark.xdist_group("browser")

OPEN = """async (script) => {
  const { default: show } = await import(new URL(script, document.baseURI).href)
  Object.assign(window, { told: [], failed: [] })
  window.show = (place, data) => show({
    parentElement: document.querySelector(`#${place}`),
    data,
    setTriggerValue: (name, value) => told.push(value.map(({ values, whole }) => [values, whole])),
    setStateValue: (name, value) => failed.push(value),
  })
  window.number = () => alignlabDesk.changes.at(-1)?.number ?? alignlabDesk.number
}"""

PLACE = '<div id="{}"><div class="alignlab-controls"></div></div>'

CONTROLS = (
    Number(name="noise", label="Noise σ", default=0.0, low=0.0, high=10.0, step=0.1, help="Why"),
    Steps(name="n", label="Pairs n", default=100, low=10, high=1000, stops=(10, 100, 1000)),
    Count(name="rank", label="Rank", default=None, low=1, high=128, placeholder="k"),
    Choice(name="latent", label="Latent", default="gmm", options={"gmm": "Mix", "flat": "Flat"}),
    Several(name="methods", label="Methods", default=("a",), options={"a": "CCA", "b": "PLS"}),
    Text(name="weights", label="Weights", default="", read=str),
    Number(name="gamma", label=r"Noise $\gamma_x$", default=1, low=0, high=5),
)

DEFAULTS = {control.name: control.default for control in CONTROLS}


class Server:
    """What the server would send: the setting it has heard, drawn in a bare page."""

    def __init__(self, page: Page) -> None:
        self.page, self.values = page, dict(DEFAULTS)
        self.heard, self.connection, self.visit, self.path = 0, "first", 1, "x"

    def run(self, follows: bool = True, inputs_only: bool = False, **values: object) -> None:
        """Send all parts of the page, after changes of its own."""
        self.values |= values
        differing = {c.name: c for c in CONTROLS if self.values[c.name] != c.default}
        address = "&".join(f"{n}={c.format(self.values[n])}" for n, c in differing.items())
        shown = [
            {
                "name": c.name, "label": c.label, "help": c.help, "disabled": False,
                "value": c.format(self.values[c.name]), "default": c.format(c.default),
                **c.shown(self.values[c.name]),
            }
            for c in CONTROLS
        ]  # fmt: skip
        active = "Usual" if not differing else None
        offered = {"Usual": {}, "Noisy": {"noise": "2.5", "latent": "flat"}}
        self._show("presets", presets=offered, active=active, reset={})
        self._show("inputs", controls=shown)
        if inputs_only:
            return
        self._show("address", address=address, visit=self.visit, follows=follows)
        self.page.wait_for_timeout(80)

    def hear(self, **run: object) -> None:
        """Hear all changes, and run."""
        for change in self.page.evaluate("alignlabDesk.changes"):
            if change["number"] <= self.heard:
                continue
            if change["whole"]:
                self.values = dict(DEFAULTS)
            for name, text in change["values"].items():
                self.values[name] = next(c for c in CONTROLS if c.name == name).typed(text)
            self.heard = change["number"]
        self.run(**run)

    def told(self) -> list:
        return self.page.evaluate("told.splice(0)")

    def shown(self, name: str) -> str:
        return self.page.locator(f"[data-name={name}] output").inner_text()

    def _show(self, kind: str, **more: object) -> None:
        data = {"kind": kind, "page": self.path, "heard": self.heard, "connection": self.connection}
        self.page.evaluate("([place, data]) => void show(place, data)", [kind, data | more])


@pytest.fixture
def server(page):
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    empty = "".join(map(PLACE.format, ("presets", "inputs", "address")))

    def answer(route):
        name = urlparse(route.request.url).path.rpartition("/")[2]
        if name == "x":
            route.fulfill(body=empty, content_type="text/html")
        else:
            route.fulfill(path=ROOT / "alignlab" / "ui" / "desk" / name)

    page.route("**/*", answer)
    page.goto("http://127.0.0.1:9/x")
    page.evaluate(OPEN, SCRIPT)
    one = Server(page)
    one.run()
    yield one
    assert errors == []
    assert page.evaluate("failed") == []


def query(server: Server) -> str:
    return server.page.evaluate("location.search")


def test_controls_have_their_roles_names_and_values(server):
    page = server.page
    expect(page.get_by_role("slider", name="Noise σ", exact=True)).to_have_value("0")
    expect(page.get_by_role("slider", name="Pairs n")).to_have_attribute("aria-valuetext", "100")
    expect(page.get_by_role("spinbutton", name="Rank")).to_have_attribute("placeholder", "k")
    expect(page.get_by_role("radiogroup", name="Latent").get_by_role("radio")).to_have_count(2)
    expect(page.get_by_role("radio", name="Mix")).to_be_checked()
    expect(page.get_by_role("checkbox", name="CCA")).to_be_checked()
    expect(page.get_by_role("textbox", name="Weights")).to_have_value("")
    expect(page.get_by_role("slider", name="Noise γx")).to_have_value("1")
    help_button = page.get_by_role("button", name="Help: Noise σ")
    help_button.focus()
    expect(page.get_by_role("tooltip").filter(has_text="Why")).to_be_visible()
    expect(page.get_by_role("button", name="Usual")).to_have_attribute("aria-pressed", "true")


def test_every_kind_of_control_tells_its_value_as_in_the_address(server):
    page = server.page
    page.get_by_role("slider", name="Noise σ").press("ArrowRight")
    assert server.told() == [[[{"noise": "0.1"}, False]]]
    server.hear()
    page.get_by_role("slider", name="Pairs n").press("End")
    assert server.told() == [[[{"n": "1000"}, False]]]
    server.hear()
    page.get_by_role("spinbutton", name="Rank").fill("500")
    page.get_by_role("spinbutton", name="Rank").press("Enter")
    assert server.told() == [[[{"rank": "128"}, False]]]
    server.hear()
    page.get_by_text("Flat", exact=True).click()
    assert server.told() == [[[{"latent": "flat"}, False]]]
    server.hear()
    page.get_by_text("PLS", exact=True).click()
    assert server.told() == [[[{"methods": "a,b"}, False]]]
    server.hear()
    page.get_by_role("textbox", name="Weights").fill("0.2, 0.8")
    page.get_by_role("textbox", name="Weights").press("Enter")
    assert server.told() == [[[{"weights": "0.2, 0.8"}, False]]]
    server.hear()
    assert query(server).startswith("?noise=0.1&n=1000&rank=128&latent=flat&methods=a%2Cb&weights=")


def test_a_drag_sends_the_next_value_when_the_last_is_drawn_and_the_address_once(server):
    page = server.page
    before = page.evaluate("history.length")
    box = page.get_by_role("slider", name="Noise σ").bounding_box()
    x, y = box["x"], box["y"] + box["height"] / 2
    page.mouse.move(x + 30, y)
    page.mouse.down()
    first = server.told()
    assert len(first) == 1
    for step in range(1, 20):
        page.mouse.move(x + 30 + 5 * step, y)
    assert server.told() == []  # the picture of the first value is not drawn
    server.hear()
    (second,) = server.told()
    assert second[0][0]["noise"] == server.shown("noise")
    page.evaluate("document.body.toggleAttribute('data-alignlab-drawing', true)")
    page.mouse.move(x + 60, y)
    server.hear()
    assert server.told() == []  # its charts are still being drawn
    page.evaluate("document.body.toggleAttribute('data-alignlab-drawing', false)")
    page.wait_for_timeout(100)
    assert len(server.told()) == 1
    server.hear()
    assert query(server) == ""  # the hand still holds it
    last = server.shown("noise")
    page.mouse.up()
    page.wait_for_timeout(100)
    assert server.told() == []
    assert query(server) == f"?noise={last}"
    assert page.evaluate("history.length") == before + 1


def test_a_slider_that_moves_on_sends_its_next_value_when_charts_with_the_last_arrive(server):
    page = server.page
    box = page.get_by_role("slider", name="Noise σ").bounding_box()
    x, y = box["x"], box["y"] + box["height"] / 2
    page.mouse.move(x + 30, y)
    page.mouse.down()
    ((first, _),) = server.told()[0]
    moving = "alignlabDesk.changes.map(({ moving }) => moving)"
    assert page.evaluate(moving) == [False]  # a click, or a key: the whole page follows at once
    number = page.evaluate("number()")
    page.mouse.move(x + 60, y)
    page.evaluate("alignlabDesk.pictured(0)")  # charts of an earlier setting
    assert server.told() == []
    page.evaluate(f"alignlabDesk.pictured({number})")
    (((second, _),),) = server.told()
    assert second["noise"] == server.shown("noise") != first["noise"]
    assert page.evaluate(moving) == [True]
    page.evaluate("alignlabDesk.pictured(number())")  # the hand rests
    assert server.told() == []
    page.mouse.move(x + 90, y)
    assert len(server.told()) == 1
    page.mouse.up()
    server.hear()
    assert query(server) == f"?noise={server.shown('noise')}"


def test_where_charts_do_not_follow_a_drag_sends_its_last_value(server):
    page = server.page
    server.run(follows=False)
    box = page.get_by_role("slider", name="Noise σ").bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 5, steps=5)
    assert server.told() == []
    last = server.shown("noise")
    page.mouse.up()
    assert server.told() == [[[{"noise": last}, False]]]


def test_what_was_changed_stays_while_runs_from_before_it_arrive(server):
    page = server.page
    page.get_by_role("button", name="Noisy").click()
    page.get_by_role("slider", name="Noise σ").press("ArrowRight")
    assert server.told()[-1] == [
        [{"noise": "2.5", "latent": "flat"}, True],
        [{"noise": "2.6"}, False],
    ]
    server.run()  # of the setting before both
    assert server.shown("noise") == "2.6"
    expect(page.get_by_role("radio", name="Flat")).to_be_checked()
    assert query(server) == ""
    assert page.evaluate("document.documentElement.hasAttribute('data-alignlab-waiting')")
    server.hear()
    assert query(server) == "?noise=2.6&latent=flat"
    assert server.told() == []
    assert not page.evaluate("document.documentElement.hasAttribute('data-alignlab-waiting')")


def test_a_preset_is_marked_at_once_and_no_longer_after_another_change(server):
    page = server.page
    noisy = page.get_by_role("button", name="Noisy")
    noisy.click()
    expect(noisy).to_have_attribute("aria-pressed", "true")
    page.get_by_text("Mix", exact=True).click()
    expect(noisy).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="Reset").click()
    expect(page.get_by_role("button", name="Usual")).to_have_attribute("aria-pressed", "true")
    assert server.told()[-1] == [[{}, True]]


def test_back_and_forward_are_changes_of_the_whole_setting(server):
    page = server.page
    page.get_by_role("button", name="Noisy").click()
    server.hear()
    page.get_by_text("PLS", exact=True).click()
    server.hear()
    server.told()
    page.go_back()
    page.wait_for_timeout(100)
    assert server.told() == [[[{"noise": "2.5", "latent": "flat"}, True]]]
    assert server.shown("noise") == "2.5"
    server.hear()
    assert query(server) == "?noise=2.5&latent=flat"
    page.go_back()
    page.wait_for_timeout(100)
    server.hear()
    assert (server.shown("noise"), query(server)) == ("0.0", "")


def test_what_a_lost_connection_has_swallowed_is_told_again(server):
    page = server.page
    page.get_by_text("Flat", exact=True).click()
    server.told()
    server.run()  # an earlier run, on the same connection
    assert server.told() == []
    server.connection = "second"
    server.run()
    assert server.told() == [[[{"latent": "flat"}, False]]]


def test_a_page_at_rest_is_told_again_what_it_has_not_heard(server):
    page = server.page
    page.get_by_text("Flat", exact=True).click()
    server.told()
    app = "<div data-testid=stApp data-test-connection-state=CONNECTED></div>"
    page.evaluate("app => document.body.insertAdjacentHTML('beforeend', app)", app)
    state = "state => document.querySelector('[data-testid=stApp]').dataset.testScriptState = state"
    page.evaluate(state, "running")
    page.wait_for_timeout(1600)
    assert server.told() == []
    page.evaluate(state, "notRunning")
    page.wait_for_timeout(1600)
    assert [[{"latent": "flat"}, False]] in server.told()
    server.hear()
    server.told()
    page.wait_for_timeout(1600)
    assert server.told() == []


def test_a_server_that_went_and_returned_is_told_the_whole_setting(server):
    page = server.page
    page.get_by_role("button", name="Noisy").click()
    server.hear()
    page.get_by_text("PLS", exact=True).click()
    server.told()
    server.values, server.heard, server.connection = dict(DEFAULTS), 0, "second"
    server.run()
    whole, later = server.told()[-1]
    assert whole == [{"noise": "2.5", "latent": "flat"}, True]
    assert later == [{"methods": "a,b"}, False]
    server.hear()
    assert query(server) == "?noise=2.5&latent=flat&methods=a%2Cb"


def test_what_is_typed_and_not_entered_survives_a_run(server):
    page = server.page
    line = page.get_by_role("textbox", name="Weights")
    line.fill("0.2, ")
    server.run(noise=1.0)
    expect(line).to_have_value("0.2, ")
    assert server.shown("noise") == "1.0"


def test_values_off_the_step_stay_exact_until_they_are_moved(server):
    page = server.page
    server.run(noise=0.123, n=777)
    assert (server.shown("noise"), server.shown("n")) == ("0.123", "777")
    page.get_by_role("slider", name="Pairs n").press("ArrowRight")
    assert server.told() == [[[{"n": "1000"}, False]]]
    server.hear()
    page.get_by_role("slider", name="Noise σ").press("ArrowRight")
    assert server.told() == [[[{"noise": "0.223"}, False]]]
    server.hear()
    server.run(noise=50.0)  # beyond the slider, by a link
    assert server.shown("noise") == "50.0"


def test_a_change_on_another_page_is_kept_and_one_of_the_page_before_is_not(server):
    page = server.page
    page.get_by_text("Flat", exact=True).click()
    server.path = "y"
    server.run(inputs_only=True)  # the controls of the next page come before its address
    page.get_by_text("PLS", exact=True).click()
    server.run()
    kept = page.evaluate("alignlabDesk.changes.map(({ values }) => values)")
    assert kept == [{"methods": "a,b"}]
