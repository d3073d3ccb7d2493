"""The verdict on the diagnosis page: text, charts, numbers and exports."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from alignlab.diagnosis.result import Diagnosis
from alignlab.diagnosis.tables import (
    advice_table,
    all_numbers,
    label_score_table,
    pairing_table,
    ratio_table,
)
from alignlab.diagnosis.work import Work
from alignlab.figures import diagnose as figures_of
from alignlab.figures import diagnose_spectra as spectra
from alignlab.figures import label_scores
from alignlab.names import LEGENDS
from alignlab.ui.chart import Panel, charts
from alignlab.ui.jobs import Followed
from alignlab.ui.parts.diagnose import material as d
from alignlab.ui.parts.diagnose.report import offer_report
from alignlab.ui.takeaway import takeaway
from alignlab.words.advice import AT_HAND, figure, scores_words
from alignlab.words.diagnose import (
    diagnosis_words,
    headline,
    picture_words,
    ratio,
    truth_words,
    without_noise,
)
from alignlab.words.numbers import number

COLUMNS = {
    "delta": "Δ, population", "low": "from", "high": "to", "sample delta": "Δ, these pairs",
    "signal": "weakest signal", "nuisance": "largest nuisance",
    "sample nuisance": "largest nuisance, these pairs",
    "floor": "permutation null, 95th percentile",
    "above": "directions above nuisance", "directions": "dimension of the label subspace",
}  # fmt: skip

SCORE_PICTURES = ("held-out scores", "scores by dimension")

RATIOS = ("delta", "low", "high", "sample delta")

PAIRING = {
    "value": "these pairs", "null": "permutation null, mean",
    "edge": "permutation null, 95th percentile",
    "z": "standard deviations above", "p": "share of permutations as large",
}  # fmt: skip


SCORED, THEORY = "Scores on held-out labels", "Regime according to theory"


def reference(material: d.Material, diagnosis: Work) -> Diagnosis | None:
    """Draw the advice and the verdict in one line; returns the diagnosis so far, or None."""
    if not diagnosis.ready:
        st.markdown("Reading the rows …")
        return None
    found = diagnosis.result()
    colour = figures_of.regime_colour(found.regime)
    with st.container(border=True):
        bold = f"**{found.regime}**"
        said = headline(found, material.at_hand)
        st.markdown(said.replace(bold, f":{colour}-background[{bold}]", 1))
    return found


def draw(material: d.Material, work: Followed[Work]) -> None:
    """The verdict with its text, charts and numbers, as far as it is known."""
    known = reference(material, work.work)
    if known is None:
        return
    found = without_noise(known)
    drawn, captions = pictures(material, found), picture_words(found)
    scored = [name for name in drawn if name in SCORE_PICTURES]
    if known.scores is not None:
        st.markdown(f"##### {SCORED}")
        _charts(drawn, scored, captions, "scores")
        _bullets(scores_words(known))
        if known.advice is not None:
            st.dataframe(displayed_advice(found), height="content")
        st.dataframe(displayed_scores(found), height="content")
        st.markdown(f"##### {THEORY}")
    _bullets(words(material, known)[len(scores_words(known)) :])
    _charts(drawn, [name for name in drawn if name not in scored], captions, "diagnosis")
    st.dataframe(displayed(found), height="content")


def _bullets(sentences: list[str]) -> None:
    st.markdown("\n".join(f"- {sentence}" for sentence in sentences))


def _charts(
    drawn: dict[str, go.Figure], names: list[str], captions: dict[str, str], key: str
) -> None:
    panels = [
        Panel(name=name, figure=drawn[name], caption=captions[name], height=400) for name in names
    ]
    charts(panels, key=key, columns=2)


def words(material: d.Material, found: Diagnosis) -> list[str]:
    """All sentences below the headline: on held-out labels first, then on theory."""
    theory = [] if material.truth is None else [truth_words(material.truth)]
    scored, said = scores_words(found), diagnosis_words(found, material.columns)
    return [*scored, *theory, *said[len(scored) :]]


def displayed_advice(found: Diagnosis) -> pd.DataFrame:
    """The advice, formatted: one row per set of views that may be available."""
    told = {"none": "nothing", "undetermined": "not known"}
    rows = {
        AT_HAND[str(name)]: {
            "train": told.get(row["objective"], row["objective"]),
            "gain (90%)": _between(row["gain"], row["low"], row["high"], signed=True),
            "best trained": f"{row['method']}, k = {row['k']}: {figure(row['score'], 3)}",
            "better view alone": f"{row['against']}: {figure(row['untrained'], 3)}",
        }
        for name, row in advice_table(found).iterrows()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("views available")


def displayed_scores(found: Diagnosis) -> pd.DataFrame:
    """The held-out scores, formatted: one row per representation."""
    assert found.scores is not None
    metric = f"{found.scores.metric} (90%)"
    rows = {
        str(name): {
            "k": f"{row['k']:.0f}",
            metric: _between(row["score"], row["low"], row["high"]),
            "best k": f"{row['best k']:.0f}",
            f"{metric} at best k": _between(row["best score"], row["best low"], row["best high"]),
        }
        for name, row in label_score_table(found).iterrows()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("held out")


def _between(value: float, low: float, high: float, *, signed: bool = False) -> str:
    middle, *ends = (figure(one, 3, signed=signed) for one in (value, low, high))
    return f"{middle} ({' to '.join(ends)})"


def displayed(found: Diagnosis) -> pd.DataFrame:
    """The ratios, formatted: one column per objective."""
    table = ratio_table(found).dropna(axis=1)
    read = {column: table[column].map(ratio if column in RATIOS else number) for column in table}
    return pd.DataFrame(read).rename(columns=COLUMNS, index=LEGENDS).T.rename_axis(None, axis=1)


def scored_tables(found: Diagnosis) -> dict[str, pd.DataFrame]:
    """The tables of advice and held-out scores, by title; none if there are no scores."""
    if found.scores is None:
        return {}
    advised = {} if found.advice is None else {"Advice": displayed_advice(found)}
    return advised | {SCORED: displayed_scores(found)}


def pictures(material: d.Material, found: Diagnosis) -> dict[str, go.Figure]:
    """All charts of a diagnosis, by name."""
    keep, truth, direction = material.name, material.truth, material.prediction
    drawn: dict[str, go.Figure] = {}
    if found.scores is not None:
        drawn["held-out scores"] = label_scores.dots(found, keep=keep)
        drawn["scores by dimension"] = label_scores.by_dimension(found, keep=keep)
    if found.population is not None:
        drawn["where"] = figures_of.located(found, truth, keep=keep)
        drawn["ratios"] = figures_of.ratios(found, truth, keep=keep)
    drawn["spectrum of C"] = spectra.spectrum(found, "ca", keep=keep)
    drawn["spectrum of A"] = spectra.spectrum(found, direction, keep=f"{keep} {direction}")
    if found.population is not None:
        drawn["labels"] = spectra.explained(found, keep=keep)
        drawn["signal and nuisance"] = spectra.separated(found, keep=keep)
    if found.pairing is not None:
        drawn["pairing"] = spectra.strengths(found, keep=keep)
    return drawn


def take(material: d.Material, work: Followed[Work]) -> None:
    """The export pack, the report in one file, and the numbers as JSON."""
    found = work.work.result()
    offer_report(
        d.TITLE,
        found,
        words=[headline(found, material.at_hand), *words(material, found)],
        figures=lambda: pictures(material, without_noise(found)),
        captions=picture_words(without_noise(found)),
        tables={
            **scored_tables(found),
            "Ratios": displayed(without_noise(found)),
            "Pairing": pairing_table(found).rename(columns=PAIRING).map(number),
        },
        numbers=all_numbers(found),
        settings=material.settings,
        script=material.script,
    )
    takeaway(
        d.TITLE,
        figures=lambda: pictures(material, without_noise(found)),
        table=lambda: all_numbers(found),
        parameters=material.settings,
        script=material.script,
        notes=material.notes,
    )
