"""The pairs of the page: examples, or the user's files with all their columns."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from alignlab.data.inspected import Inspected
from alignlab.experiments.inspect import inspect_example
from alignlab.files.chosen import incomplete_rows
from alignlab.files.columns import ColumnChoice
from alignlab.files.inspected import table_inspected
from alignlab.files.sampled import MOST, Sample, Sampling
from alignlab.files.source import Source
from alignlab.har.protocol import ProtocolSpec
from alignlab.report.numbers import file_settings
from alignlab.ui.controls import Value
from alignlab.ui.files.controls import DROP
from alignlab.ui.files.local_files import bring_paths
from alignlab.ui.files.upload import bring_files
from alignlab.ui.jobs import finished, job
from alignlab.ui.panel import widget
from alignlab.ui.parts.activity.controls import shipped_result
from alignlab.ui.parts.inspect.scripts import EMBEDDINGS, example_lines, file_lines
from alignlab.ui.plain import as_written
from alignlab.ui.progress import awaited

TOLD = 8
"""Number of columns that are named."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Brought:
    """Pairs with metadata, and their provenance.

    settings : values that JSON can hold. lines : Python lines that make `inspected`.
    own : whether this session brought them. notes : for the export pack.
    said : sentences on what is shown of the files.
    """

    inspected: Inspected
    settings: dict[str, Any]
    lines: str
    own: bool = False
    notes: dict[str, str] = field(default_factory=dict)
    said: tuple[str, ...] = ()

    @property
    def key(self) -> Hashable:
        """Identifies the pairs."""
        return self.inspected.key


def choose_pairs(values: Mapping[str, Value]) -> Brought | None:
    """The pairs that the controls ask for; None while files are missing or being read.

    ValueError when the settings or the files do not allow it.
    """
    case = values["data"]
    if case not in ("upload", "path"):
        return Brought(
            inspected=example(case),
            settings={"data": case},
            lines=example_lines(case),
            notes={EMBEDDINGS: embeddings_file(case)} if case == "activity" else {},
        )
    brought = bring_files() if case == "upload" else bring_paths(values)
    if brought is None:
        st.info(
            "Bring two embeddings of the same samples, with any columns that describe them: "
            "captions, classes, numbers, paths of pictures. Or choose an example in the sidebar.",
            icon=":material/upload_file:",
        )
        return None
    source, columns = brought
    drop = values["drop"] == "drop"
    sample = sample_of(source, columns)
    if sample is None:
        return None
    identity = (*source.identity, columns)
    if len(gaps(identity, sample.table, columns)):
        widget(DROP)
    inspected = of_files(identity, drop, sample, columns)
    return Brought(
        inspected=inspected,
        settings={"data": case, **file_settings(source, columns, drop)},
        lines=file_lines(source, columns, drop),
        own=True,
        notes={"BRING YOUR FILES.txt": f"Put {source.name} beside reproduce.py; not packed.\n"},
        said=tuple(said for said in (sample.share, *inspected.notes, described(inspected)) if said),
    )


def described(inspected: Inspected) -> str:
    """Which columns describe the pairs."""
    names = inspected.metadata.columns
    if not names:
        return "No column is left to describe the pairs: add captions, classes or numbers."
    more = f" and {len(names) - TOLD} more" if len(names) > TOLD else ""
    return f"The pairs are described by {as_written(', '.join(names[:TOLD]))}{more}."


def sample_of(source: Source, choice: ColumnChoice) -> Sample | None:
    """All rows of the files, or a random share of very many; None while they are being read."""
    key = ("inspect sample", source.identity, choice)
    found = finished(key, own=True)
    if found is None:
        reading = job(key, lambda: Sampling(source, choice), own=True)

        def tell() -> None:
            st.caption(
                f"{source.rows:,} rows: at most {MOST:,} of them, drawn at random, are shown."
            )

        if not awaited(reading, tell, "rows"):
            return None
        found = reading.work
    return found.sample


@st.cache_resource(max_entries=4, show_spinner="Drawing …")
def example(case: str) -> Inspected:
    """`inspect_example`; the embeddings of human activity are those shipped with the app."""
    if case != "activity":
        return inspect_example(case)  # type: ignore[arg-type]
    stored = shipped_result(ProtocolSpec())
    if stored is None:
        raise ValueError(
            "The trained embeddings are missing from assets/har: choose other pairs, or make them "
            "by `python -m alignlab.har.shipped assets/har`"
        )
    return inspect_example("activity", stored.result)


@st.cache_resource(max_entries=1, show_spinner=False)
def embeddings_file(case: str) -> str:
    """The pairs of an example as a CSV file, where a script cannot make them."""
    inspected = example(case)
    views = {"x": inspected.data.X1, "y": inspected.data.X2}
    columns = {
        f"{name}{j}": X[:, j].astype(np.float64)
        for name, X in views.items()
        for j in range(X.shape[1])
    }
    return pd.concat([inspected.metadata.table, pd.DataFrame(columns)], axis=1).to_csv(index=False)


@st.cache_resource(max_entries=2, scope="session", show_spinner="Reading …")
def of_files(identity: Hashable, drop: bool, _sample: Sample, _choice: ColumnChoice) -> Inspected:
    """The pairs of files that this session brought, with all other columns as metadata."""
    return table_inspected(_sample.table, _choice, drop, key=(identity, drop), rows=_sample.rows)


@st.cache_resource(max_entries=2, scope="session", show_spinner=False)
def gaps(identity: Hashable, _table: pd.DataFrame, _choice: ColumnChoice) -> np.ndarray:
    """`incomplete_rows` of a table that this session brought."""
    return incomplete_rows(_table, _choice)
