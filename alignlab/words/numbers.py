"""Numbers as text."""

from __future__ import annotations

import numpy as np

ROUNDING = 1e-9
"""A number below this share of its natural scale is called rounding error."""


def number(value: float) -> str:
    """A number with three significant digits, in powers of ten if very small or large."""
    if np.isnan(value):
        return "undefined"
    if np.isinf(value):
        return "infinite"
    if abs(value) < 1e9 and value == round(value):
        return f"{value:,.0f}"
    rounded = float(f"{value:.3g}")
    if 1e-3 <= abs(rounded) < 1e6:
        return f"{rounded:,.0f}" if abs(rounded) >= 1000 else f"{rounded:g}"
    mantissa, exponent = f"{value:.2e}".split("e")
    raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{mantissa} · 10{raised}"


def share(value: float) -> str:
    """A share in per cent, with enough digits that a small share is not shown as 0."""
    return f"{value:.0%}" if value >= 0.01 else f"{number(100 * value)}%"
