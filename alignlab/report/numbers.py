"""The numbers of a diagnosis as JSON, with their provenance: what page and command line write."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from alignlab.diagnosis.result import Diagnosis
from alignlab.diagnosis.tables import numbers
from alignlab.provenance import provenance

TITLE = "Diagnose paired embeddings"
"""The page whose numbers these are."""


def numbers_json(found: Diagnosis, settings: Mapping[str, Any]) -> str:
    """All numbers, settings and versions as JSON; settings : values that JSON can hold."""
    return json.dumps(provenance(TITLE, settings) | {"diagnosis": numbers(found)}, indent=2)
