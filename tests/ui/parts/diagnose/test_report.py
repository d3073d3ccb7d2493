import pytest
import streamlit as st

from alignlab.ui.parts.diagnose import report as module
from alignlab.ui.parts.diagnose.report import offer_report


@pytest.fixture
def offered(monkeypatch):
    """The downloads that a page offers, by label."""
    found = {}
    monkeypatch.setattr(module, "folded", lambda title, icon, offer: offer())
    monkeypatch.setattr(st, "download_button", lambda label, **more: found.__setitem__(label, more))
    return found


def test_both_are_made_when_they_are_requested(offered):
    asked = []
    offer_report(lambda: asked.append("report") or "<p>Δ", lambda: asked.append("json") or "{}")
    assert asked == []
    report, numbers = offered["Report (one HTML file)"], offered["Numbers (JSON)"]
    assert report["data"]() == "<p>Δ".encode()
    assert numbers["data"]() == "{}"
    assert asked == ["report", "json"]
    assert report["file_name"].endswith(".html")
    assert numbers["file_name"].endswith(".json")
