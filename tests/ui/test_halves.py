"""The numbers of two settings beside each other."""

import numpy as np
import pandas as pd
import pytest

from alignlab.ui.halves import _lettered, differences
from alignlab.ui.points import Cloud


def test_numbers_are_matched_by_the_texts_of_their_row_and_by_their_column():
    before = pd.DataFrame({"aligner": ["plain", "CCA"], "error": [0.5, 0.25]})
    now = pd.DataFrame({"aligner": ["CCA", "plain"], "error": [1.0, 2.0]})
    found = differences(before, now)
    assert found.loc["plain · error"].tolist() == [0.5, 2.0, 1.5]
    assert found.loc["CCA · error"].tolist() == [0.25, 1.0, 0.75]
    assert list(found.columns) == ["A", "B", "B − A"]


def test_a_number_of_one_setting_alone_stands_there_alone():
    found = differences(pd.DataFrame({"x": [1.0]}, ["k"]), pd.DataFrame({"x": [2.0]}, ["d"]))
    assert found.loc["d · x"].isna().tolist() == [True, False, True]
    assert found.loc["k · x"].isna().tolist() == [False, True, True]


def test_levels_of_index_and_columns_are_parts_of_the_name():
    index = pd.MultiIndex.from_tuples([("d", 0.1), ("d", 0.2)])
    columns = pd.MultiIndex.from_tuples([("error", "mean")])
    table = pd.DataFrame([[1.0], [2.0]], index, columns)
    found = differences(table, table * 3)
    assert list(found.index) == ["d · 0.1 · error · mean", "d · 0.2 · error · mean"]
    assert found["B − A"].tolist() == [2.0, 4.0]


@pytest.mark.parametrize("rows", [0, 3])
def test_rows_of_the_same_name_are_all_kept(rows):
    table = pd.DataFrame({"x": np.arange(rows)}, index=["same"] * rows)
    assert differences(table, table)["A"].tolist() == list(range(rows))


def test_clouds_on_the_same_axes_have_both_in_sight():
    def cloud(low, high, axes, around=None):
        Y = np.array([[low, 0.0], [high, 1.0]])
        return Cloud(name="", title="", caption="", Y1=Y, Y2=None, axes=axes, around=around)

    named = ("a", "b")
    one, other = cloud(0, 1, named, ([-5.0, 0.0], [0.0, 0.0])), cloud(2, 9, named)
    for first, second in ((one, other), (other, one)):
        assert np.asarray(_lettered(first, "A", second).around).tolist() == [[-5, 0], [9, 1]]
    assert _lettered(cloud(0, 1, ()), "A", cloud(2, 3, ())).around is None  # a map without axes
    assert _lettered(one, "A", None).around == one.around
