"""Whether two pages show the same numbers."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

RTOL, ATOL = 1e-7, 1e-9
"""Threads of BLAS add in another order on a busy machine: the last digits may differ."""


def differences(one: Any, other: Any, where: str = "") -> list[str]:
    """The places at which two charts, or dicts of charts, differ; empty if they are the same."""
    one, other = _plain(one), _plain(other)
    if isinstance(one, dict) and isinstance(other, dict):
        found = [f"{where}: {key}" for key in one.keys() ^ other.keys()]
        for key in one.keys() & other.keys():
            found += differences(one[key], other[key], f"{where}/{key}")
        return found
    if isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            return [f"{where}: {len(one)} and {len(other)} entries"]
        return [
            line
            for place, pair in enumerate(zip(one, other, strict=True))
            for line in differences(*pair, f"{where}/{place}")
        ]
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        one, other = np.asarray(one), np.asarray(other)
        same = one.shape == other.shape and _close(one, other)
        return [] if same else [f"{where}: arrays of {one.shape} and {other.shape} differ"]
    if isinstance(one, float) or isinstance(other, float):
        same = one == other or (one is not None and other is not None and _close(one, other))
        return [] if same else [f"{where}: {one} and {other}"]
    return [] if one == other else [f"{where}: {one!r} and {other!r}"[:300]]


def _close(one: Any, other: Any) -> bool:
    if np.asarray(one).dtype.kind in "OUS" or np.asarray(other).dtype.kind in "OUS":
        return bool(np.array_equal(one, other))
    scale = float(np.nanmax(np.abs(np.nan_to_num(np.asarray(one, float))), initial=0.0))
    return bool(np.allclose(one, other, rtol=RTOL, atol=max(ATOL, RTOL * scale), equal_nan=True))


def _plain(value: Any) -> Any:
    """Plotly's arrays in base64, as arrays."""
    if isinstance(value, dict) and "bdata" in value:
        array = np.frombuffer(base64.b64decode(value["bdata"]), dtype=value["dtype"])
        shape = value.get("shape")
        return array.reshape([int(n) for n in str(shape).split(",")]) if shape else array
    if isinstance(value, tuple):
        return list(value)
    return value
