"""Colours of points by class, by number or by part of the split, with their legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from plotly.colors import get_colorscale

from alignlab.figures.theme import CLASS_COLOURS, NO_CLASS, SEQUENTIAL, channels

MOST_CLASSES = 2 * len(CLASS_COLOURS)
"""Classes with a colour of their own; with more, the rarest share the grey of backgrounds."""

DARKER = 0.6
"""Brightness of the eleventh to twentieth colour relative to the first ten."""

STOPS = 33
"""Number of colours of a scale."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Colouring:
    """The colour of every row, and what it stands for.

    rgb : (n, 3) uint8. entries : (name, colour) of every class; () for numbers.
    codes : (n,) position in `entries`, or None for numbers.
    low, high : the numbers at both ends of `scale`, a tuple of colours; () for classes.
    """

    title: str
    rgb: np.ndarray
    entries: tuple[tuple[str, str], ...] = ()
    codes: np.ndarray | None = None
    low: float = 0.0
    high: float = 1.0
    scale: tuple[str, ...] = ()


def by_class(codes: np.ndarray, classes: Sequence[str], title: str) -> Colouring:
    """Colours of codes (n,) into `classes`; -1 has no class.

    Up to ten classes have the colours of the other pages; the next ten are darker.
    """
    codes = np.asarray(codes)
    known = codes >= 0
    counts = np.bincount(codes[known], minlength=len(classes))
    shown = np.arange(len(classes))
    if len(classes) > MOST_CLASSES:
        shown = np.sort(np.argsort(-counts, kind="stable")[: MOST_CLASSES - 1])
    palette = [class_shade(i) for i in range(len(shown))]
    place = np.full(len(classes) + 1, len(shown))  # the last place: none, and the rarest
    place[shown] = np.arange(len(shown))
    own = place[np.where(known, codes, len(classes))]
    entries = [(str(classes[int(at)]), colour) for at, colour in zip(shown, palette, strict=True)]
    if (own == len(shown)).any():
        rest = len(classes) - len(shown)
        entries.append((f"{rest} other classes" if rest else "missing", NO_CLASS))
    shades = np.array([channels(colour) for _, colour in entries], dtype=np.uint8).reshape(-1, 3)
    return Colouring(title=title, rgb=shades[own], entries=tuple(entries), codes=own)


def by_number(values: np.ndarray, title: str, low: float | None = None) -> Colouring:
    """Colours of `values` (n,), from the smallest, or `low`, to the largest; missing ones grey."""
    values = np.asarray(values, dtype=np.float64)
    finite = np.isfinite(values)
    inside = values[finite] if finite.any() else np.zeros(1)
    least, most = float(inside.min() if low is None else low), float(inside.max())
    position = np.clip((values - least) / (most - least if most > least else 1.0), 0, 1)
    scale = scale_colours()
    shades = np.array([channels(colour) for colour in scale])
    at = np.linspace(0, 1, len(scale))
    rgb = np.column_stack([np.interp(np.nan_to_num(position), at, shades[:, j]) for j in range(3)])
    rgb[~finite] = channels(NO_CLASS)
    if not finite.all():
        title = f"{title} (missing: grey)"
    return Colouring(
        title=title, rgb=np.round(rgb).astype(np.uint8), low=least, high=most, scale=scale
    )


def by_split(held_out: np.ndarray, title: str = "split") -> Colouring:
    """Colours of rows by `held_out` (n,) bool: fitted or held out."""
    return by_class(np.asarray(held_out).astype(int), ("fitted", "held out"), title)


def class_shade(code: int) -> str:
    """The colour of a class by its position, up to `MOST_CLASSES` different ones."""
    colour = CLASS_COLOURS[code % len(CLASS_COLOURS)]
    if code < len(CLASS_COLOURS):
        return colour
    return "#" + "".join(f"{round(DARKER * part):02x}" for part in channels(colour))


def scale_colours() -> tuple[str, ...]:
    """The colours of numbers, from low to high, at equal steps."""
    stops = get_colorscale(SEQUENTIAL)
    shades = np.array([channels(colour) for _, colour in stops], dtype=np.float64)
    at = np.linspace(0, 1, STOPS)
    parts = [np.interp(at, [place for place, _ in stops], shades[:, j]) for j in range(3)]
    return tuple(
        "#" + "".join(f"{round(part):02x}" for part in one) for one in zip(*parts, strict=True)
    )
