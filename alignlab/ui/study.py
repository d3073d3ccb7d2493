"""What the alignment page does with a study: choose the pairs, show the numbers, look closer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from alignlab.metrics import cmae
from alignlab.numbers import number
from alignlab.study import Study
from alignlab.ui import parameters, scripts
from alignlab.ui.cache import shared_study, upload_study
from alignlab.ui.controls import Value
from alignlab.ui.pairs import choose_pairs

LOOK_CLOSER = 8
"""So many selected digits are shown."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Chosen:
    """A study with what made it: a name for its pictures, all settings, and a script."""

    study: Study
    name: str
    parameters: dict[str, Any]
    script: str
    notes: dict[str, str] = field(default_factory=dict)


def choose_study(values: Mapping[str, Value]) -> Chosen | None:
    """The study that the controls ask for; None while the user's file is missing.

    ValueError when the settings or the file do not allow it.
    """
    spec = parameters.study_spec(values)
    pairs = choose_pairs(values)
    if pairs is None:
        return None
    # what a user has brought stays in the session that brought it
    compute = upload_study if values["source"] == "upload" else shared_study
    study = compute(pairs.key, spec, pairs.data)
    # not a setting, but what the numbers hold to
    precision = {"precision of the data": study.plain.alignment.precision}
    return Chosen(
        study=study,
        name=pairs.name,
        parameters=pairs.settings | {"study": asdict(spec)} | precision,
        script=scripts.study_script(pairs.lines, spec),
        notes=pairs.notes,
    )


def numbers_table(study: Study) -> None:
    """All metrics, both aligners, both splits; undefined ones say so."""
    table = study.table.dropna(how="all").map(number)
    table.columns = pd.MultiIndex.from_tuples(
        (aligner, f"{split} (n = {_size(study, split):,})") for aligner, split in table.columns
    )
    st.dataframe(table, height="content")


def selected_pairs(study: Study, selected: Collection[int], chosen: Chosen) -> None:
    """What there is to say of the selected pairs, and the digits themselves."""
    at = np.flatnonzero(np.isin(study.train_rows, list(selected)))
    if at.size == 0:
        return
    distance = {
        name: cmae(*(Z[at] for Z in fitted.train))
        for name, fitted in (("plain", study.plain), ("informative", study.informative))
    }
    st.markdown(
        f"**{at.size:,} pairs selected**: mean distance of partners {number(distance['plain'])} "
        f"(plain), {number(distance['informative'])} (informative)."
    )
    if chosen.name == "digits":
        few = at[:LOOK_CLOSER]
        halves = (study.train.X1[few], study.train.X2[few])
        images = np.concatenate([half.reshape(-1, 8, 4) for half in halves], axis=2) / 16
        st.image(
            list(np.kron(images, np.ones((1, 10, 10)))),
            caption=[f"pair {row}" for row in study.train_rows[few]],
            width=80,
        )


def _size(study: Study, split: str) -> int:
    return study.train.n if split == "train" else study.test.n
