"""Text files: a table as in CSV, numbers between blanks as from numpy.savetxt, or words."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd

from alignlab.files.formats.csv import read_csv
from alignlab.files.formats.format import Format
from alignlab.files.formats.gz import unpacked
from alignlab.files.formats.word_vectors import are_word_vectors, read_word_vectors


def read_txt(content: bytes, stem: str) -> pd.DataFrame:
    """The columns of a text file, by the rules of `csv.read_csv` or `read_word_vectors`."""
    content = unpacked(content)
    return read_word_vectors(content, stem) if are_word_vectors(content) else read_csv(content)


def sample(left: np.ndarray, right: np.ndarray, names: np.ndarray) -> bytes:
    """Views left (n, d1) and right (n, d2) side by side, without names, as numpy.savetxt."""
    buffer = io.BytesIO()
    np.savetxt(buffer, np.column_stack([left, right]))
    return buffer.getvalue()


FORMAT = Format(label="text", endings=("txt", "txt.gz"), read=read_txt, sample=sample)
