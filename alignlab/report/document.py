"""The report on a diagnosis, fit for a supplement: one HTML file that works offline."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from alignlab.diagnosis.advice import Available
from alignlab.diagnosis.result import Diagnosis
from alignlab.diagnosis.spec import DiagnosisSpec
from alignlab.provenance import versions
from alignlab.report.column_runs import listed_runs
from alignlab.report.data import DataDescription, described
from alignlab.report.figures import NOTES, TITLES, pictures
from alignlab.report.method import PAPER, SOFTWARE, method_steps
from alignlab.report.page import Document
from alignlab.report.scripts import report_script, settings_text
from alignlab.report.tables import shown_tables
from alignlab.spiked.theory import SeparationRatios
from alignlab.words.advice import scores_words
from alignlab.words.diagnose import (
    diagnosis_words,
    headline,
    picture_words,
    truth_words,
    without_noise,
)
from alignlab.words.glossary import DIAGNOSIS
from alignlab.words.terms import html_formula


def report(
    found: Diagnosis,
    *,
    data: DataDescription,
    spec: DiagnosisSpec,
    script: str,
    settings: Mapping[str, Any] | None = None,
    truth: SeparationRatios | None = None,
    direction: str = "cp",
    available: Available = "both",
    date: datetime | None = None,
) -> str:
    """The report as HTML. Whatever comes from a user's file is escaped.

    data : what was read. spec : the settings of the diagnosis; settings : how the data were chosen,
    by name, with values that JSON can hold.
    script : Python lines that end with the diagnosis as `found` and a variable `table`.
    truth : the ratios of the model that generated the pairs, if there is one. direction : "cp" or
    "cp_reverse", whose matrix A is drawn. available : the views that will be available later, whose
    advice comes first. date : of the report; now, if None.

    Raises ModuleNotFoundError, with the remedy, without plotly.
    """
    shown = without_noise(found)
    drawn = pictures(shown, truth=truth, direction=direction, keep=data.title)
    page = Document(data.title)
    page.result(headline(found, available))
    page.section("Data and settings")
    made = _made(spec, datetime.now(UTC) if date is None else date)
    page.lines("The data, and how they were diagnosed", described(data, found) | made)
    page.section("Findings")
    page.paragraph("CA, CP, Δ, C, A and the other terms are defined in the section Terms.")
    page.bullets(sentences(found, truth=truth, columns=data.columns))
    page.section("Tables")
    for title, table in shown_tables(found).items():
        page.table(title, table)
    page.section("Figures")
    said = picture_words(shown)
    page.figures(drawn, {name: _caption(name, said) for name in drawn})
    page.section("Method")
    page.steps(method_steps(found, spec))
    page.section("Terms")
    page.terms([(term.name, term.meaning, html_formula(term.formula)) for term in DIAGNOSIS])
    page.section("How to cite")
    page.bullets([f"The method: {PAPER}", f"The software: {SOFTWARE}"])
    page.section("Reproduction")
    page.code("Script", report_script(script, data, found))
    if settings:
        chosen = json.dumps(_compact(settings), indent=2, ensure_ascii=False)
        page.code("How the data were chosen", chosen)
    return page.html()


def sentences(
    found: Diagnosis,
    *,
    truth: SeparationRatios | None = None,
    columns: Sequence[Sequence[str]] | None = None,
) -> list[str]:
    """All sentences below the headline: on held-out labels first, then on theory."""
    theory = [] if truth is None else [truth_words(truth)]
    scored, said = scores_words(found), diagnosis_words(found, columns)
    return [*scored, *theory, *said[len(scored) :]]


def _made(spec: DiagnosisSpec, date: datetime) -> dict[str, str]:
    return {
        "Date": f"{date.day} {date:%B %Y, %H:%M} {date.tzname() or ''}".strip(),
        "Versions": ", ".join(f"{name} {number}" for name, number in versions().items()),
        "Seed": f"{spec.seed}",
        "Arguments of al.diagnose": settings_text(spec),
    }


def _compact(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with long lists of column names as runs."""
    return {
        name: listed_runs(value, most=50)
        if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)
        else value
        for name, value in settings.items()
    }


def _caption(name: str, said: Mapping[str, str]) -> str:
    title = TITLES.get(name, name)
    return " ".join(part for part in (f"{title}.", said.get(name), NOTES.get(name)) if part)
