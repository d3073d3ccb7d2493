"""The message that the browser draws linked pictures from, and what is refused."""

import numpy as np
import orjson
import pytest
from streamlit.testing.v1 import AppTest

from alignlab.ui.points import MODULE, SCRIPTS, Cloud, Marks, Scale, message
from tests.points import read


@pytest.fixture
def generator():
    return np.random.default_rng(0)


def cloud(generator, n=7, dims=2, **settings):
    Y1, Y2 = generator.normal(size=(2, n, dims)).astype(np.float32)
    return Cloud(**({"name": "one", "title": "", "caption": "", "Y1": Y1, "Y2": Y2} | settings))


def marks(n=7, **settings):
    colours = np.arange(3 * n, dtype=np.uint8).reshape(n, 3)
    return Marks(**({"rows": 10 + np.arange(n), "colours": colours} | settings))


def sent(clouds, shared):
    return read(message(clouds, shared, columns=2, height=300))


@pytest.mark.parametrize("dims", [2, 3])
def test_the_browser_reads_the_positions_that_were_sent(generator, dims):
    one = cloud(generator, dims=dims, frames=[("start", *generator.normal(size=(2, 7, dims)))])
    panel = sent([one], marks())["panels"][0]
    assert panel["dims"] == dims
    assert np.array_equal(panel["positions"], np.stack([one.Y1, one.Y2], axis=1))
    assert panel["frames"][0]["label"] == "start"
    _, Y1, Y2 = one.frames[0]
    assert np.array_equal(
        panel["frames"][0]["positions"], np.stack([Y1, Y2], axis=1).astype(np.float32)
    )


def test_a_picture_of_one_modality_or_none(generator):
    only = cloud(generator, Y1=None)
    none = cloud(generator, Y1=None, Y2=None)
    first, second = sent([only, none], marks())["panels"]
    assert first["modalities"] == [2]
    assert np.array_equal(first["positions"][:, 0], only.Y2)
    assert second["modalities"] == []
    assert len(second["positions"]) == 0


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_every_array_starts_where_the_browser_can_view_it(generator, n):
    names = [f"ä{at}" for at in range(n)]
    shared = marks(n, names=names, codes=np.zeros(n, dtype=int), marked=np.ones(n, dtype=bool))
    data = message([cloud(generator, n)], shared, columns=1, height=300)
    start = 4 + int.from_bytes(data[:4], "little")
    places = [of for of in _dicts(read_raw(data)) if "digest" in of]
    assert len(places) == 7
    assert all((start + place["at"]) % 8 == 0 for place in places)
    assert read(data)["marks"]["names"] == names


def read_raw(data):
    return orjson.loads(data[4 : 4 + int.from_bytes(data[:4], "little")])


def _dicts(part):
    if isinstance(part, dict):
        yield part
    inside = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    for value in inside:
        yield from _dicts(value)


def test_marks_arrive_as_they_are(generator):
    shared = marks(
        legend=[("a", "red"), ("b", "blue")], codes=np.array([0, 1] * 3 + [0]), selected={12, 11},
        chosen=(np.int64(13), 2), neighbours=[(14, 1)], lines="all", names=list("abcdefg"),
    )  # fmt: skip
    header = sent([cloud(generator)], shared)["marks"]
    assert np.array_equal(header["rows"], shared.rows)
    assert np.array_equal(header["colours"], shared.colours)
    assert np.array_equal(header["codes"], shared.codes)
    assert header["selected"].tolist() == [11, 12]
    assert header["legend"] == [["a", "red"], ["b", "blue"]]
    assert (header["chosen"], header["neighbours"]) == ([13, 2], [[14, 1]])
    assert header["scale"] is None
    scale = Scale(title="rank", low=1, high=9, colours=["red", "blue"])
    header = sent([cloud(generator)], marks(legend=scale))["marks"]
    assert header["legend"] == []
    assert header["scale"] == {"title": "rank", "low": 1, "high": 9, "colours": ["red", "blue"]}


def test_what_does_not_change_keeps_its_digest(generator):
    """The browser draws and uploads again what has another digest."""
    one = cloud(generator)
    before, after = (
        read_raw(message([one], marks(selected=rows), columns=1, height=300))
        for rows in ((), (11,))
    )
    assert before["panels"][0]["positions"]["digest"] == after["panels"][0]["positions"]["digest"]
    assert before["marks"]["colours"]["digest"] == after["marks"]["colours"]["digest"]
    assert before["marks"]["selected"]["digest"] != after["marks"]["selected"]["digest"]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"Y1": np.zeros((7, 4)), "Y2": None}, r"one: positions of shape \(7, 4\): expected"),
        ({"Y1": np.zeros((7, 3))}, r"positions of shape \(7, [23]\) and \(7, [23]\)"),
        ({"Y1": np.zeros((6, 2)), "Y2": np.zeros((6, 2))}, "6 positions for 7 rows"),
        ({"frames": [("x", np.zeros((3, 2)), np.zeros((3, 2)))]}, "3 positions for 7 rows"),
    ],
)
def test_positions_that_do_not_fit_are_refused(generator, settings, said):
    with pytest.raises(ValueError, match=said):
        sent([cloud(generator, **settings)], marks())


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"names": ["a"]}, "1 names for 7 rows"),
        ({"codes": np.zeros(8)}, "8 codes for 7 rows"),
        ({"colours": np.zeros((7, 4), dtype=np.uint8)}, r"colours of shape \(7, 4\)"),
    ],
)
def test_marks_that_do_not_fit_are_refused(generator, settings, said):
    with pytest.raises(ValueError, match=said):
        sent([cloud(generator)], marks(**settings))


def test_the_script_holds_every_file_once_and_exports_one_function():
    assert len(set(SCRIPTS)) == len(SCRIPTS)
    assert MODULE.count("export default") == 1
    assert "import " not in MODULE.replace("important", "")


def test_a_browser_that_cannot_draw_gets_the_basic_charts(monkeypatch):
    def script(failure):
        import numpy as np
        import streamlit as st

        from alignlab.ui.points import Marks, points

        if failure:
            st.session_state["points failure"] = failure
        one = Marks(rows=np.arange(1), colours=np.zeros((1, 3), dtype=np.uint8))
        points([], one, key="grid", fallback=lambda: st.write("basic"))

    shown = AppTest.from_function(script, kwargs={"failure": "no WebGL2"}).run()
    assert "(no WebGL2)" in shown.caption[0].value
    assert shown.markdown[0].value == "basic"
    shown = AppTest.from_function(script, kwargs={"failure": ""}).run()
    assert not shown.markdown
    assert len(shown.get("bidi_component")) == 1
    monkeypatch.setenv("ALIGNLAB_CHARTS", "native")
    assert AppTest.from_function(script, kwargs={"failure": ""}).run().markdown[0].value == "basic"
