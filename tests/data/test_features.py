from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import alignlab as al
from alignlab.data.digits import digits_halves
from alignlab.data.features import (
    Changes,
    Features,
    changed,
    label_summary,
    summary,
    torn_apart,
    with_labels,
)
from alignlab.data.label_columns import LabelColumns
from alignlab.experiments.examples import (
    CLOCK,
    LABEL_R2,
    activity_features,
    digits_features,
    spiked_features,
)
from alignlab.files.chosen import features_from_table, incomplete_rows, labels_of
from alignlab.files.columns import ColumnChoice
from alignlab.files.large_tables import chunks_of, open_large
from alignlab.files.tables import read_table
from alignlab.har import simulate
from alignlab.spiked.model import SpikedSpec, sample_spiked
from alignlab.ui.parts.diagnose.page import PAGE as DIAGNOSE
from alignlab.ui.parts.spiked import model_spec

SPEC = SpikedSpec(d=6, k=2, kappa=(2.0, 0.5))
DEFAULTS = {control.name: control.default for control in DIAGNOSE.controls}
CHOICE = ColumnChoice(view1=("a", "b"), view2=("c",))


def table():
    return pd.DataFrame({"a": [1.0, 2, 3, 4], "b": [0.0, 1, 0, 2], "c": [5.0, 6, 7, 9]})


def pairs(labels, n=None):
    n = len(labels) if n is None else n
    X, Y = np.arange(2.0 * n).reshape(2, n, 1)
    return Features(X=X, Y=Y, labels=labels, targets=("t",))


# --- Examples ---


def test_a_spiked_draw_is_that_of_the_model():
    found, data = spiked_features(SPEC, 50, 3), sample_spiked(SPEC, 50, 3)
    np.testing.assert_array_equal(found.X, data.X1)
    np.testing.assert_array_equal(found.Y, data.X2)
    assert found.targets == ("z1", "z2")


def test_labels_of_a_spiked_draw_have_their_r2_in_every_column():
    n = 20_000
    found, Z = spiked_features(SPEC, n, 0), sample_spiked(SPEC, n, 0).Z
    for j in range(SPEC.k):
        r = np.corrcoef(found.labels[:, j], Z[:, j])[0, 1]
        assert r**2 == pytest.approx(LABEL_R2, abs=0.01)
        assert abs(np.corrcoef(found.labels[:, j], Z[:, 1 - j])[0, 1]) < 0.03


def test_the_label_noise_is_independent_of_the_views():
    found = spiked_features(SPEC, 20_000, 0)
    Z = sample_spiked(SPEC, 20_000, 0).Z
    noise = found.labels - Z
    for view in (found.X, found.Y):
        assert np.abs(np.corrcoef(noise.T, view.T)[:2, 2:]).max() < 0.04


def test_digits_are_the_halves_with_their_digit():
    found, data = digits_features(), digits_halves()
    np.testing.assert_array_equal(found.X, data.X1)
    np.testing.assert_array_equal(found.Y, data.X2)
    np.testing.assert_array_equal(found.labels, data.labels)


@pytest.fixture(scope="module")
def activity():
    return activity_features(0)


def test_activity_is_every_sequence_at_the_same_moments(activity):
    found, data = activity, simulate(0)
    assert found.X.shape == (len(data), CLOCK * 60)
    assert found.Y.shape == (len(data), CLOCK * 6)
    np.testing.assert_array_equal(found.labels, data.actions)
    skeleton = data.resampled("skeleton", CLOCK)
    np.testing.assert_array_equal(found.X[7], skeleton[7].ravel().astype(float))
    assert found.X.dtype == found.Y.dtype == np.float64


# --- The verdict of every example is the known one ---


def diagnosed(preset, seed=0, resamples=20):
    values = DEFAULTS | DIAGNOSE.presets[preset]
    features = spiked_features(model_spec(values), values["rows"], seed)
    torn = values["pairing"] == "shuffled"
    features = changed(features, Changes(kept=values["labels_kept"], shuffled=torn, seed=seed))
    return al.diagnose(features.X, features.Y, features.labels, seed=seed, resamples=resamples)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("regime", ["Both", "CA only", "CP only", "Neither"])
def test_a_preset_named_after_a_regime_has_it(regime, seed):
    found = diagnosed(regime, seed)
    assert found.regime == regime
    assert found.support >= 0.9


@pytest.mark.parametrize(
    ("preset", "reason"),
    [
        ("Pairs torn apart", "do not exceed those of permuted pairs"),
        ("Without labels", "there are no labels"),
        ("On the border", "within 6% of the boundary"),
    ],
)
def test_a_preset_without_an_answer_is_undetermined_and_says_why(preset, reason):
    found = diagnosed(preset, resamples=DEFAULTS["resamples"])
    assert found.regime == "Undetermined"
    assert reason in found.reason


def test_more_pairs_would_help_where_there_are_too_few():
    found = diagnosed("Too few pairs", resamples=DEFAULTS["resamples"])
    assert (found.regime, found.sample.regime) == ("Both", "CP only")


@pytest.mark.parametrize("case", ["digits", "activity"])
def test_digits_and_activity_are_in_neither(case, activity):
    """In theory; `test_advice` tests the measured advice."""
    features = digits_features() if case == "digits" else activity
    found = al.diagnose(features.X, features.Y, features.labels, resamples=20)
    assert found.regime == "Neither"
    assert found.support >= 0.7


# --- A table ---


def test_a_table_gives_its_columns_in_the_chosen_order():
    choice = ColumnChoice(view1=("b", "a"), view2=("c",), labels="a", more_labels=("c",))
    found = features_from_table(table(), choice)
    np.testing.assert_array_equal(found.X, table()[["b", "a"]])
    np.testing.assert_array_equal(found.Y, table()[["c"]])
    np.testing.assert_array_equal(found.labels, table()[["a", "c"]])
    assert found.targets == ("a", "c")
    assert found.X.dtype == np.float64


def test_a_table_without_labels_has_none():
    found = features_from_table(table(), CHOICE)
    assert found.labels is None
    assert found.targets == ()


def test_incomplete_rows_are_those_of_either_view():
    broken = table()
    broken.loc[1, "b"], broken.loc[3, "c"] = np.nan, -np.inf
    assert incomplete_rows(broken, CHOICE).tolist() == [1, 3]
    assert incomplete_rows(table(), CHOICE).tolist() == []
    nullable = table().assign(a=pd.array([1, 2, None, 4], dtype="Int64"))
    assert incomplete_rows(nullable, CHOICE).tolist() == [2]


def test_incomplete_rows_are_refused_with_their_number_and_place():
    broken = table()
    broken.loc[[1, 3], "b"] = np.nan
    with pytest.raises(ValueError, match=r"2 of 4 rows .* first is data row 2; column") as refused:
        features_from_table(broken, CHOICE)
    assert "'b' alone has 2: leave these rows out, fill them, or" in str(refused.value)


def test_a_column_that_empties_every_row_is_named_even_where_rows_may_be_left_out():
    broken = table()
    broken["b"], broken.loc[1, "c"] = np.nan, np.nan
    with pytest.raises(ValueError, match=r"4 of 4 rows .* column 'b' alone has 4: fill them, or"):
        features_from_table(broken, CHOICE, drop=True)


def test_incomplete_rows_are_left_out_of_views_and_labels_alike():
    broken = table().assign(label=list("wxyz"))
    broken.loc[1, "b"], broken.loc[2, "c"] = np.nan, np.inf
    choice = ColumnChoice(view1=("a", "b"), view2=("c",), labels="label")
    found = features_from_table(broken, choice, drop=True)
    np.testing.assert_array_equal(found.X, [[1, 0], [4, 2]])
    np.testing.assert_array_equal(found.Y, [[5], [9]])
    assert found.labels.tolist() == ["w", "z"]


def test_missing_labels_leave_no_row_out():
    choice = ColumnChoice(view1=("a", "b"), view2=("c",), labels="label")
    found = features_from_table(table().assign(label=["u", None, "v", None]), choice)
    assert len(found.X) == 4
    assert found.labels.tolist() == ["u", None, "v", None]


def test_an_impossible_choice_is_refused():
    with pytest.raises(ValueError, match="no column 'z'"):
        features_from_table(table(), ColumnChoice(view1=("a",), view2=("b",), labels="z"))
    more = ColumnChoice(view1=("a",), view2=("b",), labels="c", more_labels=("z",))
    with pytest.raises(ValueError, match="no column 'z'"):
        features_from_table(table(), more)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (["u", None, "v"], ["u", None, "v"]),
        ([1, 2, 3], [1.0, 2.0, 3.0]),
        ([1.5, np.nan, 3], [1.5, np.nan, 3.0]),
        (pd.array([1, None, 3], dtype="Int64"), [1.0, np.nan, 3.0]),
        ([True, False, True], [True, False, True]),
        (pd.array([True, None, False], dtype="boolean"), [1.0, np.nan, 0.0]),
        ([True, None, False], [1.0, np.nan, 0.0]),
        (pd.Categorical(["u", None, "v"]), ["u", None, "v"]),
        ([1, 1.0, "1", "a", None], [1.0, 1.0, "1", "a", None]),
        ([2**60, 2**60 + 1, 0], [2**60, 2**60 + 1, 0]),
        ([Decimal("1.50"), None, Decimal("2")], [1.5, np.nan, 2.0]),
        ([b"u", "nan", "v"], ["u", "nan", "v"]),
    ],
)
def test_labels_are_names_or_numbers_with_gaps(column, expected):
    found = labels_of(pd.DataFrame({"l": column}), ["l"])
    assert found.shape == (len(column),)
    for one, other in zip(found.tolist(), expected, strict=True):
        assert type(one) is type(other)
        assert one == other or (one != one and other != other)


def test_several_label_columns_are_numbers_with_gaps():
    frame = pd.DataFrame({"u": [1, 2, 3], "v": pd.array([4, None, 6], dtype="Int64")})
    np.testing.assert_array_equal(labels_of(frame, ["v", "u"]), [[4, 1], [np.nan, 2], [6, 3]])


def test_several_label_columns_of_names_and_numbers_keep_their_types():
    frame = pd.DataFrame({"u": [1.5, np.nan, 3], "v": ["p", "q", None]})
    assert labels_of(frame, ["u", "v"]).tolist() == [[1.5, "p"], [None, "q"], [3.0, None]]


@pytest.mark.parametrize("other", [[1j, 2, 3], pd.to_datetime(["2020-01-01"] * 3)])
def test_what_is_neither_number_nor_name_is_refused_by_column(other):
    frame = pd.DataFrame({"u": [1, 2, 3], "v": other})
    with pytest.raises(ValueError, match="label column 'v': "):
        labels_of(frame, ["u", "v"])


# --- Fewer labels, shuffled pairs ---

GAPPY = np.array([1.0, np.nan, 3, np.nan, 5, 6, np.nan, 8])
KINDS = {
    "numbers": np.arange(10.0),
    "integers": np.arange(10),
    "names": np.array(list("abcdefghij"), dtype=object),
    "columns": np.arange(20.0).reshape(10, 2),
}


def kept(features):
    return set(np.flatnonzero(~pd.isna(features.labels.reshape(len(features.labels), -1)).any(1)))


@pytest.mark.parametrize("kind", list(KINDS))
def test_so_many_rows_keep_their_labels(kind):
    whole = pairs(KINDS[kind])
    before = set()
    for count in (1, 4, 9):
        found = with_labels(whole, count, seed=2)
        own = kept(found)
        assert len(own) == count
        assert before < own  # nested
        for row in own:
            np.testing.assert_array_equal(found.labels[row], whole.labels[row])
        np.testing.assert_array_equal(found.X, whole.X)
        before = own
    assert with_labels(whole, 10, 2) is whole
    assert not pd.isna(whole.labels).any()  # the input is unchanged


def test_the_rows_that_keep_their_labels_follow_the_seed():
    draws = {frozenset(kept(with_labels(pairs(KINDS["numbers"]), 5, seed))) for seed in range(8)}
    assert len(draws) > 4


def test_labels_are_kept_among_the_rows_that_have_one():
    for count in range(6):
        assert len(kept(with_labels(pairs(GAPPY), count, seed=0))) == count
    names = np.array(["a", None, "b", None], dtype=object)
    assert len(kept(with_labels(pairs(names), 2, seed=0))) == 2


def test_a_negative_number_of_labels_is_refused():
    with pytest.raises(ValueError, match="count"):
        with_labels(pairs(GAPPY), -1, 0)


def test_no_labels_to_keep_are_no_labels():
    found = changed(pairs(GAPPY), Changes(kept=0))
    assert found.labels is None
    assert found.targets == ()
    unlabelled = Features(X=np.zeros((3, 1)), Y=np.zeros((3, 1)), labels=None)
    assert with_labels(unlabelled, 2, 0) is unlabelled


def test_all_labels_are_kept_by_default():
    whole = pairs(GAPPY)
    assert changed(whole, Changes()) is whole


def test_torn_pairs_are_the_same_rows_in_another_order():
    whole = pairs(np.arange(50.0))
    found = changed(whole, Changes(shuffled=True, seed=1))
    np.testing.assert_array_equal(np.sort(found.Y, axis=0), np.sort(whole.Y, axis=0))
    assert (found.Y == whole.Y).mean() < 0.2
    np.testing.assert_array_equal(found.X, whole.X)
    np.testing.assert_array_equal(found.labels, whole.labels)
    assert (torn_apart(whole, 2).Y != found.Y).any()
    np.testing.assert_array_equal(changed(whole, Changes(kept=7, shuffled=True, seed=1)).Y, found.Y)


# --- What was read ---


def test_the_summary_counts_rows_dimensions_and_constant_columns():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((40, 3)) * [1.0, 5.0, 0.0] + [0, 0, 1e6]
    found = summary(Features(X=X, Y=np.full((40, 1), 7.0), labels=None))
    spread = X.std(axis=0)[:2]
    assert found.loc["view 1, x"].tolist() == pytest.approx(
        [40, 3, 1, np.median(spread), spread.min(), spread.max()]
    )
    assert found.loc["view 2, y"].tolist() == [40, 1, 1, 0, 0, 0]


@pytest.mark.parametrize(
    ("labels", "targets", "words"),
    [
        (None, (), "No labels."),
        (np.array([1.0, 2, 2]), ("age",), "Labels: age. Read as 2 classes (whole numbers)."),
        (np.array([1.0, np.nan, np.nan]), ("age",),
         "Labels: age, 2 rows have none. Read as 1 class (whole numbers)."),
        (np.array(["u", None, "v"], dtype=object), ("kind",),
         "Labels: kind, 1 row has none. Read as 2 classes (names)."),
        (np.array([[1.5, 2], [np.nan, 3], [4, 5]]), ("p", "q"),
         "Labels: 2 columns (p, q), 1 row has none. Read as p a measurement (real numbers, 2 "
         "different values), q 2 classes (whole numbers)."),
        (np.arange(15.0).reshape(3, 5) / 2, tuple("abcde"),
         "Labels: 5 columns (a, b, c, d …). Read as 5 columns: a measurement."),
        (np.array(list(range(60)) * 2), ("class",),
         "Labels: class. Read as 60 classes (whole numbers); could also be a measurement."),
        (np.array(["u", "v", "nan"] * 2), ("kind",),
         "Labels: kind, 2 rows have none. Read as 2 classes (names). Text that marks a "
         "missing value is read as missing (number of rows): “nan” (2)."),
    ],
)  # fmt: skip
def test_the_labels_are_summed_up(labels, targets, words):
    view = np.zeros((3, 1))
    assert label_summary(Features(X=view, Y=view, labels=labels, targets=targets)) == words


def test_a_view_of_text_is_named_before_its_gaps_are_counted():
    text = table().assign(t="word")
    with pytest.raises(ValueError, match="column 't' holds text"):
        incomplete_rows(text, ColumnChoice(view1=("t",), view2=("c",)))


def hashes(kind, gaps):
    """A table of two views with labels that float64 cannot distinguish."""
    first = 2**63 if kind == "uint64" else 2**60
    values = [first + i % 3 for i in range(30)]
    if gaps:
        values[::7] = [None] * len(values[::7])
    x = np.random.default_rng(0).standard_normal(30)
    return pa.table({"a": x, "b": x[::-1], "label": pa.array(values, getattr(pa, kind)())})


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("kind", ["int64", "uint64"])
def test_classes_beyond_2_53_stay_apart_in_files_whole_and_by_blocks(kind, gaps, tmp_path):
    path = tmp_path / "hashes.parquet"
    pq.write_table(hashes(kind, gaps), path, row_group_size=8)
    choice = ColumnChoice(view1=("a",), view2=("b",), labels="label")
    found = features_from_table(read_table(path.read_bytes(), path.name), choice)
    assert found.reading is not None
    assert found.reading.columns[0].width == 3
    scheme = LabelColumns()
    for *_, labels in chunks_of([open_large(path)], ("a",), ("b",), labels=("label",))():
        scheme.see(labels)
    assert str(scheme.reading) == str(found.reading)
