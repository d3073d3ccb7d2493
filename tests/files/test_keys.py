"""Files are joined on a column that identifies rows: pairs are right, and the notes say how."""

import numpy as np
import pandas as pd
import pytest

from alignlab.files.column_names import identifies_rows, numbers_rows
from alignlab.files.columns import join_tables
from alignlab.files.keys import POSITION, MatchedBy, UnmatchedError, join_on, matched_by
from alignlab.files.large_keys import check_large
from alignlab.files.large_tables import open_large
from alignlab.files.reading_notes import annotated, notes_of

RNG = np.random.default_rng(0)
N = 60
NUMBERS = np.arange(N)
NAMES = np.array([f"clip{j}.mp4" for j in NUMBERS])
TURNED = RNG.permutation(N)
X, Y = RNG.standard_normal((2, N, 2))


def left(key=NUMBERS, name="id"):
    return pd.DataFrame({name: key, "a0": X[:, 0], "a1": X[:, 1]})


def right(key=NUMBERS, name="id", rows=slice(None)):
    table = pd.DataFrame({name: key, "b0": Y[:, 0], "b1": Y[:, 1]})
    return table.iloc[rows].reset_index(drop=True)


def joined(a, b, key=None, **more):
    return join_tables({"a.csv": a, "b.csv": b} | more, key)


@pytest.mark.parametrize("key", [NUMBERS, NAMES, NUMBERS * 10.0])
def test_shuffled_rows_are_paired_by_their_key_which_is_in_no_view(key):
    whole, guess = joined(left(key), right(key, rows=TURNED), "id")
    np.testing.assert_array_equal(whole[["a0", "a1"]], X)
    np.testing.assert_array_equal(whole[["b0", "b1"]], Y)
    assert (guess.view1, guess.view2, guess.labels) == (("a0", "a1"), ("b0", "b1"), None)
    assert notes_of(whole) == (
        "Rows are joined on id, not by position: 60 of 60 rows of a.csv and 60 of 60 rows of "
        "b.csv match.",
    )
    how = matched_by(whole)
    assert (how.key, how.moved) == ("id", True)
    assert how.report.startswith("60 of 60 rows of a.csv")


@pytest.mark.parametrize(("name", "key"), [("id", NUMBERS), ("file", NAMES), ("caption", NAMES)])
def test_the_key_is_found_by_itself(name, key):
    whole, _ = joined(left(key, name), right(key, name, TURNED))
    np.testing.assert_array_equal(whole[["b0", "b1"]], Y)
    how = matched_by(whole)
    assert (how.key, how.moved, how.offered) == (name, True, (name,))


def test_rows_without_a_partner_are_left_out_and_counted():
    kept = np.delete(TURNED, [3, 4, 5])
    whole, _ = joined(left(), right(rows=kept))
    np.testing.assert_array_equal(whole["a.id"], np.sort(kept))
    np.testing.assert_array_equal(whole[["a0", "a1"]], X[np.sort(kept)])
    np.testing.assert_array_equal(whole[["b0", "b1"]], Y[np.sort(kept)])
    (note,) = notes_of(whole)
    assert "57 of 60 rows of a.csv and 57 of 57 rows of b.csv match" in note
    assert "first without a partner: " in note


def test_in_the_same_order_nothing_changes_but_the_note():
    tables = {"a.csv": left(), "b.csv": right()}
    found, notes = join_on(tables)
    for name, table in tables.items():
        assert found[name] is table
    assert notes == ["id is the same in every row of a.csv and b.csv"]
    assert not matched_by(join_tables(tables)[0]).moved


def test_by_position_files_are_read_as_they_are():
    whole, _ = joined(left(), right(rows=TURNED), POSITION)
    np.testing.assert_array_equal(whole[["b0", "b1"]], Y[TURNED])
    assert matched_by(whole) == MatchedBy(offered=("id",))
    assert notes_of(whole) == ()


def test_labels_are_joined_as_well():
    labels = pd.DataFrame({"id": NUMBERS, "score": Y[:, 0]}).iloc[TURNED].reset_index(drop=True)
    whole, guess = joined(left(), right(), **{"l.csv": labels})
    np.testing.assert_array_equal(whole["score"], Y[:, 0])
    assert guess.label_columns == ("score",)


def test_a_file_without_the_key_is_refused_only_where_rows_are_moved():
    labels = pd.DataFrame({"label": np.tile(["x", "y"], N // 2)})
    joined(left(), right(), **{"l.csv": labels})
    with pytest.raises(UnmatchedError, match=r"by 'id', which l\.csv does not have") as refused:
        joined(left(), right(rows=TURNED), **{"l.csv": labels})
    assert refused.value.offered == ("id",)


def test_one_file_needs_no_key():
    whole, _ = join_tables({"a.csv": left().assign(b0=0.5, b1=X[:, 0])})
    assert matched_by(whole) == MatchedBy()


def test_row_counts_saved_with_both_files_are_no_key_beside_an_identifier():
    a = left(name="Unnamed: 0").assign(sample=NAMES)
    b = right(name="Unnamed: 0").assign(sample=NAMES[TURNED])
    b[["b0", "b1"]] = Y[TURNED]
    whole, _ = joined(a, b)
    np.testing.assert_array_equal(whole[["b0", "b1"]], Y)
    assert matched_by(whole).key == "sample"


def test_counts_of_files_of_unequal_length_identify_no_samples_unless_chosen():
    shorter = right(NUMBERS, rows=slice(50))
    with pytest.raises(UnmatchedError, match=r"unequal rows.*id only counts the rows") as refused:
        joined(left(), shorter)
    assert refused.value.offered == ("id",)
    assert len(joined(left(), shorter, "id")[0]) == 50


def test_identifiers_with_little_in_common_need_a_choice():
    for ids, cause in (
        (NUMBERS[::-1] + 50, "only 10 of 60 rows of a.csv and 10 of 60 rows of b.csv match"),
        (NUMBERS + 500, r"no id is in all of a.csv and b.csv \(0, 1, 2 … in a.csv, 500, 501, 502"),
    ):
        with pytest.raises(UnmatchedError, match=cause) as refused:
            joined(left(), right(ids))
        assert refused.value.offered == ("id",)
        whole, guess = joined(left(), right(ids), POSITION)
        np.testing.assert_array_equal(whole[["b0", "b1"]], Y)
        assert guess.view2 == ("b0", "b1")
    assert len(joined(left(), right(NUMBERS[::-1] + 50), "id")[0]) == 10


def test_texts_with_little_in_common_are_not_used_and_said():
    whole, _ = joined(left(NAMES, "caption"), right(np.char.upper(NAMES), "caption"))
    np.testing.assert_array_equal(whole[["b0", "b1"]], Y)
    assert notes_of(whole)[0].startswith(
        "caption has few values in common in a.csv and b.csv, first clip0.mp4 in a.csv and CLIP0"
    )


def test_duplicates_are_refused_with_their_rows():
    twice = NAMES.copy()
    twice[[4, 9]] = NAMES[7]
    message = r"id 'clip7\.mp4' occurs more than once in b\.csv, in data rows 5 and 8"
    for key in (None, "id"):
        with pytest.raises(UnmatchedError, match=message) as refused:
            joined(left(NAMES[TURNED]), right(twice), key)
        assert refused.value.offered == ("id",)
    joined(left(twice), right(twice))  # in the same order


def test_groups_that_repeat_in_every_file_are_no_key():
    groups = pd.Series(NUMBERS // 10)
    whole, _ = joined(left(groups, "key"), right(groups[::-1] // 2, "key"))
    assert not matched_by(whole).moved
    with pytest.raises(UnmatchedError, match="occurs more than once"):  # the same ones, reordered
        joined(left(groups, "key"), right(groups[::-1], "key"))


def test_a_key_that_files_do_not_share_is_refused_with_those_they_do():
    with pytest.raises(UnmatchedError, match=r"no file has a column 'word'.*such as id"):
        joined(left(), right(), "word")
    with pytest.raises(UnmatchedError, match=r"only a\.csv has a column 'a0'"):
        joined(left(), right(), "a0")
    with pytest.raises(
        UnmatchedError, match=r"no id is in all of a\.csv and b\.csv \(0, 1, 2 … in"
    ):
        joined(left(), right(NUMBERS + 100), "id")


def test_ids_of_different_types_match_by_value():
    written = np.array([f"{j:03d}" for j in NUMBERS])
    whole, _ = joined(left(NUMBERS[::-1]), right(written))
    np.testing.assert_array_equal(whole[["b0", "b1"]], Y[::-1])
    assert "001 is 1" in notes_of(whole)[0]


def test_notes_of_reading_are_kept():
    whole, _ = joined(annotated(left(), ["Read so."]), right(rows=TURNED))
    assert notes_of(whole)[1] == "a.csv: Read so."


# --- Which columns identify rows ---


def test_texts_that_differ_and_row_numbers_identify_rows():
    assert identifies_rows("any", pd.Series(NAMES))
    assert identifies_rows("word", pd.Series(NAMES[:5]))
    assert not identifies_rows("kind", pd.Series(NAMES[:5]))
    assert not identifies_rows("word", pd.Series(["a", "b", "a"]))
    assert identifies_rows("__index_level_0__", pd.Series(NUMBERS[TURNED]))
    assert not identifies_rows("x", pd.Series(NUMBERS[TURNED]))
    assert not identifies_rows("id", pd.Series(X[:, 0]))


def test_numbers_that_always_increase_are_those_of_rows_that_remained():
    assert numbers_rows("x", pd.Series(np.delete(NUMBERS, [3, 8, 9])))
    assert not numbers_rows("x", pd.Series([1, 4, 5, 9]))
    assert not numbers_rows("x", pd.Series([*NUMBERS, N - 1]))


# --- Files read in blocks ---


@pytest.fixture
def large(tmp_path):
    def made(**tables):
        for name, table in tables.items():
            table.to_parquet(tmp_path / f"{name}.parquet")
        return [open_large(tmp_path / f"{name}.parquet") for name in tables]

    return made


def test_large_files_in_the_same_order_are_read(large, monkeypatch):
    monkeypatch.setattr("alignlab.files.large_keys.BLOCK_ROWS", 7)
    tables = large(a=left(NAMES), b=right(NAMES))
    assert check_large(tables) == ["id is the same in every row of a.parquet and b.parquet"]
    assert check_large(large(a=left(), b=right(NUMBERS.astype(str))))


def test_large_files_in_another_order_are_refused_with_the_first_row(large, monkeypatch):
    monkeypatch.setattr("alignlab.files.large_keys.BLOCK_ROWS", 7)
    swapped = np.r_[:40, 41, 40, 42:N]
    tables = large(a=left(NAMES), b=right(NAMES, rows=swapped))
    for key in (None, "id"):
        with pytest.raises(UnmatchedError, match=r"data row 41, clip40.mp4 in a\.parquet and clip41"
                           r".*sort both files") as refused:  # fmt: skip
            check_large(tables, key)
        assert refused.value.offered == ("id",)
    assert check_large(tables, POSITION) == []
    with pytest.raises(UnmatchedError, match="no file has a column 'word'"):
        check_large(tables, "word")
    with pytest.raises(UnmatchedError, match=r"60 rows and b\.parquet has 50, with the same 'id'"):
        check_large(large(a=left(), b=right(rows=slice(50))))
    assert check_large(large(a=left(name="p"), b=right(name="q"))) == []
