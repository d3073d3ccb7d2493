"""A diagnosis as tables (ratios, held-out scores, advice, pairing) and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from alignlab.data.label_reading import LabelReading
from alignlab.diagnosis.advice import AVAILABLE, Z90
from alignlab.diagnosis.label_scores import METHODS
from alignlab.diagnosis.pairing import PERMUTATIONS
from alignlab.diagnosis.result import Diagnosis
from alignlab.spiked.model import OBJECTIVES
from alignlab.spiked.theory import REGIMES, regime_codes

STRENGTHS = {
    "held_out": "canonical pairs, held out",
    "coupling": "coupling |C|²", "cka": "linear CKA", "knn": "mutual 10 nearest",
    "retrieval": "partner retrieved",
}  # fmt: skip
"""Display names of the pairing statistics, by attribute of `Pairing`."""


def ratio_table(found: Diagnosis) -> pd.DataFrame:
    """One row per objective; NaN if the label subspace is empty.

    delta, low, high : corrected Delta and its 90 % interval. sample delta : uncorrected.
    signal : the weakest value, nuisance : the largest, corrected; sample nuisance : uncorrected.
    floor : 95th percentile of the permutation null of the largest value.
    above, directions : number of signal values that exceed the nuisance, and of all of them.
    """
    rows = {}
    for name in OBJECTIVES:
        row = dict.fromkeys(
            ("delta", "low", "high", "sample delta", "signal", "nuisance", "sample nuisance"),
            float("nan"),
        )
        row["floor"] = found.spectra[name].floor
        row |= {"above": float("nan"), "directions": float(found.directions)}
        if found.population is not None and found.sample is not None:
            low, high = found.intervals[name]
            signal = found.population.signal[name]
            nuisance = found.population.nuisance[name]
            row |= {
                "delta": found.population.ratios[name],
                "low": low,
                "high": high,
                "sample delta": found.sample.ratios[name],
                "signal": float(signal.min()),
                "nuisance": nuisance,
                "sample nuisance": found.sample.nuisance[name],
                "above": float((signal > nuisance).sum()),
            }
        rows[name] = row
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("objective")


SCORES = ("k", "score", "low", "high", "best k", "best score", "best low", "best high")

ADVICE = (
    "objective",
    "method",
    "k",
    "score",
    "against",
    "untrained",
    "gain",
    "low",
    "high",
    "doubt",
)


def label_score_table(found: Diagnosis) -> pd.DataFrame:
    """One row per representation: held-out score with its 90 % interval; empty without scores.

    k, score, low, high : at the dimension at which methods are compared; best k, ... : at the
    best-scoring dimension. For untrained views k is the number of components in both.
    """
    rows, scores = {}, found.scores
    for method in METHODS if scores is not None else ():
        assert scores is not None
        row: dict[str, float] = {}
        for part, i in (("", scores.place(method)), ("best ", scores.best(method))):
            value, reach = float(scores.values[i]), Z90 * scores.error(i)
            row |= {
                f"{part}k": float(scores.dimensions[i]), f"{part}score": value,
                f"{part}low": value - reach, f"{part}high": value + reach,
            }  # fmt: skip
        rows[method] = row
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(SCORES), dtype=float)


def score_curves(found: Diagnosis) -> pd.DataFrame:
    """Tidy: one row per representation and dimension: method, k, score, low, high (90 %)."""
    scores = found.scores
    rows = [] if scores is None else [
        (method, k, float(value), float(value) - Z90 * scores.error(i),
         float(value) + Z90 * scores.error(i))
        for i, (method, k, value) in enumerate(
            zip(scores.methods, scores.dimensions, scores.values, strict=True)
        )
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["method", "k", "score", "low", "high"])


def advice_table(found: Diagnosis) -> pd.DataFrame:
    """One row per set of available views: what to train, and its gain with 90 % interval."""
    rows = {}
    if found.advice is not None:
        rows = {name: asdict(getattr(found.advice, name)) for name in AVAILABLE}
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(ADVICE))


def all_numbers(found: Diagnosis) -> pd.DataFrame:
    """Ratios, held-out scores and gains in one column, indexed by part, row and quantity."""
    parts = {
        "ratios": ratio_table(found),
        "held-out scores": label_score_table(found),
        "advice": advice_table(found)[["k", "score", "untrained", "gain", "low", "high"]],
    }
    values = {
        (part, str(row), quantity): float(value)
        for part, table in parts.items()
        for row, line in table.iterrows()
        for quantity, value in line.items()
    }
    index = pd.MultiIndex.from_tuples(values, names=["part", "row", "quantity"])
    return pd.DataFrame({"value": list(values.values())}, index=index)


def swapped_regime(found: Diagnosis) -> str:
    """The regime with x and y swapped, by CA and CP reversed; "" if the label subspace is empty."""
    if found.population is None:
        return ""
    true = found.population.ratios
    return REGIMES[int(regime_codes(true["ca"], true["cp_reverse"]))]


def pairing_table(found: Diagnosis) -> pd.DataFrame:
    """One row per pairing statistic: value, mean and 95th percentile of its null, z and p."""
    if found.pairing is None:
        return pd.DataFrame(columns=["value", "null", "edge", "z", "p"])
    rows = {label: asdict(getattr(found.pairing, name)) for name, label in STRENGTHS.items()}
    return pd.DataFrame.from_dict(rows, orient="index")[["value", "null", "edge", "z", "p"]]


SMALLEST = 1e-3
"""A smaller p of the normal distribution is written "< 0.001": its tail is not known that well."""


def p_words(statistic: str, p: float) -> str:
    """The p-value of a pairing statistic and how it was obtained; at its floor, an upper bound.

    statistic : one of `STRENGTHS`. The held-out correlation is compared with the normal
    distribution, the others with permutations, of which no p is below 1 / (1 + `PERMUTATIONS`).
    """
    if statistic == "held_out":
        told = f"< {SMALLEST:g}" if p < SMALLEST else f"{p:.2g}"
        return f"{told} (normal distribution)"
    at_floor = p <= 1 / (1 + PERMUTATIONS) + 1e-12
    told = f"< {1 / PERMUTATIONS:g}" if at_floor else f"{p:.2f}"
    return f"{told} ({PERMUTATIONS} permutations)"


def check_table(table: pd.DataFrame) -> pd.DataFrame:
    """The numbers of `diagnosis.sensitivity.Checks.table`: one row per check and value."""
    kept = [f"{part}_{name}" for name in OBJECTIVES for part in ("delta", "low", "high")]
    gain = ["gain", "low_gain", "high_gain"]
    return table.set_index(["kind", "value"])[["labelled", "support", "directions", *gain, *kept]]


def score_table(summary: pd.DataFrame) -> pd.DataFrame:
    """`diagnosis.heads.Heads.summary` as text: mean ± standard deviation, one column per method."""
    means, spreads = (summary.xs(part, axis=1, level=1) for part in ("mean", "std"))
    told = {
        method: [_spread(*pair) for pair in zip(means[method], spreads[method], strict=True)]
        for method in means
    }
    return pd.DataFrame(told, index=summary.index)


def _spread(mean: float, std: float) -> str:
    if np.isnan(mean):
        return "…"
    return f"{mean:.3f}" if np.isnan(std) else f"{mean:.3f} ± {std:.3f}"


def numbers(found: Diagnosis) -> dict[str, Any]:
    """All numbers of a diagnosis as JSON values: null if undefined, "infinite" if infinite."""
    return _plain(
        {
            "regime": found.regime,
            "reason": found.reason,
            "recommendation": asdict(found.recommendation),
            "advice": None if found.advice is None else asdict(found.advice),
            "held-out scores": None
            if found.scores is None
            else {
                "metric": found.scores.metric,
                "chance": found.scores.chance,
                "labelled rows": found.scores.rows,
                "k": found.scores.k,
                "methods": score_curves(found).to_dict("records"),
            },
            "regime with x and y swapped": swapped_regime(found) or None,
            "support": found.support,
            "resamples": found.resamples,
            "n": found.n,
            "labelled": found.labelled,
            "labels read": _reading(found.labels_read),
            "label directions": found.directions,
            "components": found.components,
            "explained variance": found.explained,
            "scale": found.scale,
            "rescaled columns": found.scaled,
            "constant columns": found.constant,
            "other scale": None if found.rescaled is None else asdict(found.rescaled),
            "sample regime": None if found.sample is None else found.sample.regime,
            "ratios": ratio_table(found).to_dict("index"),
            "signal values": None if found.population is None else found.population.signal,
            "pairing": pairing_table(found).to_dict("index"),
            "broken pairing": None
            if found.pairing is None
            else [asdict(one) for one in found.pairing.broken],
            "spectra": {
                name: {"value": part.values, "r2": part.r2, "signal share": part.shared}
                for name, part in found.spectra.items()
            },
        }
    )


def _reading(read: LabelReading | None) -> list[dict[str, Any]] | None:
    """How each label column was read, with notes."""
    if read is None:
        return None
    return [
        {
            "kind": column.kind,
            "cells": column.cells,
            "classes": None if column.classes is None else len(column.classes),
            "could be the other": column.ambiguous,
            "notes": list(column.notes),
        }
        for column in read.columns
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float | np.floating):
        if np.isnan(value):
            return None
        return "infinite" if np.isinf(value) else float(value)
    return value
