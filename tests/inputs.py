"""One matrix of numbers in every kind of array, table and tensor that people have.

KINDS : by name, a function from A (n, d), float64 whole numbers 0 to 100, to that kind. `numbers`
says what a kind holds: A, but for kinds that hold truth values.
"""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pyarrow as pa
import torch


class ArrayLike:
    """As xarray, JAX and many others: nothing but `__array__`."""

    def __init__(self, A):
        self.A = A

    def __array__(self, dtype=None, copy=None):
        return np.array(self.A, dtype=dtype)


def strided(A):
    wide = np.full((2 * A.shape[0], 3 * A.shape[1]), -7.0)
    wide[::2, ::3] = A
    return wide[::2, ::3]


def read_only(A):
    A = A.copy()
    A.flags.writeable = False
    return A


def unaligned(A):
    raw = np.frombuffer(b"x" + A.tobytes(), dtype=np.uint8)
    return raw[1:].view(np.float64).reshape(A.shape)


def named(A):
    return pd.DataFrame(A, columns=[f"c{j}" for j in range(A.shape[1])])


def mixed(A):
    frame = named(A).astype({"c1": "int16", "c2": "float32"})
    frame["c0"] = frame["c0"] > 50
    return frame


def mixed_nullable(A):
    frame = mixed(A)
    return frame.astype({"c0": "boolean", "c1": "Int8", "c2": "Float32"})


def list_array(A):
    return pa.array([row.tolist() for row in A], type=pa.list_(pa.float32()))


def fixed_size_list_array(A):
    return pa.FixedSizeListArray.from_arrays(pa.array(A.ravel()), A.shape[1])


def tensor(A, dtype=torch.float64, grad=False):
    return torch.tensor(A).to(dtype).requires_grad_(grad)


NUMPY = ("u1", "i1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "g")
BIG = ("i2", "f4", "f8")
TORCH = ("uint8", "int8", "int16", "int64", "float16", "bfloat16", "float32", "float64")

KINDS = {
    **{np.dtype(code).name: lambda A, code=code: A.astype(code) for code in NUMPY},
    **{f"big-endian {code}": lambda A, code=code: A.astype(f">{code}") for code in BIG},
    "bool": lambda A: A > 50,
    "Fortran order": np.asfortranarray,
    "rows reversed": lambda A: A[::-1].copy()[::-1],
    "columns reversed": lambda A: A[:, ::-1].copy()[:, ::-1],
    "strided": strided,
    "float16, strided": lambda A: strided(A).astype("f2")[::1, ::1],
    "read-only": read_only,
    "unaligned": unaligned,
    "masked, nothing hidden": np.ma.array,
    "objects": lambda A: A.astype(int).astype(object),
    "Decimal": lambda A: np.array([[Decimal(int(v)) for v in row] for row in A]),
    "Fraction": lambda A: [[Fraction(int(v), 1) for v in row] for row in A],
    "lists": lambda A: A.tolist(),
    "tuples of int": lambda A: tuple(tuple(map(int, row)) for row in A),
    "list of arrays": lambda A: list(A.astype("f4")),
    "list of masked arrays": lambda A: [np.ma.array(row) for row in A],
    "list of tensors": lambda A: list(tensor(A, torch.bfloat16, grad=True)),
    "array-like": ArrayLike,
    "memoryview": lambda A: memoryview(np.ascontiguousarray(A)),
    "DataFrame": named,
    "DataFrame float32": lambda A: named(A).astype("float32"),
    "DataFrame Int64": lambda A: named(A).astype("Int64"),
    "DataFrame Float64": lambda A: named(A).astype("Float64"),
    "DataFrame of Arrow": lambda A: named(A).astype("int32[pyarrow]"),
    "DataFrame of Arrow decimals": lambda A: named(A).astype(pd.ArrowDtype(pa.decimal128(9, 2))),
    "DataFrame of objects": lambda A: named(A).astype(object),
    "DataFrame of Decimal": lambda A: named(A).map(lambda v: Decimal(int(v))),
    "DataFrame sparse": lambda A: named(A).astype(pd.SparseDtype("float64", 0.0)),
    "DataFrame of categories": lambda A: named(A).astype("category"),
    "DataFrame mixed": mixed,
    "DataFrame mixed, nullable": mixed_nullable,
    "DataFrame of one column of lists": lambda A: pd.DataFrame({"embedding": list(A)}),
    "Series of arrays": lambda A: pd.Series(list(A)),
    **{f"tensor {name}": lambda A, name=name: tensor(A, getattr(torch, name)) for name in TORCH},
    "tensor requiring grad": lambda A: tensor(A, torch.float32, grad=True),
    "tensor transposed": lambda A: tensor(A).T.contiguous().T,
    "tensor bool": lambda A: tensor(A) > 50,
    "parameter": lambda A: torch.nn.Parameter(tensor(A)),
    "pyarrow table": lambda A: pa.Table.from_pandas(named(A).astype("uint8")),
    "pyarrow table of decimals": lambda A: pa.Table.from_pandas(KINDS["DataFrame of Decimal"](A)),
    "pyarrow list array": list_array,
    "pyarrow fixed-size list array": fixed_size_list_array,
    "pyarrow list array, sliced": lambda A: list_array(np.vstack([A[:2], A]))[2:],
    "pyarrow fixed-size list array, sliced": (
        lambda A: fixed_size_list_array(np.vstack([A[:2], A]))[2:]
    ),
    "pyarrow chunks of lists": lambda A: pa.chunked_array([list_array(A[:9]), list_array(A[9:])]),
    "pyarrow table of one list column": (
        lambda A: pa.table({"embedding": fixed_size_list_array(A)})
    ),
    "pyarrow tensor array": lambda A: pa.FixedShapeTensorArray.from_numpy_ndarray(A.copy()),
}  # fmt: skip


def numbers(kind, A):
    """What a kind holds of A, float64."""
    if kind in ("bool", "tensor bool"):
        return (A > 50).astype(np.float64)
    if "mixed" in kind:
        return np.column_stack([A[:, :1] > 50, A[:, 1:]]).astype(np.float64)
    return A
