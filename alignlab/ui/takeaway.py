"""The export pack: figures, numbers, parameters and a script that reproduces the numbers."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import plotly
import plotly.graph_objects as go
import streamlit as st

from alignlab import version as own
from alignlab.provenance import full_script, provenance
from alignlab.ui.chart import PLAIN_CONFIG
from alignlab.ui.halves import numbers_beside
from alignlab.ui.page import folded

_PACKAGE = Path(own.__file__).parent
_NOT_FOR_SCRIPTS = ("ui", "figures", "report", "cli", "app", "__main__.py")


def takeaway(
    name: str,
    *,
    figures: Callable[[], Mapping[str, go.Figure]],
    table: Callable[[], pd.DataFrame],
    parameters: Mapping[str, Any],
    script: str,
    notes: Mapping[str, str] | None = None,
) -> None:
    """Offer the pack for download, and show the script.

    figures : returns the figures by name; called when the pack is requested.
    table : returns the numbers of the page; called when the expander is opened.
    parameters : all settings, as values that JSON can hold.
    script : Python lines that end with a variable `table` equal to that of `table()`.
    notes : further text files by name.
    """
    numbers_beside(name, table)

    def offer() -> None:
        numbers = table()
        whole = full_script(name, script, numbers)
        st.download_button(
            "Download the pack (ZIP)",
            data=lambda: pack(name, figures(), numbers, parameters, whole, notes or {}),
            file_name=f"alignlab {name}.zip",
            mime="application/zip",
            on_click="ignore",
        )
        st.caption(
            "Figures as HTML that work offline, the numbers as CSV, the parameters with "
            "versions and seeds as JSON, and this script with the compute package it needs:"
        )
        st.code(whole, language="python")

    title = "Export: figures, numbers, parameters, script"
    folded(title, ":material/download:", offer)


def pack(
    name: str,
    figures: Mapping[str, go.Figure],
    table: pd.DataFrame,
    parameters: Mapping[str, Any],
    script: str,
    notes: Mapping[str, str],
) -> bytes:
    """The pack as the bytes of a ZIP file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for title, fig in figures.items():
            page = fig.to_html(include_plotlyjs="directory", config=PLAIN_CONFIG)
            archive.writestr(f"figures/{title}.html", page)
        library = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
        archive.write(library, "figures/plotly.min.js")
        archive.writestr("numbers.csv", table.to_csv(float_format="%.17g"))
        archive.writestr("parameters.json", json.dumps(provenance(name, parameters), indent=2))
        archive.writestr("reproduce.py", script)
        for title, text in notes.items():
            archive.writestr(title, text)
        for file in sorted(_PACKAGE.rglob("*.py")):
            path = file.relative_to(_PACKAGE)
            if path.parts[0] not in _NOT_FOR_SCRIPTS:
                archive.write(file, f"alignlab/{path}")
    return buffer.getvalue()
