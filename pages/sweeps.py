"""Sweeps: the papers' Figure 4, one parameter at a time, or a map of two parameters."""

from dataclasses import asdict

import plotly.graph_objects as go
import streamlit as st

from alignlab.experiments.sweeps import Evaluation, Sweep, means
from alignlab.ui.chart import Panel, charts
from alignlab.ui.controls import Choice, Count
from alignlab.ui.jobs import Followed, job
from alignlab.ui.page import refusal, verdict
from alignlab.ui.panel import widget, widgets
from alignlab.ui.parts.sweep_pictures import figures, moving_latent
from alignlab.ui.parts.sweeps import (
    CURVES,
    HIGH,
    HIGH2,
    LOW,
    LOW2,
    MEASURED,
    OVER,
    OVER2,
    PAGE,
    PAIRS,
    POINTS,
    SEEDS,
    SHOW,
    SPACING,
    SPACING2,
    Asked,
    ask,
    cell_links,
    ordinary_range,
    panel_of_figure_4,
    sweep_script,
)
from alignlab.ui.parts.synthetic import synthetic_controls
from alignlab.ui.progress import follow
from alignlab.ui.setting import put
from alignlab.ui.takeaway import takeaway
from alignlab.words.findings import Finding, confirmed_words, findings, no_findings_words
from alignlab.words.sweeps import figure_4_words, mark_words, metric_words, range_words, sweep_words

VERDICTS = {
    "confirmed": ":green-badge[confirmed]",
    "not seen": ":red-badge[not seen]",
    "seen only because of collapse": ":orange-badge[seen only because of collapse]",
}

LAW = (
    r"\text{in the sample, CMAE} = 0 \iff k \le d_1 + d_2 - \mathrm{rank}\,[X_1, -X_2]",
    r"\text{that is } k \le d/2 \text{ without noise, and } n \le d - k \text{ with it}",
)


def sidebar() -> None:
    """The page's controls."""
    widget(SHOW)
    show = st.session_state[SHOW.key]
    if show != "figure4":
        swept("", OVER, LOW, HIGH, SPACING)
    if show == "map":
        swept("2", OVER2, LOW2, HIGH2, SPACING2)
    widgets(POINTS, SEEDS, CURVES)
    if show != "figure4":
        widgets(MEASURED, PAIRS)
    st.markdown("**Pairs**: the parameters that are not swept")
    synthetic_controls()


def swept(which: str, over: Choice, low: Count, high: Count, spacing: Choice) -> None:
    """The controls of one swept parameter; a new parameter starts with its usual range."""

    def forget_range() -> None:
        for control in (low, high, spacing):
            put(control, control.default)

    widget(over, on_change=forget_range)
    try:
        usual = ordinary_range(PAGE.values(), which)
    except ValueError:  # the body reports what is wrong with the pairs
        usual = (0.0, 0.0, False)
    for place, control, end in zip(st.columns(2), (low, high), usual, strict=False):
        with place:
            widget(control, placeholder=f"{end:g}")
    widget(spacing)


def body() -> None:
    """Charts of the measurement that the controls ask for, as far as it has run."""
    values = PAGE.values()
    with refusal():
        asked = ask(values)
        measured = job(asked.plan, asked.plan.evaluation)
    follow(measured, lambda: draw(asked, measured), "problems")
    if asked.show == "curves":
        play(asked)
    if not measured.complete:
        return
    plan = asked.plan
    takeaway(
        PAGE.title,
        figures=lambda: drawn(asked, measured.work),
        table=lambda: means(plan.frame(measured.work))[list(asked.measured())],
        parameters=asdict(plan),
        script=sweep_script(plan, asked.measured()),
    )


def drawn(asked: Asked, evaluation: Evaluation) -> dict[str, go.Figure]:
    """The figures; their zoom is kept while the same parameter is swept over the same range."""
    first = asked.first
    keep = f"{asked.show} {first.over} {first.values} {first.over2} {first.values2}"
    return figures(asked, evaluation, keep)


def draw(asked: Asked, measured: Followed[Evaluation]) -> None:
    """Text, charts and verdicts of the measurement so far."""
    evaluation = measured.work
    figure_4, is_map = asked.show == "figure4", asked.show == "map"
    alone = len(asked.metrics) == 1
    line = verdict()
    charts(
        [
            Panel(
                name=name,
                figure=figure,
                caption=caption(asked, name),
                height=700 if figure_4 else 480 if is_map or alone else 380,
                wide=figure_4 or is_map or alone,
                picks=figure_4,
                links=cell_links(asked) if is_map else (),
            )
            for name, figure in drawn(asked, evaluation).items()
        ],
        key="sweep",
        columns=2,
        on_pick=lambda number: pick(asked, number),
    )
    if "wanted" in st.session_state:
        st.rerun()
    found = [] if is_map else evidence(asked, evaluation)
    said = confirmed_words([one for _, few in found for one in few])
    line.markdown(said or range_words(asked.first))
    st.markdown(figure_4_words(evaluation) if figure_4 else sweep_words(asked.first, evaluation))
    if not is_map:
        verdicts(asked, found)


def caption(asked: Asked, name: str) -> str:
    """The caption of a figure."""
    if asked.show == "figure4":
        return (
            "Numbered as in the papers. All panels of a metric share their range, all panels of a "
            "column their x axis. Dotted: thresholds of the exact law, n = d − k, k = d/2, k = d."
        )
    if asked.show == "map":
        words = metric_words(asked.metrics[0], asked.pairs, len(asked.plan.seeds))
        return (
            f"{words} Click a cell to align its pairs in a new tab. Lines: the exact law "
            "of plain PA in-sample. Without noise CMAE is zero where k ≤ d/2, with noise where "
            "n ≤ d − k; k cannot exceed d."
        )
    seeds = len(asked.plan.seeds)
    return f"{metric_words(name, asked.pairs, seeds)} {mark_words(asked.first)}"


def pick(asked: Asked, number: int) -> None:
    """Show one panel of Figure 4 as a single sweep."""
    PAGE.want(PAGE.values() | panel_of_figure_4(asked, number))


def evidence(asked: Asked, evaluation: Evaluation) -> list[tuple[Sweep, list[Finding]]]:
    """The papers' findings that concern these sweeps, each with the result measured here."""
    table = asked.plan.frame(evaluation)
    return [
        (sweep, findings(sweep, table[table["sweep"] == which]))
        for which, sweep in enumerate(asked.plan.sweeps)
    ]


def verdicts(asked: Asked, checked: list[tuple[Sweep, list[Finding]]]) -> None:
    """The findings in words."""
    lines = []
    for sweep, found in checked:
        if asked.show == "figure4" and found:
            noise = "unit noise" if sweep.spec.noise else "clean"
            lines.append(f"\n**{sweep.over} swept, {noise}**\n")
        lines += [f"- {VERDICTS[f.verdict]} {f.claim} *Here*: {f.because}" for f in found]
    st.subheader("Findings of the papers, and results here")
    for line in LAW:
        st.latex(line)
    if not lines:
        lines = [no_findings_words(asked.first, asked.plan.aligners)]
    st.markdown("\n".join(lines))


def play(asked: Asked) -> None:
    """The latent along the sweep, as an animation in the browser."""
    aligner, seed = asked.plan.aligners[0], asked.plan.seeds[0]
    moving = moving_latent(asked.first, aligner, seed)
    if moving is None:
        return
    words = (
        f"Press ▶: the first pairs in the latent space of {CURVES.options[aligner]}, seed "
        f"{seed}, at each value of the sweep. Every latent is aligned with the true one by a "
        "rigid motion, which leaves distances unchanged."
    )
    charts([Panel(name="latent", figure=moving, caption=words, height=520)], key="moving latent")


PAGE.run(body, sidebar)
