import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import alignlab as al
from alignlab.har import Experiment, ProtocolSpec, load_utd_mhad, run_protocol
from alignlab.har.dataset import ActivityDataset, SplitLists
from alignlab.har.decoder import decoder, top
from alignlab.har.encoders import Standardiser
from alignlab.har.methods import METHODS, ridge_cca
from alignlab.har.protocol import FIGURES, MORE, PUBLISHED
from alignlab.har.training import PairTraining
from tests.recordings import few

REAL = os.environ.get("ALIGNLAB_TEST_DATA")
TINY = ProtocolSpec(k=16, components=8, epochs=8, batch=32, seeds=(0, 1), split="random")


@pytest.fixture(scope="module")
def tiny():
    return run_protocol(few(), TINY)


def test_every_method_is_measured_with_every_seed(tiny):
    assert tiny.failures == {}
    assert set(tiny.runs) == {(method, seed) for method in METHODS for seed in (0, 1)}
    table = tiny.table()
    assert len(table) == 12
    assert set(FIGURES) | set(MORE) <= set(table.columns)
    rest = table[table.method != "ceiling"]
    assert np.isfinite(rest[[*FIGURES, *MORE]].to_numpy(dtype=float)).all()
    assert table[table.method == "ceiling"]["CMAE"].isna().all()
    tops = table[["top-1", "top-3", "top-5", "top-7"]].to_numpy()
    assert (np.diff(tops, axis=1) >= 0).all()
    assert tiny.chance == 0.2


def test_transfer_beats_chance_and_the_ceiling_is_high(tiny):
    means = tiny.summary().xs("mean", axis=1, level=1)
    assert means.loc["ca", "top-1"] > 0.4
    assert means.loc["ceiling", "top-1"] > 0.4


def test_figures_are_those_of_the_embeddings(tiny):
    run, split = tiny.runs["ca_pa", 1], tiny.splits[1]
    A, B = (Z[split.test].astype(float) for Z in (run.source, run.target))
    assert run.figures["CMAE"] == pytest.approx(al.cmae(A, B), rel=1e-5)
    assert run.figures["NCMAE"] == pytest.approx(al.ncmae(A, B), rel=1e-5)
    assert run.figures["R@1"] == pytest.approx(al.retrieval(A, B), abs=0.02)
    right = run.predicted == tiny.actions[split.test]
    assert run.figures["top-1"] == pytest.approx(right.mean())


def test_alignment_is_fitted_on_the_unlabelled_pairs_alone(tiny):
    ca, pa, split = tiny.runs["ca", 0], tiny.runs["ca_pa", 0], tiny.splits[0]
    fitted = al.perfect_alignment(ca.source[split.align], ca.target[split.align], TINY.k)
    Z1, Z2 = fitted.embed(ca.source, ca.target)
    np.testing.assert_allclose(pa.source, Z1, atol=1e-4)
    np.testing.assert_allclose(pa.target, Z2, atol=1e-4)


def test_plain_alignment_brings_partners_closer(tiny):
    against = tiny.against()
    assert against.loc["ca_pa", ("CMAE", "mean")] < 0
    assert against.loc["ca_pa", ("CMAE", "pairs")] == 2
    table = tiny.table().set_index(["method", "seed"])["top-1"]
    expected = table["ca_cca"] - table["ca"]
    assert against.loc["ca_cca", ("top-1", "mean")] == pytest.approx(expected.mean())
    assert against.loc["ca_cca", ("top-1", "std")] == pytest.approx(expected.std())


def test_the_same_spec_gives_the_same_numbers():
    spec = replace(TINY, seeds=(1,), epochs=3)
    first = run_protocol(few(), spec)
    torch.manual_seed(99)  # torch's own generator plays no part
    second = run_protocol(few(), spec)
    for key, run in first.runs.items():
        assert run.figures == pytest.approx(second.runs[key].figures, nan_ok=True, abs=0)
        if run.source is not None:
            np.testing.assert_array_equal(run.source, second.runs[key].source)
    other = run_protocol(few(), replace(spec, seeds=(2,)))
    assert other.runs["ca", 2].figures["CMAE"] != first.runs["ca", 1].figures["CMAE"]


def test_no_label_but_those_of_the_source_reaches_the_decoder():
    """Other labels outside D_HAR change the accuracy, and no prediction."""
    dataset, spec = few(), replace(TINY, seeds=(0,), epochs=2)
    first = run_protocol(dataset, spec)
    split = first.splits[0]
    actions = dataset.actions.copy()
    outside = np.concatenate([split.align, split.val, split.test])
    actions[outside] = 1 + np.random.default_rng(0).permutation(actions[outside]) % 27
    relabelled = ActivityDataset(sequences=dataset.sequences)
    relabelled.__dict__["actions"] = actions
    second = run_protocol(relabelled, spec)
    for key, run in first.runs.items():
        np.testing.assert_array_equal(run.predicted, second.runs[key].predicted)
    assert first.runs["ca", 0].figures["top-1"] != second.runs["ca", 0].figures["top-1"]


def test_what_is_tested_teaches_nothing():
    """Noise in place of D_Val and D_Test leaves every encoder and standardisation as it was."""
    dataset, spec = few(), replace(TINY, seeds=(0,), epochs=2, methods=("ca", "ca_pa"))
    first = run_protocol(dataset, spec)
    split = first.splits[0]
    random = np.random.default_rng(0)
    noise = {
        dataset[row].name: random.normal(0, 50, (100, 6))
        for row in np.concatenate([split.val, split.test])
    }
    second = run_protocol(dataset.with_modality("inertial", noise), spec)
    for method in spec.methods:
        one, other = (result.runs[method, 0] for result in (first, second))
        np.testing.assert_array_equal(one.source, other.source)
        np.testing.assert_array_equal(one.target[split.align], other.target[split.align])


def test_the_target_of_the_labelled_sequences_teaches_only_the_ceiling():
    dataset, spec = few(), replace(TINY, seeds=(0,), epochs=2, methods=("ca",))
    first = run_protocol(dataset, spec)
    split = first.splits[0]
    noise = {dataset[row].name: np.ones((100, 6)) * row for row in split.har}
    second = run_protocol(dataset.with_modality("inertial", noise), spec)
    np.testing.assert_array_equal(first.runs["ca", 0].predicted, second.runs["ca", 0].predicted)


@pytest.mark.parametrize("source", ["video", "rgb"])
def test_frames_are_a_source_too(source):
    dataset = few()
    if source == "rgb":
        colour = {o.name: np.repeat(o.modalities["video"][..., None], 3, -1) for o in dataset}
        dataset = dataset.with_modality("rgb", colour)
    spec = replace(TINY, source=source, seeds=(0,), epochs=1, methods=("ca", "ca_procrustes"))
    result = run_protocol(dataset, spec)
    assert result.failures == {}
    assert set(result.runs) == {("ca", 0), ("ca_procrustes", 0)}


def test_work_can_be_watched_and_left():
    experiment = Experiment(few(), replace(TINY, seeds=(0,), epochs=4))
    assert experiment.estimate() > 0
    seen, results = [], []
    for _ in experiment.run():
        seen.append(experiment.done)
        if not results or experiment.result is not results[-1]:
            results.append(experiment.result)
    assert seen == sorted(seen)
    assert seen[-1] == experiment.total
    assert len(seen) >= experiment.total
    # what was given out is not changed later
    assert [len(result.runs) for result in results[-len(METHODS) :]] == [1, 2, 3, 4, 5, 6]
    left = Experiment(few(), TINY)
    steps = left.run()
    for _ in range(5):
        next(steps)
    steps.close()
    assert 0 < left.done < left.total
    assert left.result.runs == {}


def test_what_cannot_be_fitted_is_told_and_the_rest_measured():
    spec = replace(TINY, components=16, seeds=(0,), epochs=1)
    result = run_protocol(few(1), spec)  # 13 pairs
    assert set(result.failures) == {("ca_cca", 0), ("ca_procrustes", 0)}
    assert "lower k" in result.failures["ca_procrustes", 0]
    assert ("ca_pa", 0) in result.runs


def test_dimensions_follow_the_spec():
    spec = replace(TINY, pa_k=5, components=6, seeds=(0,), epochs=1)
    runs = run_protocol(few(), spec).runs
    widths = {method: runs[method, 0].source.shape[1] for method in METHODS if method != "ceiling"}
    assert widths == {
        "ca": 16, "ca_pa": 5, "ca_informative": 6, "ca_cca": 6, "ca_procrustes": 6,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"source": "inertial"}, "source and target are both inertial"),
        ({"split": "odd"}, "split 'odd' is not known"),
        ({"methods": ()}, "no method or no seed"),
        ({"methods": ("pca",)}, "'pca' is not known"),
        ({"seeds": (1, 1)}, "repeat"),
        ({"k": 4096}, "between 2 and 2048"),
        ({"pa_k": 600}, "pa_k = 600"),
        ({"k": 32, "components": 33}, "components = 33"),
        ({"temperature": 0.0}, "temperature"),
        ({"ridge": float("nan")}, "ridge"),
    ],
)
def test_settings_out_of_range_are_named(wrong, words):
    with pytest.raises(ValueError, match=words):
        ProtocolSpec(**wrong)


def test_a_missing_modality_or_list_is_explained():
    with pytest.raises(ValueError, match="has no rgb; it has skeleton"):
        run_protocol(few(), replace(TINY, source="rgb"))
    with pytest.raises(ValueError, match="has no lists"):
        run_protocol(few(), replace(TINY, split="lists"))


def test_lists_decide_where_they_are_there():
    dataset = few()
    names = tuple(dataset.names)
    lists = SplitLists(har=names[::3], align=names[1::3], val=(), test=names[2::3])
    given = ActivityDataset(sequences=dataset.sequences, lists=lists)
    spec = replace(TINY, split="lists", seeds=(0,), epochs=1, methods=("ca",))
    result = run_protocol(given, spec)
    assert result.splits[0].sizes["val"] == 0
    assert np.isnan(result.runs["ca", 0].figures["top-1 on D_Val"])


def test_a_training_that_diverges_says_what_to_do():
    X = torch.full((8, 6, 64), float("nan"))
    training = PairTraining(
        X, X, ("inertial", "inertial"), 4, np.arange(8), replace(TINY, batch=4).recipe(0)
    )
    with pytest.raises(ValueError, match="diverged by step 1: lower the learning rate"):
        next(training.run())


def test_the_decoder_looks_at_directions_and_survives_a_collapsed_latent():
    random = np.random.default_rng(0)
    centres = random.normal(size=(5, 12))
    classes = np.arange(200) % 5
    Z = centres[classes] + 0.3 * random.normal(size=(200, 12))
    task = decoder(Z, classes, 0)
    assert top(task.scores(Z), classes, 1) > 0.95
    lengths = random.uniform(0.1, 10, (200, 1))
    np.testing.assert_allclose(task.scores(Z * lengths), task.scores(Z), atol=1e-3)
    nothing = np.zeros((200, 12))
    assert np.isfinite(decoder(nothing, classes, 0).scores(nothing)).all()


def test_top_counts_the_classes_ahead():
    scores = np.array([[3.0, 2.0, 1.0], [3.0, 2.0, 1.0]])
    classes = np.array([0, 2])
    assert [top(scores, classes, count) for count in (1, 2, 3)] == [0.5, 0.5, 1.0]
    assert np.isnan(top(scores[:0], classes[:0], 1))


def test_cca_of_components_is_cca_where_they_are_all_of_them():
    random = np.random.default_rng(0)
    Z1 = random.normal(size=(60, 8))
    Z2 = Z1 @ random.normal(size=(8, 8)) + random.normal(size=(60, 8))
    found = ridge_cca(Z1, Z2, 4, 0.0).embed(Z1, Z2)
    expected = al.cca(Z1, Z2, 4).embed(Z1, Z2)
    for mine, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(np.abs(mine), np.abs(theirs), atol=1e-8)


def test_the_published_table_is_marked_by_its_own_place():
    assert PUBLISHED.loc["CA+PA", "CMAE"] == "8.66 ± 0.306"


def test_standardisation_knows_only_what_it_is_fitted_on():
    X = np.random.default_rng(0).normal(size=(10, 3, 5)).astype(np.float32)
    changed = X.copy()
    changed[5:] = 100.0
    np.testing.assert_array_equal(Standardiser.of(X[:5]).mean, Standardiser.of(changed[:5]).mean)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no CUDA device here")
def test_cuda_repeats_itself_and_learns_as_the_cpu_does(monkeypatch, tiny):
    monkeypatch.setenv("ALIGNLAB_DEVICE", "cuda")
    first, second = run_protocol(few(), TINY), run_protocol(few(), TINY)
    for key, run in first.runs.items():
        np.testing.assert_array_equal(run.predicted, second.runs[key].predicted)
        assert run.figures == pytest.approx(second.runs[key].figures, nan_ok=True, rel=1e-9)
    means = [result.summary().loc["ca", ("top-1", "mean")] for result in (first, tiny)]
    assert means[0] == pytest.approx(means[1], abs=0.25)


@pytest.mark.skipif(REAL is None, reason="ALIGNLAB_TEST_DATA names no folder of real data")
def test_real_data_transfer_at_sixty_per_cent():
    """One seed with a third of the training; the benchmark measures five in full."""
    dataset = load_utd_mhad(Path(REAL) / "utd_mhad")
    spec = ProtocolSpec(split="random", seeds=(0,), epochs=20, methods=("ca", "ca_pa"))
    result = run_protocol(dataset, spec)
    ca, pa = (result.runs[method, 0].figures for method in spec.methods)
    assert ca["top-1"] > 0.6
    assert pa["CMAE"] < ca["CMAE"] / 2
