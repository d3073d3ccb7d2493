import sys
from functools import lru_cache
from itertools import islice

import numpy as np
import pandas as pd
import pytest
import torch

from alignlab.aligners.deep_cca import correlation_loss
from alignlab.aligners.whitened import cca
from alignlab.data.stereo.features import RandomFeatures
from alignlab.data.stereo.spec import StereoSpec
from alignlab.experiments import stereo_networks as networks
from alignlab.experiments import stereo_training
from alignlab.experiments.stereo import CHANCE, SCORES, probed
from alignlab.experiments.stereo_training import (
    CURVE,
    METHODS,
    StereoTraining,
    StereoTrainings,
    StereoTrainingSpec,
    training_images,
)
from alignlab.work import finish

pytestmark = pytest.mark.xdist_group("stereo training")

SMALL = StereoSpec(n=600, jitter=0.1, seed=4)


@lru_cache(maxsize=1)
def images(spec):
    return training_images(spec)


def small(**settings):
    return StereoTraining(
        StereoTrainingSpec(**({"spec": SMALL, "epochs": 2, "batch": 100} | settings)), images(SMALL)
    )


def finished(training):
    finish(training, None, "test")
    return training


def test_an_encoder_begins_as_the_whitened_features_of_the_closed_forms():
    train, test = (images(SMALL)[part].X1 for part in ("train", "test"))
    encoder = networks.Encoder(train, 5, SMALL.seed, torch.Generator().manual_seed(0)).eval()
    fitted, features = RandomFeatures.fitted(train, SMALL.seed)
    with torch.no_grad():
        H, G = (encoder.whitened(torch.from_numpy(X)).numpy() for X in (train, test))
    covariance = H.T @ H / len(H)
    variances = np.diag(covariance)
    assert (variances > 0.5).all()
    assert variances.max() < 1 + 1e-4
    np.testing.assert_allclose(covariance, np.diag(variances), atol=0.02)
    # and these are linear in the features: the same map gives those of other images
    W, *_ = np.linalg.lstsq(features, H, rcond=1e-6)
    np.testing.assert_allclose(fitted.of(test) @ W, G, atol=0.01)


def test_a_prediction_begins_at_the_mean_image():
    for method, view in (("CP", "X2"), ("CP reversed", "X1")):
        training = small(method=method, epochs=1, batch=600)
        finish(training, None, "test")
        others = getattr(images(SMALL)["train"], view)
        assert training.curve["loss"].iloc[-1] == pytest.approx(others.var(axis=0).mean(), rel=1e-4)


def test_the_gradients_of_deep_cca_are_those_of_the_correlations():
    random = np.random.default_rng(0)
    A, B = random.standard_normal((2, 50, 3))
    B[:, 0] += A[:, 0]
    Z1, Z2 = (torch.tensor(Z, requires_grad=True) for Z in (A, B))
    loss = networks.correlation(Z1, Z2)
    (2 * loss).backward()
    expected, *gradients = correlation_loss(A, B, networks.RIDGE)
    assert loss.item() == pytest.approx(float(expected))
    for Z, gradient in zip((Z1, Z2), gradients, strict=True):
        np.testing.assert_allclose(Z.grad.numpy(), 2 * gradient, atol=1e-12)
    assert -loss.item() == pytest.approx(cca(A, B, 3).spectrum.sum(), abs=0.01)


@pytest.mark.parametrize("method", METHODS)
def test_a_training_shows_its_curve_while_it_forms(method):
    training, seen = small(method=method), []
    assert (training.done, training.total, training.scores) == (0, 12, {})
    for _ in training.run():
        seen.append((training.done, len(training.history)))
    assert seen == [(0, 1), (4, 2), (8, 3), (12, 4)]
    curve = training.curve
    assert curve.columns.tolist() == list(CURVE)
    assert curve["step"].tolist() == [0, 4, 8, 12]
    assert curve["loss"].isna().tolist() == [True, False, False, False]
    assert training.probes["step"].iloc[[0, -1]].tolist() == [0, 12]
    assert training.scores == training.probes.iloc[-1][list(SCORES)].to_dict()
    assert training.scores["accuracy"] > CHANCE - 0.06


def test_probes_are_as_many_as_promised():
    training = finished(small(epochs=20))
    steps = training.probes["step"].tolist()
    assert len(steps) == stereo_training.PROBES + 1
    assert np.ptp(np.diff(steps)) <= stereo_training.PAUSE
    assert training.curve["loss"].notna().sum() == training.total / stereo_training.PAUSE


@pytest.mark.parametrize(("method", "view"), METHODS.items())
def test_scores_are_those_of_a_probe_on_the_latents_of_the_encoded_view(method, view):
    training = finished(small(method=method, k=5))
    found = images(SMALL)
    latents = {part: training.latents(part) for part in ("probe", "test")}
    for part, Z in latents.items():
        pictures = (found[part].X1, found[part].X2)[view]
        with torch.no_grad():
            own = training._method.encoder.eval()(torch.from_numpy(pictures)).numpy()
        assert Z.shape == (stereo_training.HELD_OUT, 5)
        np.testing.assert_allclose(Z, own, atol=1e-4)
    scores = probed(latents["probe"], found["probe"].scenes, latents["test"], found["test"].scenes,
                    view)  # fmt: skip
    assert tuple(training.scores.values()) == pytest.approx(scores)


def test_training_probe_and_test_images_are_disjoint():
    found = images(SMALL)
    assert {len(found[part].X1) for part in ("probe", "test")} == {stereo_training.HELD_OUT}
    assert len(found["train"].X1) == SMALL.n
    rows = np.concatenate([pairs.X1.reshape(len(pairs.X1), -1) for pairs in found.values()])
    assert len(np.unique(rows, axis=0)) == len(rows)


@pytest.mark.parametrize("steps", [3, None], ids=["stopped", "to the end"])
def test_trainings_on_the_same_pairs_keep_what_they_found_and_no_images(steps):
    specs = {
        method: StereoTrainingSpec(spec=SMALL, method=method, k=3, epochs=2, batch=100)
        for method in ("CA", "CP")
    }
    trainings = StereoTrainings(specs)
    run = trainings.run()
    for _ in islice(run, steps):
        pass
    run.close()
    begun = [name for name, work in trainings.works.items() if work.done]
    assert begun == (["CA"] if steps else ["CA", "CP"])
    assert trainings.table().index.tolist() == begun
    assert all(trainings.works[name]._images is None for name in begun)
    if steps is None:
        alone = finished(small(method="CA", k=3))
        pd.testing.assert_frame_equal(trainings.works["CA"].curve, alone.curve)


def test_a_training_is_determined_by_its_spec():
    one, two = finished(small()), finished(small())
    pd.testing.assert_frame_equal(one.curve, two.curve)
    np.testing.assert_array_equal(one.latents("test"), two.latents("test"))
    # which global random numbers are left does not matter
    torch.manual_seed(5)
    pd.testing.assert_frame_equal(finished(small()).curve, one.curve)
    alone = StereoTraining(one.spec)  # draws its own images
    pd.testing.assert_frame_equal(finished(alone).curve, one.curve)


def test_images_twice_as_wide_are_averaged():
    wide = training_images(StereoSpec(n=400, size=64))
    assert wide["train"].X1.shape == (400, 32, 32)
    training = StereoTraining(StereoTrainingSpec(spec=StereoSpec(n=400, size=64), epochs=1), wide)
    assert finished(training).done == 1  # the rest does not fill a batch


def test_every_step_has_one_thread(monkeypatch):
    seen, loss = set(), networks.Aligning.loss

    def watched(self, *batch):
        seen.add(torch.get_num_threads())
        return loss(self, *batch)

    monkeypatch.setattr(networks.Aligning, "loss", watched)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        finished(small())
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert seen == {1}


def test_a_training_that_diverges_is_stopped(monkeypatch):
    monkeypatch.setattr(networks, "VICREG", (float("nan"), 1.0, 1.0))
    with pytest.raises(ValueError, match="diverged by step 4: lower the learning rate"):
        finished(small())


def test_without_torch_the_settings_are_made_and_the_training_names_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'alignlab\[train\]'"):
        StereoTraining(StereoTrainingSpec())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"method": "PA"}, "method = 'PA' is not one of CA, CP, CP reversed, supervised"),
        ({"objective": "InfoNCE"}, "objective = 'InfoNCE' is not VICReg or DeepCCA"),
        ({"method": "CP", "objective": "DeepCCA"}, "for CA alone"),
        ({"k": 257}, "k = 257 is out of range"),
        ({"epochs": 0}, "epochs = 0 is out of range"),
        ({"batch": 1}, "batch = 1 is out of range"),
        ({"learning_rate": 2.0}, "learning_rate = 2.0 is out of range"),
        ({"spec": StereoSpec(n=399)}, "n = 399 is out of range"),
    ],
)
def test_settings_that_cannot_be_used_are_named(given, said):
    with pytest.raises(ValueError, match=said):
        StereoTrainingSpec(**given)
