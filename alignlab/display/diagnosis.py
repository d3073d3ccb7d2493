"""A diagnosis as a user sees it in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from alignlab import records
from alignlab.diagnosis.result import Diagnosis
from alignlab.diagnosis.tables import (
    all_numbers,
    label_score_table,
    numbers,
    pairing_table,
    ratio_table,
)
from alignlab.display import html
from alignlab.extras import needed
from alignlab.names import LEGENDS
from alignlab.words.advice import between
from alignlab.words.diagnose import diagnosis_words, headline, ratio, without_noise

if TYPE_CHECKING:
    import plotly.graph_objects as go


def brief(found: Diagnosis) -> str:
    """The most important values in one line."""
    advised = None if found.advice is None else found.advice.objective
    deltas = ", ".join(
        f"{name}={getattr(found, name):.3g}"
        for name in ("delta_ca", "delta_cp", "delta_cp_reverse")
    )
    return (
        f"Diagnosis(regime={found.regime!r}, advice={advised!r}, {deltas}, "
        f"support={found.support:.3g}, n={found.n}, labelled={found.labelled}, "
        f"directions={found.directions}, components={found.components})"
    )


def summary(found: Diagnosis) -> str:
    """The headline, and one line per finding."""
    lines = [headline(found), "", *(f"- {words}" for words in diagnosis_words(found))]
    return html.plain("\n".join(lines))


def as_html(found: Diagnosis) -> str:
    """The headline, the held-out scores, and the ratios."""
    parts = [html.paragraph(headline(found))]
    if found.scores is not None:
        rows = [
            (
                str(name),
                f"{row['k']:.0f}",
                between(row["score"], row["low"], row["high"]),
                f"{row['best k']:.0f}",
                between(row["best score"], row["best low"], row["best high"]),
            )
            for name, row in label_score_table(found).iterrows()
        ]
        title = f"Held-out {found.scores.metric} (90% interval), chance {found.scores.chance:.3g}"
        parts.append(html.table(title, ("", "k", "score", "best k", "at best k"), rows))
    shown = without_noise(found)
    if shown.population is not None:
        columns = ("delta", "low", "high", "sample delta")
        ratios = [
            (LEGENDS[str(name)], *(ratio(row[column]) for column in columns))
            for name, row in ratio_table(shown).iterrows()
        ]
        title = "Δ = weakest signal / largest nuisance; an objective recovers above 1"
        parts.append(html.table(title, ("", "Δ", "from", "to", "these pairs"), ratios))
    rest = (
        f"{found.n:,} pairs, {found.labelled:,} labelled; {found.components[0]} and "
        f"{found.components[1]} principal components. summary() says more, plot() draws it."
    )
    return html.whole(*parts, html.paragraph(rest))


def frame(found: Diagnosis) -> pd.DataFrame:
    """All numbers of the tables, one per row."""
    own = all_numbers(found).reset_index()
    if found.pairing is None:
        return own
    more = pairing_table(found).rename_axis("row").reset_index()
    more = more.melt("row", var_name="quantity", value_name="number").assign(part="pairing")
    more = more.rename(columns={"number": "value"})
    whole = pd.concat([own, more], ignore_index=True)
    return whole.astype({"value": float})


def text(found: Diagnosis) -> str:
    """JSON: the numbers as tables, and all fields."""
    return records.to_text(found, numbers(found))


def parsed(source: str) -> Diagnosis:
    """The diagnosis of a text that `text` wrote, or of the JSON file of the app."""
    return records.from_text(Diagnosis, source, within="diagnosis")


def plot(found: Diagnosis, name: str | None) -> go.Figure:
    """The figure of this name; ModuleNotFoundError with the remedy where Plotly is missing."""
    needed("plotly", "plot", "Diagnosis.plot")
    from alignlab.figures.diagnosis import plotted

    return plotted(without_noise(found), name)
