"""The tables of a diagnosis formatted for readers: advice, held-out scores, ratios, pairing."""

from __future__ import annotations

import pandas as pd

from alignlab.diagnosis.result import Diagnosis
from alignlab.diagnosis.tables import (
    STRENGTHS,
    advice_table,
    label_score_table,
    p_words,
    pairing_table,
    ratio_table,
)
from alignlab.names import LEGENDS
from alignlab.words.advice import AT_HAND, between, figure
from alignlab.words.diagnose import ratio, without_noise
from alignlab.words.numbers import number

RATIO_ROWS = {
    "delta": "Δ, population", "low": "from", "high": "to", "sample delta": "Δ, these pairs",
    "signal": "weakest signal", "nuisance": "largest nuisance",
    "sample nuisance": "largest nuisance, these pairs",
    "floor": "permutation null, 95th percentile",
    "above": "directions above nuisance", "directions": "dimension of the label subspace",
}  # fmt: skip

_RATIOS = ("delta", "low", "high", "sample delta")

_PAIRING = {
    "value": "these pairs", "null": "permutation null, mean",
    "edge": "permutation null, 95th percentile", "z": "standard deviations above", "p": "p",
}  # fmt: skip

SCORED = "Scores on held-out labels"


def displayed_advice(found: Diagnosis) -> pd.DataFrame:
    """The advice, formatted: one row per set of views that may be available."""
    told = {"none": "nothing", "undetermined": "not known"}
    rows = {
        AT_HAND[str(name)]: {
            "train": told.get(row["objective"], row["objective"]),
            "gain (90%)": between(row["gain"], row["low"], row["high"], signed=True),
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
            metric: between(row["score"], row["low"], row["high"]),
            "best k": f"{row['best k']:.0f}",
            f"{metric} at best k": between(row["best score"], row["best low"], row["best high"]),
        }
        for name, row in label_score_table(found).iterrows()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("held out")


def displayed(found: Diagnosis) -> pd.DataFrame:
    """The ratios, formatted: one column per objective."""
    table = ratio_table(found).dropna(axis=1)
    read = {column: table[column].map(ratio if column in _RATIOS else number) for column in table}
    shown = pd.DataFrame(read).rename(columns=RATIO_ROWS, index=LEGENDS)
    return shown.T.rename_axis(None, axis=1)


def displayed_pairing(found: Diagnosis) -> pd.DataFrame:
    """The strength of the pairing, formatted: one row per statistic."""
    table = pairing_table(found)
    shown = table.map(number)
    shown["p"] = [p_words(name, table["p"][label]) for name, label in STRENGTHS.items()
                  if label in table.index]  # fmt: skip
    return shown.rename(columns=_PAIRING)


def shown_tables(found: Diagnosis) -> dict[str, pd.DataFrame]:
    """All tables by title, in the order of a report; without scores, those of theory alone."""
    tables = {}
    if found.advice is not None:
        tables["Advice: gain of the best objective over the better view alone"] = displayed_advice(
            found
        )
    if found.scores is not None:
        tables[SCORED] = displayed_scores(found)
    tables["Ratios Δ, signal and nuisance, with 90% intervals"] = displayed(without_noise(found))
    if found.pairing is not None:
        tables["Strength of the pairing"] = displayed_pairing(found)
    return tables
