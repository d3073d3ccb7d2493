"""What the sweeps page asks for, and how its pictures are put together from a measurement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import urlencode

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from alignlab.figures.animation import Frame, animated
from alignlab.figures.scatter import Members
from alignlab.figures.sweeps import Curve, PanelOfFigure4, curves, figure_4, heat_map
from alignlab.findings import NEEDED
from alignlab.latents import latents_along
from alignlab.metrics import RETRIEVAL_PAIRS
from alignlab.numbers import number
from alignlab.ranges import law_lines, sweep_values, thresholds, usual_range
from alignlab.sweeps import (
    HELD_OUT,
    IN_SAMPLE,
    Evaluation,
    Plan,
    Summary,
    Sweep,
)
from alignlab.synthetic import SyntheticSpec
from alignlab.ui import parameters as p
from alignlab.ui.catalog import ALIGNMENT
from alignlab.ui.controls import Value

NOISES = (0.0, 1.0)
"""Figure 4 shows clean data and data with unit noise."""

LIMITS: dict[str, tuple[float, float]] = {
    "n": (p.N.low, p.N.high),
    "d": (2, 512),
    "k": (p.K.low, 128),
    "noise": (0, 1e6),
    "condition": (1, p.CONDITION.high),
    "components": (p.COMPONENTS.low, p.COMPONENTS.high),
    "d1_share": (0, 1),
}
"""What the page sweeps at most: the alignment page can show every point."""

FIELDS_OF_FIGURE_4 = ("n", "d", "k")
METRICS_OF_FIGURE_4 = ("cmae", "mlre")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A plan and how to show it.

    logs : for each swept field of the first sweep, whether its axis is logarithmic.
    metrics : the ones to be shown, without prefix; pairs : where they are measured.
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
        """The names of the metrics that are shown, as the plan has them."""
        return tuple(prefix + metric for metric in self.metrics for prefix in self.prefixes())

    def prefixes(self) -> tuple[str, ...]:
        """Before a metric's name: nothing, "held_out_", or both in turn."""
        return {"fitted": ("",), "held_out": ("held_out_",), "both": ("", "held_out_")}[self.pairs]


def ask(values: Mapping[str, Value]) -> Asked:
    """The plan that the controls stand for; ValueError names what does not fit."""
    if not values["aligners"]:
        raise ValueError("no aligner is chosen: choose at least one curve")
    if not values["metrics"]:
        raise ValueError("no metric is chosen: choose at least one")
    base = p.synthetic_spec(values)
    show, pairs = values["show"], values["pairs"]
    swept = {values["over"], values["over2"] if show == "map" else ""}
    if show != "figure4" and "components" in swept and base.latent == "uniform":
        raise ValueError("the uniform latent has two classes always: sweep them in the mixture")
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
            raise ValueError(f"{over} is swept against itself: choose another field for one axis")
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
    """The usual range of the first ("") or second ("2") swept field."""
    return usual_range(p.synthetic_spec(values), values[f"over{which}"])


def figures(asked: Asked, evaluation: Evaluation, keep: str) -> dict[str, go.Figure]:
    """All pictures of what has been measured so far, by name."""
    summary = evaluation.summary()
    if asked.show == "map":
        return {"map": _map(asked, evaluation, summary, keep)}
    if asked.show == "figure4":
        return {"figure 4": figure_4(_panels(asked, evaluation, summary), keep=keep)}
    sweep = asked.first
    return {
        metric: curves(
            _curves(asked, evaluation, summary, 0, metric),
            metric=metric,
            label=IN_SAMPLE[metric].label,
            over=sweep.over,
            log=asked.logs[0],
            marks=thresholds(sweep.spec, sweep.over),
            chance=_chance(asked, evaluation) if metric == "retrieval" else {},
            keep=keep,
        )
        for metric in asked.metrics
    }


@st.cache_resource(max_entries=8, show_spinner=False)
def moving_latent(sweep: Sweep, aligner: str, seed: int) -> go.Figure | None:
    """The latent at every value of a sweep, to be played; None where there is none."""
    found = latents_along(sweep, aligner, seed)
    if not found:
        return None
    frames = [
        Frame(
            name=f"{sweep.over} = {number(latent.value)}",
            points1=latent.Z1,
            points2=latent.Z2,
            who=Members(
                labels=latent.labels,
                classes=found[-1].classes,
                rows=np.arange(len(latent.labels)),
            ),
        )
        for latent in found
    ]
    title = "The latent along the sweep: ẑ⁽¹⁾ ○ and ẑ⁽²⁾ ×"
    return animated(frames, title=title, axes=("ẑ₁", "ẑ₂"), keep=f"latent {sweep.over} {aligner}")


@lru_cache(maxsize=8)
def cell_links(asked: Asked) -> list[str]:
    """The address of the alignment page for every cell of the map, all of its pairs fitted.

    Empty where no spec can be. The seed is the first of the map's.
    """
    links = []
    for _, _, spec in asked.first.points():
        if spec is None:
            links.append("")
            continue
        values = p.values_of(replace(spec, seed=asked.plan.seeds[0])) | {"holdout": 0.0}
        links.append(f"{ALIGNMENT.path}?{urlencode(ALIGNMENT.address(values))}")
    return links


def panel_of_figure_4(asked: Asked, panel: int) -> dict[str, Value]:
    """The control values that show one panel of Figure 4 large."""
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


def _curves(
    asked: Asked, evaluation: Evaluation, summary: Summary, which: int, metric: str
) -> list[Curve]:
    """The curves of one metric along sweep number `which`."""
    lengths = [len(list(sweep.points())) for sweep in asked.plan.sweeps]
    start = sum(lengths[:which])
    at = slice(start, start + lengths[which])
    found = []
    for a, aligner in enumerate(evaluation.aligners):
        for prefix in asked.prefixes():
            m = evaluation.metrics.index(prefix + metric)
            found.append(
                Curve(
                    aligner=aligner,
                    held_out=bool(prefix) and asked.pairs == "both",
                    x=asked.plan.sweeps[which].values,
                    mean=summary.mean[at, a, m],
                    low=summary.low[at, a, m],
                    high=summary.high[at, a, m],
                )
            )
    return found


def _panels(asked: Asked, evaluation: Evaluation, summary: Summary) -> list[PanelOfFigure4]:
    panels = []
    for which, sweep in enumerate(asked.plan.sweeps):
        noisy, column = divmod(which, len(FIELDS_OF_FIGURE_4))
        for m, metric in enumerate(METRICS_OF_FIGURE_4):
            kind = "unit noise" if noisy else "clean"
            plot = len(METRICS_OF_FIGURE_4) * which + m + 1  # as the papers number them
            panels.append(
                PanelOfFigure4(
                    row=len(NOISES) * m + noisy,
                    column=column,
                    number=len(METRICS_OF_FIGURE_4) * which + m,
                    over=sweep.over,
                    metric=metric,
                    label=f"{plot} · {IN_SAMPLE[metric].label}, {kind}",
                    log=asked.logs[column],
                    lines=_curves(asked, evaluation, summary, which, metric),
                    marks=thresholds(sweep.spec, sweep.over),
                )
            )
    return panels


def _chance(asked: Asked, evaluation: Evaluation) -> dict[str, list[float]]:
    """The levels of pair retrieval by guessing, NaN where there is no spec."""
    levels = {}
    for prefix in asked.prefixes():
        sizes = (np.nan if s is None else HELD_OUT if prefix else s.n for s in evaluation.specs)
        name = "chance, held out" if prefix and asked.pairs == "both" else "chance"
        levels[name] = [1 / min(size, RETRIEVAL_PAIRS) for size in sizes]
    return levels


def _map(asked: Asked, evaluation: Evaluation, summary: Summary, keep: str) -> go.Figure:
    sweep, (metric,) = asked.first, asked.metrics
    assert sweep.over2 is not None  # a map has two
    m = evaluation.metrics.index(asked.prefixes()[0] + metric)
    held_out = ", held out" if asked.pairs == "held_out" else ""
    return heat_map(
        summary.mean[:, 0, m].reshape(len(sweep.values2), len(sweep.values)),
        x=sweep.over,
        xs=sweep.values,
        log_x=asked.logs[0],
        y=sweep.over2,
        ys=sweep.values2,
        log_y=asked.logs[1],
        metric=metric,
        label=IN_SAMPLE[metric].label + held_out,
        lines=law_lines(sweep.spec, sweep.over, sweep.values, sweep.over2, sweep.values2),
        keep=keep,
    )
