import json

import pytest

from alignlab.diagnosis.result import Diagnosis
from alignlab.report.numbers import numbers_json
from tests.diagnoses import KINDS, diagnosis


@pytest.mark.parametrize("kind", KINDS)
def test_the_numbers_are_strict_json(kind):
    def refused(constant):
        raise AssertionError(f"{constant} is no JSON")

    text = numbers_json(diagnosis(kind), {"files": {"a": "0"}})
    read = json.loads(text, parse_constant=refused)
    assert read["diagnosis"]["regime"] == diagnosis(kind).regime
    assert read["diagnosis"]["n"] == diagnosis(kind).n
    assert read["parameters"] == {"files": {"a": "0"}}
    assert read["page"] == "Diagnose paired embeddings"
    assert read["versions"]["alignlab"]
    assert repr(Diagnosis.from_json(text)) == repr(diagnosis(kind))
