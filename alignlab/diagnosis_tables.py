"""A diagnosis as tables: the three ratios, the pairing; and all of it as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from alignlab.diagnosis import Diagnosis
from alignlab.label_reading import LabelReading
from alignlab.spiked import OBJECTIVES

STRENGTHS = {
    "coupling": "coupling |C|²", "cka": "linear CKA", "knn": "mutual 10 nearest",
    "retrieval": "partner retrieved",
}  # fmt: skip
"""Figures of the pairing by the names of `Pairing`, and what they are called."""


def ratio_table(found: Diagnosis) -> pd.DataFrame:
    """One row an objective; NaN without label directions.

    delta, low, high : corrected, with the ends of its 90 % interval. sample delta : uncorrected.
    signal : the weakest value, nuisance : the largest, corrected; sample nuisance : uncorrected.
    floor : 95 % quantile of the largest value when pairs are broken.
    above, directions : how many signal values exceed the nuisance, of how many.
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


def pairing_table(found: Diagnosis) -> pd.DataFrame:
    """One row a figure of the pairing: its value, mean and 95 % quantile of its null, z and p."""
    if found.pairing is None:
        return pd.DataFrame(columns=["value", "null", "edge", "z", "p"])
    rows = {label: asdict(getattr(found.pairing, name)) for name, label in STRENGTHS.items()}
    return pd.DataFrame.from_dict(rows, orient="index")[["value", "null", "edge", "z", "p"]]


def check_table(table: pd.DataFrame) -> pd.DataFrame:
    """The numbers of `diagnosis_checks.Checks.table`: one row a check and value."""
    kept = [f"{part}_{name}" for name in OBJECTIVES for part in ("delta", "low", "high")]
    return table.set_index(["kind", "value"])[["labelled", "support", "directions", *kept]]


def score_table(summary: pd.DataFrame) -> pd.DataFrame:
    """`light_heads.Heads.summary` as it is read: mean ± deviation, one column a method."""
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
    """All numbers of a diagnosis as JSON can hold them: null where undefined, "infinite" beyond."""
    return _plain(
        {
            "regime": found.regime,
            "reason": found.reason,
            "recommendation": asdict(found.recommendation),
            "support": found.support,
            "resamples": found.resamples,
            "n": found.n,
            "labelled": found.labelled,
            "labels read": _reading(found.labels_read),
            "label directions": found.directions,
            "components": found.components,
            "explained variance": found.explained,
            "sample regime": None if found.sample is None else found.sample.regime,
            "ratios": ratio_table(found).to_dict("index"),
            "signal values": None if found.population is None else found.population.signal,
            "pairing": pairing_table(found).to_dict("index"),
            "spectra": {
                name: {"value": part.values, "r2": part.r2, "signal share": part.shared}
                for name, part in found.spectra.items()
            },
        }
    )


def _reading(read: LabelReading | None) -> list[dict[str, Any]] | None:
    """As what each column of the labels was read, and what is to be known of that."""
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
