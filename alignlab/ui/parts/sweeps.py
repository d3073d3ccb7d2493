"""The sweeps page: its controls, the plan they stand for, script and entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import urlencode

from alignlab.aligners.registry import CLOSED_FORM
from alignlab.data.synthetic import SyntheticSpec
from alignlab.experiments.sweep_ranges import sweep_values, usual_range
from alignlab.experiments.sweeps import IN_SAMPLE, Plan, Sweep
from alignlab.names import ALIGNER_NAMES, FIELD_OPTIONS
from alignlab.ui.controls import Choice, Control, Count, Number, Several, Value
from alignlab.ui.parts.alignment import PAGE as ALIGNMENT
from alignlab.ui.parts.synthetic import (
    COMPONENTS,
    CONDITION,
    SYNTHETIC,
    K,
    N,
    synthetic_spec,
    values_of,
)
from alignlab.ui.state import Page
from alignlab.words.findings import NEEDED

SHOW = Choice(
    name="show", label="Show", default="curves",
    options={"figure4": "Figure 4", "curves": "Curves", "map": "Map"},
    help="The papers' twelve panels at once, one parameter swept with all options, or two "
    "parameters swept as a map.",
)  # fmt: skip
OVER = Choice(
    name="over", label="Swept parameter", default="d", options=FIELD_OPTIONS,
    help="Pairs n, features d = d₁ + d₂ (half each), latent dimension k, noise σ, "
    "condition number of S, number of classes, or the share of d that modality 1 has.",
)  # fmt: skip
OVER2 = Choice(
    name="over2", label="Second parameter", default="n", options=FIELD_OPTIONS,
    needs={"show": ("map",)}, help="Parameter on the vertical axis of the map.",
)  # fmt: skip
_LOW, _HIGH, _LOG = "From", "To", "Spacing"
LOW = Count(name="low", label=_LOW, default=None, low=0.0, high=1e6, placeholder="usual")
HIGH = Count(name="high", label=_HIGH, default=None, low=0.0, high=1e6, placeholder="usual")
LOW2 = Count(
    name="low2", label=_LOW, default=None, low=0.0, high=1e6, needs={"show": ("map",)},
    placeholder="usual",
)  # fmt: skip
HIGH2 = Count(
    name="high2", label=_HIGH, default=None, low=0.0, high=1e6, needs={"show": ("map",)},
    placeholder="usual",
)  # fmt: skip
_SPACINGS = {"usual": "usual", "linear": "linear", "log": "log"}
SPACING = Choice(name="spacing", label=_LOG, default="usual", options=_SPACINGS)
SPACING2 = Choice(
    name="spacing2", label=_LOG, default="usual", options=_SPACINGS, needs={"show": ("map",)}
)
POINTS = Number(
    name="points", label="Values", default=20, low=1, high=60,
    help="Maximum number of values; whole numbers are not repeated.",
)  # fmt: skip
SEEDS = Number(
    name="seeds", label="Seeds", default=20, low=1, high=200,
    help="Draws per value, with consecutive seeds starting at the one below. The line is their "
    "mean, the band spans the 10th to the 90th percentile.",
)  # fmt: skip
CURVES = Several(
    name="aligners", label="Aligners", default=("perfect_alignment", "informative_alignment"),
    options=ALIGNER_NAMES,
    help="One curve each. The map and the animation show the first one. Contrastive learning is "
    "trained at every point, with the defaults of the comparison page: about a second each.",
)  # fmt: skip
MEASURED = Several(
    name="metrics", label="Metrics", default=("cmae", "relative_cmae", "mlre", "kept_norm"),
    options={name: m.label for name, m in IN_SAMPLE.items() if name != "latent_norm"},
    help="One chart each; the map shows the first one. CCA, reduced-rank regression, PLS-SVD and "
    "Procrustes centre the views and so lose the mean of z, which then counts in their MLRE.",
)  # fmt: skip
PAIRS = Choice(
    name="pairs", label="Measured on", default="fitted",
    options={"fitted": "fitted pairs", "held_out": "held-out pairs", "both": "both"},
    help="The pairs that the maps were fitted on, 500 others of the same draw (dashed), or both.",
)  # fmt: skip

SWEEP: tuple[Control, ...] = (
    SHOW, OVER, LOW, HIGH, SPACING, OVER2, LOW2, HIGH2, SPACING2, POINTS, SEEDS, CURVES, MEASURED,
    PAIRS,
)  # fmt: skip

NOISES = (0.0, 1.0)
"""Figure 4 shows clean data and data with unit noise."""

LIMITS: dict[str, tuple[float, float]] = {
    "n": (N.low, N.high),
    "d": (2, 512),
    "k": (K.low, 128),
    "noise": (0, 1e6),
    "condition": (1, CONDITION.high),
    "components": (COMPONENTS.low, COMPONENTS.high),
    "d1_share": (0, 1),
}
"""The widest ranges that the page sweeps: the alignment page can show every point in them."""

FIELDS_OF_FIGURE_4 = ("n", "d", "k")
METRICS_OF_FIGURE_4 = ("cmae", "mlre")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A plan and how to show it.

    logs : for each swept parameter of the first sweep, whether its axis is logarithmic.
    metrics : those to be shown, without prefix; pairs : the pairs they are measured on.
    """

    show: str
    plan: Plan
    logs: tuple[bool, ...]
    metrics: tuple[str, ...]
    pairs: str

    @property
    def first(self) -> Sweep:
        return self.plan.sweeps[0]

    def measured(self) -> tuple[str, ...]:
        """The names of the metrics that are shown, as they appear in the plan."""
        return tuple(prefix + metric for metric in self.metrics for prefix in self.prefixes())

    def prefixes(self) -> tuple[str, ...]:
        """The prefixes of a metric's name: none, "held_out_", or both."""
        return {"fitted": ("",), "held_out": ("held_out_",), "both": ("", "held_out_")}[self.pairs]


def ask(values: Mapping[str, Value]) -> Asked:
    """The plan that the controls stand for; ValueError names what does not fit."""
    if not values["aligners"]:
        raise ValueError("no aligner is chosen: choose at least one curve")
    if not values["metrics"]:
        raise ValueError("no metric is chosen: choose at least one")
    base = synthetic_spec(values)
    show, pairs = values["show"], values["pairs"]
    swept = {values["over"], values["over2"] if show == "map" else ""}
    if show != "figure4" and "components" in swept and base.latent == "uniform":
        raise ValueError(
            "the uniform latent always has two classes: choose the Gaussian mixture to sweep them"
        )
    logs: tuple[bool, ...]
    if show == "figure4":
        sweeps, logs, pairs = _figure_4(base, values["points"]), (True, False, False), "fitted"
        metrics: tuple[str, ...] = METRICS_OF_FIGURE_4
    else:
        over, xs, log = _range(base, values, "")
        sweeps, logs, metrics = (Sweep(spec=base, over=over, values=xs),), (log,), values["metrics"]
    if show == "map":
        over2, ys, log2 = _range(base, values, "2")
        if over == over2:
            raise ValueError(f"both axes sweep {over}: choose another parameter for one of them")
        sweeps = (replace(sweeps[0], over2=over2, values2=ys),)
        logs, metrics, pairs = (log, log2), metrics[:1], "fitted" if pairs == "both" else pairs
    asked = Asked(
        show=show,
        plan=Plan(
            sweeps=sweeps,
            seeds=tuple(range(base.seed, base.seed + values["seeds"])),
            aligners=values["aligners"][:1] if show == "map" else values["aligners"],
            metrics=(),
        ),
        logs=logs,
        metrics=metrics,
        pairs=pairs,
    )
    wanted = [*asked.measured()]
    if show != "map":
        wanted += [name for name in NEEDED if name not in wanted]
    return replace(asked, plan=replace(asked.plan, metrics=tuple(wanted)))


def ordinary_range(values: Mapping[str, Value], which: str) -> tuple[float, float, bool]:
    """The usual range of the first ("") or second ("2") swept parameter."""
    return usual_range(synthetic_spec(values), values[f"over{which}"])


@lru_cache(maxsize=8)
def cell_links(asked: Asked) -> list[str]:
    """The address of the alignment page for every cell of the map, with all pairs fitted.

    Empty where no spec is possible. The seed is the first one of the map.
    """
    links = []
    for _, _, spec in asked.first.points():
        if spec is None:
            links.append("")
            continue
        values = values_of(replace(spec, seed=asked.plan.seeds[0])) | {"holdout": 0.0}
        links.append(f"{ALIGNMENT.path}?{urlencode(ALIGNMENT.address(values))}")
    return links


def panel_of_figure_4(asked: Asked, panel: int) -> dict[str, Value]:
    """The control values that show one panel of Figure 4 as a single sweep."""
    which, metric = divmod(panel, len(METRICS_OF_FIGURE_4))
    sweep = asked.plan.sweeps[which]
    return {
        "show": "curves",
        "over": sweep.over,
        "noise": sweep.spec.noise,
        "metrics": METRICS_OF_FIGURE_4[metric : metric + 1],
        "pairs": "fitted",
        "low": None, "high": None, "spacing": "usual",
    }  # fmt: skip


def _figure_4(base: SyntheticSpec, points: int) -> tuple[Sweep, ...]:
    return tuple(
        Sweep(spec=spec, over=over, values=sweep_values(spec, over, points, low, high, log))
        for spec in (replace(base, noise=noise) for noise in NOISES)
        for over in FIELDS_OF_FIGURE_4
        for low, high, log in [usual_range(spec, over)]
    )


def _range(
    base: SyntheticSpec, values: Mapping[str, Value], which: str
) -> tuple[str, tuple[float, ...], bool]:
    over = values[f"over{which}"]
    low, high, log = usual_range(base, over)
    low = low if values[f"low{which}"] is None else values[f"low{which}"]
    high = high if values[f"high{which}"] is None else values[f"high{which}"]
    if values[f"spacing{which}"] != "usual":
        log = values[f"spacing{which}"] == "log"
    swept = sweep_values(base, over, values["points"], low, high, log)
    least, most = LIMITS[over]
    if not least <= low <= high <= most:
        raise ValueError(
            f"{over} can be swept between {least:g} and {most:g}: change the ends of the range"
        )
    return over, swept, log


def sweep_script(plan: Plan, metrics: Sequence[str]) -> str:
    """The mean over seeds of some metrics, at every point of a plan."""
    return f"""from alignlab.data.synthetic import SyntheticSpec
from alignlab.experiments.sweeps import Plan, Sweep, means, run

plan = {plan!r}
table = means(run(plan))[{list(metrics)!r}]
"""


_TEN = {"n": 1000, "k": 10, "d1": 10, "d2": 10}
"""Base values that satisfy the papers' "n > d = k"; the papers print none."""

PAGE = Page(
    path="sweeps",
    title="Sweeps",
    icon=":material/show_chart:",
    summary="How the error depends on pairs, features, latent dimension and noise: the papers' "
    "robustness analysis with error bars, maps of two parameters, and an animated latent.",
    controls=(*SYNTHETIC, *SWEEP),
    presets={
        "Figure 4": {**_TEN, "show": "figure4", "aligners": ("perfect_alignment",)},
        "Jump at n = d − k": {
            **_TEN, "over": "n", "high": 200.0, "noise": 1.0, "pairs": "both",
            "aligners": ("perfect_alignment",), "metrics": ("cmae", "relative_cmae"),
        },
        "Collapse with d": {
            "over": "d", "low": 4.0, "noise": 1.0,
            "metrics": ("cmae", "ncmae", "retrieval", "kept_norm"),
        },
        "Aligners and noise": {
            "n": 500, "k": 4, "d1": 16, "d2": 16, "over": "noise", "pairs": "held_out",
            "aligners": tuple(CLOSED_FORM),
            "metrics": ("ncmae", "relative_cmae", "retrieval", "kept_norm"),
        },
        "Ill-conditioned": {
            "k": 4, "d1": 8, "d2": 8, "over": "condition", "noise": 0.1,
            "metrics": ("relative_cmae", "mlre_up_to_linear"),
        },
        "Map: k and n": {
            **_TEN, "show": "map", "over": "k", "over2": "n", "high2": 100.0, "noise": 1.0,
            "seeds": 5, "aligners": ("perfect_alignment",),
        },
        "Map: d and noise": {
            **_TEN, "show": "map", "over": "d", "over2": "noise", "seeds": 5,
            "aligners": ("perfect_alignment",), "metrics": ("relative_cmae",),
        },
    },
)  # fmt: skip
