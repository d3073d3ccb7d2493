"""The numbers of a diagnosis as JSON, with their provenance: what page and command line write."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from alignlab.diagnosis.result import Diagnosis
from alignlab.provenance import provenance

TITLE = "Diagnose paired embeddings"
"""The page whose numbers these are."""


def numbers_json(found: Diagnosis, settings: Mapping[str, Any]) -> str:
    """All numbers, settings and versions as JSON; settings : values that JSON can hold.

    `Diagnosis.from_json` reads the diagnosis from it.
    """
    whole = provenance(TITLE, settings) | {"diagnosis": json.loads(found.to_json())}
    return json.dumps(whole, indent=2, ensure_ascii=False)
