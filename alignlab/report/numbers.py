"""The numbers of a diagnosis as JSON, with their provenance: what page and command line write."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from alignlab.diagnosis.advice import Available
from alignlab.diagnosis.result import Diagnosis
from alignlab.diagnosis.spec import DiagnosisSpec
from alignlab.files.columns import ColumnChoice
from alignlab.files.source import Source
from alignlab.provenance import provenance

TITLE = "Diagnose paired embeddings"
"""The page whose numbers these are."""


def file_settings(source: Source, choice: ColumnChoice, drop: bool = False) -> dict[str, Any]:
    """Which files and columns were diagnosed, by the names that page and command line share.

    drop : whether rows with missing values are left out.
    """
    return {
        "files": dict(source.files),
        "rows matched by": source.key,
        **asdict(choice),
        "rows with missing values": "drop" if drop else "refuse",
    }


def diagnosis_settings(
    spec: DiagnosisSpec,
    *,
    kept: int | None = None,
    pairing: str = "kept",
    available: Available = "both",
) -> dict[str, Any]:
    """The settings of a diagnosis, by the names that page and command line share.

    kept : how many rows keep their label; None for all. pairing : "kept" or "shuffled".
    available : the views available later.
    """
    return {
        "rows with a label": kept,
        "labels are": spec.kind,
        "pairing": pairing,
        "seed": spec.seed,
        "resamples": spec.resamples,
        "principal": spec.components,
        "scale": spec.scale,
        "views at hand later": available,
    }


def numbers_json(found: Diagnosis, settings: Mapping[str, Any]) -> str:
    """All numbers, settings and versions as JSON; settings : values that JSON can hold.

    `Diagnosis.from_json` reads the diagnosis from it.
    """
    whole = provenance(TITLE, settings) | {"diagnosis": json.loads(found.to_json())}
    return json.dumps(whole, indent=2)
