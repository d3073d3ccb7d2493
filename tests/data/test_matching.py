"""Rows are matched by keys: the same rows come out whatever their order, and the report counts."""

import numpy as np
import pandas as pd
import pytest

import alignlab as al
from alignlab.data.matching import match_keys

RNG = np.random.default_rng(0)
N = 60
IDS = [f"clip{j}" for j in range(N)]
X = pd.DataFrame(RNG.standard_normal((N, 3)), index=IDS)
Y = X @ RNG.standard_normal((3, 2))
TURNED = RNG.permutation(N)


def series(*keys):
    return pd.Series(list(keys))


def test_shuffled_rows_come_back_into_the_order_of_x():
    labels = pd.Series(range(N), index=IDS)
    found = al.match_rows(X, Y.iloc[TURNED], labels.iloc[TURNED[::-1]])
    pd.testing.assert_frame_equal(found.X, X)
    pd.testing.assert_frame_equal(found.Y, Y)
    pd.testing.assert_series_equal(found.labels, labels)
    assert found.report == ", ".join(["60 of 60 rows of X", "60 of 60 rows of Y and 60"]) + (
        " of 60 rows of labels match"
    )


def test_rows_without_a_partner_are_left_out_and_named():
    found = al.match_rows(X.iloc[1:], Y.iloc[TURNED[TURNED != 7]])
    kept = X.drop(index=["clip0", "clip7"])
    pd.testing.assert_frame_equal(found.X, kept)
    pd.testing.assert_frame_equal(found.Y, Y.loc[kept.index])
    assert found.report == (
        "58 of 59 rows of X and 58 of 59 rows of Y match; first without a partner: 'clip7' of X "
        "and 'clip0' of Y"
    )


def test_a_column_is_taken_from_the_frame_or_from_an_index_of_its_name():
    left = X.rename_axis("clip").reset_index()
    right = Y.iloc[TURNED].rename_axis("clip")
    found = al.match_rows(left, right, on="clip")
    assert "clip" not in found.X
    np.testing.assert_array_equal(found.Y, Y)
    assert found.X.index.equals(found.Y.index)
    with pytest.raises(ValueError, match="X has neither a column nor an index named 'word'"):
        al.match_rows(left, right, on="word")


def test_indices_of_several_levels_match_by_all_of_them():
    index = pd.MultiIndex.from_product([range(6), range(10)])
    left, right = X.set_axis(index, axis=0), Y.set_axis(index, axis=0).iloc[TURNED]
    pd.testing.assert_frame_equal(al.match_rows(left, right).Y, Y.set_axis(index, axis=0))


def test_arrays_have_no_names_of_rows():
    with pytest.raises(ValueError, match="Y is a ndarray, whose rows have no names"):
        al.match_rows(X, Y.to_numpy())


def test_the_remedies_of_diagnose_name_match_rows():
    with pytest.raises(ValueError, match=r"another order.*al\.match_rows\(X, Y\)"):
        al.diagnose(X, Y.iloc[TURNED])
    # one row lost in each: the counts agree, and most rows are mispaired
    with pytest.raises(ValueError, match=r"of which 58 have the same .*al\.match_rows\(X, Y\)"):
        al.diagnose(X.drop(index="clip3"), Y.drop(index="clip40"))
    with pytest.raises(ValueError, match=r"X has 60 rows and Y has 59.*al\.match_rows\(X, Y\)"):
        al.diagnose(X, Y.drop(index="clip40"))


def test_the_default_index_and_labels_that_hardly_overlap_go_by_position():
    al.cca(X.reset_index(drop=True), Y.set_axis(TURNED + 10, axis=0), 2)
    al.cca(X.set_axis(TURNED, axis=0), Y.set_axis(TURNED + 31, axis=0), 2)


# --- Keys ---


def test_numbers_and_texts_of_numbers_match_by_value():
    match = match_keys({"a": series(1, 2, 3), "b": series("003", "001", "2")}, "id")
    np.testing.assert_array_equal(match.rows["b"], [1, 2, 0])
    assert match.report.endswith("id is text in b and compared as numbers, 001 is 1")
    match = match_keys({"a": series(1, 2, 3), "b": series("3", "1", "x")}, "id")
    np.testing.assert_array_equal(match.rows["a"], [0, 2])
    np.testing.assert_array_equal(match.rows["b"], [1, 0])
    assert match.report.endswith("id is numbers in a and compared as text")
    match = match_keys({"a": series("01", "02"), "b": series("2", "1")}, "id")
    np.testing.assert_array_equal(match.rows["b"], [1, 0])


def test_texts_are_compared_as_they_are_written_where_that_matches():
    match = match_keys({"a": series("1", "01"), "b": series("01", "1")}, "id")
    np.testing.assert_array_equal(match.rows["b"], [1, 0])
    assert "numbers" not in match.report


@pytest.mark.parametrize("kind", ["Int64", "float64", "category", "string", object])
def test_the_type_that_holds_a_key_does_not_matter(kind):
    plain = series(*map(str, (4, 5, 6))) if kind == "string" else series(4, 5, 6)
    match = match_keys({"a": series(6, 5, 4), "b": plain.astype(kind)}, "id")
    np.testing.assert_array_equal(match.rows["b"], [2, 1, 0])


def test_a_missing_key_is_no_partner_of_another_missing_one():
    match = match_keys({"a": series(1.0, np.nan, 3.0), "b": series(3, 1, None)}, "id")
    np.testing.assert_array_equal(match.rows["a"], [0, 2])
    np.testing.assert_array_equal(match.rows["b"], [1, 0])
    assert "rows without id: 1 of a and 1 of b" in match.report


def test_keys_that_occur_twice_are_refused_with_their_rows():
    keys = {"a.csv": series(1, 2, 3, 4), "b.csv": series(9, 7, 9, 7)}
    with pytest.raises(ValueError, match=r"id 9 occurs more than once in b\.csv, in data rows 1 "
                       r"and 3, and 1 more are repeated"):  # fmt: skip
        match_keys(keys, "id")
    with pytest.raises(ValueError, match=r"row label 'clip0' occurs .* in Y, in rows 0 and 1"):
        al.match_rows(X, Y.iloc[[0, 0, 1]])


def test_keys_without_anything_in_common_are_refused_with_examples_of_both():
    with pytest.raises(ValueError, match=r"no id is in all of a and b \('x1', 'x2' in a, 'y1' in"):
        match_keys({"a": series("x1", "x2"), "b": series("y1")}, "id")
    with pytest.raises(ValueError, match="id of a is true or false"):
        match_keys({"a": series(True, False), "b": series(1)}, "id")


def test_only_all_rows_in_their_order_are_the_same():
    assert match_keys({"a": series(1, 2), "b": series(1, 2)}, "id").same
    assert not match_keys({"a": series(1, 2), "b": series(2, 1)}, "id").same
    assert not match_keys({"a": series(1, 2), "b": series(1, 2, 3)}, "id").same
