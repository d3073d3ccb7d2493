"""Simulated human activity: a stand-in for UTD-MHAD that ships as code.

A kinematic skeleton performs each of the 27 actions (`motions`); every subject has their own build,
pace, amplitude and habits, and trials differ slightly. Three sensors record it: joint positions as
from a depth camera, a small video, and an inertial sensor on the right wrist or thigh. All data
are simulated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import pchip_interpolate
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from alignlab.checks import as_count
from alignlab.har.body import UP, Build, Moving, Pose, move
from alignlab.har.dataset import (
    ABSENT,
    ACTIONS,
    BONES,
    SUBJECTS,
    THIGH,
    TRIALS,
    Activity,
    ActivityDataset,
)
from alignlab.har.frames import FRAMES, choose
from alignlab.har.motions import MOTIONS, REST, Keys

RATE = 50.0
"""Samples per second of the inertial sensor."""

CAMERA_RATIO = 2.62
"""Inertial samples per frame of the skeleton: the median of the real recordings."""

GRAVITY = 9.81
CLIP_G, CLIP_RATE = 8.0, 1000.0
"""The inertial sensor clips at these values in g and deg/s."""

PIXELS, WINDOW = 24, 2.1
"""Side of the square video frames, in pixels and in metres."""

SMOOTH = 1.7
"""Standard deviation of the smoothing of movements, in inertial samples: limbs have mass."""


@dataclass(frozen=True, kw_only=True)
class _Subject:
    """The build, pace and amplitude of a subject, and how the sensor is worn."""

    build: Build
    pace: float
    amplitude: float
    swivel: float
    posture: np.ndarray
    mounting: np.ndarray
    seed: int


class Simulation:
    """The simulation of a data set as the work of a job: `run` yields after every sequence.

    done, total : sequences simulated, and all.
    dataset : the data set once all are done; else None.
    """

    def __init__(self, seed: int = 0) -> None:
        self.seed = as_count(seed, "seed", "simulate", 0)
        self._todo = [
            (a, s, t)
            for a in range(1, len(ACTIONS) + 1)
            for s in range(1, SUBJECTS + 1)
            for t in range(1, TRIALS + 1)
            if f"a{a}_s{s}_t{t}" not in ABSENT
        ]
        self.done, self.total = 0, len(self._todo)
        self.dataset: ActivityDataset | None = None

    def run(self) -> Iterator[None]:
        """Simulate sequence by sequence; each has its own random stream."""
        people = {s: _person(self.seed, s) for s in range(1, SUBJECTS + 1)}
        sequences = []
        for a, s, t in self._todo:
            sequences.append(_sequence(self.seed, people[s], a, s, t))
            self.done += 1
            yield
        self.dataset = ActivityDataset(
            sequences=tuple(sequences), source=f"simulated activity, seed {self.seed}"
        )


def simulate(seed: int = 0) -> ActivityDataset:
    """27 actions of 8 subjects, 4 trials each, without three missing in UTD-MHAD: 861 sequences.

    Modalities: "skeleton" (T, 20, 3) metres; "video" (16, 24, 24) uint8, brighter where nearer;
    "inertial" (T, 6) at 50 Hz, acceleration with gravity in g and angular rate in deg/s of the
    right wrist (actions 1-21) or thigh (22-27), with noise, clipped at 8 g and 1000 deg/s.
    """
    simulation = Simulation(seed)
    for _ in simulation.run():
        pass
    assert simulation.dataset is not None  # all sequences have been drawn
    return simulation.dataset


def simulated_sequence(seed: int, action: int, subject: int, trial: int) -> Activity:
    """One sequence of `simulate(seed)`, without the others."""
    return _sequence(seed, _person(seed, subject), action, subject, trial)


def _person(seed: int, subject: int) -> _Subject:
    random = np.random.default_rng([seed, subject])
    height, limbs = random.uniform(0.9, 1.1), random.normal(1, 0.03, 3)
    return _Subject(
        build=Build(
            shoulder=0.18 * height, hip=0.09 * height, trunk=0.5 * height * limbs[0],
            neck=0.22 * height, upper_arm=0.28 * height * limbs[1],
            forearm=0.25 * height * limbs[1], hand=0.08 * height,
            thigh=0.43 * height * limbs[2], shin=0.4 * height * limbs[2], foot=0.1 * height,
        ),
        pace=float(np.exp(random.normal(0, 0.15))),
        amplitude=float(random.normal(1, 0.12)),
        swivel=float(random.uniform(0.1, 0.8)),
        posture=random.normal(0, 0.05, 3),
        mounting=_turn(random.normal(0, [0.12, 0.06, 0.06])),
        seed=int(random.integers(2**31)),
    )  # fmt: skip


def _sequence(seed: int, person: _Subject, action: int, subject: int, trial: int) -> Activity:
    habit = np.random.default_rng([person.seed, action])
    random = np.random.default_rng([seed, action, subject, trial])
    moving = _performed(person, action, habit, random)
    limb = moving.thigh if action in THIGH else moving.forearm
    ends = (16, 17) if action in THIGH else (9, 10)
    place = 0.5 if action in THIGH else 0.85
    spot = (1 - place) * moving.joints[:, ends[0]] + place * moving.joints[:, ends[1]]
    mounted = limb @ person.mounting @ _turn(random.normal(0, 0.08, 3))
    samples = len(spot)
    frames = max(24, round(samples / (CAMERA_RATIO * np.exp(random.normal(0, 0.03)))))
    # the camera starts and stops a little later or earlier: the clocks are not synchronised
    begin, end = random.uniform(0, 0.04, 2) * samples
    at = np.linspace(begin, samples - 1 - end, frames)
    seen = _between(moving.joints, at)
    place_of_subject = random.normal([0, 0, 2.8], [0.1, 0.03, 0.1])
    return Activity(
        action=action, subject=subject, trial=trial,
        modalities={
            "skeleton": seen + place_of_subject + random.normal(0, 0.012, seen.shape),
            "inertial": _inertial(spot, mounted, random),
            "video": _video(seen[choose(frames, FRAMES)], random),
        },
        lengths={"video": frames},
    )  # fmt: skip


def _performed(
    person: _Subject, action: int, habit: np.random.Generator, random: np.random.Generator
) -> Moving:
    """The body during an action, at the rate of the inertial sensor."""
    motion = MOTIONS[action - 1]
    seconds = motion.seconds / (person.pace * np.exp(habit.normal(0, 0.1) + random.normal(0, 0.08)))
    samples = max(100, round(seconds * RATE))
    size = person.amplitude * habit.normal(1, 0.12) * random.normal(1, 0.06)
    # the time axis of an action is warped: some start late, some speed up at the end
    bend = habit.normal(0, 0.25) + random.normal(0, 0.15)
    t = np.linspace(0, 1, samples)
    t = t + bend * 0.25 * np.sin(np.pi * t) ** 2 + random.normal(0, 0.015)
    style = habit.normal(0, 0.06, (2, 3)) + random.normal(0, 0.03, (2, 3)) + person.posture

    def track(keys: Keys, width: int, rest: tuple[float, ...], offset: np.ndarray) -> np.ndarray:
        keys = keys or ((0.0, *rest), (1.0, *rest))
        table = np.array(keys, dtype=np.float64)
        away = table[:, 1:] - rest
        own = habit.normal(1, 0.1, away.shape) * random.normal(1, 0.04, away.shape)
        moved = np.abs(away).max(axis=1, keepdims=True) > 0
        values = np.array(rest) + size * away * own + offset * moved
        times = np.sort(table[:, 0] + habit.normal(0, 0.015, len(table)))
        times += np.arange(len(times)) * 1e-6  # strictly ascending
        inside = np.clip(t, times[0], times[-1])
        return pchip_interpolate(times, values, inside).reshape(samples, width)

    right, left = (
        track(keys, 3, REST, offset)
        for keys, offset in zip((motion.right, motion.left), style, strict=True)
    )
    hips = track(motion.hips, 4, (0.0,) * 4, np.zeros(4))
    forward = track(motion.left_foot, 1, (0.0,), np.zeros(1))[:, 0]
    feet = np.zeros((2, samples, 3))
    if (cycle := motion.cycle) is not None:
        count = cycle.count
        if cycle.jitter:
            count = max(1.0, count * np.exp(habit.normal(0, 0.2)))
            count = float(round(count)) if motion.stride == (0.0, 0.0) else count
        share = (t - cycle.start) / (cycle.end - cycle.start)
        phase = 2 * np.pi * (count * np.clip(share, 0, 1) + random.normal(0, 0.03))
        if motion.stride != (0.0, 0.0):
            phase = phase + random.uniform(0, 2 * np.pi)
        on = np.clip(np.minimum(share, 1 - share) / 0.08, 0, 1)[:, None]
        own = size * habit.normal(1, 0.15, 3)
        swing = np.array(cycle.cosine) * np.cos(phase)[:, None]
        swing = (swing + np.array(cycle.sine) * np.sin(phase)[:, None]) * own * on
        right, left = right + swing, left + cycle.left * swing
        for foot, opposite in zip(feet, (0.0, np.pi), strict=True):
            foot[:, 2] = -motion.stride[0] * size * np.cos(phase + opposite)
            foot[:, 1] = motion.stride[1] * size * np.maximum(np.sin(phase + opposite), 0)
    leg = person.build.leg
    feet[1, :, 2] -= forward
    # nobody stands still
    sway = gaussian_filter1d(random.normal(0, 1, (samples, 8)), 12, axis=0) * 5
    tracks = np.concatenate([right, left, hips, feet[0], feet[1]], axis=1)
    tracks[:, :6] += 0.02 * sway[:, :6]
    tracks = gaussian_filter1d(tracks, SMOOTH, axis=0)
    right, left, hips = tracks[:, :3], tracks[:, 3:6], tracks[:, 6:10]
    place = np.zeros((samples, 3))
    place[:, 1], place[:, 2] = -hips[:, 0] * leg, -hips[:, 1] * leg
    place[:, 0] += 0.01 * sway[:, 6]
    return move(
        person.build,
        Pose(
            hips=place,
            lean=np.deg2rad(hips[:, 2]) + 0.02 * sway[:, 7],
            twist=np.deg2rad(hips[:, 3]) + random.normal(0, 0.1),
            right=right,
            left=left,
            right_foot=tracks[:, 10:13] * leg,
            left_foot=tracks[:, 13:16] * leg,
            swivel=person.swivel + habit.normal(0, 0.15),
        ),
    )


def _inertial(spot: np.ndarray, frame: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """(T, 6) of a sensor at `spot` (T, 3) whose axes are the columns of `frame` (T, 3, 3)."""
    acceleration = np.gradient(np.gradient(spot, axis=0), axis=0) * RATE**2
    force = (acceleration + GRAVITY * UP) / GRAVITY  # at rest the sensor feels 1 g upwards
    felt = np.einsum("tij,ti->tj", frame, force)
    # R' dR/dt is the skew matrix of the rate in the sensor's axes
    spin = np.einsum("tij,tik->tjk", frame, np.gradient(frame, axis=0)) * RATE
    rate = np.rad2deg(np.stack([spin[:, 2, 1], spin[:, 0, 2], spin[:, 1, 0]], axis=1))
    felt += random.normal(0, 0.02, 3) + random.normal(0, 0.03, felt.shape)
    rate += random.normal(0, 1.0, 3) + random.normal(0, 3.0, rate.shape)
    return np.concatenate(
        [np.clip(felt, -CLIP_G, CLIP_G), np.clip(rate, -CLIP_RATE, CLIP_RATE)], axis=1
    )


def _video(joints: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Frames (T, 24, 24) uint8 of joints (T, 20, 3): bright lines, brighter where nearer."""
    along = np.linspace(0, 1, 8)[:, None]
    first, second = (joints[:, [bone[end] for bone in BONES]] for end in (0, 1))
    points = first[:, :, None] * (1 - along) + second[:, :, None] * along
    points = points.reshape(len(joints), -1, 3) - random.normal([0, -0.15, 0], 0.03)
    scale = PIXELS / WINDOW
    column = np.floor(PIXELS / 2 + scale * points[..., 0]).astype(int)
    row = np.floor(PIXELS / 2 - scale * points[..., 1]).astype(int)
    light = np.clip(1.0 - 0.8 * points[..., 2], 0.3, 2.0)
    light *= (row >= 0) & (row < PIXELS) & (column >= 0) & (column < PIXELS)
    row, column = np.clip(row, 0, PIXELS - 1), np.clip(column, 0, PIXELS - 1)
    frame = np.arange(len(joints))[:, None]
    cells = ((frame * PIXELS + row) * PIXELS + column).ravel()
    sums = np.bincount(cells, light.ravel(), len(joints) * PIXELS**2)
    image = gaussian_filter(sums.reshape(len(joints), PIXELS, PIXELS), (0, 0.7, 0.7))
    image = 110 * np.sqrt(image) + random.normal(0, 4, image.shape)
    return np.clip(image, 0, 255).astype(np.uint8)


def _turn(angles: np.ndarray) -> np.ndarray:
    """A rotation (3, 3) about x, then y, then z, radians."""
    (a, b, c), identity = angles, np.eye(3)

    def about(axis: int, angle: float) -> np.ndarray:
        i, j = (axis + 1) % 3, (axis + 2) % 3
        turn = identity.copy()
        turn[[i, j], [i, j]] = np.cos(angle)
        turn[i, j], turn[j, i] = -np.sin(angle), np.sin(angle)
        return turn

    return about(2, c) @ about(1, b) @ about(0, a)


def _between(array: np.ndarray, at: np.ndarray) -> np.ndarray:
    """An array (T, ...) at fractional times."""
    low = np.minimum(at.astype(np.int64), len(array) - 2)
    share = (at - low).reshape(-1, *[1] * (array.ndim - 1))
    return (1 - share) * array[low] + share * array[low + 1]
