"""The verdict on the diagnosis page: words, pictures, numbers, and what to take away."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from alignlab.diagnose import Work
from alignlab.diagnosis import Diagnosis
from alignlab.diagnosis_tables import pairing_table, ratio_table
from alignlab.diagnosis_words import (
    diagnosis_words,
    headline,
    picture_words,
    ratio,
    truth_words,
    without_noise,
)
from alignlab.figures import diagnosis as figures_of
from alignlab.figures import diagnosis_spectra as spectra
from alignlab.figures.phase import NAMES
from alignlab.ui import diagnosis as d
from alignlab.ui.chart import Panel, charts
from alignlab.ui.jobs import Followed
from alignlab.ui.report import offer_report
from alignlab.ui.takeaway import takeaway
from alignlab.words import number

COLUMNS = {
    "delta": "Δ, population", "low": "from", "high": "to", "sample delta": "Δ, these pairs",
    "signal": "weakest signal", "nuisance": "largest nuisance",
    "sample nuisance": "largest nuisance, these pairs", "floor": "broken pairs, 95%",
    "above": "directions above nuisance", "directions": "directions that labels see",
}  # fmt: skip

RATIOS = ("delta", "low", "high", "sample delta")

PAIRING = {
    "value": "these pairs", "null": "permuted, mean", "edge": "permuted, 95% below",
    "z": "deviations above", "p": "share of permutations as large",
}  # fmt: skip


def reference(diagnosis: Work) -> Diagnosis | None:
    """Draw the verdict in one line; what is known so far, or None."""
    if not diagnosis.ready:
        st.markdown("Looking at the rows …")
        return None
    found = diagnosis.result()
    colour = figures_of.regime_colour(found.regime)
    with st.container(border=True):
        bold = f"**{found.regime}**"
        st.markdown(headline(found).replace(bold, f":{colour}-background[{bold}]", 1))
    return found


def draw(material: d.Material, work: Followed[Work]) -> None:
    """The verdict with its words, pictures and numbers, as far as it is known."""
    known = reference(work.work)
    if known is None:
        return
    st.markdown("\n".join(f"- {sentence}" for sentence in words(material, known)))
    found = without_noise(known)
    captions = picture_words(found)
    charts(
        [
            Panel(name=name, figure=figure, caption=captions[name], height=400)
            for name, figure in pictures(material, found).items()
        ],
        key="diagnosis",
        columns=2,
    )
    st.dataframe(displayed(found), height="content")


def words(material: d.Material, found: Diagnosis) -> list[str]:
    """All sentences below the headline."""
    theory = [] if material.truth is None else [truth_words(material.truth)]
    return [*theory, *diagnosis_words(found)]


def displayed(found: Diagnosis) -> pd.DataFrame:
    """The ratios as they are read, one column an objective."""
    table = ratio_table(found).dropna(axis=1)
    read = {column: table[column].map(ratio if column in RATIOS else number) for column in table}
    return pd.DataFrame(read).rename(columns=COLUMNS, index=NAMES).T.rename_axis(None, axis=1)


def pictures(material: d.Material, found: Diagnosis) -> dict[str, go.Figure]:
    """All pictures of a diagnosis, by name."""
    keep, truth, direction = material.name, material.truth, material.prediction
    drawn: dict[str, go.Figure] = {}
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
    """The pack, the report in one file, and the numbers as JSON."""
    found = work.work.result()
    offer_report(
        d.TITLE,
        found,
        words=[headline(found), *words(material, found)],
        figures=lambda: pictures(material, without_noise(found)),
        captions=picture_words(without_noise(found)),
        tables={
            "Ratios": displayed(without_noise(found)),
            "Pairing": pairing_table(found).rename(columns=PAIRING).map(number),
        },
        numbers=ratio_table(found),
        settings=material.settings,
        script=material.script,
    )
    takeaway(
        d.TITLE,
        figures=lambda: pictures(material, without_noise(found)),
        table=lambda: ratio_table(found),
        parameters=material.settings,
        script=material.script,
        notes=material.notes,
    )
