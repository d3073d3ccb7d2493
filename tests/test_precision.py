import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import alignlab as al
from alignlab.data.digits import digits_halves
from alignlab.precision import (
    MARGIN,
    SPACING,
    Precision,
    Rounding,
    arrival_precision,
    coarsest,
    precision_of_type,
)

FLOATS = ["float64", "float32", "float16", "bfloat16"]


def continuous(n=60, d=5, seed=0, scale=1.0):
    return scale * np.random.default_rng(seed).standard_normal((n, d))


def stored(X, name):
    """X as it comes back, in float64, from an array of this type."""
    return torch.from_numpy(X).to(getattr(torch, name)).double().numpy()


def columns(X):
    return arrival_precision(X).columns.tolist()


# --- By type ---


def test_rows_that_are_lists_or_tensors_have_the_precision_of_their_numbers():
    X = continuous().astype(np.float32)
    flat = pa.array(X.ravel())
    rows = {
        "series": pd.Series(list(X)),
        "series of lists": pd.Series(X.tolist()),
        "series of tensors": pd.Series(list(torch.from_numpy(X))),
        "frame": pd.DataFrame({"embedding": list(X)}),
        "objects": pd.Series(list(X)).to_numpy(),
        "fixed-size lists": pa.FixedSizeListArray.from_arrays(flat, X.shape[1]),
        "lists": pa.array(X.tolist(), pa.list_(pa.float32())),
    }
    for name, given_rows in rows.items():
        assert columns(given_rows) == ["float32"] * X.shape[1], name
    halves = list(torch.from_numpy(X).bfloat16())
    assert columns(halves) == ["bfloat16"] * X.shape[1]


def test_exact_pairs_in_a_column_of_float32_lists_are_found_exact():
    rng = np.random.default_rng(0)
    Z = rng.standard_normal((200, 2))
    X1, X2 = ((Z @ rng.standard_normal((2, d))).astype(np.float32) for d in (5, 4))
    expected = al.perfect_alignment(X1, X2, k=2)
    for rows in (lambda X: pd.Series(list(X)), lambda X: pd.DataFrame({"embedding": list(X)})):
        found = al.perfect_alignment(rows(X1), rows(X2), k=2)
        assert found.is_exact
        assert found.precision == "float32"
        np.testing.assert_allclose(found.W1, expected.W1)


def test_a_series_of_numbers_is_refused_as_no_matrix():
    with pytest.raises(ValueError, match=r"X1 has shape \(60,\), a matrix"):
        al.cca(pd.Series(continuous()[:, 0]), continuous(), k=1)


@pytest.mark.parametrize("name", FLOATS)
def test_a_tensor_has_the_precision_of_its_type(name):
    tensor = torch.from_numpy(continuous()).to(getattr(torch, name))
    assert arrival_precision(tensor).name == name
    assert arrival_precision(tensor.requires_grad_()).name == name
    assert precision_of_type(tensor) == name


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("code", "name"), [("f8", "float64"), ("f4", "float32"), ("f2", "float16")]
)
def test_an_array_has_the_precision_of_its_type_in_either_byte_order(order, code, name):
    X = continuous().astype(order + code)
    for view in (X, X[::-1], np.asfortranarray(X), X[:, ::2]):
        assert arrival_precision(view).name == name
        assert precision_of_type(view) == name


def test_every_column_of_a_frame_has_its_own_precision():
    X = continuous()
    frame = pd.DataFrame(
        {
            "a": X[:, 0],
            "b": X[:, 1].astype("f4"),
            "c": pd.array(X[:, 2], dtype="Float32"),
            "d": pd.array(X[:, 3], dtype="float[pyarrow]"),
            "e": np.arange(60),
            "f": X[:, 4].astype("f2"),
        }
    )
    expected = ["float64", "float32", "float32", "float32", "float64", "float16"]
    assert columns(frame) == expected
    assert arrival_precision(frame).name == "float16"
    assert precision_of_type(frame) == "float16"
    assert not arrival_precision(frame).exact


def test_tables_and_rows_of_other_libraries_have_the_types_of_their_columns():
    X = np.random.default_rng(0).integers(0, 120, (60, 3)).astype(np.int8)
    expected = ["int8"] * 3
    table = pa.table({name: pa.array(X[:, i]) for i, name in enumerate("abc")})
    listed = pa.FixedSizeListArray.from_arrays(pa.array(X.ravel()), 3)
    for view in (
        table, pd.DataFrame(X).astype("Int8"), pd.DataFrame(X).astype("int8[pyarrow]"), listed,
        list(X), list(torch.from_numpy(X)), pd.Series(list(X)), pd.DataFrame({"e": list(X)}),
        torch.from_numpy(X).requires_grad_(False), X.astype(">i1"),
    ):  # fmt: skip
        assert columns(view) == expected
    single = table.set_column(1, "b", pa.array(continuous()[:, 0], pa.float32()))
    assert columns(single) == ["int8", "float32", "int8"]
    assert precision_of_type(single) == "float32"
    assert columns(X.tolist()) == ["float64"] * 3


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "view",
    [
        torch.ones(3, 2, device="meta"), torch.ones(3, 2) * 1j, pd.DataFrame(np.eye(2) * 1j),
        [[10**400, 1], [2, 3]], pd.Series([np.ones(2), np.ones(3)]), object(), {"a": 1}, 3.0,
        torch.eye(3).to_sparse(), pa.table({"a": ["x"]}), pd.DataFrame(),
    ],
)  # fmt: skip
def test_what_cannot_be_read_has_a_precision_without_a_word(view):
    assert arrival_precision(view).exact
    assert precision_of_type(view) in SPACING


# --- By value ---


@pytest.mark.parametrize("scale", [1e-6, 1e-2, 1.0, 1e3])
@pytest.mark.parametrize("name", FLOATS)
def test_narrow_numbers_in_a_wider_type_are_told_by_their_values(name, scale):
    if name == "float16" and scale == 1e-6:
        pytest.skip("float16 ends there: its numbers have few digits left")
    values = stored(continuous(scale=scale), name)
    assert arrival_precision(values).name == name
    assert arrival_precision(values.tolist()).name == name
    assert arrival_precision(pd.DataFrame(values)).name == name
    if name in ("float16", "bfloat16"):
        assert arrival_precision(values.astype("f4")).name == name


@given(n=st.integers(2, 40), d=st.integers(1, 6), seed=st.integers(0, 10**6))
@settings(max_examples=60)
def test_numbers_of_float64_are_never_taken_for_narrower_ones(n, d, seed):
    X = continuous(n, d, seed)
    assert arrival_precision(X).exact
    assert arrival_precision(np.random.default_rng(seed).random((n, d))).exact


EXACT = {
    "whole numbers": lambda X: np.round(100 * X),
    "many whole numbers": lambda X: np.round(1e6 * X),
    "one decimal": lambda X: np.round(X, 1),
    "two decimals": lambda X: np.round(X, 2),
    "halves": lambda X: np.round(2 * X) / 2,
    "sixteenths of a degree": lambda X: 20 + np.round(16 * X) / 16,
    "greys over 255": lambda X: np.random.default_rng(0).integers(0, 256, (60, 5)) / 255,
    "greys over 256": lambda X: np.random.default_rng(0).integers(0, 256, (60, 5)) / 256,
    "flags": lambda X: (X > 0).astype(float),
    "unix time": lambda X: 1.7e9 + np.round(3e7 * np.abs(X)),
    "zeros": lambda X: 0 * X,
    "powers of two": lambda X: 2.0 ** np.round(3 * X),
}


@pytest.mark.parametrize("case", EXACT)
def test_numbers_of_few_digits_are_exact(case):
    X = EXACT[case](continuous())
    assert arrival_precision(X).exact
    assert arrival_precision(X.tolist()).exact


def test_digits_are_exact_in_whatever_type_they_come():
    greys = digits_halves().X1
    for dtype in ("f8", "f4", "i4", "i8"):
        assert arrival_precision(greys.astype(dtype)).exact
    assert arrival_precision(greys / 16).exact


def test_whole_numbers_beside_an_embedding_are_exact_and_it_is_not():
    time = 1_700_000_000 + np.random.default_rng(0).integers(0, 30_000_000, 60)
    X = np.column_stack([time, stored(continuous(), "float32")])
    assert columns(X) == ["float64"] + ["float32"] * 5


# --- Bytes ---


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
def test_bytes_of_many_levels_are_rounded_to_whole_steps_and_those_of_few_are_exact(dtype):
    rng = np.random.default_rng(0)
    many, few = rng.integers(0, 127, (60, 3)), rng.integers(0, 5, (60, 2))
    X = np.concatenate([many, few], axis=1).astype(dtype)
    for view in (X, torch.from_numpy(X), pd.DataFrame(X)):
        assert columns(view) == [dtype] * 3 + ["float64"] * 2
    assert arrival_precision(X > 1).exact
    assert arrival_precision(X.astype(np.int16)).exact


@pytest.mark.parametrize(
    "view", [[[1, 2], [3]], "text", [["a"]], np.zeros(3), np.eye(2) * 1j, None]
)
def test_what_is_no_matrix_of_real_numbers_is_left_for_others_to_refuse(view):
    assert arrival_precision(view).exact


# --- Levels ---


@pytest.mark.parametrize("name", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("shape", [(2000, 8), (300, 64), (64, 64), (20, 64)])
@pytest.mark.parametrize("offset", [0.0, 30.0])
def test_rounding_errors_lie_below_their_level_and_ten_times_them_above(name, shape, offset):
    X = continuous(*shape) + offset
    X = X * np.geomspace(1, 1e3, shape[1])
    errors = stored(X, name) - X
    levels = Rounding.of(X, Precision(columns=np.full(shape[1], name))).levels
    norm = np.linalg.norm(errors / levels, 2)
    assert norm < 1
    assert 10 * norm > 1
    assert np.linalg.norm(errors, 2) < levels.max()


def test_bytes_lie_below_their_level():
    X = 40 * continuous(500, 16)
    levels = Rounding.of(np.round(X), Precision(columns=np.full(16, "int8"))).levels
    assert 0.1 < np.linalg.norm((np.round(X) - X) / levels, 2) < 1


def test_outliers_and_repeated_rows_lie_below_their_level():
    for X in (
        continuous(500, 16) * np.where(np.arange(500) == 3, 1e6, 1)[:, None],
        np.repeat(continuous(50, 16), 20, axis=0),
    ):
        levels = Rounding.of(X, Precision(columns=np.full(16, "float32"))).levels
        assert np.linalg.norm((stored(X, "float32") - X) / levels, 2) < 1


def test_float64_has_no_levels_and_exact_zeros_have_no_errors():
    X = continuous()
    assert Rounding.of(X, arrival_precision(X)).levels is None
    X[:, 2] = 0
    assert Rounding.of(X, Precision(columns=np.full(5, "float32"))).levels[2] == 0


def test_rounding_adds_up_over_rows_and_views_and_goes_through_maps():
    X, name = continuous(), Precision(columns=np.full(5, "float32"))
    whole = Rounding.of(X, name)
    cut = Rounding.of(X[:20], name).above(Rounding.of(X[20:], name))
    np.testing.assert_allclose(cut.levels, whole.levels)
    both = whole.beside(Rounding.of(X, arrival_precision(X)))
    assert both.precision == "float32"
    np.testing.assert_array_equal(both.squares, [*whole.squares, *np.zeros(5)])
    np.testing.assert_allclose(whole.through(3 * np.eye(5)).levels, 3 * whole.levels)
    assert MARGIN > 1


def test_the_coarsest_of_names():
    assert coarsest("float64", "float32") == "float32"
    assert coarsest("float16", "bfloat16", "float32") == "bfloat16"
    for name in SPACING:
        assert coarsest("float64", name) == name
