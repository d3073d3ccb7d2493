"""The spiked model's controls, shared by its pages, and how their values become specs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st

from alignlab.contrastive import ContrastiveSpec
from alignlab.grid import spaced
from alignlab.monte_carlo import OVERLAP
from alignlab.names import SYMBOLS
from alignlab.phase import (
    LOG_VARIED,
    PARAMETERS,
    RATIO,
    WEAKEST,
    WEIGHT,
    Axes,
    Plane,
    ratio_of,
    varied,
)
from alignlab.recovery_maps import RecoveryMaps
from alignlab.spiked import SpikedSpec
from alignlab.spiked_study import SpikedStudy
from alignlab.spiked_training import TrainingSweep
from alignlab.ui import parameters as p
from alignlab.ui.controls import (
    Choice,
    Control,
    Count,
    Number,
    Several,
    Steps,
    Text,
    Value,
)
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
    name="shared", label="Shared dimensions k", default=5, low=1, high=10, limit=100,
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
    PATTERN, NU_RATIO,
)  # fmt: skip

OPTIONS = {name: SYMBOLS[name] for name in PARAMETERS}
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

SAMPLE_N = Steps(
    name="sample", label="Pairs n in a sample", default=5000, low=2, high=10**9,
    stops=(22, 30, 41, 60, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000, 1_000_000),
    help="Theory is that of n → ∞. What is drawn are the moments of n pairs, at a cost that does "
    "not depend on n.",
)  # fmt: skip
DRAWS = Number(
    name="draws", label="Draws a point", default=10, low=1, high=50, limit=200,
    help="Samples of n pairs, from the seed on. All points see the same draws, so that what "
    "differs is the model.",
)  # fmt: skip
SIDE = Number(
    name="side", label="Points a side", default=31, low=5, high=61,
    help="Of the plane: as many kappas as nus.",
)  # fmt: skip
MAPS = Choice(
    name="maps", label="Maps", default="objectives",
    options={"objectives": "of CA, CP and CP reversed", "ratios": "for four ratios q"},
    help="The three objectives with the ratio q as set, or CA and CP for q = 1, 0.8, 0.6 and 0.4 "
    "(Figure 7).",
)  # fmt: skip
GRADED = Choice(
    name="graded", label="Graded by", default="overlap",
    options={"overlap": "mean squared overlap", "kept": "directions kept"},
    help="How much of the shared subspace lies in what is recovered, cos² of the principal angles "
    f"on average; or the share of its directions with a squared overlap of at least {OVERLAP}.",
)  # fmt: skip
MAP_RATIOS = (1.0, 0.8, 0.6, 0.4)

EXPERIMENT = Choice(
    name="experiment", label="Experiment", default="distance",
    options={
        "distance": "recovery", "errors": "lower error, wrong subspace", "joint": "joint objective",
        "infonce": "InfoNCE", "soft": "soft bottleneck", "hard": "hard bottleneck",
    },
)  # fmt: skip
VARIED = Choice(
    name="varied", label="Varied", default="nu", options=OPTIONS,
    help="What changes from left to right.",
)  # fmt: skip
HELD = Choice(
    name="held", label="Held while γ̃ varies", default="nu",
    options={"nu": "correlation ν", "eta": "covariance η"},
    help="η = ν √(γ̃ₓγ̃_y) is the covariance of the nuisance across the views. The two pictures "
    "are opposite.",
)  # fmt: skip
START = Count(name="start", label="From", default=None, low=0.0, high=1e6, placeholder="usual")
STOP = Count(name="stop", label="To", default=None, low=0.0, high=1e6, placeholder="usual")
VALUES = Number(name="values", label="Values", default=30, low=2, high=60, limit=400)
RANK_XY = Number(
    name="rank_xy", label="Rank of the coupling", default=3, low=0, high=10,
    help="So many shared coordinates covary across the views.",
)  # fmt: skip
TEMPERATURES = Several(
    name="temperatures", label="Temperatures τ", default=("0.05", "0.1", "0.5"),
    options={text: text for text in ("0.05", "0.1", "0.2", "0.5", "1")},
    help="Each a curve; every point of it is a training.",
)  # fmt: skip

SAMPLING: tuple[Control, ...] = (SAMPLE_N, DRAWS, p.SEED)
EXPERIMENTS: tuple[Control, ...] = (
    EXPERIMENT, VARIED, HELD, START, STOP, VALUES, RANK_XY, TEMPERATURES, p.TRAIN_STEPS, p.BATCH,
    p.LEARNING_RATE,
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


def model_controls(varied: str = "") -> None:
    """The widgets of the model; that of a parameter that is varied elsewhere cannot be moved."""
    for control in (KAPPA, NU, GAMMA_X, GAMMA_Y, GAMMA_TILDE_X, GAMMA_TILDE_Y):
        control.widget(disabled=control.name == varied)
    folded("Dimensions and heterogeneity", ":material/tune:", _more_controls)
    folded("The model", ":material/function:", _formulas)


def _more_controls() -> None:
    widgets(FEATURES, SHARED_K)
    heterogeneity_controls()


def heterogeneity_controls() -> None:
    """By how much coordinates differ from each other."""
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
    """What is shown of a parameter: its usual range, widened to the value if that is beyond.

    It stays within what an address may name, so that every place in a plane has a link.
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
    """Values over `shown_range`, even on the scale of the parameter's axis."""
    low, high = shown_range(parameter, value)
    return spaced(low, high, count, log=parameter in LOG_VARIED, whole=False)


def at(values: Mapping[str, Value], parameter: str) -> float:
    """Where the model stands on a parameter's axis; ValueError where a pattern has no ratio q."""
    if parameter != RATIO or (pattern := read_pattern(values["kappas"])) is None:
        return float(values[parameter])
    ratio = ratio_of(pattern)
    if ratio is None:
        raise ValueError(
            f"The pattern of κ, {values['kappas']}, is no falling geometric series, so that it has "
            "no ratio q to be an axis: clear the pattern, or choose another parameter"
        )
    return ratio


def axes(values: Mapping[str, Value], grid: tuple[int, int]) -> Axes:
    """The plane's two axes; ValueError where they are one."""
    chosen = values["over_x"], values["over_y"]
    if chosen[0] == chosen[1]:
        raise ValueError("Both axes of the plane are the same: choose two different parameters")
    x, y = (
        (name, values_shown(name, at(values, name), count))
        for name, count in zip(chosen, grid, strict=True)
    )
    return x, y


def played(values: Mapping[str, Value]) -> str:
    """What is played: where an axis, or a q that the pattern does not have, the next parameter."""
    taken = {values["over_x"], values["over_y"]}
    pattern = read_pattern(values["kappas"])
    if pattern is not None and ratio_of(pattern) is None:
        taken.add(RATIO)
    order = (values["played"], "gamma_tilde_y", "gamma_tilde_x", "nu")
    return next(name for name in order if name not in taken)


def moved(values: Mapping[str, Value], plane: Plane, cell: int) -> dict[str, Value]:
    """The controls with the operating point at a cell of the plane."""
    i, j = divmod(cell, len(plane.xs))
    places = {
        plane.over_x: round(float(plane.xs[j]), 6),
        plane.over_y: round(float(plane.ys[i]), 6),
    }
    pattern = {PATTERN.name: ""} if RATIO in places else {}
    return {**values, **pattern, **places}


def seeds(values: Mapping[str, Value]) -> tuple[int, ...]:
    """The seeds of the draws."""
    return tuple(range(values["seed"], values["seed"] + values["draws"]))


def recovery_maps(values: Mapping[str, Value]) -> RecoveryMaps:
    """The maps that the controls ask for; the operating point is not part of them."""
    spec = model_spec(values)
    kappas = spaced(*shown_range("kappa", values["kappa"]), values["side"], log=False, whole=False)
    return RecoveryMaps(
        spec=varied(varied(spec, "kappa", kappas[-1]), "nu", 1.0),
        kappas=kappas,
        nus=spaced(0.0, 1.0, values["side"], log=False, whole=False),
        ratios=MAP_RATIOS if values["maps"] == "ratios" else (None,),
        n=values["sample"],
        seeds=seeds(values),
    )


def what_varies(values: Mapping[str, Value]) -> str:
    """The parameter along which an experiment goes."""
    fixed = {"joint": WEIGHT, "soft": WEAKEST}
    return fixed.get(values["experiment"]) or str(values["varied"])


def varied_values(values: Mapping[str, Value]) -> tuple[float, ...]:
    """The values that an experiment goes through."""
    over = what_varies(values)
    usual = RANGES[over]
    low, high = (
        end if values[name] is None else values[name]
        for name, end in zip(("start", "stop"), usual, strict=True)
    )
    found = spaced(low, high, values["values"], log=over in LOG_VARIED, whole=False)
    return (0.0, *found) if over == WEIGHT else found


def study(values: Mapping[str, Value]) -> SpikedStudy:
    """The experiment in samples that the controls ask for."""
    return SpikedStudy(
        experiment=values["experiment"],
        spec=model_spec(values),
        over=what_varies(values),
        values=varied_values(values),
        held=values["held"],
        n=values["sample"],
        seeds=seeds(values),
    )


def training_sweep(values: Mapping[str, Value]) -> TrainingSweep:
    """The trainings that the controls ask for."""
    return TrainingSweep(
        spec=model_spec(values),
        over=values["varied"],
        values=varied_values(values),
        temperatures=tuple(float(text) for text in values["temperatures"]),
        n=values["sample"],
        seeds=seeds(values),
        training=ContrastiveSpec(
            steps=values["steps"], batch=values["batch"], learning_rate=values["learning_rate"]
        ),
    )
