import sys
import types
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import scipy.sparse
import torch

import alignlab as al
from alignlab import arrays
from alignlab.checks import as_matrix, as_plain, as_view
from tests.inputs import KINDS, named, numbers, tensor

A = np.random.default_rng(0).integers(0, 101, (40, 3)).astype(float)
B = np.random.default_rng(1).integers(0, 101, (40, 3)).astype(float)
LABELS = np.arange(40) % 2


# --- What is read ---


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_are_those_that_the_input_holds_as_float64_in_c_order(kind):
    found = as_view(KINDS[kind](A), "X", "test")
    np.testing.assert_array_equal(found, numbers(kind, A))
    assert found.dtype == np.float64
    assert found.dtype.isnative
    assert found.flags.c_contiguous
    assert found.flags.aligned


def test_an_array_that_is_right_already_is_not_copied():
    assert as_view(A, "X", "test") is A


def test_integers_beyond_2_to_the_53_become_the_nearest_float():
    X = np.array([[2**63 + 2**12, 1], [2**64 - 1, 0]], dtype=np.uint64)
    np.testing.assert_array_equal(as_view(X, "X", "test"), [[2.0**63 + 2**12, 1], [2.0**64, 0]])


def test_whole_numbers_larger_than_any_integer_type_are_read():
    np.testing.assert_array_equal(as_view([[10**30, 1], [2, 3]], "X", "test"), [[1e30, 1], [2, 3]])


def test_float8_tensors_are_read():
    X = torch.tensor([[0.5, -1.75], [448.0, 2.0]])
    found = as_view(X.to(torch.float8_e4m3fn), "X", "test")
    np.testing.assert_array_equal(found, X.numpy())


def test_lazily_negated_and_flipped_views_of_tensors_are_read():
    X = torch.complex(tensor(A), tensor(B)).conj()
    np.testing.assert_array_equal(as_view(X.imag, "X", "test"), -B)
    np.testing.assert_array_equal(as_view(tensor(A).flip(0), "X", "test"), A[::-1])


def test_dask_arrays_and_frames_are_read():
    da = pytest.importorskip("dask.array")
    dd = pytest.importorskip("dask.dataframe")
    np.testing.assert_array_equal(as_view(da.from_array(A, chunks=(7, 2)), "X", "test"), A)
    frame = dd.from_pandas(named(A).astype("Int64"), npartitions=3)
    np.testing.assert_array_equal(as_view(frame, "X", "test"), A)
    hidden = da.ma.masked_greater(da.from_array(A, chunks=10), 99)
    np.testing.assert_array_equal(as_matrix(hidden, "X", "test"), np.where(A > 99, np.nan, A))


def test_polars_is_read_where_it_is_installed():
    pl = pytest.importorskip("polars")
    np.testing.assert_array_equal(as_view(pl.DataFrame(A), "X", "test"), A)
    np.testing.assert_array_equal(as_view(pl.LazyFrame(A), "X", "test"), A)


def test_arrow_lists_of_lists_are_arrays_of_three_axes():
    X = pa.array(A.reshape(10, 4, 3).tolist())
    np.testing.assert_array_equal(arrays.as_float64(X), A.reshape(10, 4, 3))


def test_precision_is_kept_where_asked_for():
    X = A.astype("f2")
    assert as_plain(X, "X", "test") is X
    assert as_plain(A.astype(">f4"), "X", "test").dtype == np.dtype("=f4")
    assert as_plain(tensor(A, torch.float32), "X", "test").dtype == np.float32
    assert as_plain(named(A).astype("f4"), "X", "test").dtype == np.float32
    assert as_plain(named(A).astype("Float32"), "X", "test").dtype == np.float32
    assert as_plain(named(A), "X", "test").dtype == np.float64
    assert as_plain(A.tolist(), "X", "test").dtype == np.float64
    assert al.PairedData(X1=tensor(A, torch.float16), X2=B).X1.dtype == np.float16


# --- What is missing ---

HIDDEN = np.zeros(A.shape, dtype=bool)
HIDDEN[4:9, 1] = True
GAPS = np.where(HIDDEN, np.nan, A)
UNDER = np.where(HIDDEN, -9999.0, A)

WITH_GAPS = {
    "masked": np.ma.array(UNDER, mask=HIDDEN),
    "masked integers": np.ma.array(UNDER.astype(int), mask=HIDDEN),
    "masked objects": np.ma.array(np.where(HIDDEN, "no number", A.astype(object)), mask=HIDDEN),
    "masked rows in a list": list(np.ma.array(UNDER, mask=HIDDEN)),
    "masked values in lists": [
        [np.ma.masked if h else v for v, h in zip(row, hidden, strict=True)]
        for row, hidden in zip(A, HIDDEN, strict=True)
    ],
    "masked and NA among Decimals": [
        [
            (np.ma.masked, pd.NA, None)[i % 3] if h else Decimal(int(v))
            for v, h in zip(row, hidden, strict=True)
        ]
        for i, (row, hidden) in enumerate(zip(A, HIDDEN, strict=True))
    ],
    "None": [
        [None if h else v for v, h in zip(*rows, strict=True)]
        for rows in zip(A.tolist(), HIDDEN, strict=True)
    ],
    "NA": named(A).astype("Int64").mask(HIDDEN),
    "NA of Arrow": named(A).astype("double[pyarrow]").mask(HIDDEN),
    "NaN in objects": pd.DataFrame(np.where(HIDDEN, None, A)),
    "Decimal NaN": [
        [Decimal("NaN") if np.isnan(v) else Decimal(int(v)) for v in row] for row in GAPS
    ],
    "null in lists": pa.array([[None if np.isnan(v) else v for v in row] for row in GAPS]),
}


@pytest.mark.parametrize("kind", WITH_GAPS)
def test_what_is_missing_becomes_nan(kind):
    np.testing.assert_array_equal(as_matrix(WITH_GAPS[kind], "X", "test"), GAPS)


@pytest.mark.parametrize("kind", WITH_GAPS)
def test_views_with_gaps_are_refused_with_their_number_and_place(kind):
    with pytest.raises(ValueError, match=r"X2 holds 5 NaN or inf.*row 4, column 1.*drop these"):
        al.cca(B, WITH_GAPS[kind], 2)


def test_masked_values_are_counted_as_missing():
    with pytest.raises(ValueError, match=r"X1 holds 5 NaN or.*\(5 of them masked, i\.e\. missing"):
        al.perfect_alignment(WITH_GAPS["masked"], B, 2)
    with pytest.raises(ValueError, match=r"view 2 holds 5 NaN.*5 of them masked"):
        al.gcca([B, WITH_GAPS["masked"]], 2)
    with pytest.raises(ValueError, match=r"Y holds 5 NaN.*5 of them masked"):
        al.diagnose(B, WITH_GAPS["masked"], LABELS)


def test_what_a_mask_hides_is_never_measured():
    M, same = WITH_GAPS["masked"], np.ma.array(A)
    assert np.isnan(al.cmae(M, B))
    assert np.isnan(al.retrieval(M, B))
    assert al.cmae(same, B) == al.cmae(A, B)
    Z, _ = al.pls_svd(A, B, 2).embed(M, B)
    np.testing.assert_array_equal(np.isnan(Z), HIDDEN.any(axis=1)[:, None] & [[True, True]])


def test_a_masked_long_column_of_none_hidden_is_no_gap():
    assert al.cca(np.ma.masked_equal(A, -1), B, 2).spectrum == pytest.approx(
        al.cca(A, B, 2).spectrum, rel=1e-12
    )


# --- What is refused ---

DATED = named(A).assign(c1=pd.Timestamp("2026-01-01"))

REFUSED = {
    "None": (None, "X1 is None: give a matrix"),
    "path": (Path("a/b.npy"), r"X1 is a path or text \('a/b.npy'\): read the file first"),
    "text of a path": ("a/b.csv", r"X1 is a path or text .*pandas.read_csv"),
    "bytes": (b"\x93NUMPY", "X1 is a path or text .*read the file first"),
    "dict": ({"X": A, "Y": B}, r"X1 is a mapping \(dict\) of 'X', 'Y': give one of its arrays"),
    "set": ({1.0, 2.0}, "X1 is of type set, which has no order"),
    "generator": ((row for row in A), "X1 is of type generator.*read only once: give an array"),
    "sparse": (scipy.sparse.csr_array(A), r"sparse matrix .*\(40, 3\).*toarray.*TruncatedSVD"),
    "sparse, old": (scipy.sparse.coo_matrix(A), "sparse matrix.*toarray"),
    "sparse tensor": (tensor(A).to_sparse(), r"sparse tensor of shape \(40, 3\): give X.to_dense"),
    "tensor without numbers": (torch.empty(40, 3, device="meta"), "without numbers"),
    "complex": (A + 1j, "X1 is not numeric but complex.*real"),
    "complex64": (A.astype("c8"), "X1 is not numeric but complex"),
    "complex tensor": (tensor(A) + 1j, "X1 is not numeric but complex"),
    "complex masked": (np.ma.array(A + 1j), "X1 is not numeric but complex"),
    "complex objects": ([[1j, None], [1, 2]], "X1 is not numeric but complex.*row 0, column 0"),
    "complex frame": (named(A + 1j), "X1 cannot be read in column 'c0'.*complex"),
    "text array": (A.astype(str), "X1 is not numeric but text.*give numbers.*astype"),
    "bytes array": (A.astype("S4"), "X1 is not numeric but text"),
    "StringDType": (A.astype(str).astype(np.dtypes.StringDType()), "X1 is not numeric but text"),
    "text among objects": (
        [[1.0, None], [2.0, "x"]],
        r"X1 is not numeric but holds text, the first in row 1, column 1 \('x'\): give numbers",
    ),
    "text in a frame": (named(A).assign(c1="a"), "X1 cannot be read in column 'c1': .*text"),
    "categories of names": (
        named(A).assign(c2=pd.Categorical(["a", "b"] * 20)),
        "X1 cannot be read in column 'c2': .*text",
    ),
    "dates": (A.astype("M8[s]"), "X1 is not numeric but holds dates or durations.*seconds since"),
    "durations": (A.astype("m8[s]"), "X1 is not numeric but holds dates or durations"),
    "date objects": ([[date(2026, 1, 1), 1], [2, 3]], "holds dates or durations.*row 0, column 0"),
    "durations of Python": ([[1, timedelta(1)], [2, 3]], "dates or durations.*row 0, column 1"),
    "dates among objects": (
        np.array([[np.datetime64("2026"), 1], [2, 3]], dtype=object),
        "dates or durations",
    ),
    "dates in a frame": (DATED, "X1 cannot be read in column 'c1': .*dates"),
    "dates with a zone": (
        DATED.assign(c1=pd.Timestamp("2026-01-01", tz="UTC")),
        "X1 cannot be read in column 'c1': .*dates",
    ),
    "durations in a frame": (
        named(A).assign(c0=pd.Timedelta(1, "s")),
        "X1 cannot be read in column 'c0': .*durations",
    ),
    "dates of Arrow": (
        pa.table({"a": [1.0, 2.0], "when": [date(2026, 1, 1)] * 2}),
        "X1 cannot be read in column 'when'",
    ),
    "list column among others": (
        named(A).assign(e=list(B)),
        "X1 cannot be read in column 'e'.*list in each row: give numpy.stack",
    ),
    "struct of Arrow": (pa.table({"a": [{"x": 1}] * 2}), "X1 cannot be read in column 'a'"),
    "structured": (np.zeros(4, [("a", float), ("b", int)]), "structured array with fields a, b"),
    "raw bytes": (np.zeros((4, 2), "V2"), r"raw bytes \(\|V2\).*bfloat16"),
    "ragged": ([[1.0], [1.0, 2.0]], r"X1 is not numeric, its rows have unequal.*row 1 holds 2"),
    "ragged arrays": ([A[0], B[0, :2]], "X1 is not numeric, its rows have unequal lengths"),
    "ragged tensors": (list(map(tensor, (A[0], B[0, :2]))), "its rows have unequal lengths"),
    "ragged objects": (pd.Series([A[0], B[0, :2]]), "its rows have unequal lengths"),
    "ragged Arrow": (pa.array([[1.0], [1.0, 2.0]]), "X1 has rows of unequal lengths"),
    "null rows": (pa.array([[1.0, 2.0], None, [3.0, 4.0]]), "X1 has 1 rows that are null"),
    "vector": (A[:, 0], r"X1 has shape \(40,\), a matrix.*reshape"),
    "vector of Arrow": (pa.array(A[:, 0]), r"X1 has shape \(40,\), a matrix.*reshape"),
    "scalar of Arrow": (pa.scalar(1.0), "X1 is a DoubleScalar of pyarrow: give a table"),
    "three axes": (A[None], r"X1 has shape \(1, 40, 3\)"),
    "number": (3.0, r"X1 has shape \(\)"),
    "object": (object(), r"X1 is not numeric but a object: give numbers"),
    "text view of Arrow": (
        pa.table({"a": pa.array(["x", "y"], pa.string_view()), "b": [1, 2]}),
        r"X1 cannot be read in column 'a': .*text",
    ),
    "objects": ([[object(), 1], [2, 3]], "X1 is not numeric but holds a object in row 0, column 0"),
    "dicts": ([[{}, 1], [2, 3]], "X1 is not numeric but holds a dict in row 0, column 0"),
    "too large": ([[10**400, 1], [2, 3]], "X1 is not numeric but holds a int in row 0, column 0"),
    "too large for float64": (np.longdouble(10) ** 400 * A.astype("g"), "X1 holds .* infinite"),
    "empty": ([], r"X1 has shape \(0,\)"),
    "empty frame": (pd.DataFrame(), r"X1 has shape \(0, 0\)"),
}  # fmt: skip

ALIGNERS = (al.cca, al.perfect_alignment, al.procrustes)


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.filterwarnings("error")
def test_what_holds_no_matrix_of_numbers_is_refused_with_cause_and_remedy(kind):
    given, message = REFUSED[kind]
    for align in ALIGNERS:
        with pytest.raises(ValueError, match=f"^{align.__name__}: .*{message}"):
            align(given, B, 2)


METRICS = (al.cmae, al.ncmae, al.relative_cmae, al.retrieval, al.subspace_distance, al.kept_norm)


@pytest.mark.parametrize(
    "kind", ["None", "path", "dict", "sparse", "complex", "text array", "ragged"]
)
@pytest.mark.parametrize("metric", METRICS)
def test_metrics_refuse_what_holds_no_numbers(metric, kind):
    message = REFUSED[kind][1].removeprefix("X1 ")
    with pytest.raises(ValueError, match=f"^{metric.__name__}: .*{message}"):
        metric(REFUSED[kind][0], B)


@pytest.mark.parametrize("views", [A, named(A), {"a": A, "b": B}, None, "text", 3])
@pytest.mark.parametrize("align", [al.gcca, al.perfect_alignment_views])
def test_one_table_instead_of_several_views_is_refused(align, views):
    with pytest.raises(ValueError, match=r"one .* was given: give a list|shape"):
        align(views, 2)


def test_arrays_are_read_while_another_thread_is_importing_torch(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", types.ModuleType("torch"))  # as it begins: empty
    np.testing.assert_array_equal(arrays.as_float64([1, 2]), [1.0, 2.0])
