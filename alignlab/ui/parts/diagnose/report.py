"""Export of a diagnosis: the report in one HTML file, and its numbers as JSON."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from alignlab.ui.page import folded


def offer_report(report: Callable[[], str], numbers: Callable[[], str]) -> None:
    """Offer the report (HTML) and the numbers (JSON) for download; made when requested."""

    def offer() -> None:
        with st.container(horizontal=True, gap="small"):
            st.download_button(
                "Report (one HTML file)",
                data=lambda: report().encode(),
                file_name="alignlab diagnosis.html",
                mime="text/html",
                on_click="ignore",
                icon=":material/description:",
            )
            st.download_button(
                "Numbers (JSON)",
                data=numbers,
                file_name="alignlab diagnosis.json",
                mime="application/json",
                on_click="ignore",
                icon=":material/data_object:",
            )

    folded("Report in one file, and the numbers as JSON", ":material/description:", offer)
