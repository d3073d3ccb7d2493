"""The 27 actions as keyframes of hands, hips and feet.

Times run from 0 to 1. Hands are given relative to their shoulder, to the right (for the left hand:
to the left), up and forward, in arm lengths; hips by their displacement down and forward, in leg
lengths, with the lean and the twist of the trunk in degrees, forward and to the left.
"""

from __future__ import annotations

from dataclasses import dataclass

Keys = tuple[tuple[float, ...], ...]

REST = (0.12, -0.92, 0.1)
"""Position of a hanging hand."""


@dataclass(frozen=True, kw_only=True)
class Cycle:
    """A repeated movement added to the keys: `cosine cos + sine sin` between two times.

    count : repetitions; left : sign for the left hand, 0 if it does not take part.
    jitter : whether the number of repetitions varies between subjects.
    """

    start: float
    end: float
    count: float
    sine: tuple[float, float, float] = (0.0, 0.0, 0.0)
    cosine: tuple[float, float, float] = (0.0, 0.0, 0.0)
    left: float = 0.0
    jitter: bool = True


@dataclass(frozen=True, kw_only=True)
class Motion:
    """An action: its usual duration in seconds, and its keys, (time, values...) each.

    right, left : hands; hips : (time, down, forward, lean, twist); left_foot : (time, forward).
    stride : steps with both feet, (forward, up) in leg lengths, with the period of the cycle.
    """

    seconds: float
    right: Keys = ()
    left: Keys = ()
    hips: Keys = ()
    left_foot: Keys = ()
    cycle: Cycle | None = None
    stride: tuple[float, float] = (0.0, 0.0)


def _out_and_back(*keys: tuple[float, ...]) -> Keys:
    """Hand keys that start and end with the arm hanging."""
    return ((0.0, *REST), (0.1, *REST), *keys, (0.92, *REST), (1.0, *REST))


def _drawn(*corners: tuple[float, float]) -> Keys:
    """A figure drawn in the air, corner by corner (right, up)."""
    times = [0.24 + 0.54 * at / (len(corners) - 1) for at in range(len(corners))]
    return _out_and_back(*((t, x, y, 0.72) for t, (x, y) in zip(times, corners, strict=True)))


MOTIONS: tuple[Motion, ...] = (
    # 1 swipe left, 2 swipe right
    Motion(
        seconds=3.0, right=_out_and_back((0.35, 0.55, 0.05, 0.65), (0.62, -0.5, 0.05, 0.65)),
    ),
    Motion(
        seconds=3.0, right=_out_and_back((0.35, -0.45, 0.05, 0.65), (0.62, 0.65, 0.05, 0.6)),
    ),
    # 3 wave
    Motion(
        seconds=3.8, right=_out_and_back((0.28, 0.35, 0.5, 0.4), (0.75, 0.35, 0.5, 0.4)),
        cycle=Cycle(start=0.25, end=0.78, count=3, sine=(0.22, 0.03, 0.0)),
    ),
    # 4 clap
    Motion(
        seconds=3.6, right=_out_and_back((0.25, -0.05, -0.15, 0.65), (0.78, -0.05, -0.15, 0.65)),
        left=_out_and_back((0.25, -0.05, -0.15, 0.65), (0.78, -0.05, -0.15, 0.65)),
        cycle=Cycle(start=0.22, end=0.82, count=3, cosine=(0.22, 0.0, 0.0), left=1.0),
    ),
    # 5 throw
    Motion(
        seconds=3.2,
        right=_out_and_back((0.4, 0.4, 0.45, -0.25), (0.55, 0.05, 0.25, 0.9),
            (0.66, -0.2, -0.5, 0.5)),
        hips=((0, 0, 0, 0, 0), (0.4, 0, -0.03, -4, -18), (0.56, 0.02, 0.06, 10, 15),
            (1, 0, 0, 0, 0)),
    ),
    # 6 cross arms
    Motion(
        seconds=3.4, right=_out_and_back((0.35, -0.5, -0.1, 0.42), (0.68, -0.5, -0.1, 0.42)),
        left=_out_and_back((0.35, -0.5, -0.18, 0.5), (0.68, -0.5, -0.18, 0.5)),
    ),
    # 7 basketball shoot
    Motion(
        seconds=3.2,
        right=_out_and_back((0.3, -0.18, -0.35, 0.5), (0.42, -0.15, 0.05, 0.42),
            (0.56, -0.1, 0.75, 0.5)),
        left=_out_and_back((0.3, -0.2, -0.35, 0.5), (0.42, -0.15, 0.05, 0.45),
            (0.56, -0.05, 0.6, 0.5)),
        hips=((0, 0, 0, 0, 0), (0.36, 0.14, 0, 6, 0), (0.55, -0.03, 0, 0, 0), (1, 0, 0, 0, 0)),
    ),
    # 8 draw X
    Motion(
        seconds=4.0, right=_drawn((0.35, 0.4), (-0.35, -0.3), (-0.35, 0.4), (0.35, -0.3)),
    ),
    # 9, 10 draw circle, clockwise and counter-clockwise
    Motion(
        seconds=3.8, right=_out_and_back((0.25, 0.0, 0.1, 0.72), (0.8, 0.0, 0.1, 0.72)),
        cycle=Cycle(
            start=0.22, end=0.82, count=1, sine=(0.36, 0, 0), cosine=(0, 0.36, 0), jitter=False
        ),
    ),
    Motion(
        seconds=3.8, right=_out_and_back((0.25, 0.0, 0.1, 0.72), (0.8, 0.0, 0.1, 0.72)),
        cycle=Cycle(
            start=0.22, end=0.82, count=1, sine=(-0.36, 0, 0), cosine=(0, 0.36, 0), jitter=False
        ),
    ),
    # 11 draw triangle
    Motion(
        seconds=4.0, right=_drawn((0.0, 0.45), (0.38, -0.25), (-0.38, -0.25), (0.0, 0.45)),
    ),
    # 12 bowling
    Motion(
        seconds=3.4, right=_out_and_back((0.32, 0.1, -0.65, -0.6), (0.55, 0.0, -0.2, 0.85),
            (0.68, 0.0, 0.35, 0.7)),
        hips=((0, 0, 0, 0, 0), (0.35, 0.1, 0.05, 22, -12), (0.55, 0.2, 0.2, 28, 8),
            (0.75, 0.1, 0.1, 10, 0), (1, 0, 0, 0, 0)),
        left_foot=((0, 0), (0.25, 0), (0.45, 0.4), (0.75, 0.4), (0.95, 0), (1, 0)),
    ),
    # 13 boxing
    Motion(
        seconds=3.8, right=_out_and_back((0.22, -0.1, 0.0, 0.5), (0.8, -0.1, 0.0, 0.5)),
        left=_out_and_back((0.22, -0.1, 0.0, 0.5), (0.8, -0.1, 0.0, 0.5)),
        cycle=Cycle(start=0.22, end=0.82, count=2, sine=(0.0, 0.05, 0.4), left=-1.0),
    ),
    # 14 baseball swing
    Motion(
        seconds=3.2,
        right=_out_and_back((0.36, 0.2, 0.1, 0.3), (0.54, -0.3, -0.1, 0.75),
            (0.68, -0.7, 0.2, 0.4)),
        left=_out_and_back((0.36, -0.75, 0.05, 0.35), (0.54, -0.3, -0.1, 0.75),
            (0.68, 0.1, 0.2, 0.4)),
        hips=((0, 0, 0, 0, 0), (0.36, 0.05, 0, 4, -35), (0.6, 0.03, 0, 6, 45), (1, 0, 0, 0, 0)),
    ),
    # 15 tennis swing
    Motion(
        seconds=3.2,
        right=_out_and_back((0.36, 0.65, -0.25, -0.3), (0.55, 0.1, -0.05, 0.85),
            (0.68, -0.55, 0.35, 0.45)),
        hips=((0, 0, 0, 0, 0), (0.36, 0.05, 0, 4, -30), (0.62, 0.03, 0.05, 6, 30), (1, 0, 0, 0, 0)),
    ),
    # 16 arm curl
    Motion(
        seconds=3.8, right=_out_and_back((0.2, 0.12, -0.58, 0.42), (0.82, 0.12, -0.58, 0.42)),
        left=_out_and_back((0.2, 0.12, -0.58, 0.42), (0.82, 0.12, -0.58, 0.42)),
        cycle=Cycle(start=0.15, end=0.85, count=2, cosine=(0.0, -0.32, -0.12), left=1.0),
    ),
    # 17 tennis serve
    Motion(
        seconds=3.6,
        right=_out_and_back((0.35, 0.35, 0.45, -0.3), (0.55, 0.1, 0.9, 0.3),
            (0.7, -0.3, -0.4, 0.65)),
        left=_out_and_back((0.38, 0.0, 0.75, 0.5), (0.6, 0.1, -0.4, 0.3)),
        hips=((0, 0, 0, 0, 0), (0.4, 0.05, 0, -8, -15), (0.65, 0.03, 0.08, 15, 18),
            (1, 0, 0, 0, 0)),
    ),
    # 18 push
    Motion(
        seconds=3.2, right=_out_and_back((0.3, 0.0, -0.1, 0.35), (0.5, 0.0, 0.0, 0.93),
            (0.68, 0.0, -0.05, 0.5)),
        left=_out_and_back((0.3, 0.0, -0.1, 0.35), (0.5, 0.0, 0.0, 0.93), (0.68, 0.0, -0.05, 0.5)),
    ),
    # 19 knock
    Motion(
        seconds=3.4, right=_out_and_back((0.28, 0.05, 0.2, 0.6), (0.76, 0.05, 0.2, 0.6)),
        cycle=Cycle(start=0.27, end=0.77, count=3, sine=(0.0, 0.02, 0.16)),
    ),
    # 20 catch
    Motion(
        seconds=2.8, right=_out_and_back((0.4, 0.0, 0.3, 0.78), (0.6, -0.1, -0.1, 0.45)),
    ),
    # 21 pick up and throw
    Motion(
        seconds=4.4,
        right=_out_and_back((0.3, -0.05, -0.75, 0.6), (0.56, 0.38, 0.45, -0.2),
            (0.7, 0.05, 0.25, 0.9), (0.8, -0.15, -0.5, 0.5)),
        hips=((0, 0, 0, 0, 0), (0.3, 0.35, -0.05, 55, 0), (0.54, 0, -0.03, -4, -15),
            (0.7, 0.02, 0.05, 10, 12), (1, 0, 0, 0, 0)),
    ),
    # 22 jog, 23 walk: on the spot
    Motion(
        seconds=3.2, right=((0, 0.1, -0.5, 0.3), (1, 0.1, -0.5, 0.3)),
        left=((0, 0.1, -0.5, 0.3), (1, 0.1, -0.5, 0.3)),
        hips=((0, 0.03, 0, 8, 0), (1, 0.03, 0, 8, 0)),
        cycle=Cycle(start=-0.2, end=1.2, count=9, sine=(0.0, 0.05, -0.3), left=-1.0),
        stride=(0.3, 0.3),
    ),
    Motion(
        seconds=3.6, right=((0, *REST), (1, *REST)), left=((0, *REST), (1, *REST)),
        cycle=Cycle(start=-0.2, end=1.2, count=6, sine=(0.0, 0.0, -0.25), left=-1.0),
        stride=(0.26, 0.14),
    ),
    # 24 sit to stand, 25 stand to sit
    Motion(
        seconds=2.8, right=((0, 0.0, -0.6, 0.45), (0.3, 0.0, -0.6, 0.5), (0.75, *REST), (1, *REST)),
        left=((0, 0.0, -0.6, 0.45), (0.3, 0.0, -0.6, 0.5), (0.75, *REST), (1, *REST)),
        hips=((0, 0.5, -0.45, 3, 0), (0.2, 0.5, -0.45, 6, 0), (0.42, 0.4, -0.25, 35, 0),
            (0.75, 0, 0, 2, 0), (1, 0, 0, 0, 0)),
    ),
    Motion(
        seconds=2.8, right=((0, *REST), (0.25, *REST), (0.7, 0.0, -0.6, 0.5), (1, 0.0, -0.6, 0.45)),
        left=((0, *REST), (0.25, *REST), (0.7, 0.0, -0.6, 0.5), (1, 0.0, -0.6, 0.45)),
        hips=((0, 0, 0, 0, 0), (0.25, 0, 0, 2, 0), (0.58, 0.4, -0.25, 32, 0),
            (0.8, 0.5, -0.45, 6, 0), (1, 0.5, -0.45, 3, 0)),
    ),
    # 26 lunge
    Motion(
        seconds=3.8, right=((0, *REST), (1, *REST)), left=((0, *REST), (1, *REST)),
        hips=((0, 0, 0, 0, 0), (0.12, 0, 0, 0, 0), (0.4, 0.22, 0.36, 6, 0),
            (0.58, 0.24, 0.36, 6, 0), (0.88, 0, 0, 0, 0), (1, 0, 0, 0, 0)),
        left_foot=((0, 0), (0.12, 0), (0.35, 0.8), (0.64, 0.8), (0.88, 0), (1, 0)),
    ),
    # 27 squat
    Motion(
        seconds=3.4, right=((0, *REST), (0.15, *REST), (0.45, 0.0, -0.05, 0.9),
            (0.62, 0.0, -0.05, 0.9), (0.9, *REST), (1, *REST)),
        left=((0, *REST), (0.15, *REST), (0.45, 0.0, -0.05, 0.9), (0.62, 0.0, -0.05, 0.9),
            (0.9, *REST), (1, *REST)),
        hips=((0, 0, 0, 0, 0), (0.15, 0, 0, 0, 0), (0.45, 0.42, -0.2, 28, 0),
            (0.6, 0.42, -0.2, 28, 0), (0.9, 0, 0, 0, 0), (1, 0, 0, 0, 0)),
    ),
)  # fmt: skip
"""Action a is `MOTIONS[a - 1]`."""
