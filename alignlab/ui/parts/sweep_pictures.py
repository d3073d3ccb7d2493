"""The charts of the sweeps page, built from a measurement."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from alignlab.experiments.sweep_latents import latents_along
from alignlab.experiments.sweep_ranges import law_lines, thresholds
from alignlab.experiments.sweeps import HELD_OUT, IN_SAMPLE, Evaluation, Summary, Sweep
from alignlab.figures.animation import Frame, animated
from alignlab.figures.scatter import Members
from alignlab.figures.sweeps import Curve, PanelOfFigure4, curves, figure_4, heat_map
from alignlab.metrics import RETRIEVAL_PAIRS
from alignlab.ui.parts.sweeps import FIELDS_OF_FIGURE_4, METRICS_OF_FIGURE_4, NOISES, Asked
from alignlab.words.numbers import number


def figures(asked: Asked, evaluation: Evaluation, keep: str) -> dict[str, go.Figure]:
    """All charts of what has been measured so far, by name."""
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
    """Animation of the latent over the values of a sweep; None if no value has a latent."""
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
    """Chance levels of pair retrieval, NaN where there is no spec."""
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
