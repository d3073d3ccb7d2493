"""Damaged files raise named errors and nothing else, read whole and in blocks."""

import random

import numpy as np
import pytest

from alignlab.files.large_tables import open_large
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


@pytest.mark.parametrize(
    "ending", ["h5", "h5ad", "mat", "pt", "fits", "feather", "safetensors", "jsonl"]
)
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


@pytest.mark.parametrize("ending", ["h5", "feather", "safetensors"])
@pytest.mark.filterwarnings("ignore")
def test_damaged_files_read_in_blocks_raise_only_named_errors(ending, tmp_path):
    content = ENDINGS[ending].sample(LEFT, RIGHT, NAMES)
    path = tmp_path / f"some.{ending}"
    said = []
    for seed in range(40):
        path.write_bytes(damaged(content, random.Random(seed)))
        try:
            table = open_large(path)
            for _ in table.blocks(table.columns, 5):
                pass
        except ValueError as error:
            said.append(str(error))
    assert len(said) > 5
    assert [words for words in said if not words.startswith(path.name) or ": " not in words] == []
