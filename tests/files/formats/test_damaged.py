"""Damaged files of formats with a large library behind them raise named errors and nothing else."""

import random

import numpy as np
import pytest

from alignlab.files.registry import ENDINGS
from alignlab.files.tables import read_table

RNG = np.random.default_rng(0)
LEFT, RIGHT = RNG.standard_normal((12, 3)), RNG.standard_normal((12, 2))
NAMES = np.array(["run", "walk"] * 6)


def damaged(content, chance):
    """The bytes with one to four places changed, removed or inserted."""
    found = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(found))
        kind = chance.randrange(8)
        if kind == 0:
            del found[at : at + chance.randint(1, 20)]
        elif kind == 1:
            found[at:at] = chance.randbytes(chance.randint(1, 20))
        elif kind < 5:
            found[at] ^= 1 << chance.randrange(8)
        else:
            found[at] = chance.choice([0, 127, 128, 255])
    return bytes(found)


@pytest.mark.parametrize("ending", ["h5", "h5ad", "mat", "pt", "fits"])
@pytest.mark.filterwarnings("ignore")
def test_damaged_files_raise_only_named_errors(ending):
    content = ENDINGS[ending].sample(LEFT, RIGHT, NAMES)
    name = f"some.{ending}"
    read_table(content, name)
    said = []
    for seed in range(60):
        try:
            read_table(damaged(content, random.Random(seed)), name)
        except ValueError as error:
            said.append(str(error))
    assert len(said) > 5
    assert [words for words in said if not words.startswith(name) or ": " not in words] == []
