"""Values along an axis."""

from __future__ import annotations

import numpy as np

from alignlab.checks import InputError, as_count


def spaced(low: float, high: float, points: int, *, log: bool, whole: bool) -> tuple[float, ...]:
    """At most `points` values from low to high, evenly spaced or evenly in the logarithm.

    With `whole`, values are rounded to integers and duplicates dropped. ValueError for an empty
    range.
    """
    points = as_count(points, "points", "spaced", 1)
    if not low <= high or not np.isfinite([low, high]).all():
        raise InputError("spaced", f"the range from {low:g} to {high:g} is empty: swap its ends")
    if log and low <= 0:
        raise InputError("spaced", f"a logarithmic range cannot start at {low:g}: start above 0")
    values = (np.geomspace if log else np.linspace)(low, high, points)
    if whole:
        return tuple(sorted({round(float(value)) for value in values}))
    return tuple(dict.fromkeys(float(f"{value:.6g}") for value in values))
