import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from alignlab.data.stereo.spec import StereoSpec
from alignlab.experiments import stereo_trained
from alignlab.experiments.stereo import SCORES
from alignlab.experiments.stereo_trained import (
    COLUMNS,
    COMPARED,
    FILE,
    JITTERS,
    KEYS,
    METHODS,
    NOISES,
    SEEDS,
    TrainedSweep,
    keys,
    load,
    make,
    plan,
    save,
    settings,
    shipped,
)
from alignlab.experiments.stereo_training import StereoTraining, StereoTrainingSpec
from alignlab.work import finish
from tests.server import ROOT

ASSETS = ROOT / "assets" / "stereo"
PAIRS = StereoSpec(n=400, seed=7)
SPECS = [
    StereoTrainingSpec(spec=replace(PAIRS, seed=seed), method=method, k=3, epochs=1, batch=200)
    for method, seed in (("CA", 7), ("CP", 7), ("supervised", 8))
]


@pytest.fixture(scope="module")
def found():
    result = shipped(ASSETS)
    assert result is not None
    return result


def accuracy(found, method, k, jitter, noise=0.2, objective="VICReg"):
    """Accuracies of a setting by seed."""
    table = found.table.query(
        "method == @method and k == @k and jitter == @jitter and noise_y == @noise"
        " and objective == @objective"
    )
    return table.set_index("seed")["accuracy"].sort_index()


def test_every_training_of_the_plan_is_shipped_with_what_made_it(found):
    assert found.settings == settings()
    assert found.table.columns.tolist() == list(COLUMNS)
    expected = len(SEEDS) * len(JITTERS) * (len(METHODS) + (len(NOISES) - 1) * len(COMPARED))
    assert len(found.table) == len(plan()) == expected
    rows = {tuple(row) for row in found.table[list(KEYS)].values.tolist()}
    assert rows == {keys(spec) for spec in plan()}
    assert found.table["accuracy"].between(0.2, 1).all()
    assert (found.table["place R²"] < 1).all()
    assert "stereo_trained --out assets/stereo/trained.json" in found.made["command"]
    assert {"date", "device", "versions"} <= set(found.made)
    assert {"torch", "numpy", "alignlab"} <= set(found.made["versions"])
    assert (ASSETS / FILE).stat().st_size < 100_000


def test_with_jitter_alignment_overtakes_prediction(found):
    ahead = {j: np.median(accuracy(found, "CA", 8, j) - accuracy(found, "CP", 32, j))
             for j in JITTERS}  # fmt: skip
    assert ahead[0.0] <= -0.04
    assert ahead[0.1] >= 0.04
    assert np.median(accuracy(found, "CA", 8, 0.1) - accuracy(found, "CA", 8, 0.0)) >= 0.1


@pytest.mark.parametrize("noise", [0.5, 0.9])
def test_with_noise_on_y_it_does_not(found, noise):
    ahead = accuracy(found, "CA", 8, 0.1, noise) - accuracy(found, "CP", 32, 0.1, noise)
    assert np.median(ahead) <= 0


def test_the_bottleneck_decides_what_prediction_keeps(found):
    assert accuracy(found, "CP", 128, 0.0).median() >= 0.97
    assert accuracy(found, "CP", 4, 0.0).median() <= 0.45
    assert accuracy(found, "supervised", 8, 0.0).median() >= 0.97


@pytest.mark.parametrize("noise", [0.5, 0.9])
def test_the_clean_source_predicts_better_at_every_jitter(found, noise):
    for jitter in (0.0, 0.1, 0.2):
        clean, noisy = (accuracy(found, m, 32, jitter, noise) for m in ("CP", "CP reversed"))
        assert np.median(clean - noisy) >= 0.12


@pytest.mark.parametrize(
    ("method", "k", "jitter", "within"),
    [("supervised", 8, 0.1, 0.02), ("CA", 8, 0.1, 0.05), ("CP", 32, 0.0, 0.05)],
)
def test_a_shipped_row_is_what_a_training_gives(found, method, k, jitter, within):
    """Another processor rounds otherwise, which a training may amplify."""
    wanted = (jitter, 0.2, 1, method, k, "VICReg")
    training = StereoTraining(next(spec for spec in plan() if keys(spec) == wanted))
    finish(training, None, "test")
    row = accuracy(found, method, k, jitter)[1]
    assert training.scores["accuracy"] == pytest.approx(row, abs=within)


def test_a_sweep_goes_on_where_it_was_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(stereo_trained, "plan", lambda: SPECS)
    whole = TrainedSweep(SPECS)
    assert (whole.done, whole.total) == (0, 3)
    finish(whole, None, "test")
    assert (whole.done, len(whole.table)) == (3, 3)
    path = tmp_path / "deep" / FILE
    path.parent.mkdir()
    save(whole.table.iloc[[1]], path)
    assert TrainedSweep(SPECS, load(path).table).done == 1
    begun = []
    monkeypatch.setattr(
        stereo_trained, "StereoTraining",
        lambda spec, images: begun.append(spec.method) or StereoTraining(spec, images),
    )  # fmt: skip
    make(path)
    assert begun == ["CA", "supervised"]
    table = load(path).table
    assert table["method"].tolist() == ["CP", "CA", "supervised"]
    again = table.set_index("method").loc[whole.table["method"]].reset_index()
    pd.testing.assert_frame_equal(again[list(COLUMNS)], whole.table)
    make(path)  # nothing is left
    assert len(begun) == 2


def test_rows_are_the_scores_of_the_trainings():
    sweep = TrainedSweep(SPECS)
    finish(sweep, None, "test")
    for spec, (_, row) in zip(SPECS, sweep.table.iterrows(), strict=True):
        alone = StereoTraining(spec)
        finish(alone, None, "test")
        assert tuple(row[list(KEYS)]) == keys(spec)
        for name in SCORES:
            assert row[name] == pytest.approx(alone.scores[name], abs=1e-4)


def test_results_of_other_settings_are_not_mixed(tmp_path, monkeypatch):
    path = tmp_path / FILE
    save(pd.DataFrame([(*keys(SPECS[0]), 0.5, 0.5)], columns=list(COLUMNS)), path)
    text = path.read_text()
    path.write_text(text.replace('"epochs": 4', '"epochs": 5'))
    with pytest.raises(ValueError, match="made with other settings"):
        make(path)


@pytest.mark.parametrize("content", ["", "{}", '{"rows": [[1]], "made": {}, "settings": {}}', "[]"])
def test_a_file_that_is_no_result_is_refused(tmp_path, content):
    path = tmp_path / FILE
    path.write_text(content)
    with pytest.raises(ValueError, match="holds no results of trainings"):
        load(path)
    assert shipped(tmp_path) is None


def test_a_folder_without_results_gives_none(tmp_path):
    assert shipped(tmp_path) is None


def test_a_file_is_plain_json(tmp_path):
    path = tmp_path / FILE
    save(pd.DataFrame([(*keys(SPECS[0]), 0.5, 0.25)], columns=list(COLUMNS)), path)
    read = json.loads(path.read_text())
    assert read["columns"] == list(COLUMNS)
    assert read["rows"] == [[0.1, 0.2, 7, "CA", 3, "VICReg", 0.5, 0.25]]
