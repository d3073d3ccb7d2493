import io
from base64 import b64decode

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from alignlab.figures import stereo as draw
from alignlab.figures.mosaic import GAP
from alignlab.figures.probes import bands_of
from alignlab.figures.theme import ALIGNER_COLOURS


def decoded(figure):
    source = figure.data[0].source
    kind, _, content = source.partition(",")
    assert kind == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(b64decode(content))))


@pytest.mark.parametrize("colours", [False, True])
def test_every_image_stands_in_its_place_with_x_above_its_y(colours):
    shape = (8, 5, 5, 3) if colours else (8, 5, 5)
    X1, X2 = np.random.default_rng(0).random((2, *shape))
    pixels = decoded(draw.sample_pairs(X1, X2, keep="t"))
    step = 5 + GAP
    assert pixels.shape == (4 * step - GAP, draw.ACROSS * step - GAP, 3)
    for i in range(8):
        row, column = divmod(i, draw.ACROSS)
        for below, view in enumerate((X1, X2)):
            top, left = (2 * row + below) * step, column * step
            shown = pixels[top : top + 5, left : left + 5]
            wanted = view[i] if colours else np.repeat(view[i][..., None], 3, axis=2)
            np.testing.assert_array_equal(shown, np.rint(255 * wanted))


def test_methods_have_the_colours_of_their_aligners():
    scores = pd.DataFrame({"accuracy": [0.9, 0.4], "place R²": [0.5, -0.2]}, index=["CA", "CP"])
    accuracy, place = draw.scored(scores, chance=0.25, k=4, keep="t").data
    assert list(accuracy.marker.color) == [ALIGNER_COLOURS["CCA"], ALIGNER_COLOURS["CP"]]
    assert list(place.x) == [0.5, 0]  # a bar has no negative length; its text has the number
    assert list(place.text) == ["0.50", "-0.20"]


def test_bottlenecks_of_one_method_differ_in_their_line():
    table = pd.DataFrame(
        {"jitter": [0, 1, 0, 1, 0, 1], "method": ["CP"] * 4 + ["supervised"] * 2,
         "k": [4, 4, 32, 32, 8, 8], "accuracy": [0.3, 0.4, 0.8, 0.7, 1.0, 1.0]}
    )  # fmt: skip
    drawn = draw.of_trained(table, 0.5, chance=0.25, keep="t")
    dashes = {t.name: t.line.dash for t in drawn.data if t.mode and "lines+" in t.mode}
    assert dashes == {"CP, k = 4": "solid", "CP, k = 32": "dash", "supervised": "solid"}


def test_a_learning_curve_shows_what_was_probed_alone():
    curve = pd.DataFrame(
        {"step": [0, 4, 8], "loss": [np.nan, 2, 1], "accuracy": [0.3, np.nan, 0.5]}
    )
    probed = draw.learning({"CA": curve}, column="accuracy", chance=0.3, steps=8, keep="t")
    assert list(probed.data[0].x) == [0, 8]
    loss = draw.learning({"CA": curve}, column="loss", chance=None, steps=8, keep="t")
    assert list(loss.data[0].x) == [4, 8]
    assert loss.layout.yaxis.type == "log"


def test_the_latent_moves_in_frames_on_axes_that_stay():
    clouds = [(0, np.array([[0.0, 1], [1, 0]])), (8, np.array([[0.0, 2], [4, 0]]))]
    moving = draw.forming(clouds, np.array([0, 1]), ["a", "b"], method="CA", keep="t")
    assert [frame.name for frame in moving.frames] == ["step 0", "step 8"]
    assert moving.layout.xaxis.range == moving.layout.yaxis.range
    assert moving.layout.xaxis.range[1] > 4
    assert list(moving.frames[1].data[1].x) == [4]


def test_bands_span_the_seeds():
    table = pd.DataFrame(
        {"jitter": [0, 0, 0, 1, 1], "method": "CA", "accuracy": [0.1, 0.5, 0.2, 0.3, 0.4]}
    )
    found = bands_of(table, "jitter", "accuracy")["CA"]
    assert found.loc[0].tolist() == [0.1, 0.2, 0.5]
    assert found.loc[1].tolist() == [0.3, 0.35, 0.4]
