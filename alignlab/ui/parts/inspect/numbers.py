"""The numbers of the spaces and of their maps, each beside its null."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from alignlab.ui.jobs import Series
from alignlab.words.inspect import numbers_caption
from alignlab.words.numbers import number


def number_table(works: Mapping[str, Series]) -> pd.DataFrame:
    """The measures of all works, indexed by the name of the space or map and of the measure."""
    tables = {
        name: one.table()
        for series in works.values()
        for name, one in series.works.items()
        if one.found
    }
    return pd.concat(tables, names=["space"]) if tables else pd.DataFrame()
