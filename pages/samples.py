"""Theory and samples: what CA and CP recover from n pairs over the whole phase plane."""

from dataclasses import asdict

import plotly.graph_objects as go
import streamlit as st

from alignlab.figures.samples import recovery_map
from alignlab.names import LEGENDS
from alignlab.spiked.model import OBJECTIVES
from alignlab.spiked.monte_carlo import OVERLAP, Sampling
from alignlab.spiked.samples import RecoveryMaps
from alignlab.ui.chart import Panel, charts
from alignlab.ui.jobs import Followed, job
from alignlab.ui.page import folded, refusal, verdict
from alignlab.ui.panel import widgets
from alignlab.ui.parts import spiked as p
from alignlab.ui.parts.samples import GRADED, MAPS, PAGE, SIDE, maps_script, recovery_maps
from alignlab.ui.parts.sampling import DRAWS, SAMPLE_N
from alignlab.ui.parts.synthetic import SEED
from alignlab.ui.progress import follow
from alignlab.ui.takeaway import takeaway
from alignlab.words.samples import headline, map_words, sample_warning


def sidebar() -> None:
    """The page's controls."""
    widgets(SAMPLE_N, p.FEATURES, p.SHARED_K, MAPS, GRADED)
    widgets(p.GAMMA_X, p.GAMMA_Y, p.GAMMA_TILDE_X, p.GAMMA_TILDE_Y)
    folded("Heterogeneity", ":material/tune:", p.heterogeneity_controls)
    widgets(DRAWS, SIDE, SEED)


def body() -> None:
    """Maps of recovery with the theoretical curves, as far as they are measured."""
    values = PAGE.values()
    with refusal():
        maps = recovery_maps(values)
        measured = job(maps, maps.sampling)
    kept = values["graded"] == "kept"
    follow(measured, lambda: draw(maps, measured, kept), "problems")
    if not measured.complete:
        return
    takeaway(
        PAGE.title,
        figures=lambda: figures(maps, measured.work, kept),
        table=lambda: maps.table(measured.work),
        parameters=asdict(maps),
        script=maps_script(maps),
    )


def draw(maps: RecoveryMaps, measured: Followed[Sampling], kept: bool) -> None:
    """Text and maps of the measurement so far."""
    line = verdict()
    many = len(maps.ratios) > 1
    charts(
        [
            Panel(name=name, figure=figure, caption=caption(name, maps, kept), height=400)
            for name, figure in figures(maps, measured.work, kept).items()
        ],
        key="maps",
        columns=2 if many else 3,
    )
    line.markdown(headline(maps, measured.work))
    floor = measured.work.floors[0, 0]
    if warning := sample_warning(maps.spec.d, maps.n, floor):
        st.warning(warning, icon=":material/warning:")
    st.markdown(map_words(maps, measured.work))


def figures(maps: RecoveryMaps, sampling: Sampling, kept: bool) -> dict[str, go.Figure]:
    """One map for each objective, or for each ratio q and CA and CP."""
    of = "directions kept" if kept else "mean squared overlap"
    found = {}
    for which, ratio in enumerate(maps.ratios):
        for objective in OBJECTIVES if ratio is None else ("ca", "cp"):
            name = LEGENDS[objective] + ("" if ratio is None else f", q = {ratio:g}")
            promised = maps.promised(objective, which)
            found[name] = recovery_map(
                maps.share(sampling, objective, which, kept),
                maps.kappas,
                maps.nus,
                title=name,
                of=of,
                theory=promised[:1] if maps.same_strengths(which) else promised,
                floor=maps.floor(sampling, objective, which),
                keep=f"{name} {maps.kappas[-1]}",
            )
    return found


def caption(name: str, maps: RecoveryMaps, kept: bool) -> str:
    """The caption of a map."""
    graded = (
        f"The share of {maps.spec.k} shared directions with squared overlap of {OVERLAP} or more"
        if kept
        else "The mean squared overlap, 1 − distance²"
    )
    curves = (
        "White: theoretical boundary."
        if maps.same_strengths() and len(maps.ratios) == 1
        else "White: below the i-th curve, theory recovers at least i directions."
    )
    return (
        f"{graded}, mean of up to {len(maps.seeds)} samples of {maps.n:,} pairs. {curves} Pink: "
        "to its right, the weakest signal exceeds the largest nuisance value in samples."
    )


PAGE.run(body, sidebar)
