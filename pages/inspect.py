"""Latent spaces of pairs: the picture, the point that is picked, the worst pairs, the numbers."""

from collections.abc import Mapping

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from alignlab.experiments.space import Space, Spaces, unseen
from alignlab.ui.chart import charts
from alignlab.ui.controls import Value
from alignlab.ui.hover import hover_card
from alignlab.ui.page import folded, refusal, verdict
from alignlab.ui.panel import widget, widgets
from alignlab.ui.parts.compare import RIDGE
from alignlab.ui.parts.inspect import controls as c
from alignlab.ui.parts.inspect import pairs
from alignlab.ui.parts.inspect.colour import ALWAYS, AUTOMATIC, colouring, first_choice, options
from alignlab.ui.parts.inspect.maps import draw_maps, take_previous
from alignlab.ui.parts.inspect.numbers import findings, offer, panels, show
from alignlab.ui.parts.inspect.page import PAGE
from alignlab.ui.parts.inspect.picture import Scene, mapped
from alignlab.ui.parts.inspect.source import choose_pairs
from alignlab.ui.parts.inspect.work import Plan, ranks_by_name
from alignlab.ui.parts.maps import EXAGGERATION, PERPLEXITY
from alignlab.ui.parts.pairs import HOLDOUT, SPLIT_SEED
from alignlab.ui.plain import as_written
from alignlab.words.inspect import headline, nearest_shares, space_name

# what the colour may show of the pairs that the body has brought, and what it shows by itself
colours_on_offer = dict(ALWAYS)
automatic: list[str] = []

# spaces without a split, and those without a k
UNFITTED = {"", "common"}
FREE = UNFITTED | {"least_squares", "least_squares_reversed"}


def sidebar() -> None:
    """The page's controls."""
    values = PAGE.values()
    hows = {values["space"], values["space_b"]}
    widgets(c.DATA, c.SPACE, c.SPACE_B)
    if hows - FREE:
        widget(c.SPACE_DIMS)
    widget(c.MAP)
    folded("Settings of the map", ":material/tune:", lambda: map_controls(values))
    widget(c.COLOUR, options=colours_on_offer)
    if values["colour"] == AUTOMATIC and automatic:
        st.caption(f"Shown: {as_written(automatic[0])}")
    widgets(c.PARTNERS, c.UNIT)
    if hows - UNFITTED:
        widgets(HOLDOUT, SPLIT_SEED)
    if "cca" in hows:
        widget(RIDGE)
    if hows & {"contrastive", "nonlinear_contrastive"}:
        folded("Contrastive training", ":material/model_training:", lambda: widgets(*c.OF_TRAINING))


def map_controls(values: Mapping[str, Value]) -> None:
    """The settings of the map that is chosen."""
    widget(c.MAP_FIT)
    if values["map"] == "umap":
        widgets(c.UMAP_NEIGHBOURS, c.MIN_DIST, c.MAP_SEED, c.MAP_SEEDS)
    if values["map"] != "tsne":
        return
    st.latex(r"\min_y\; \mathrm{KL}(P \,\Vert\, Q)")
    st.latex(r"q_{ij} \propto (1 + \lVert y_i - y_j \rVert^2)^{-1}")
    widgets(PERPLEXITY, c.PERPLEXITIES, EXAGGERATION, c.MAP_STEPS)
    widget(c.MAP_START, on_change=take_previous)
    widget(c.MAP_SEED)
    if values["map_start"] == "random":
        widget(c.MAP_SEEDS)


def body() -> None:
    """The pairs in their space, as far as everything has been computed."""
    values = PAGE.values()
    first, files = st.container(), st.container()  # the picture comes before the user's files
    with refusal():
        with files:
            brought = choose_pairs(values)
        if brought is None:
            return
        colours_on_offer.clear()
        colours_on_offer.update(options(brought.inspected))
        automatic[:] = [first_choice(brought.inspected)]
        pairs.forget_old_pick(brought.key)
        values = PAGE.values()
        plan = Plan.of(brought, values)
        made = plan.spaces()
    for said in brought.said:
        st.caption(f":material/info: {said}")
    if values["colour"] not in colours_on_offer:
        st.caption(":material/info: These pairs have no such colour: the automatic one is shown.")
    for spec, why in made.work.failures.items():
        st.error(f"{space_name(spec.how)}: {as_written(why)}", icon=":material/block:")
    shown = {
        space_name(spec.how): made.work.spaces[spec]
        for spec in plan.specs
        if spec in made.work.spaces
    }
    if made.complete and shown:
        inspect(plan, made.work, shown, values, first)


def inspect(
    plan: Plan,
    made: Spaces,
    shown: Mapping[str, Space],
    values: Mapping[str, Value],
    first: DeltaGenerator,
) -> None:
    """The picture, in the container `first`; single pairs, and the numbers of the spaces."""
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
    picks = pairs.picks(values, shown)
    if values["picked"] and not picks:
        st.caption(
            f":material/info: The point {values['picked']} is not among these pairs: rows are 0 to "
            f"{space.n - 1:,}."
        )
    with first:
        line = verdict()
        maps = draw_maps(plan, made, scene, next(iter(picks.values()), None), values)
        hover_card(lambda row, modality: pairs.card(inspected, row, modality), key="hover card")
        pairs.tell_picks(picks, shown, inspected)
        told = st.container()
    for name, space in shown.items():
        for note in space.notes:
            st.caption(f":material/warning: {name}: {note}")
    # unknown numbers wait for the map, which has the processor to itself
    forming = maps is not None and maps.running
    if forming and not plan.known("ranks"):
        return
    ranks = plan.ranks(shown)
    if not ranks.complete:
        return
    ranked = ranks_by_name(ranks.work)
    rows = unseen(shown.values())
    found = {name: nearest_shares(ranked[name], rows) for name in shown}
    line.markdown(headline(found, space.n))
    charts(panels(shown, ranked), key="distances and ranks", columns=2)
    pairs.lists(shown, ranked, inspected, values)
    if forming and not plan.known("measures"):
        return
    st.subheader("Numbers beside their nulls")
    done = maps.work if maps is not None and maps.complete else None
    with refusal():  # of very few pairs
        measured = plan.numbers(shown, show)
    faithful = None
    if measured.complete and done is not None and plan.maps[0].together:
        faithful = plan.map_numbers(mapped(scene, done), lambda work: show(measured.work, work))
    works = [measured.work, *([faithful.work] if faithful else [])]
    if measured.complete and (faithful is None or faithful.complete):
        show(*works)
    with told:
        findings(shown, ranked, measured.work, plan, done)
    if done is not None and measured.complete and (faithful is None or faithful.complete):
        offer(plan, scene, done, works, ranked)


PAGE.run(body, sidebar)
