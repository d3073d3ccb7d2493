"""The numbers of a diagnosis as JSON, with their provenance: what page and command line write."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from alignlab.diagnosis.advice import Available
from alignlab.diagnosis.result import Diagnosis
from alignlab.diagnosis.spec import DiagnosisSpec
from alignlab.files.columns import ColumnChoice
from alignlab.provenance import provenance

TITLE = "Diagnose paired embeddings"
"""The page whose numbers these are."""


def file_settings(
    case: str,
    spec: DiagnosisSpec,
    files: Sequence[tuple[str, str]],
    choice: ColumnChoice,
    *,
    drop: bool = False,
) -> dict[str, Any]:
    """The settings of a diagnosis of files, as values that JSON can hold.

    case : "upload" or "path". files : names and SHA-256. drop : whether rows with missing values
    are left out.
    """
    return {
        "case": case,
        **diagnosis_settings(spec),
        "files": dict(files),
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
    return json.dumps(whole, indent=2, ensure_ascii=False)
