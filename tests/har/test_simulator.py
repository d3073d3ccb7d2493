import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from alignlab.experiments.gaussian_transfer import classifier
from alignlab.har import simulate
from alignlab.har.body import Build, Pose, move
from alignlab.har.dataset import ABSENT, BONES, THIGH
from alignlab.har.encoders import prepared
from alignlab.har.motions import MOTIONS, REST
from alignlab.har.simulator import Simulation
from tests.recordings import simulated


def test_the_sequences_are_those_of_the_real_data_set():
    dataset = simulated()
    assert len(dataset) == 861
    assert not set(ABSENT) & set(dataset.names)
    assert dataset.counts == {"skeleton": 861, "inertial": 861, "video": 861}
    assert np.bincount(dataset.subjects)[1:].tolist() == [107, 108, 108, 108, 108, 107, 108, 107]
    lengths = np.array([[one.length(m) for m in ("inertial", "skeleton")] for one in dataset])
    assert 150 < np.median(lengths[:, 0]) < 210
    assert np.median(lengths[:, 0] / lengths[:, 1]) == pytest.approx(2.62, abs=0.1)
    assert len(MOTIONS) == 27


def test_a_seed_says_it_all():
    again, other = Simulation(0), Simulation(1)
    for simulation in (again, other):
        steps = simulation.run()
        for _ in range(3):
            next(steps)
        assert (simulation.done, simulation.total) == (3, 861)
    with pytest.raises(ValueError, match="seed = -1"):
        simulate(-1)


def test_the_same_seed_draws_the_same_and_another_does_not(monkeypatch):
    monkeypatch.setattr("alignlab.har.simulator.TRIALS", 1)
    monkeypatch.setattr("alignlab.har.simulator.SUBJECTS", 1)
    first, other = simulate(0), simulate(1)
    for mine, yours, theirs in zip(first, simulated().subset(range(0, 3)), other, strict=False):
        assert mine.subject == yours.subject == 1
        if mine.name == yours.name:
            for modality, array in mine.modalities.items():
                np.testing.assert_array_equal(array, yours.modalities[modality])
        assert len(mine.modalities["inertial"]) != len(theirs.modalities["inertial"])


def test_bones_keep_their_length_and_hands_go_where_they_are_told():
    times = 50
    random = np.random.default_rng(0)
    hands = np.array(REST) + 0.4 * gaussian_filter1d(random.normal(size=(2, times, 3)), 5, axis=1)
    still = np.zeros((times, 3))
    build = Build()
    pose = Pose(
        hips=still, lean=np.zeros(times), twist=np.zeros(times), right=hands[0], left=hands[1],
        right_foot=still, left_foot=still, swivel=0.3,
    )  # fmt: skip
    moving = move(build, pose)
    for first, second in BONES:
        lengths = np.linalg.norm(moving.joints[:, first] - moving.joints[:, second], axis=1)
        assert np.ptp(lengths) < 1e-9, (first, second)
    wrist = moving.joints[:, 10] - moving.joints[:, 8]
    told = hands[0] * [1, 1, -1] * build.arm
    near = np.linalg.norm(told, axis=1) < 0.99 * build.arm
    assert near.any()
    np.testing.assert_allclose(wrist[near], told[near], atol=1e-9)
    for frame in (moving.forearm, moving.thigh):
        identity = np.broadcast_to(np.eye(3), frame.shape)
        np.testing.assert_allclose(frame.swapaxes(1, 2) @ frame, identity, atol=1e-12)
        np.testing.assert_allclose(np.linalg.det(frame), 1)


def test_the_sensor_feels_gravity_and_clips():
    dataset = simulated()
    standing = [one for one in dataset if one.action not in (22, 23, 24)]
    at_rest = np.array([one.modalities["inertial"][:4].mean(axis=0) for one in standing])
    assert np.linalg.norm(at_rest[:, :3], axis=1).mean() == pytest.approx(1, abs=0.05)
    assert at_rest[:, 0].mean() == pytest.approx(-0.95, abs=0.08)  # as the real one, hanging down
    assert np.abs(at_rest[:, 3:]).mean() < 30
    everything = np.concatenate([one.modalities["inertial"] for one in dataset])
    assert np.abs(everything[:, :3]).max() <= 8
    assert np.abs(everything[:, 3:]).max() <= 1000
    assert (np.abs(everything[:, 3:]) == 1000).any()
    assert np.isfinite(everything).all()


def test_the_angular_rate_adds_up_to_the_turn():
    from alignlab.har.simulator import RATE, _inertial

    turn = np.linspace(0, np.pi / 2, 101)
    zero, one = np.zeros(101), np.ones(101)
    frames = np.stack(
        [np.cos(turn), -np.sin(turn), zero, np.sin(turn), np.cos(turn), zero, zero, zero, one],
        axis=-1,
    ).reshape(-1, 3, 3)  # about z
    found = _inertial(np.zeros((101, 3)), frames, np.random.default_rng(0))
    assert found[:, 5].sum() / RATE == pytest.approx(91, abs=8)
    assert abs(found[:, 3:5].sum() / RATE).max() < 8
    # gravity turns away from the sensor's y axis onto its x axis
    assert found[0, 1] == pytest.approx(1, abs=0.15)
    assert found[-1, 0] == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize("modality", ["inertial", "skeleton", "video"])
def test_actions_are_neither_plain_nor_hidden(modality):
    """A linear classifier names 60 to 95 % of other people's actions, as in the real data."""
    dataset = simulated()
    X = prepared(dataset, modality)
    X = X[:, :, ::4] if X.ndim == 3 else X[:, :, ::2, ::2, ::2] + X[:, :, ::2, 1::2, ::2]
    X = X.reshape(len(dataset), -1)
    odd = dataset.subjects % 2 == 1
    shares = [
        (classifier(X[rows], dataset.actions[rows]).predict(X[~rows]) == dataset.actions[~rows])
        for rows in (odd, ~odd)
    ]
    assert 0.6 < np.concatenate(shares).mean() < 0.95


def test_partners_move_together():
    """The angular rate follows its own sequence's limb speed more than any other trial's."""
    dataset = simulated()
    joints = dataset.resampled("skeleton", 100)
    thigh = np.isin(dataset.actions, THIGH)
    tip = np.where(thigh[:, None, None], joints[:, :, 17], joints[:, :, 10])
    speed = np.linalg.norm(np.gradient(gaussian_filter1d(tip, 2, axis=1), axis=1), axis=2)
    rate = np.linalg.norm(dataset.resampled("inertial", 100)[:, :, 3:], axis=2)
    rate = gaussian_filter1d(rate, 2, axis=1)
    found = np.corrcoef(rate, speed)[: len(dataset), len(dataset) :]
    actions, subjects = dataset.actions, dataset.subjects
    own = np.eye(len(dataset), dtype=bool)
    other_action = actions[:, None] != actions
    other_trial = ~other_action & (subjects[:, None] == subjects) & ~own
    assert found[own].mean() > 0.7  # 0.77 by the same measure on the real data
    assert found[own].mean() > found[other_trial].mean() + 0.08  # 0.68
    assert found[other_action].mean() < 0.4  # 0.35
