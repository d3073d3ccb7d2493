"""How labels are read: the same from every container, and whatever the chunks."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from alignlab.data.label_columns import CLASSES, LabelColumns, named
from alignlab.data.label_reading import are_codes
from alignlab.data.label_values import MARKS, Labels, as_labels
from tests.server import ROOT

ROWS = 600


def codes(classes, n=ROWS, seed=0, first=0):
    """Class codes in which every class occurs."""
    rng = np.random.default_rng(seed)
    return (
        rng.permutation(np.concatenate([np.arange(classes), rng.integers(0, classes, n)])) + first
    )


def reading(labels, kind=None):
    scheme = LabelColumns(kind=kind)
    scheme.see(labels)
    return scheme.reading


def of(labels, kind=None):
    """The only column's reading."""
    return reading(labels, kind).columns[0]


def indicators(labels):
    return LabelColumns.of(labels).columns(labels)


# --- Containers ---


def _gaps(values, missing, dtype=object):
    found = np.array(values, dtype=dtype)
    found[1] = missing
    return found


WHOLE = [int(code) for code in codes(4, 60)]
NAMES = [f"c{code}" for code in WHOLE]
REAL = np.random.default_rng(3).standard_normal(64).tolist()

CONTAINERS = {
    "list": list,
    "tuple": tuple,
    "list of lists": lambda v: [[one] for one in v],
    "list of numpy scalars": lambda v: list(np.array(v)),
    "objects": lambda v: np.array(v, dtype=object),
    "array": np.array,
    "column": lambda v: np.array(v)[:, None],
    "series": pd.Series,
    "series of objects": lambda v: pd.Series(v, dtype=object),
    "index": pd.Index,
    "frame": lambda v: pd.DataFrame({"l": v}),
    "frame in another order": lambda v: pd.DataFrame({"l": v}, index=range(len(v), 0, -1)),
    "arrow": pa.array,
    "arrow, chunked": lambda v: pa.chunked_array([v[:7], v[7:]]),
    "arrow table": lambda v: pa.table({"l": v}),
    "arrow dictionary": lambda v: pa.array(v).dictionary_encode(),
    "pandas of arrow": lambda v: pd.Series(pa.array(v).to_pandas(types_mapper=pd.ArrowDtype)),
    "categorical": pd.Categorical,
    "masked": lambda v: np.ma.array(v, mask=np.zeros(len(v), dtype=bool)),
    "read-only": lambda v: _read_only(np.array(v)),
    "reversed view": lambda v: np.array(v[::-1])[::-1],
}
OF_NUMBERS = {
    "tensor": lambda v: torch.tensor(v, dtype=torch.float64),
    "tensor, in a graph": lambda v: torch.tensor(v, dtype=torch.float64, requires_grad=True),
    "list of tensors": lambda v: [torch.tensor(one, dtype=torch.float64) for one in v],
    "decimals": lambda v: [Decimal(repr(one)) for one in v],
    "arrow decimals": lambda v: pa.array(
        [Decimal(repr(one)).quantize(Decimal("1e-12")) for one in v]
    ),
    "big-endian": lambda v: np.array(v, dtype=">f8"),
    "fractions": lambda v: [Fraction(one) for one in v],
    "nullable": lambda v: pd.array(v, dtype="Float64"),
    "sparse": lambda v: pd.Series(pd.arrays.SparseArray(v)),
    "long double": lambda v: np.array(v, dtype=np.longdouble),
}
OF_WHOLE = {
    **{dtype: (lambda v, dtype=dtype: np.array(v, dtype=dtype)) for dtype in
       ("int8", "uint8", "int16", "int32", "uint64", ">i4", "float16", "float32")},
    "nullable integers": lambda v: pd.array(v, dtype="Int64"),
    "unsigned, nullable": lambda v: pd.array(v, dtype="UInt8"),
    "bfloat16": lambda v: torch.tensor(v, dtype=torch.bfloat16),
    "bytes of digits": lambda v: np.array([str(one).encode() for one in v]),
    "text of digits": lambda v: np.array([str(one) for one in v]),
    "text of floats": lambda v: np.array([f"{one}.0" for one in v]),
    "1, 1.0 and '1'": lambda v: [(int, float, str)[i % 3](one) for i, one in enumerate(v)],
    "range-like, categorical with unused levels":
        lambda v: pd.Categorical(v, categories=[0, 1, 2, 3, 17, 99]),
}  # fmt: skip
OF_NAMES = {
    "bytes": lambda v: np.array([one.encode() for one in v]),
    "bytes in a list": lambda v: [one.encode() for one in v],
    "StringDType": lambda v: np.array(v, dtype=np.dtypes.StringDType()),
    "pandas string": lambda v: pd.Series(v, dtype="string"),
    "large strings": lambda v: pa.array(v, pa.large_string()),
    "string views": lambda v: pa.array(v, pa.string_view()),
    "table of string views": lambda v: pa.table({"l": pa.array(v, pa.string_view())}),
    "binary": lambda v: pa.array([one.encode() for one in v], pa.binary()),
    "arrow strings": lambda v: pd.Series(v, dtype=pd.ArrowDtype(pa.string())),
    "categorical with unused levels":
        lambda v: pd.Series(pd.Categorical(v, categories=["z", *sorted(set(v)), "a"])),
}  # fmt: skip


def _read_only(values):
    values.flags.writeable = False
    return values


@pytest.mark.parametrize("container", [*CONTAINERS, *OF_WHOLE])
def test_codes_are_the_same_classes_from_every_container(container):
    labels = (CONTAINERS | OF_WHOLE)[container](WHOLE)
    L, known = indicators(labels)
    np.testing.assert_array_equal(L, np.array(WHOLE)[:, None] == np.arange(4))
    assert known.all()
    read = of(labels)
    assert (read.kind, read.cells, read.different, read.ambiguous) == (
        "classes", "whole numbers", 4, True,
    )  # fmt: skip
    assert read.classes == (0, 1, 2, 3)


@pytest.mark.parametrize("container", [*CONTAINERS, *OF_NAMES])
def test_names_are_the_same_classes_from_every_container(container):
    labels = (CONTAINERS | OF_NAMES)[container](NAMES)
    L, known = indicators(labels)
    np.testing.assert_array_equal(L, np.array(WHOLE)[:, None] == np.arange(4))
    assert known.all()
    read = of(labels)
    assert (read.kind, read.cells, read.ambiguous) == ("classes", "names", False)
    assert read.classes == ("c0", "c1", "c2", "c3")
    assert read.notes == ()


@pytest.mark.parametrize("container", [*CONTAINERS, *OF_NUMBERS])
def test_measurements_are_the_same_numbers_from_every_container(container):
    if "categorical" in container or "dictionary" in container:
        pytest.skip("categories are declared classes")
    labels = (CONTAINERS | OF_NUMBERS)[container](REAL)
    L, known = indicators(labels)
    low, high = min(REAL), max(REAL)
    np.testing.assert_allclose(L[:, 0], (np.array(REAL) - low) / (high - low) * 2 - 1, atol=1e-9)
    assert known.all()
    read = of(labels)
    assert (read.kind, read.cells, read.classes) == ("numbers", "real numbers", None)
    assert not read.ambiguous


MISSING = {
    "None among names": lambda: _gaps(NAMES, None),
    "None in a list": lambda: [None if i == 1 else name for i, name in enumerate(NAMES)],
    "NaN in a list of names": lambda: [np.nan if i == 1 else v for i, v in enumerate(NAMES)],
    "NA among names": lambda: _gaps(NAMES, pd.NA),
    "NaT among names": lambda: _gaps(NAMES, pd.NaT),
    "NA of strings": lambda: pd.Series(_gaps(NAMES, None), dtype="string"),
    "StringDType": lambda: np.array(
        _gaps(NAMES, np.nan), dtype=np.dtypes.StringDType(na_object=np.nan)
    ),
    "categorical": lambda: pd.Categorical(_gaps(NAMES, None)),
    "masked names": lambda: np.ma.array(NAMES, mask=np.arange(64) == 1),
    "arrow null": lambda: pa.array(_gaps(NAMES, None)),
    "masked codes": lambda: np.ma.array(_gaps(WHOLE, -99, int), mask=np.arange(64) == 1),
    "NaN among codes": lambda: _gaps(WHOLE, np.nan, float),
    "NaN in a list of codes": lambda: [np.nan if i == 1 else v for i, v in enumerate(WHOLE)],
    "None among codes": lambda: _gaps(WHOLE, None),
    "NA of integers": lambda: pd.array(_gaps(WHOLE, pd.NA), dtype="Int64"),
    "categorical codes": lambda: pd.Categorical(_gaps(WHOLE, None)),
    "arrow codes": lambda: pa.array(_gaps(WHOLE, None)),
    "decimal NaN": lambda: _gaps([Decimal(v) for v in WHOLE], Decimal("NaN")),
    "masked in a list": lambda: [np.ma.masked if i == 1 else v for i, v in enumerate(WHOLE)],
}


@pytest.mark.parametrize("what", MISSING)
def test_a_row_without_label_is_found(what):
    L, known = indicators(MISSING[what]())
    expected = np.array(WHOLE)[:, None] == np.arange(4)
    expected[1] = False
    np.testing.assert_array_equal(L, expected)
    assert np.flatnonzero(~known).tolist() == [1]


@pytest.mark.parametrize("mark", [*sorted(MARKS), " nan ", "  "])
def test_text_that_stands_for_a_missing_value_is_missing_and_said(mark):
    labels = np.array(NAMES, dtype=object)
    labels[[1, 5]] = mark
    L, known = indicators(labels)
    assert np.flatnonzero(~known).tolist() == [1, 5]
    assert L.shape[1] == 4
    (note,) = of(labels).notes
    assert f"“{mark.strip()}” (2)" in note


def test_names_made_of_gaps_by_astype_are_found():
    labels = pd.Series(_gaps(NAMES, None)).astype(object).astype(str)
    assert not indicators(labels.to_numpy())[1][1]
    labels = np.where(np.arange(64) == 1, np.nan, WHOLE).astype(str)  # "nan" and "1.0"
    L, known = indicators(labels)
    assert (L.shape[1], known.sum()) == (4, 63)


@pytest.mark.parametrize(
    ("labels", "value"),
    [
        (np.where(np.arange(64) % 9, WHOLE, -1), "-1"),
        (np.where(np.arange(64) % 9, np.abs(REAL), -999.0), "-999"),
        (np.where(np.arange(64) % 9, NAMES, "unlabeled"), "unlabeled"),
        (np.where(np.arange(64) % 9, NAMES, "Unknown"), "Unknown"),
        (np.where(np.arange(64) % 9, NAMES, "-1"), "-1"),
    ],
)
def test_what_may_mean_that_there_is_no_label_is_said(labels, value):
    (note,) = of(labels).notes
    assert f"“{value}” is read as a " in note
    assert "put NaN or None there" in note
    assert indicators(labels)[1].all()


def test_negative_numbers_that_are_not_alone_are_nothing_to_say():
    assert of(np.arange(-3, 3).repeat(9)).notes == ()
    assert of(np.array(REAL)).notes == ()


# --- What is refused, and why ---


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ({0: "a", 1: "b"}, "are a dict: give its values"),
        ({"a", "b"}, "a set, which has no order"),
        (iter(NAMES), "an iterator: convert it to a list"),
        ((name for name in NAMES), "an iterator: convert it to a list"),
        ("labels.npy", "a text or a path: read the file"),
        (np.array(3), r"shape \(\)"),
        (np.zeros((4, 2, 2)), r"shape \(4, 2, 2\)"),
        (np.zeros((4, 0)), r"shape \(4, 0\)"),
        (pd.DataFrame(index=range(4)), "have no column"),
        (np.arange(9).astype("datetime64[s]"), "dates or durations: give numbers"),
        (np.arange(9).astype("timedelta64[s]"), "dates or durations: give numbers"),
        (pd.date_range("2020", periods=9), "dates or durations: give numbers"),
        (pd.Series(pd.date_range("2020", periods=9, tz="UTC")), "dates or durations"),
        ([pd.Timestamp("2020"), None] * 9, "dates or durations"),
        (pd.period_range("2020", periods=9, freq="D"), "dates or durations"),
        (pa.array([1, 2, 3], pa.date32()), "dates or durations"),
        (np.array(WHOLE) + 1j, "complex128"),
        ([1j, 2, 3], "type complex"),
        ([[1, 2], [1]], "type list: give one label per row, or the same number"),
        ([{"a": 1}] * 3, "type dict"),
        (np.zeros(4, dtype=[("a", int), ("b", int)]), "structured array with the fields a, b"),
        ([1.0, np.inf, 2.0], "infinite value in row 1, column 0"),
        (np.array([[1.0, 2.0], [0.0, -np.inf]]), "infinite value in row 1, column 1"),
        ([None, None], "every label is missing"),
        (["nan", ""], "every label is missing"),
        ([], "every label is missing"),
        (["a"] * 9, "one class only, a"),
        ([2] * 9, "one class only, 2"),
        ([1.5] * 9, "labels are constant"),
        ([True] * 9, "one class only"),
        ([f"image {i}" for i in range(600)], "600 different names in 600 labelled rows: they look"),
        ([f"image {i}" for i in range(1001)], "more than 1,000 different names"),
        ([f"image {i % 1001}" for i in range(9009)], "more than 1,000 different names"),
        ([str(i) for i in range(600)], r'600 different whole numbers as text.*kind="numbers"'),
        ([*map(float, REAL), "a"], "among numbers there is the text 'a': mark it as missing"),
        ([[f"a{i % 600}", f"b{i % 600}"] for i in range(3000)], "1,200 classes over all columns"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named_with_the_remedy(labels, message):
    with pytest.raises(ValueError, match=message):
        LabelColumns.of(labels)


def test_a_sparse_matrix_is_named():
    from scipy import sparse

    with pytest.raises(ValueError, match=r"sparse matrix: give labels.toarray\(\)"):
        LabelColumns.of(sparse.eye(30, format="csr"))


# --- Classes or a measurement ---


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("classes", [2, 10, 11, 29, 30, 31, 60, 100, 365, 999, 1000])
def test_integer_codes_are_classes_as_their_names_are(classes, first):
    labels = codes(classes, 3 * classes + 600, first=first)
    read = of(labels)
    assert (read.kind, len(read.classes)) == ("classes", classes)
    names = np.array([f"c{code:04d}" for code in labels])
    np.testing.assert_array_equal(indicators(labels)[0], indicators(names)[0])
    if classes > 2:
        assert read.words == f"{classes:,} classes (whole numbers); could also be a measurement"


RNG = np.random.default_rng(11)
AS_CLASSES = {
    "a third of the codes up to 1000": RNG.choice(RNG.choice(1000, 333, replace=False), 3000),
    "two thirds of the codes up to 1000": RNG.choice(RNG.choice(1000, 666, replace=False), 5000),
    "the 80 categories of 1 to 90": RNG.choice(RNG.choice(90, 80, replace=False) + 1, 3000),
    "60 classes and -1": np.where(RNG.random(3000) < 0.3, -1, codes(60, 2940)),
    "classes of a long tail": RNG.permutation(
        np.repeat(range(50), (500 * 0.9 ** np.arange(50)).astype(int) + 2)
    ),
    "codes of six digits": RNG.choice(RNG.integers(100_000, 999_999, 40), 2000),
    "stars": RNG.integers(1, 6, 500),
    "two numbers": RNG.choice([3, 5], 100),
    "qualities": RNG.integers(3, 9, 500),
}
AS_NUMBERS = {
    "years": RNG.integers(1990, 2021, 3000),
    "30 years": RNG.integers(1990, 2020, 3000),
    "ages": RNG.integers(20, 81, 10_000),
    "ages, 999 for none": np.append(RNG.integers(20, 81, 10_000), [999] * 20),
    "counts": RNG.poisson(8.0, 3000),
    "many counts": RNG.poisson(60.0, 5000),
    "heights in mm": RNG.normal(1700, 70, 5000).round(),
    "multiples of ten": RNG.integers(0, 50, 2000) * 10,
    "citations": RNG.pareto(1.0, 3000).round() * 3 + RNG.integers(0, 3, 3000),
    "row numbers": np.arange(600),
    "identifiers": RNG.permutation(10**6)[:2000],
    "half steps": RNG.integers(2, 11, 500) / 2,
    "seconds": 1.7e9 + RNG.integers(0, 10**7, 2000),
}


@pytest.mark.parametrize("what", [*AS_CLASSES, *AS_NUMBERS])
def test_whole_numbers_are_what_they_look_like(what):
    labels = (AS_CLASSES | AS_NUMBERS)[what]
    expected = "classes" if what in AS_CLASSES else "numbers"
    for given_labels in (labels, labels.astype(np.float64), list(labels)):
        assert of(given_labels).kind == expected


def test_identifiers_taken_for_numbers_are_said():
    assert "as row numbers do" in of(np.arange(600)).notes[0]
    assert "as with identifiers" in of(AS_NUMBERS["identifiers"]).notes[0]
    assert of(np.array([7, 8, 9] * 30)).notes == ()
    assert of(AS_NUMBERS["ages"]).notes == ()


def test_the_rule_needs_every_code_to_come_again():
    assert are_codes(dict.fromkeys(range(60), 2))
    assert not are_codes(dict.fromkeys(range(60), 1))


@pytest.mark.parametrize("what", [*AS_CLASSES, "years", "ages", "counts", "half steps"])
def test_the_other_reading_is_taken_on_request_and_offered(what):
    labels = (AS_CLASSES | AS_NUMBERS)[what]
    usual = of(labels)
    assert usual.ambiguous == (usual.different > 2)
    for kind in ("classes", "numbers"):
        found = LabelColumns.of(labels, kind=kind)
        assert found.reading.kind == kind
        assert found.width == (usual.different if kind == "classes" else 1)


@pytest.mark.parametrize(
    ("labels", "kind", "message"),
    [
        (NAMES, "numbers", "labels are names, not numbers"),
        (REAL, "classes", "64 different numbers in 64 labelled rows, too many for classes"),
        (np.arange(5000), "classes", "more than 1,000 different numbers in 5,000"),
        (WHOLE, "class", "kind is 'class': give"),
        (WHOLE, ("classes", "numbers"), "kind has 2 entries, the number of label columns is 1"),
        ([[1.5, "a"], [2.5, "b"]] * 20, ("numbers", "numbers"), "names, not numbers"),
    ],
)
def test_a_kind_that_labels_cannot_have_is_named(labels, kind, message):
    with pytest.raises(ValueError, match=message):
        LabelColumns.of(labels, kind=kind)


def test_text_that_is_numbers_is_read_as_numbers_and_said():
    text = [f"{value:.4f}" for value in REAL]
    read = of(text)
    assert (read.kind, read.cells) == ("numbers", "real numbers")
    assert read.notes == ("labels are numbers written as text; they are read as numbers",)
    np.testing.assert_allclose(indicators(text)[0], indicators(np.round(REAL, 4))[0], atol=1e-12)


def test_codes_with_zeros_before_them_are_names():
    assert LabelColumns.of(["001", "002"] * 9).classes == ["001", "002"]


def test_ages_as_text_are_classes_unless_asked():
    text = AS_NUMBERS["ages"].astype(str)
    assert of(text).kind == "classes"
    assert of(text).ambiguous
    numbers = LabelColumns.of(text, kind="numbers").columns(text)[0]
    np.testing.assert_allclose(numbers, indicators(AS_NUMBERS["ages"])[0], atol=1e-12)


def test_one_name_makes_names_of_numbers_and_one_class_of_1_and_1_0():
    labels = [1, 1.0, "1", "1.0", 2, "2", "unknown", None] * 5
    scheme = LabelColumns.of(labels)
    assert scheme.classes == ["1", "2", "unknown"]
    assert scheme.columns(labels)[0].sum(0).tolist() == [20, 10, 5]


def test_codes_beyond_floating_point_are_told_apart():
    labels = np.array([2**60, 2**60 + 1, 2**60 + 2] * 10)
    np.testing.assert_array_equal(indicators(labels)[0], np.tile(np.eye(3), (10, 1)))
    labels = np.array([2**64 - 1, 2**64 - 2] * 10, dtype=np.uint64)
    assert LabelColumns.of(labels).classes == [2**64 - 2, 2**64 - 1]


@pytest.mark.parametrize(
    "labels",
    [
        np.array([True, False] * 9),
        [True, False] * 9,
        pd.array([True, False] * 9, dtype="boolean"),
        torch.tensor([True, False] * 9),
        pa.array([True, False] * 9),
        np.array([1, 0] * 9),
    ],
)
def test_truth_values_are_two_classes(labels):
    scheme = LabelColumns.of(labels)
    assert scheme.classes == [0, 1]
    assert not scheme.reading.ambiguous
    np.testing.assert_array_equal(scheme.columns(labels)[0][:2], [[0, 1], [1, 0]])


# --- Several columns ---


def test_columns_of_names_and_numbers_are_read_each_on_its_own():
    frame = pd.DataFrame({"name": NAMES, "real": REAL, "code": codes(40, 24), "other": NAMES[::-1]})
    frame["code"] = np.resize(range(20), 64)
    scheme = LabelColumns.of(frame)
    assert scheme.reading.kinds == ("classes", "numbers", "classes", "classes")
    assert scheme.reading.kind == "mixed"
    assert scheme.classes is None
    whole, _ = scheme.columns(frame)
    alone = [indicators(frame[column])[0] for column in frame]
    np.testing.assert_array_equal(whole, np.hstack(alone))
    lists = frame.to_numpy().tolist()
    np.testing.assert_array_equal(LabelColumns.of(lists).columns(lists)[0], whole)


def test_a_gap_in_one_column_leaves_the_row_without_label():
    frame = pd.DataFrame({"name": NAMES, "real": REAL})
    frame.loc[3, "real"] = np.nan
    frame.loc[5, "name"] = None
    L, known = indicators(frame)
    assert np.flatnonzero(~known).tolist() == [3, 5]
    assert not L[[3, 5]].any()


def test_a_class_of_unlabelled_rows_alone_is_none():
    frame = pd.DataFrame({"name": [*NAMES[:-1], "rare"], "real": [*REAL[:-1], np.nan]})
    assert reading(frame).columns[0].classes == ("c0", "c1", "c2", "c3")


def test_a_kind_for_all_columns_leaves_names_what_they_are():
    frame = pd.DataFrame({"name": NAMES, "code": WHOLE, "real": REAL})
    assert reading(frame, "numbers").kinds == ("classes", "numbers", "numbers")
    assert reading(frame, (None, "numbers", None)).kinds == ("classes", "numbers", "numbers")
    assert reading(frame).kinds == ("classes", "classes", "numbers")


def test_columns_of_a_fixed_size_list_are_columns():
    matrix = np.column_stack([REAL, REAL[::-1]])
    fixed = pa.FixedSizeListArray.from_arrays(pa.array(matrix.ravel()), 2)
    np.testing.assert_allclose(indicators(fixed)[0], indicators(matrix)[0])


def test_the_words_count_the_readings_of_many_columns():
    matrix = np.column_stack([REAL, REAL, WHOLE, WHOLE, WHOLE])
    assert reading(matrix).words() == (
        "2 columns: a measurement, 3 columns: 4 classes (whole numbers); could also be a "
        "measurement"
    )
    assert str(reading(NAMES)) == "4 classes (names)"


# --- Parts ---


def cut(labels, places):
    ends = [0, *sorted(places), len(labels)]
    return [labels[a:b] for a, b in pairwise(ends)]


def same(one, other):
    pairs = zip(one.reading.columns, other.reading.columns, strict=True)
    for a, b in pairs:
        assert (a.kind, a.cells, a.rows, a.classes, a.low, a.high) == (
            b.kind, b.cells, b.rows, b.classes, b.low, b.high,
        )  # fmt: skip
        assert (a.different, a.ambiguous, a.notes) == (b.different, b.ambiguous, b.notes)
        assert (a.refused, a.unfit) == (b.refused, b.unfit)


cells = st.one_of(
    st.none(),
    st.integers(-3, 40),
    st.integers(-3, 40).map(float),
    st.integers(0, 9).map(str),
    st.sampled_from(["a", "b", "nan", "", "1.0", "01", "0.5", "unknown"]),
    st.floats(-5, 5, width=16),
    st.decimals(-5, 5, places=2),
)
few_kinds = st.lists(cells, min_size=1, max_size=5).flatmap(
    lambda some: st.lists(st.sampled_from(some), min_size=1, max_size=60)
)


@given(st.one_of(st.lists(cells, min_size=1, max_size=60), few_kinds), st.data())
def test_every_cut_gives_the_same_reading(labels, data):
    labels = np.array([*labels, None], dtype=object)[:-1]
    places = data.draw(st.lists(st.integers(0, len(labels)), max_size=5))
    whole, one_by_one = LabelColumns(), LabelColumns()
    whole.see(labels)
    parts = []
    for part in cut(labels, places):
        one_by_one.see(part)
        parts.append(LabelColumns())
        parts[-1].see(part)
    while len(parts) > 1:  # in a tree
        for first, second in zip(parts[::2], parts[1::2], strict=False):
            first.merge(second)
        parts = parts[::2]
    same(one_by_one, whole)
    same(parts[0], whole)
    if not whole.reading.columns[0].refused:
        L, known = whole.columns(labels)
        pieces = [parts[0].columns(part) for part in cut(labels, places)]
        np.testing.assert_array_equal(np.vstack([piece[0] for piece in pieces]), L)
        np.testing.assert_array_equal(np.concatenate([piece[1] for piece in pieces]), known)


@pytest.mark.parametrize("what", [*AS_CLASSES, *AS_NUMBERS, "names", "captions", "text", "floats"])
@pytest.mark.parametrize("parts", [2, 7, 50])
def test_large_labels_are_read_the_same_in_parts(what, parts):
    more = {
        "names": np.array([f"c{code}" for code in codes(1000, 9000)]),
        "captions": np.array([f"caption {i}" for i in range(20_000)]),
        "text": RNG.standard_normal(9000).astype(str),
        "floats": np.random.default_rng(0).standard_normal(50_000).round(3),
    }
    labels = (AS_CLASSES | AS_NUMBERS | more)[what]
    whole, total = LabelColumns(), LabelColumns()
    whole.see(labels)
    for part in np.array_split(labels, parts):
        other = LabelColumns()
        other.see(part)
        total.merge(other)
    same(total, whole)
    for tally in (total._held[0].numbers, total._held[0].texts):
        assert len(tally.found) <= 2 * (CLASSES + 1)  # for any data


def test_a_class_that_was_not_there_at_first_is_named():
    scheme = LabelColumns.of(["a", "b"] * 9)
    with pytest.raises(ValueError, match="the label c was not there when"):
        scheme.columns(["a", "c"])


@pytest.mark.parametrize("kind", [object, str])
def test_names_of_any_length_are_told_apart_in_any_part(kind):
    names = np.array(["category"] * 3 + ["cat"] * 3, dtype=kind)
    parts = [part.astype(kind) for part in np.split(names.astype(object), [3])]
    scheme = LabelColumns.of(names)
    L, _ = scheme.columns(names)
    np.testing.assert_array_equal(L, np.repeat([[0, 1], [1, 0]], 3, axis=0))
    np.testing.assert_array_equal(np.vstack([scheme.columns(part)[0] for part in parts]), L)


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        (["a", "b"] * 3, "string"), (["a", "b"] * 3, "category"), ([True, False] * 3, "boolean"),
        ([3, 5] * 3, "Int64"), (np.linspace(0, 1, 6), "Float64"),
    ],
)  # fmt: skip
def test_missing_values_of_pandas_are_missing(values, dtype):
    whole = pd.Series(values, dtype=dtype)
    gaps = whole.mask(whole.index == 2)
    expected, _ = LabelColumns.of(whole).columns(whole)
    expected[2] = 0
    for labels in (gaps, gaps.astype(object), gaps.to_frame()):
        L, known = LabelColumns.of(labels).columns(labels)
        assert known.tolist() == [True, True, False, True, True, True]
        np.testing.assert_array_equal(L, expected)


# --- Names of any column ---


@pytest.mark.parametrize(
    ("labels", "names", "found"),
    [
        ([2, 10, 1.0, "1", None], ("1", "2", "10"), [1, 2, 0, 0, -1]),
        (["b", "a", 1, "nan"], ("1", "a", "b"), [2, 1, 0, -1]),
        ([0.5, 0.25, np.nan], ("0.25", "0.5"), [1, 0, -1]),
        ([True, False, None], ("False", "True"), [1, 0, -1]),
        (pd.Categorical([3, 1, 3]), ("1", "3"), [1, 0, 1]),
        ([Decimal("1.0"), Decimal("2.50")], ("1", "2.5"), [0, 1]),
        ([None, None], (), [-1, -1]),
    ],
)
def test_every_label_has_a_name(labels, names, found):
    values, classes = named(labels, "test")
    assert classes == names
    assert values.tolist() == found


def test_columns_of_cells_are_passed_on_and_cut():
    found = as_labels(pd.DataFrame({"a": NAMES, "b": REAL}), "test")
    assert as_labels(found, "test") is found
    assert isinstance(found[3:9], Labels)
    assert len(found[3:9]) == 6


# --- The README's table ---

ROWS_OF_README = {
    "names: text": [(NAMES, "4 classes (names)"), ([f"photo {i}" for i in range(90)], "refused")],
    "categories": [(pd.Categorical(WHOLE, categories=[0, 1, 2, 3, 9]), "4 classes")],
    "truth values": [(np.array(WHOLE) > 1, "2 classes (truth values)")],
    "whole numbers that look like codes": [
        (WHOLE, "4 classes (whole numbers); could also be a measurement"),
        (codes(60), "60 classes (whole numbers); could also be a measurement"),
        (AS_CLASSES["codes of six digits"], "40 classes (whole numbers); could also be"),
    ],
    "other whole numbers": [
        (AS_NUMBERS["ages"], "a measurement (whole numbers, 61 different values); could also be"),
        (np.arange(600), "a measurement (whole numbers"),
    ],
    "numbers, decimals": [
        (np.float16(REAL), "a measurement (real numbers"),
        ([Decimal(repr(value)) for value in REAL], "a measurement (real numbers"),
    ],
    "whole numbers written as text": [
        ([str(code) for code in WHOLE], "4 classes (whole numbers); could also be a measurement"),
        (["001", "002"] * 9, "2 classes (names)"),
    ],
    "other numbers written as text": [(list(map(repr, REAL)), "a measurement (real numbers")],
    "1, 1.0": [([1, 1.0, "1", "a"] * 3, "2 classes (names)")],
    "NaN, None": [([None, "nan", "a", np.nan, pd.NA, "b", "", "<NA>"], "2 classes (names)")],
    "-1 among": [(np.where(np.arange(64) % 9, WHOLE, -1), "5 classes (whole numbers)")],
    "infinite or complex": [([np.inf, 1.0], "refused"), ({"a": 1}, "refused"), ("x", "refused")],
}


def test_every_row_of_the_readme_is_so():
    text = (ROOT / "README.md").read_text()
    table = text[text.index("| a column of labels |") :].split("\n\n")[0].splitlines()[2:]
    assert len(table) == len(ROWS_OF_README)
    for row, (start, cases) in zip(table, ROWS_OF_README.items(), strict=True):
        assert row.startswith(f"| {start}")
        for labels, words in cases:
            if words == "refused":
                with pytest.raises(ValueError, match="labels"):
                    LabelColumns.of(labels)
            else:
                assert LabelColumns.of(labels).reading.words().startswith(words)
    for mark in MARKS:
        assert f'"{mark}"' in text
