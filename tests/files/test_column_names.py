import numpy as np
import pandas as pd
import pytest

from alignlab.files.column_names import family, further_shards, numbers_rows, shard_of, shards


@pytest.mark.parametrize(
    ("column", "expected"),
    [("x1_0", "x1_"), ("left[3]", "left"), ("a.7", "a."), ("b", "b"), ("x1", "x"), ("12", "")],
)
def test_a_family_is_what_neighbours_share(column, expected):
    assert family(column) == expected


@pytest.mark.parametrize(
    "name", ["id", "ID", "sample_id", "sampleId", "index", "Idx", "row", "key", "clip.id"]
)
def test_whole_numbers_called_so_tell_rows_apart(name):
    assert numbers_rows(name, pd.Series([7, 3, 5, 3]))
    assert not numbers_rows(name, pd.Series([0.5, 3, 5, 3]))


@pytest.mark.parametrize("name", ["width", "valid", "grid", "x1", "humid", "paid", "keys_0"])
def test_other_whole_numbers_are_features_unless_they_count(name):
    assert not numbers_rows(name, pd.Series([7, 3, 5, 3]))
    assert numbers_rows(name, pd.Series(np.arange(5) + 100))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("img_emb_0", ("img_emb", 0, False)),
        ("img_emb_0_", ("img_emb", 0, False)),
        ("img-12", ("img", 12, False)),
        ("model-00001-of-00002", ("model", 1, True)),
        ("x_1_of_3", ("x", 1, True)),
        ("x1", None),
        ("arr_0", None),
        ("left", None),
    ],
)
def test_a_part_says_what_it_is_of(name, expected):
    assert shard_of(name) == expected


def test_parts_begin_at_nought_or_say_of_how_many():
    assert shards(["a_0", "a_1", "b"]) == {"a": ["a_0", "a_1"]}
    assert shards(["view_1", "view_2"]) == {}
    assert shards(["m-1-of-2", "m-2-of-2"]) == {"m": ["m-1-of-2", "m-2-of-2"]}
    assert shards(["x1", "x2", "arr_0", "arr_1"]) == {}


def test_of_things_in_parts_all_but_the_first_are_further_ones():
    assert further_shards(["a_0", "a_1", "b_0", "b_1"]) == {"a_1", "b_1"}
    assert further_shards(["a_0", "a_1", "b"]) == set()
