"""Export of a diagnosis: one HTML file that works offline, and its numbers as JSON."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from alignlab.diagnosis.result import Diagnosis
from alignlab.diagnosis.tables import numbers as as_json
from alignlab.figures.theme import CODE_GROUND, FAINT_TEXT, RULE
from alignlab.ui.chart import PLAIN_CONFIG
from alignlab.ui.page import folded
from alignlab.ui.takeaway import full_script, provenance

_STYLE = f"""body {{ font: 16px/1.5 sans-serif; max-width: 60rem; margin: 2rem auto; }}
table {{ border-collapse: collapse; font-size: 0.85rem; display: block; overflow-x: auto; }}
td, th {{ border: 1px solid {RULE}; padding: 0.2rem 0.5rem; text-align: right; }}
figure {{ margin: 1.5rem 0; }} figcaption {{ color: {FAINT_TEXT}; font-size: 0.9rem; }}
summary {{ font-size: 1.5em; font-weight: bold; margin: 1rem 0; cursor: pointer; }}
pre {{ background: {CODE_GROUND}; padding: 0.8rem; overflow-x: auto; font-size: 0.8rem; }}"""


def offer_report(
    name: str,
    found: Diagnosis,
    *,
    words: Sequence[str],
    figures: Callable[[], Mapping[str, go.Figure]],
    captions: Mapping[str, str],
    tables: Mapping[str, pd.DataFrame],
    numbers: pd.DataFrame,
    settings: Mapping[str, Any],
    script: str,
) -> None:
    """Offer the report and the numbers for download.

    words : Markdown with no markup but bold, the verdict first. figures : called when the report
    is requested. tables : formatted for reading. script : Python lines that end with a variable
    `table` like `numbers`.
    """

    def offer() -> None:
        with st.container(horizontal=True, gap="small"):
            st.download_button(
                "Report (one HTML file)",
                data=lambda: report(
                    name, words, figures(), captions, tables, numbers, settings, script
                ).encode(),
                file_name="alignlab diagnosis.html",
                mime="text/html",
                on_click="ignore",
                icon=":material/description:",
            )
            st.download_button(
                "Numbers (JSON)",
                data=lambda: json.dumps(
                    provenance(name, settings) | {"diagnosis": as_json(found)}, indent=2
                ),
                file_name="alignlab diagnosis.json",
                mime="application/json",
                on_click="ignore",
                icon=":material/data_object:",
            )

    folded("Report in one file, and the numbers as JSON", ":material/description:", offer)


def report(
    name: str,
    words: Sequence[str],
    figures: Mapping[str, go.Figure],
    captions: Mapping[str, str],
    tables: Mapping[str, pd.DataFrame],
    numbers: pd.DataFrame,
    settings: Mapping[str, Any],
    script: str,
) -> str:
    """The report as HTML; names that come from a user's file are escaped."""
    lead, *rest = (_inline(sentence) for sentence in words)
    parts = [f"<h1>{html.escape(name)}</h1>", f"<p>{lead}</p>"]
    parts += ["<ul>", *(f"<li>{sentence}</li>" for sentence in rest), "</ul>"]
    for position, (title, fig) in enumerate(figures.items()):
        drawn = fig.to_html(
            full_html=False, include_plotlyjs=position == 0, config=PLAIN_CONFIG,
            default_height=420,
        )  # fmt: skip
        caption = html.escape(captions.get(title, title))
        parts.append(f"<figure>{drawn}<figcaption>{caption}</figcaption></figure>")
    for title, table in tables.items():
        parts += [f"<h2>{html.escape(title)}</h2>", table.to_html()]
    settled = json.dumps(provenance(name, settings), indent=2)
    whole = full_script(name, script, numbers)
    for title, text in (("Settings and versions", settled), ("Script", whole)):
        summary = f"<summary>{title}</summary>"  # folded: there may be thousands of column names
        parts.append(f"<details>{summary}<pre>{html.escape(text)}</pre></details>")
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(name)}'
        f"</title><style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>"
    )


def _inline(markdown: str) -> str:
    return re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", html.escape(markdown))
