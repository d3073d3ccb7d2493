import ast
import inspect

import pytest

from alignlab import names
from alignlab.aligners import registry
from alignlab.experiments.methods import METHODS
from alignlab.experiments.sweeps import SWEPT
from alignlab.names import LABELS, LEGENDS, WAYS
from alignlab.spiked.model import OBJECTIVES
from alignlab.spiked.phase import PARAMETERS, WEAKEST, WEIGHT

FIELDS = {"n", "d", "k", "noise", "condition", "components", "d1_share"} & set(SWEPT)

KEYS = {
    "SYMBOLS": {*PARAMETERS, WEIGHT, WEAKEST},
    "PLAIN": {*PARAMETERS, WEIGHT, WEAKEST},
    "AXES": {*PARAMETERS, WEIGHT, WEAKEST},
    "LABELS": set(OBJECTIVES),
    "LEGENDS": set(OBJECTIVES),
    "WAYS": set(OBJECTIVES),
    "FIELD_NAMES": FIELDS,
    "FIELD_OPTIONS": FIELDS,
    "FIELD_AXES": FIELDS,
    "ALIGNER_NAMES": set(registry.ALIGNERS),
    "NONLINEAR_NAMES": set(METHODS)
    - set(registry.ALIGNERS)
    - {
        "reduced_rank_reversed",
        "least_squares_reversed",
        "nonlinear_contrastive",
    },
}


def test_every_table_is_looked_at():
    assert {name for name in vars(names) if name.isupper()} == set(KEYS)


@pytest.mark.parametrize("table", KEYS)
def test_everything_that_can_be_named_has_a_name_of_its_own(table):
    found = getattr(names, table)
    assert set(found) == KEYS[table]
    assert all(found.values())
    assert len(set(found.values())) == len(found)


def test_an_objective_begins_with_the_same_word_everywhere():
    for name in OBJECTIVES:
        assert len({table[name].split()[0] for table in (LABELS, LEGENDS, WAYS)}) == 1


def test_names_import_nothing_of_ours():
    tree = ast.parse(inspect.getsource(names))
    modules = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert modules == ["__future__"]
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
