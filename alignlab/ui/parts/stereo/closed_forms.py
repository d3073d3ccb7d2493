"""Closed forms on fixed features: pairs, scores, the sweep over jitter, the place on the map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import plotly.graph_objects as go
import streamlit as st

from alignlab.data.stereo.outlines import SHAPES
from alignlab.data.stereo.spec import StereoSpec
from alignlab.diagnosis.work import Work
from alignlab.experiments.stereo import CHANCE, HELD_OUT, METHODS, SCORES, recovered_shares
from alignlab.experiments.stereo_published import FLAT, published
from alignlab.experiments.stereo_sweep import StereoSweep
from alignlab.figures import stereo as draw
from alignlab.figures.diagnose import located
from alignlab.figures.probes import by_bottleneck
from alignlab.ui.chart import Panel, charts
from alignlab.ui.controls import Value
from alignlab.ui.jobs import Followed
from alignlab.ui.page import refusal, verdict
from alignlab.ui.parts.stereo.cells import (
    all_bottlenecks,
    cell_of,
    diagnosis_job,
    latent_points,
    scores_of,
    shown_pairs,
    stereo_script,
    sweep_job,
)
from alignlab.ui.parts.stereo.page import KEEP, PAGE, stereo_spec
from alignlab.ui.progress import follow
from alignlab.ui.takeaway import takeaway
from alignlab.words import stereo as words


def closed_forms(values: Mapping[str, Value]) -> None:
    """Pairs as images, what a probe finds in each method's numbers, and the sweep over jitter."""
    k = values["bottleneck"]
    with refusal():
        spec = stereo_spec(values)
        cell, scores, seen = cell_of(spec), scores_of(spec, k), shown_pairs(spec)
    shares = recovered_shares(scores)

    def figures() -> dict[str, go.Figure]:
        return {
            "pairs": draw.sample_pairs(seen.X1, seen.X2, keep=KEEP),
            "scores": draw.scored(scores, chance=CHANCE, k=k, keep=KEEP),
        }

    line = verdict()
    grid(figures(), spec, k, "stereo", columns=2, height=380)
    line.markdown(words.headline(scores, shares, spec.jitter, k, CHANCE))
    st.markdown(words.scores_words(scores, shares, cell.nuisance_correlations))
    swept = sweep_job(spec, k)
    st.subheader("Along the jitter")
    follow(swept, lambda: grid(curves(swept, spec, k), spec, k, "along", columns=2), "settings")
    st.markdown(words.nuisance_words(cell.nuisance_correlations, spec.jitter))
    if not swept.complete:
        return
    diagnosed = diagnosis_job(spec, k)
    st.subheader("Place in the phase diagram, and the share recovered")
    follow(diagnosed, lambda: place(diagnosed, spec, k), "steps")
    st.subheader("Latents, and the bottleneck")
    grid(at_rest(spec, k), spec, k, "at rest", columns=2)
    if not diagnosed.complete:
        return
    takeaway(
        PAGE.title,
        figures=lambda: {
            **figures(),
            **curves(swept, spec, k),
            **place_figures(diagnosed, spec, k),
            **at_rest(spec, k),
        },
        table=lambda: scores,
        parameters=asdict(spec) | {"k": k},
        script=stereo_script(spec, k),
    )


def grid(
    figures: dict[str, go.Figure], spec: StereoSpec, k: int, key: str, *, columns: int,
    height: int = 400,
) -> None:  # fmt: skip
    """Charts with their captions."""
    said = words.captions(k, HELD_OUT, spec.n)
    charts(
        [
            Panel(name=name, figure=figure, caption=said[name], height=height)
            for name, figure in figures.items()
        ],
        key=f"stereo {key}",
        columns=columns,
    )


def curves(swept: Followed[StereoSweep], spec: StereoSpec, k: int) -> dict[str, go.Figure]:
    """Both scores along the jitter, as far as they have been measured."""
    now = scores_of(spec, k)
    paper = published(spec.noise_x, spec.noise_y, FLAT) if spec.shared else {}
    return {
        f"{score} along the jitter": draw.along_jitter(
            swept.work.at(k),
            now[score],
            spec.jitter,
            score=score,
            chance=CHANCE if score == "accuracy" else None,
            reported=paper if score == "accuracy" else {},
            keep=KEEP,
        )
        for score in SCORES
    }


def at_rest(spec: StereoSpec, k: int) -> dict[str, go.Figure]:
    """The latents of the methods, and the accuracy at every bottleneck."""
    found = {}
    for method in METHODS:
        points, axes, labels = latent_points(spec, k, method)
        found[f"latent of {method}"] = draw.latent(
            points, axes, labels, SHAPES, method=method, keep=KEEP
        )
    table = all_bottlenecks(spec)
    return found | {"bottleneck": by_bottleneck(table, draw.LOOKS, k, chance=CHANCE, keep=KEEP)}


def place(diagnosed: Followed[Work], spec: StereoSpec, k: int) -> None:
    """Where the features lie among the regimes, with the shares recovered beside it."""
    if not diagnosed.work.ready:
        return
    found, shares = diagnosed.work.result(), recovered_shares(scores_of(spec, k))
    grid(place_figures(diagnosed, spec, k), spec, k, "place", columns=2)
    st.markdown(words.verdict_words(found.regime, found.delta_ca, shares, k))


def place_figures(diagnosed: Followed[Work], spec: StereoSpec, k: int) -> dict[str, go.Figure]:
    """The features' place among the regimes, and the shares recovered."""
    shares = recovered_shares(scores_of(spec, k))
    return {
        "where": located(diagnosed.work.result(), None, keep=KEEP),
        "shares": draw.shares(shares, k, keep=KEEP),
    }
