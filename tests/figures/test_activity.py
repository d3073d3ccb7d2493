"""Figures of human activity: all properties are valid in Plotly and show the right numbers."""

import numpy as np
import pytest

from alignlab.figures import activity as draw
from alignlab.figures.theme import MODALITY_SYMBOLS
from alignlab.har import ProtocolSpec, run_protocol
from alignlab.maps import PairMap
from alignlab.words.activity import by_action
from tests.figures.test_figures import validated
from tests.recordings import few, simulated

ROWS = np.array([3, 10, 40, 80])


@pytest.fixture(scope="module")
def result():
    spec = ProtocolSpec(k=8, epochs=2, batch=64, seeds=(0, 1), methods=("ca", "ca_pa", "ceiling"))
    return run_protocol(few(), spec)


def maps():
    random = np.random.default_rng(0)
    return {
        (method, 0): PairMap(
            Y1=random.normal(size=(4, 2)), Y2=random.normal(size=(4, 2)), trustworthiness=0.9,
            total=8.0, random=16.0, divergence=0.1, continuity=0.9,
        )
        for method in ("ca", "ca_pa")
    }  # fmt: skip


def test_partners_symbols_classes_and_hover(result):
    actions = sorted(set(result.actions[ROWS].tolist()))
    found = draw.pictures(maps(), result, ROWS, actions, selected=(10,), keep="same")
    assert list(found) == [("ca", 0), ("ca_pa", 0)]
    figure = validated(found["ca", 0])
    assert "pair distance 8, 0.500 of random<" in figure.layout.title.text
    assert figure.layout.yaxis.scaleanchor == "x"
    lines, *marks = figure.data
    assert len(lines.x) == 3  # of the chosen pair
    assert {trace.marker.symbol for trace in marks} == set(MODALITY_SYMBOLS)
    ids = sorted(int(row) for trace in marks for row in trace.customdata)
    assert ids == sorted([*ROWS, *ROWS])
    row = int(ROWS[0])
    said = f"subject {result.subjects[row]}, trial {result.trials[row]}"
    assert any(said in text for trace in marks for text in trace.text)
    lit = [
        int(trace.customdata[at])
        for trace in marks
        if trace.selectedpoints is not None
        for at in trace.selectedpoints
    ]
    assert lit == [10, 10]


def test_the_points_of_the_page_have_the_colours_and_names_of_the_figures(result):
    actions = sorted(set(result.actions[ROWS].tolist()))
    colours = draw.action_colours(result.actions[ROWS], actions[::-1])
    assert colours.dtype == np.uint8
    for row, colour, name in zip(ROWS, colours, draw.sequence_names(result, ROWS), strict=True):
        assert f"#{bytes(colour).hex()}".upper() == draw.action_colour(
            int(result.actions[row]), actions
        )
        assert name.endswith(f"subject {result.subjects[row]}, trial {result.trials[row]}")


def test_accuracies_show_every_seed_their_mean_and_chance(result):
    figure = validated(draw.accuracies(result))
    assert len(figure.data) == 3
    table = result.table().set_index(["method", "seed"])["top-1"]
    assert figure.data[0].x[0] == pytest.approx(100 * table["ca", 0])
    assert figure.data[2].x[1] == pytest.approx(100 * table["ca_pa"].mean())
    assert figure.layout.shapes[0].x0 == pytest.approx(100 * result.chance)


def test_losses_and_actions(result):
    figure = validated(draw.losses(result.losses, 2))
    assert [list(trace.y) for trace in figure.data] == list(result.losses.values())
    heat = validated(draw.action_by_action(*by_action(result)))
    assert np.shape(heat.data[0].z) == (5, 3)


@pytest.mark.parametrize("pair", [("skeleton", "inertial"), ("video", "inertial"),
                                  ("inertial", "skeleton")])  # fmt: skip
@pytest.mark.parametrize("play", [True, False])
def test_a_sequence_is_played_in_both_modalities(pair, play):
    one = simulated()[100]
    drawn = draw.played(one, *pair, play=play)
    figure = validated(drawn)
    assert len(figure.frames) == draw.PLAYED
    assert bool((drawn.layout.meta or {}).get("play")) is play
    first, last = drawn.frames[0], drawn.frames[-1]
    assert len(first.traces) == len(first.data) == 2  # the animated trace of each modality
    for at, trace in enumerate(first.traces):
        assert drawn.data[trace].type == first.data[at]["type"]
    assert first.name == "0 %"
    assert last.name == "100 %"
    assert one.label in figure.layout.title.text


def test_frames_in_colour_are_drawn_too():
    one = simulated()[100]
    random = np.random.default_rng(0)
    rgb = random.integers(0, 255, size=(16, 48, 48, 3), dtype=np.uint8)
    given = type(one)(
        action=one.action, subject=1, trial=1, modalities={**one.modalities, "rgb": rgb}
    )
    figure = draw.played(given, "rgb", "inertial", play=False)
    heat = next(trace for trace in figure.data if trace["type"] == "heatmap")
    np.testing.assert_allclose(heat["z"], rgb[0].mean(axis=-1), rtol=1e-6)


def test_an_action_keeps_its_colour_among_the_same_ones():
    assert draw.action_colour(4, (12, 4, 9)) == draw.action_colour(4, (4, 9, 12))
    assert draw.action_colour(4, (4, 9)) != draw.action_colour(9, (4, 9))
