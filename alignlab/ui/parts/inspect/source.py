"""The pairs of the page: examples, or the user's files with all their columns."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from alignlab.data.inspected import Inspected
from alignlab.experiments.inspect import inspect_example, table_inspected
from alignlab.files.chosen import incomplete_rows
from alignlab.files.columns import ColumnChoice
from alignlab.files.source import Source
from alignlab.report.numbers import file_settings
from alignlab.report.scripts import choice_lines
from alignlab.ui.controls import Value
from alignlab.ui.files.controls import DROP
from alignlab.ui.files.local_files import bring_paths
from alignlab.ui.files.scripts import table_lines
from alignlab.ui.files.upload import bring_files

MOST = 100_000
"""Maximum number of pairs that are drawn; of more, a random share."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Brought:
    """Pairs with metadata, and their provenance.

    settings : values that JSON can hold. lines : Python lines that make `inspected`.
    own : whether this session brought them. notes : for the export pack.
    """

    inspected: Inspected
    settings: dict[str, Any]
    lines: str
    own: bool = False
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> Hashable:
        return self.inspected.key


def choose_pairs(values: Mapping[str, Value]) -> Brought | None:
    """The pairs that the controls ask for; None while the user's files are missing.

    ValueError when the settings or the files do not allow it.
    """
    case = values["data"]
    if case not in ("upload", "path"):
        return Brought(
            inspected=example(case), settings={"data": case}, lines=example_lines(case)
        )
    brought = bring_files() if case == "upload" else bring_paths(values)
    if brought is None:
        return None
    source, columns = brought
    drop = values["drop"] == "drop"
    settings = {"data": case, **file_settings(source, columns, drop), **asdict(columns)}
    if source.table is not None and len(gaps(source.identity, columns, source.table)):
        DROP.widget()
    return Brought(
        inspected=of_files(source.identity, columns, drop, source),
        settings=settings,
        lines=file_lines(source, columns, drop),
        own=True,
        notes={"BRING YOUR FILES.txt": f"Put {source.name} beside reproduce.py; not packed.\n"},
    )


@st.cache_resource(max_entries=4, show_spinner="Drawing …")
def example(case: str) -> Inspected:
    """`inspect_example`."""
    return inspect_example(case)


@st.cache_resource(max_entries=2, scope="session", show_spinner="Reading …")
def of_files(
    identity: tuple[str, str | None], choice: ColumnChoice, drop: bool, _source: Source
) -> Inspected:
    """The pairs of files that this session brought, with all other columns as metadata."""
    return table_inspected(_source, choice, drop)


@st.cache_resource(max_entries=2, scope="session", show_spinner=False)
def gaps(
    identity: tuple[str, str | None], choice: ColumnChoice, _table: pd.DataFrame
) -> np.ndarray:
    """`incomplete_rows` of a table that this session brought."""
    return incomplete_rows(_table, choice)


def example_lines(case: str) -> str:
    """Lines that make the `inspected` of an example."""
    return f"""from alignlab.experiments.inspect import inspect_example

inspected = inspect_example({case!r})"""


def file_lines(source: Source, choice: ColumnChoice, drop: bool) -> str:
    """Lines that make `inspected` from the user's files."""
    return f"""{table_lines(source.files, source.key)}
from alignlab.experiments.inspect import table_inspected

choice = {choice_lines(choice)}
inspected = table_inspected(table, choice, {drop!r})"""
