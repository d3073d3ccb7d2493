"""The spiked model's controls and its spec, shared by its pages."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st

from alignlab.grid import spaced
from alignlab.names import SYMBOLS
from alignlab.spiked.model import SpikedSpec
from alignlab.spiked.phase import (
    LOG_VARIED,
    PARAMETERS,
    RATIO,
    ratio_of,
)
from alignlab.ui.controls import Choice, Control, Number, Steps, Text, Value
from alignlab.ui.page import folded
from alignlab.ui.panel import widget, widgets

FIGURE_3 = {
    "shared": 3, "kappa": 3.0, "kappas": "3, 2, 1.5", "gamma_x": 0.5, "gamma_tilde_y": 50.0,
}  # fmt: skip
"""The settings that Figures 3 and 9 share; the others are at their defaults."""

_SPEC = SpikedSpec()
_VARIANCES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)


def read_pattern(text: str) -> tuple[float, ...] | None:
    """Values as typed, "3, 2, 1.5"; None where nothing was typed."""
    if not text.strip():
        return None
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ValueError(
            f"Pattern of κ: {text!r} is not a list of numbers such as 3, 2, 1.5"
        ) from None
    if not all(0 <= value < np.inf for value in values) or max(values) == 0:
        raise ValueError(
            f"Pattern of κ: {text!r}: numbers of 0 or more were expected, one of them positive"
        )
    return values


KAPPA = Number(
    name="kappa", label="Signal strength κ", default=2.0, low=0.0, high=3.0, step=0.05, limit=100.0,
    help="Standard deviation of the shared coordinates; of the strongest one, if they differ.",
)  # fmt: skip
NU = Number(
    name="nu", label="Nuisance correlation ν", default=0.5, low=0.0, high=1.0, step=0.005,
    help="Correlation of the nuisance coordinates across the views; the largest one, if they "
    "differ. A higher ν hurts both objectives.",
)  # fmt: skip
GAMMA_X = Number(
    name="gamma_x", label=r"Noise $\gamma_x$", default=1.0, low=0.0, high=5.0, step=0.05,
    limit=1e4, help="Variance of the noise on the shared coordinates of x.",
)  # fmt: skip
GAMMA_Y = Number(
    name="gamma_y", label=r"Noise $\gamma_y$", default=0.05, low=0.0, high=5.0, step=0.05,
    limit=1e4, help="Variance of the noise on the shared coordinates of y.",
)  # fmt: skip
GAMMA_TILDE_X = Steps(
    name="gamma_tilde_x", label=r"Nuisance variance $\tilde\gamma_x$", default=1.0, low=1e-4,
    high=1e6, stops=_VARIANCES, help="Variance of every nuisance coordinate of x.",
)  # fmt: skip
GAMMA_TILDE_Y = Steps(
    name="gamma_tilde_y", label=r"Nuisance variance $\tilde\gamma_y$", default=5.0, low=1e-4,
    high=1e6, stops=_VARIANCES, help="Variance of every nuisance coordinate of y.",
)  # fmt: skip
FEATURES = Number(
    name="features", label="Features d", default=_SPEC.d, low=2, high=60, limit=200,
    help="Features of each view: shared and nuisance coordinates together.",
)  # fmt: skip
SHARED_K = Number(
    name="shared", label="Shared dimensions k", default=5, low=1, high=10, limit=100,
    help="Number of coordinates that both views share, and dimension of the code.",
)  # fmt: skip
KAPPA_RATIO = Number(
    name=RATIO, label="Ratio q of successive κ", default=1.0, low=0.05, high=1.0, step=0.05,
    help="κᵢ = κ qⁱ⁻¹: below 1 the shared coordinates have different strengths.",
)  # fmt: skip
NU_RATIO = Number(
    name="nu_ratio", label="Ratio of successive ν", default=1.0, low=0.05, high=1.0, step=0.05,
    help="νⱼ = ν rʲ⁻¹: below 1 later nuisance coordinates are less correlated than the first.",
)  # fmt: skip
PATTERN = Text(
    name="kappas", label="Pattern of κ", default="", read=read_pattern, placeholder="3, 2, 1.5",
    help="One number per shared coordinate, scaled so that the largest is κ; replaces q.",
)  # fmt: skip
SOURCE_VIEW = Choice(
    name="direction", label="CP predicts", default="cp",
    options={"cp": "y from x", "cp_reverse": "x from y"},
    help="Direction of prediction. The regimes are those of CA and of CP in this direction.",
)  # fmt: skip

MODEL: tuple[Control, ...] = (
    KAPPA, NU, GAMMA_X, GAMMA_Y, GAMMA_TILDE_X, GAMMA_TILDE_Y, FEATURES, SHARED_K, KAPPA_RATIO,
    PATTERN, NU_RATIO,
)  # fmt: skip

OPTIONS = {name: SYMBOLS[name] for name in PARAMETERS}
"""Parameters as options of a choice."""


RANGES = {
    "kappa": (0.0, 3.0), "nu": (0.0, 1.0), "gamma_x": (0.0, 5.0), "gamma_y": (0.0, 5.0),
    "gamma_tilde_x": (0.05, 20.0), "gamma_tilde_y": (0.05, 20.0), RATIO: (0.05, 1.0),
    "weight": (0.01, 100.0), "kappa_weakest": (0.05, 5.0),
}  # fmt: skip
"""The range of each parameter that is shown by default."""

FORMULAS = (
    r"x = Q_x (z + \sqrt{\gamma_x}\varepsilon;\; \sqrt{\tilde\gamma_x} a)",
    r"y = Q_y (z + \sqrt{\gamma_y}\varepsilon';\; \sqrt{\tilde\gamma_y} b)",
    r"\operatorname{std} z = \kappa,\quad \operatorname{corr}(a, b) = \nu",
)


def model_spec(values: Mapping[str, Value]) -> SpikedSpec:
    """The spec that the controls stand for; ValueError names what does not fit."""
    d, k = values["features"], values["shared"]
    pattern = read_pattern(values["kappas"])
    if pattern is None:
        pattern = tuple(values[RATIO] ** i for i in range(k))
    elif len(pattern) != k:
        raise ValueError(
            f"The pattern of κ has {len(pattern)} numbers for k = {k} shared dimensions: give "
            "one for each, or leave it empty"
        )
    same = len(set(pattern)) == 1
    top = max(pattern)
    kappa = values["kappa"] if same else tuple(values["kappa"] * at / top for at in pattern)
    nu = values["nu"]
    if values["nu_ratio"] < 1:
        nu = tuple(nu * values["nu_ratio"] ** j for j in range(max(d - k, 0)))
    return SpikedSpec(
        d=d,
        k=k,
        kappa=kappa,
        nu=nu,
        **{name: values[name] for name in ("gamma_x", "gamma_y", "gamma_tilde_x", "gamma_tilde_y")},
    )


def model_controls(varied: str = "") -> None:
    """The widgets of the model; the one of a parameter that is varied elsewhere is disabled."""
    for control in (KAPPA, NU, GAMMA_X, GAMMA_Y, GAMMA_TILDE_X, GAMMA_TILDE_Y):
        widget(control, disabled=control.name == varied)
    folded("Dimensions and heterogeneity", ":material/tune:", _more_controls)
    folded("The model", ":material/function:", _formulas)


def _more_controls() -> None:
    widgets(FEATURES, SHARED_K)
    heterogeneity_controls()


def heterogeneity_controls() -> None:
    """The controls of how much coordinates differ in strength."""
    widget(KAPPA_RATIO, disabled=bool(st.session_state[PATTERN.key].strip()))
    widgets(PATTERN, NU_RATIO)


def _formulas() -> None:
    for line in FORMULAS:
        st.latex(line)
    st.latex(r"C = S_{xx}^{-1/2} S_{xy} S_{yy}^{-1/2}")
    st.latex(r"A = S_{yx} S_{xx}^{-1/2}")
    st.latex(r"\rho = \tfrac{\kappa^2}{\sqrt{(\kappa^2+\gamma_x)(\kappa^2+\gamma_y)}}")
    st.latex(
        r"\tau = \tfrac{\kappa^2}{\sqrt{\kappa^2+\gamma_x}},\quad \xi = \nu\sqrt{\tilde\gamma_y}"
    )
    st.latex(
        r"\Delta_{CA} = \tfrac{\min\rho}{\max\nu},\quad \Delta_{CP} = \tfrac{\min\tau}{\max\xi}"
    )


def shown_range(parameter: str, value: float) -> tuple[float, float]:
    """The range shown of a parameter: its usual range, widened if the value lies outside.

    It stays within the values that an address may name, so that every point of a plane has a link.
    """
    low, high = RANGES[parameter]
    control = next(control for control in MODEL if control.name == parameter)
    assert isinstance(control, Number)
    limit = control.high if control.limit is None else control.limit
    return (
        low if low <= value else max(value / 2, control.low),
        high if value <= high else min(1.25 * value, limit),
    )


def values_shown(parameter: str, value: float, count: int) -> tuple[float, ...]:
    """Values over `shown_range`, evenly spaced on the scale of the parameter's axis."""
    low, high = shown_range(parameter, value)
    return spaced(low, high, count, log=parameter in LOG_VARIED, whole=False)


def at(values: Mapping[str, Value], parameter: str) -> float:
    """The model's value of a parameter; ValueError for q if the pattern of κ has no ratio."""
    if parameter != RATIO or (pattern := read_pattern(values["kappas"])) is None:
        return float(values[parameter])
    ratio = ratio_of(pattern)
    if ratio is None:
        raise ValueError(
            f"The pattern of κ, {values['kappas']}, is not a decreasing geometric series, so it "
            "has no ratio q for the axis: clear the pattern, or choose another parameter"
        )
    return ratio
