"""Latent spaces of pairs: the picture, the point that is picked, the worst pairs, the numbers."""

from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from alignlab.experiments.space import Space
from alignlab.figures import inspect as draw
from alignlab.maps import Maps
from alignlab.ui.chart import Panel, charts
from alignlab.ui.controls import Value
from alignlab.ui.files.controls import DROP
from alignlab.ui.hover import Card, hover_card
from alignlab.ui.jobs import Series
from alignlab.ui.page import folded, refusal, remember_selection, selection, widgets
from alignlab.ui.parts.compare import RIDGE
from alignlab.ui.parts.inspect import colour, pairs, picture
from alignlab.ui.parts.inspect import controls as c
from alignlab.ui.parts.inspect.numbers import number_table, random_distances, show_numbers
from alignlab.ui.parts.inspect.page import PAGE
from alignlab.ui.parts.inspect.scripts import inspect_script
from alignlab.ui.parts.inspect.source import choose_pairs
from alignlab.ui.parts.inspect.work import Plan, Step
from alignlab.ui.parts.maps import EXAGGERATION, PERPLEXITY
from alignlab.ui.parts.pairs import HOLDOUT, SPLIT_SEED
from alignlab.ui.parts.rows import rows_table
from alignlab.ui.takeaway import takeaway
from alignlab.words.inspect import (
    compared_words,
    map_words,
    nearest_shares,
    space_name,
    space_words,
)

colours_on_offer = {"": "automatic"}
"""What the colour may show, of the pairs that the body has brought."""


def sidebar() -> None:
    """The page's controls."""
    values = PAGE.values()
    widgets(c.DATA, c.SPACE, c.SPACE_B)
    hows = {values["space"], values["space_b"]}
    if hows - {"", "common", "least_squares", "least_squares_reversed"}:
        c.SPACE_DIMS.widget()
    c.MAP.widget()
    if values["map"] in ("tsne", "umap"):
        folded("Map", ":material/bubble_chart:", lambda: map_controls(values))
    c.COLOUR.widget(options=colours_on_offer)
    widgets(c.PARTNERS, c.UNIT)
    if hows - {"", "common"}:
        widgets(HOLDOUT, SPLIT_SEED)
    if "cca" in hows:
        RIDGE.widget()
    if hows & {"contrastive", "nonlinear_contrastive"}:
        folded("Contrastive training", ":material/model_training:",
               lambda: widgets(*c.OF_TRAINING))  # fmt: skip


def map_controls(values: Mapping[str, Value]) -> None:
    """The settings of t-SNE or UMAP."""
    if values["map"] == "umap":
        widgets(c.MAP_FIT, c.UMAP_NEIGHBOURS, c.MIN_DIST, c.MAP_SEED, c.MAP_SEEDS)
        return
    st.latex(r"\mathrm{KL}(P \,\Vert\, Q)")
    st.latex(r"q_{ij} \propto (1 + \lVert y_i - y_j \rVert^2)^{-1}")
    widgets(c.MAP_FIT, PERPLEXITY, c.PERPLEXITIES, EXAGGERATION, c.MAP_STEPS)
    c.MAP_START.widget(on_change=picture.take_previous)
    c.MAP_SEED.widget()
    if values["map_start"] == "random":
        c.MAP_SEEDS.widget()


def body() -> None:
    """The pairs in their space, as far as everything has been computed."""
    values = PAGE.values()
    with refusal():
        brought = choose_pairs(values)
        if brought is None:
            return
        colours_on_offer.clear()
        colours_on_offer.update(colour.options(brought.inspected))
        pairs.forget_old_pick(brought.inspected)
        values = PAGE.values()
        plan = Plan.of(brought, values)
        made = plan.spaces()
    for said in brought.said:
        st.caption(f":material/info: {said}")
    if not made.complete:
        return
    for spec, why in made.work.failures.items():
        st.error(f"{space_name(spec.how)}: {why}", icon=":material/block:")
    shown = {
        space_name(spec.how): made.work.spaces[spec]
        for spec in plan.specs
        if spec in made.work.spaces
    }
    if shown:
        inspect(plan, made.work, shown, values)


def inspect(plan: Plan, made: Spaces, shown: dict[str, Space], values: dict[str, Value]) -> None:
    """The picture, single pairs, and the numbers of the spaces."""
    inspected, (name, space) = plan.brought.inspected, next(iter(shown.items()))
    worst = None
    if values["colour"] == "rank":
        ranks = plan.ranks(shown)
        if not ranks.complete:
            return
        worst = np.maximum(*ranks_by_name(ranks.work)[name])
    scene = Scene(
        inspected=inspected,
        spaces=shown,
        specs=plan.maps,
        colours=colouring(inspected, space, values["colour"], worst),
        keep=f"{plan.brought.key} {values['map']} {values['map_fit']}",
        lines=values["partners"],
    )
    maps = draw_maps(plan, made, scene, values)
    findings = st.container()
    for name, space in shown.items():
        for note in space.notes:
            st.warning(f"{name}: {note}", icon=":material/warning:")
    picks = pairs.picks(values, shown)
    pairs.tell_picks(picks, shown, inspected)
    if maps is not None and maps.running:
        return  # the numbers follow, so that the picture has the processor to itself
    ranks = plan.ranks(shown)
    if not ranks.complete:
        return
    ranked = ranks_by_name(ranks.work)
    pairs.lists(shown, ranked, inspected, values)
    curves = spread(shown, ranked)
    charts([panel for panel in curves], key="distances and ranks", columns=2)
    st.subheader("Numbers, each beside its null")
    measured = plan.numbers(shown, numbers.show)
    if measured.complete:
        numbers.show(measured.work)
    with findings:
        findings_words(shown, ranked, measured.work, plan, maps)
    if measured.complete and maps is not None and maps.complete:
        offer(plan, scene, maps.work, measured.work, curves)
