"""Pages run without a browser, by Streamlit's AppTest."""

import time

import numpy as np
import orjson
from streamlit.testing.v1 import AppTest

from tests.server import ROOT


def open_page(page, **parameters) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=240)
    app.run()
    app.switch_page(page.script)
    for name, text in parameters.items():
        app.query_params[name] = text
    app.run()
    assert not app.exception
    return app


def settle(app: AppTest) -> AppTest:
    """Run again until no work is under way in the background."""
    deadline = time.monotonic() + 240
    while any(b.label == "Cancel" for b in app.button):
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


def pictures(app: AppTest) -> dict:
    """The pictures of points by name, each with its arrays and with the `marks` of its grid.

    Positions are (n, modalities, dims), those of every frame too.
    """
    found = {}
    for raw in _sent(app, "alignlab_points"):
        length = 4 + int.from_bytes(raw[:4], "little")
        grid = _decoded(orjson.loads(raw[4:length]), raw[length:])
        for panel in grid["panels"]:
            shape = (-1, len(panel["modalities"]) or 1, panel["dims"])
            for part in (panel, *panel["frames"]):
                part["positions"] = part["positions"].reshape(shape)
            found[panel["name"]] = panel | {"marks": grid["marks"]}
    return found


def _decoded(part, arrays: bytes):
    """A header with the arrays in the places that name them."""
    if isinstance(part, list):
        return [_decoded(one, arrays) for one in part]
    if not isinstance(part, dict):
        return part
    if part.keys() >= {"at", "type", "bytes"}:
        raw = arrays[part["at"] : part["at"] + part["bytes"]]
        return np.frombuffer(raw, dtype=part["type"])
    return {name: _decoded(one, arrays) for name, one in part.items()}


def _sent(app: AppTest, component: str) -> list[bytes]:
    """What the components of this name have been sent."""
    protos = [element.proto for element in app.get("bidi_component")]
    return [proto.bytes for proto in protos if proto.component_name == component]


def text(app: AppTest) -> str:
    return "\n".join(m.value for m in app.markdown)
