"""Images and captions in closed form: what the paper's Figure 6 says, and what it does not."""

import numpy as np
import pandas as pd
import pytest

from alignlab.data.captions.spec import CaptionSpec
from alignlab.experiments.caption_sweep import COLUMNS, CaptionSweep, CaptionSweepSpec
from alignlab.experiments.captions import (
    CEILINGS,
    CHANCE,
    CLEAN,
    ENCODERS,
    HELD_OUT,
    caption_cell,
)
from alignlab.work import finish

LEVELS = (0.0, 0.5)
SEEDS = range(3)


pytestmark = pytest.mark.xdist_group("captions")


@pytest.fixture(scope="module")
def cells():
    return {
        (level, seed): caption_cell(CaptionSpec(n=2000, level=level, seed=seed))
        for level in LEVELS
        for seed in SEEDS
    }


def median(cells, level, method, k=32):
    return float(
        np.median([cells[level, seed].scores(k).loc[method, "accuracy"] for seed in SEEDS])
    )


def test_distortion_costs_the_direction_that_starts_from_the_image(cells):
    fall = median(cells, 0.0, "image → text" + CLEAN) - median(cells, 0.5, "image → text" + CLEAN)
    assert fall >= 0.06
    flat = median(cells, 0.5, "text → image") - median(cells, 0.0, "text → image")
    assert abs(flat) <= 0.05


def test_on_distorted_images_it_costs_more(cells):
    assert median(cells, 0.5, "image → text") < median(cells, 0.5, "image → text" + CLEAN) - 0.1
    scores = cells[0.0, 0].scores(32)["accuracy"]
    assert scores["image → text"] == scores["image → text" + CLEAN]


def test_every_score_lies_between_chance_and_the_ceiling_of_its_modality(cells):
    for cell in cells.values():
        scores = cell.scores(8)["accuracy"]
        for name, modality in ENCODERS.items():
            assert CHANCE - 0.05 < scores[name] < scores[f"supervised, {modality}"] + 0.08


def test_no_encoder_finds_more_than_a_probe_of_all_features(cells):
    error = 0.5 / HELD_OUT**0.5  # standard error of an accuracy, at most
    for level in LEVELS:
        for name, modality in ENCODERS.items():
            ceiling = median(cells, level, f"supervised, {modality}")
            assert median(cells, level, name) <= ceiling + error


def test_the_parts_have_no_image_in_common(cells):
    features = cells[0.0, 0].features
    rows = [set(map(bytes, features[part]["image"].round(6))) for part in features]
    assert not rows[0] & rows[1]
    assert not rows[1] & rows[2]


def test_a_smaller_bottleneck_is_the_beginning_of_a_larger_one(cells):
    cell = cells[0.5, 0]
    for name, modality in ENCODERS.items():
        few, many = (cell.latents(name, modality, "test", k) for k in (4, 16))
        np.testing.assert_allclose(few, many[:, :4], rtol=0, atol=1e-10)


def test_captions_of_other_images_leave_nothing_to_recover():
    cell = caption_cell(CaptionSpec(n=1500, shared=False))
    found = cell.diagnosis()
    assert found.regime == "Undetermined"
    assert not found.pairing.paired
    scores = cell.scores(8)["accuracy"]
    told_by_text = [scores[name] for name, modality in ENCODERS.items() if modality == "text"]
    assert max(told_by_text) < CHANCE + 0.06  # of the nouns in the images


def test_the_rows_of_a_sweep_are_the_scores_of_its_cells():
    spec = CaptionSweepSpec(spec=CaptionSpec(n=600), ks=(4, 16), levels=(0.0, 1.0), seeds=1)
    sweep = CaptionSweep(spec)
    finish(sweep, None, "test")
    assert (sweep.done, sweep.total) == (2, 2)
    assert sweep.table.columns.tolist() == list(COLUMNS)
    cell = caption_cell(spec.cells()[1])
    found = sweep.at(16).query("level == 1.0").set_index("method")[["accuracy"]]
    pd.testing.assert_frame_equal(found, cell.scores(16))
    assert len(found) == len(ENCODERS) + 2 + len(CEILINGS)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"spec": CaptionSpec(n=100)}, "n = 100 is out of range"),
        ({"ks": (33,)}, "k = 33 is out of range"),
        ({"levels": (0.1, 0.1)}, "each once"),
        ({"levels": (2.0,)}, "level = 2"),
        ({"seeds": 0}, "seeds = 0"),
    ],
)
def test_settings_that_cannot_be_used_are_named(given, said):
    with pytest.raises(ValueError, match=said):
        CaptionSweepSpec(**given)


def test_a_cell_needs_enough_pairs():
    with pytest.raises(ValueError, match="n = 599 is out of range"):
        caption_cell(CaptionSpec(n=599))
