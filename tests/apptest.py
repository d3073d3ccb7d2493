"""Pages run without a browser, by Streamlit's AppTest."""

import time
from collections.abc import Callable

import orjson
import plotly.graph_objects as go
from streamlit.testing.v1 import AppTest

from tests.points import read
from tests.server import ROOT


def open_page(page, **parameters) -> AppTest:
    """A page as opened by its address: the home page is not run before it."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=240)
    app.switch_page(page.script)
    for name, text in parameters.items():
        app.query_params[name] = text
    app.run()
    assert not app.exception
    return app


def settle(app: AppTest, enough: Callable[[AppTest], object] = lambda app: False) -> AppTest:
    """Run again until no work is under way in the background, or what it has shown is enough."""
    deadline = time.monotonic() + 240
    while any(b.label == "Cancel" for b in app.button) and not enough(app):
        assert time.monotonic() < deadline, "the work does not come to an end"
        time.sleep(0.5)  # running the page takes its time from the work
        app.run()
    return app


def address(app: AppTest) -> dict[str, str]:
    values = dict(app.query_params)
    return {name: v if isinstance(v, str) else v[0] for name, v in values.items()}


def panels(app: AppTest) -> dict:
    """The Plotly charts of the page by name."""
    grids = [orjson.loads(raw) for raw in _sent(app, "alignlab_charts")]
    return {panel["name"]: panel for grid in grids for panel in grid["panels"]}


def figure(app: AppTest, name: str) -> dict:
    """The figure of a chart."""
    return panels(app)[name]["figure"]


def traces(app: AppTest, name: str) -> dict:
    """The traces of a chart by name."""
    return {trace["name"]: trace for trace in figure(app, name)["data"]}


def pictures(app: AppTest) -> dict:
    """The pictures of points by name, each with its arrays and with the `marks` of its grid."""
    grids = [read(raw) for raw in _sent(app, "alignlab_points")]
    return {
        panel["name"]: panel | {"marks": grid["marks"]}
        for grid in grids
        for panel in grid["panels"]
    }


def drawn(app: AppTest) -> dict:
    """All charts and pictures by name."""
    return panels(app) | pictures(app)


def _sent(app: AppTest, component: str) -> list[bytes]:
    """What the components of this name have been sent."""
    protos = [element.proto for element in app.get("bidi_component")]
    return [proto.bytes for proto in protos if proto.component_name == component]


def validate_figures(app: AppTest) -> None:
    """Let Plotly validate every property of the figures shown."""
    for panel in panels(app).values():
        go.Figure(panel["figure"])


def text(app: AppTest) -> str:
    return "\n".join(m.value for m in app.markdown)
