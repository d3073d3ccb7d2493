"""Files of this computer, named by their path: small ones as tables, large ones in chunks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pandas as pd
import streamlit as st

from alignlab.datasets import ColumnChoice, guess_columns, join_tables
from alignlab.diagnose import Chunks
from alignlab.large_tables import LargeTable, chunks_of, open_large
from alignlab.tables import MAX_BYTES, read_table, repeated
from alignlab.ui.controls import Value
from alignlab.ui.paths import ROOTS, allowed, paths_accepted
from alignlab.ui.upload import choose_columns, remember_table

GUESSED_FROM = 1000
"""So many rows of a large file are looked at for a first guess of what its columns are."""
