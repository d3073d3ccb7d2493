"""The spiked model's controls, shared by its pages, and how their values become specs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st

from alignlab.phase import PARAMETERS, RATIO, Axes, Plane
from alignlab.ranges import spaced
from alignlab.spiked import SpikedSpec
from alignlab.spiked_study import LOG_VARIED
from alignlab.ui.controls import Choice, Control, Number, Steps, Text, Value
from alignlab.ui.page import folded, widgets

_SPEC = SpikedSpec()
_VARIANCES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)


def read_pattern(text: str) -> tuple[float, ...] | None:
    """Values as typed, "3, 2, 1.5"; None where nothing was typed."""
    if not text.strip():
        return None
    try:
        values = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"{text!r} is not a list of numbers such as 3, 2, 1.5") from None
    if not all(0 <= value < np.inf for value in values) or max(values) == 0:
        raise ValueError(f"{text!r}: numbers of 0 or more were expected, one of them positive")
    return values


KAPPA = Number(
    name="kappa", label="Signal strength κ", default=2.0, low=0.0, high=3.0, step=0.05, limit=100.0,
    help="Standard deviation of the shared coordinates; of the largest, where they differ.",
)  # fmt: skip
NU = Number(
    name="nu", label="Nuisance correlation ν", default=0.5, low=0.0, high=1.0, step=0.005,
    help="Correlation of the nuisance coordinates across the views; of the largest, where they "
    "differ. More of it hurts both objectives.",
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
    high=1e6, stops=_VARIANCES, help="Of every nuisance coordinate of x.",
)  # fmt: skip
GAMMA_TILDE_Y = Steps(
    name="gamma_tilde_y", label=r"Nuisance variance $\tilde\gamma_y$", default=5.0, low=1e-4,
    high=1e6, stops=_VARIANCES, help="Of every nuisance coordinate of y.",
)  # fmt: skip
FEATURES = Number(
    name="features", label="Features d", default=_SPEC.d, low=2, high=60, limit=200,
    help="Of either view, shared and nuisance coordinates together.",
)  # fmt: skip
SHARED_K = Number(
    name="shared", label="Shared dimensions k", default=_SPEC.k, low=1, high=10, limit=100,
    help="Coordinates that both views share, and dimensions of the code.",
)  # fmt: skip
KAPPA_RATIO = Number(
    name=RATIO, label="Ratio q of successive κ", default=1.0, low=0.05, high=1.0, step=0.05,
    help="κᵢ = κ qⁱ⁻¹: below 1 the shared coordinates have different strengths.",
)  # fmt: skip
NU_RATIO = Number(
    name="nu_ratio", label="Ratio of successive ν", default=1.0, low=0.05, high=1.0, step=0.05,
    help="νⱼ = ν rʲ⁻¹: below 1 most nuisance is less correlated than the first.",
)  # fmt: skip
PATTERN = Text(
    name="kappas", label="Pattern of κ", default="", read=read_pattern, placeholder="3, 2, 1.5",
    help="One number a shared coordinate, scaled so that the largest is κ; takes the place of q.",
)  # fmt: skip
SOURCE_VIEW = Choice(
    name="direction", label="CP predicts", default="cp",
    options={"cp": "y from x", "cp_reverse": "x from y"},
    help="Which view is the source: the regimes go by CA and by CP in this direction.",
)  # fmt: skip

MODEL: tuple[Control, ...] = (
    KAPPA, NU, GAMMA_X, GAMMA_Y, GAMMA_TILDE_X, GAMMA_TILDE_Y, FEATURES, SHARED_K, KAPPA_RATIO,
    PATTERN, NU_RATIO, SOURCE_VIEW,
)  # fmt: skip

_LABELS = {
    "kappa": "κ", "nu": "ν", "gamma_x": r"$\gamma_x$", "gamma_y": r"$\gamma_y$",
    "gamma_tilde_x": r"$\tilde\gamma_x$", "gamma_tilde_y": r"$\tilde\gamma_y$", RATIO: "q",
}  # fmt: skip
OPTIONS = {name: _LABELS[name] for name in PARAMETERS}
"""Parameters as options of a choice."""

OVER_X = Choice(
    name="over_x", label="From left to right", default="kappa", options=OPTIONS,
    help="What the plane's horizontal axis is.",
)  # fmt: skip
OVER_Y = Choice(
    name="over_y", label="From bottom to top", default="nu", options=OPTIONS,
    help="What the plane's vertical axis is.",
)  # fmt: skip
PLAYED = Choice(
    name="played", label="Played", default="gamma_tilde_y", options=OPTIONS,
    help="What moves in the animation, and along the curves of Δ.",
)  # fmt: skip

RANGES = {
    "kappa": (0.0, 3.0), "nu": (0.0, 1.0), "gamma_x": (0.0, 5.0), "gamma_y": (0.0, 5.0),
    "gamma_tilde_x": (0.05, 20.0), "gamma_tilde_y": (0.05, 20.0), RATIO: (0.05, 1.0),
    "weight": (0.01, 100.0), "kappa_weakest": (0.05, 5.0),
}  # fmt: skip
"""What is shown of each parameter, where nothing else is asked for."""

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


def model_controls() -> None:
    """The widgets of the model."""
    widgets(KAPPA, NU, GAMMA_X, GAMMA_Y, GAMMA_TILDE_X, GAMMA_TILDE_Y, SOURCE_VIEW)
    folded("Dimensions and heterogeneity", ":material/tune:", _more_controls)
    folded("The model", ":material/function:", _formulas)


def _more_controls() -> None:
    widgets(FEATURES, SHARED_K)
    KAPPA_RATIO.widget(disabled=bool(st.session_state[PATTERN.key].strip()))
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
    """What is shown of a parameter: its usual range, widened to the value if that is beyond."""
    low, high = RANGES[parameter]
    return (low if low <= value else value / 2), (high if value <= high else 1.25 * value)


def values_shown(parameter: str, value: float, count: int) -> tuple[float, ...]:
    """Values over `shown_range`, even on the scale of the parameter's axis."""
    low, high = shown_range(parameter, value)
    return spaced(low, high, count, log=parameter in LOG_VARIED, whole=False)


def at(spec: SpikedSpec, values: Mapping[str, Value], parameter: str) -> float:
    """Where the model stands on a parameter's axis."""
    if parameter == RATIO:
        kappas = spec.values("kappa")
        return float(kappas[1] / kappas[0]) if spec.k > 1 and kappas[0] > 0 else 1.0
    return float(values[parameter])


def axes(spec: SpikedSpec, values: Mapping[str, Value], grid: tuple[int, int]) -> Axes:
    """The plane's two axes; ValueError where they are one."""
    chosen = values["over_x"], values["over_y"]
    if chosen[0] == chosen[1]:
        raise ValueError("Both axes of the plane are the same: choose two different parameters")
    x, y = (
        (name, values_shown(name, at(spec, values, name), count))
        for name, count in zip(chosen, grid, strict=True)
    )
    return x, y


def played(values: Mapping[str, Value]) -> str:
    """What is played: an axis cannot be, then it is the next parameter."""
    of_axes = values["over_x"], values["over_y"]
    order = (values["played"], "gamma_tilde_y", "gamma_tilde_x", "nu")
    return next(name for name in order if name not in of_axes)


def moved(values: Mapping[str, Value], plane: Plane, cell: int) -> dict[str, Value]:
    """The controls with the operating point at a cell of the plane."""
    i, j = divmod(cell, len(plane.xs))
    places = {
        plane.over_x: round(float(plane.xs[j]), 6),
        plane.over_y: round(float(plane.ys[i]), 6),
    }
    pattern = {PATTERN.name: ""} if RATIO in places else {}
    return {**values, **pattern, **places}
