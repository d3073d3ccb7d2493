import numpy as np
import pytest
import torch

from alignlab.har import ACTIONS, Activity, ActivityDataset
from alignlab.har.dataset import BONES, on_clock
from alignlab.har.encoders import Standardiser, prepared
from tests.recordings import few


def one(action=1, subject=1, trial=1, **modalities):
    return Activity(action=action, subject=subject, trial=trial, modalities=modalities)


def test_a_dataset_is_a_sequence_of_sequences():
    dataset = ActivityDataset(sequences=(one(), one(trial=2), one(action=27)))
    assert len(dataset) == 3
    assert [a.name for a in dataset] == ["a1_s1_t1", "a1_s1_t2", "a27_s1_t1"]
    assert dataset[-1].label == ACTIONS[-1] == "Squat"
    assert dataset.actions.tolist() == [1, 1, 27]
    assert dataset.trials.tolist() == [1, 2, 1]
    assert dataset.subset([2]).names == ["a27_s1_t1"]


def test_names_come_once_and_numbers_are_in_range():
    with pytest.raises(ValueError, match="a1_s1_t1 occur twice"):
        ActivityDataset(sequences=(one(), one()))
    for wrong in ({"action": 28}, {"action": 0}, {"subject": 9}, {"trial": 5}):
        with pytest.raises(ValueError, match="out of range"):
            one(**wrong)


def test_time_is_normalised_in_each_sequence():
    ramps = [np.linspace(0, 1, n)[:, None] * [1.0, 2.0] for n in (41, 107, 64)]
    dataset = ActivityDataset(
        sequences=tuple(one(trial=t, inertial=ramp) for t, ramp in enumerate(ramps, start=1))
    )
    found = dataset.resampled("inertial", 64)
    assert found.shape == (3, 64, 2)
    assert found.dtype == np.float32
    for at in range(3):
        np.testing.assert_allclose(found[at, :, 1], np.linspace(0, 2, 64), atol=1e-6)


def test_frames_and_single_samples_have_a_clock_too():
    frames = np.arange(3, dtype=np.uint8)[:, None, None] * np.ones((2, 2), dtype=np.uint8)
    np.testing.assert_allclose(on_clock(frames, 5)[:, 0, 0], [0, 0.5, 1, 1.5, 2])
    np.testing.assert_allclose(on_clock(np.array([[7.0]]), 3)[:, 0], 7)


def test_resampling_says_what_is_lacking():
    dataset = ActivityDataset(sequences=(one(inertial=np.zeros((9, 6))), one(trial=2)))
    with pytest.raises(ValueError, match=r"1 of 2 sequences have no inertial \(a1_s1_t2 first"):
        dataset.resampled("inertial", 8)


def test_a_modality_can_be_added():
    dataset = ActivityDataset(sequences=(one(), one(trial=2)))
    more = dataset.with_modality("depth", {"a1_s1_t2": np.zeros((16, 48, 48))})
    assert more.counts == {"depth": 1}
    assert dataset.counts == {}


def test_bones_join_neighbouring_joints():
    joined = {0}
    for first, second in BONES:
        joined |= {first, second}
    assert joined == set(range(20)) - {2} | {2}
    assert len(BONES) == 19


def test_what_encoders_take():
    dataset = few()
    n = len(dataset)
    assert prepared(dataset, "inertial").shape == (n, 6, 64)
    assert prepared(dataset, "skeleton").shape == (n, 60, 64)
    assert prepared(dataset, "video").shape == (n, 1, 16, 24, 24)
    colour = {one.name: np.zeros((9, 48, 48, 3), dtype=np.uint8) for one in dataset}
    assert prepared(dataset.with_modality("rgb", colour), "rgb").shape == (n, 3, 16, 24, 24)


def test_neither_place_nor_height_of_the_subject_counts():
    dataset = few()
    moved = dataset.with_modality(
        "skeleton", {o.name: 1.2 * o.modalities["skeleton"] + [1, 2, 3] for o in dataset}
    )
    np.testing.assert_allclose(
        prepared(moved, "skeleton"), prepared(dataset, "skeleton"), atol=2e-4
    )


def test_standardised_by_what_it_was_fitted_on():
    X = np.random.default_rng(0).normal(3, 2, (40, 2, 10)).astype(np.float32)
    X[:, 1] = 5.0  # a channel that never changes
    found = Standardiser.of(X[:20])(X).numpy()
    assert found[:20, 0].mean() == pytest.approx(0, abs=1e-5)
    assert found[:20, 0].std() == pytest.approx(1, abs=1e-5)
    assert (found[:, 1] == 0).all()


@pytest.mark.parametrize(
    "kind",
    ["float32", ">f8", ">i2", "uint8", "bool", "float16", "list", "torch", "masked", "fixed"],
)
def test_samples_of_any_kind_are_the_same_numbers(kind):
    ramp = np.arange(40).reshape(20, 2) % 2
    given = {
        "list": ramp.tolist,
        "torch": lambda: torch.tensor(ramp, dtype=torch.float32),
        "masked": lambda: np.ma.masked_greater(ramp, 9),
        "fixed": lambda: np.asfortranarray(ramp)[::-1][::-1],
    }
    array = given[kind]() if kind in given else ramp.astype(kind)
    dataset = ActivityDataset(sequences=(one(inertial=array),))
    found = dataset.resampled("inertial", 7)
    np.testing.assert_array_equal(found[0], on_clock(ramp.astype(float), 7))
    assert dataset[0].modalities["inertial"].dtype.isnative
    torch.from_numpy(dataset[0].modalities["inertial"].copy())


def test_data_sets_are_the_same_in_either_byte_order():
    digests = {
        ActivityDataset(sequences=(one(inertial=np.ones((9, 6), dtype)),)).digest
        for dtype in ("<f8", ">f8")
    }
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("array", "cause"),
    [
        (np.ma.masked_less(np.arange(12.0).reshape(6, 2), 3), "3 entries of inertial of a1_s1_t1"),
        (np.ones((6, 2)) * 1j, "inertial of a1_s1_t1 is not numeric but complex"),
        (np.array([["a", "b"]]), "inertial of a1_s1_t1 is not numeric but text"),
        (np.array([[1.0, np.nan], [np.inf, 1.0]]), "2 values of .* the first in sample 0"),
        (np.full((6, 2), 1e40), "beyond single precision"),
        (np.zeros((0, 6)), "no samples"),
        (3.0, "no samples"),
        ([[1, 2], [3]], "inertial of a1_s1_t1 is not numeric, its rows have unequal lengths"),
        (torch.ones(6, 2).to_sparse(), "inertial of a1_s1_t1 is a sparse tensor"),
        ([[None, 1.0]], "1 values of inertial of a1_s1_t1 are NaN"),
    ],
)
def test_samples_that_encoders_cannot_take_are_named(array, cause):
    with pytest.raises(ValueError, match=cause):
        one(inertial=array)
