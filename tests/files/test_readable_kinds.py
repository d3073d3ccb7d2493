"""Tests every row of the README's table of what is read."""

import decimal
import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from safetensors.torch import save as save_tensors
from scipy import sparse

from alignlab.files.large_tables import open_large
from alignlab.files.reading_notes import left_out_of, notes_of
from alignlab.files.tables import read_table
from tests.server import ROOT

N = 12
RNG = np.random.default_rng(0)
X = RNG.integers(-8, 8, (N, 3)) / 4  # exact in every type
NAMES = ["läuft", "geht", "steht"] * (N // 3)


def table_of_readme():
    text = (ROOT / "README.md").read_text()
    table = text.split("<!-- what is read -->\n")[1].split("<!-- end of what is read -->")[0]
    rows = [line.strip("| \n").split(" | ") for line in table.splitlines()[2:]]
    assert all(len(row) == 3 for row in rows)
    return [f"{row[0]}: {row[1]}" for row in rows]


def npz(**arrays):
    content = io.BytesIO()
    np.savez(content, **arrays)
    return read_table(content.getvalue(), "f.npz", 1)


def npy(array):
    content = io.BytesIO()
    np.save(content, array)
    return read_table(content.getvalue(), "f.npy", 1)


def tensors(**arrays):
    return read_table(save_tensors(arrays), "f.safetensors", 1)


def parquet(tmp_path, **columns):
    """Read whole; reading in blocks must give the same."""
    path = tmp_path / "f.parquet"
    pq.write_table(pa.table({"v": pa.array(X[:, 0])} | columns), path, row_group_size=5)
    whole, large = read_table(path.read_bytes(), path.name, 1), open_large(path)
    blocks = [block.astype(object) for block in large.blocks(large.columns, 5)]
    blocked = pd.concat(blocks, ignore_index=True)
    pd.testing.assert_frame_equal(blocked, whole.astype(object), check_column_type=False)
    assert (notes_of(whole), left_out_of(whole)) == (large.notes, large.left_out)
    return whole


def csv(text):
    return read_table(text if isinstance(text, bytes) else text.encode(), "f.csv", 1)


def plain_arrays(tmp_path):
    for dtype in ("f2", ">f4", "f8", "g", "i1", ">i4", "u2", "?"):
        for order in "CF":
            array = X.astype(dtype, order=order)
            for table in (npz(a=array), npy(array)):
                np.testing.assert_array_equal(table.to_numpy(dtype=float), array.astype(float))
                assert table.dtypes.iloc[0].itemsize == min(8, array.itemsize)
    assert npz(a=X, b=X[:, 0]).shape == (N, 4)


def bfloat16_arrays(tmp_path):
    bits = (X.astype("<f4").view("<u4") >> 16).astype("<u2")
    for table in (npy(bits.view("V2")), npz(a=bits.view("V2"))):
        np.testing.assert_array_equal(table, X)
        assert "bfloat16" in notes_of(table)[0]


def float8_arrays(tmp_path):
    assert set(left_out_of(npz(a=X, b=np.zeros((N, 2), "V1")))) == {"b"}


def text_arrays(tmp_path):
    for names in (np.array(NAMES), np.char.encode(np.array(NAMES), "utf-8")):
        assert npz(a=X, kind=names)["kind"].tolist() == NAMES


def other_arrays(tmp_path):
    others = {
        "o": np.array([{}] * N, dtype=object), "d": np.zeros(N, "M8[s]"), "c": np.ones(N, complex),
        "f": np.zeros(N, [("a", "f4")]),
    }  # fmt: skip
    assert set(left_out_of(npz(a=X, **others))) == set(others)


def members(tmp_path):
    others = {
        "scalar": np.ones(()), "picture": np.zeros((N, 2, 2)), "classes": np.zeros(3),
        "split": np.zeros((5, 3)), "turned": np.zeros((3, N)),
    }  # fmt: skip
    for table in (
        npz(a=X, b=X, **others),
        tensors(
            **{name: torch.tensor(array) for name, array in ({"a": X, "b": X} | others).items()}
        ),
    ):
        assert set(left_out_of(table)) == set(others)
        assert table.shape == (N, 6)
    assert len(npz(a=X[:4], b=X[:4], c=X[4:], d=X[4:])) == N - 4


def sparse_matrix(tmp_path):
    content = io.BytesIO()
    sparse.save_npz(content, sparse.csr_matrix(X))
    with pytest.raises(ValueError, match="sparse matrix"):
        read_table(content.getvalue(), "f.npz")


def plain_tensors(tmp_path):
    for dtype in (torch.float16, torch.float32, torch.float64, torch.int8, torch.int64, torch.bool):
        tensor = torch.tensor(X).to(dtype)
        table = tensors(a=tensor)
        np.testing.assert_array_equal(table.to_numpy(dtype=float), tensor.double().numpy())
        assert table.dtypes.iloc[0].itemsize == tensor.element_size()


def short_tensors(tmp_path):
    for dtype in (torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2):
        tensor = torch.tensor(X).to(dtype)
        table = tensors(a=tensor)
        np.testing.assert_array_equal(table, tensor.float().numpy())
        assert "float32" in notes_of(table)[0]


def parquet_numbers(tmp_path):
    gaps = [None if j == 4 else v for j, v in enumerate(X[:, 0].tolist())]
    table = parquet(
        tmp_path, whole=pa.array(range(N)), half=pa.array(X[:, 0].astype("f2")),
        gaps=pa.array(gaps), truth=pa.array([True, None, False] * 4),
        dictionary=pa.array(gaps).dictionary_encode(), unsigned=pa.array(range(N), pa.uint64()),
    )  # fmt: skip
    assert all(pd.api.types.is_numeric_dtype(dtype) for dtype in table.dtypes)
    assert table["gaps"].isna().sum() == table["dictionary"].isna().sum() == 1


def parquet_decimals(tmp_path):
    for kind in (pa.decimal32, pa.decimal64, pa.decimal128, pa.decimal256):
        cells = [decimal.Decimal(str(v)) for v in X[:, 0]]
        table = parquet(
            tmp_path,
            d=pa.array(cells, kind(9, 2)),
            w=pa.array([decimal.Decimal(3)] * N, kind(5, 0)),
        )
        np.testing.assert_array_equal(table["d"], X[:, 0])
        assert str(table["w"].dtype) == "int64"
        assert "Decimals are read as numbers: d, w." in notes_of(table)


def parquet_text(tmp_path):
    kinds = (
        pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.large_binary(),
        pa.binary_view(),
    )  # fmt: skip
    text = pa.array(NAMES)
    columns = {str(kind): text.cast(kind) for kind in kinds}
    columns |= {"dictionary": text.dictionary_encode()}
    columns |= {"json": pa.ExtensionArray.from_storage(pa.json_(), text)}
    table = parquet(tmp_path, **columns)
    for name in columns:
        assert table[name].tolist() == NAMES


def parquet_lists(tmp_path):
    value = pa.float32()
    kinds = (
        pa.list_(value), pa.large_list(value), pa.list_(value, 3), pa.list_view(value),
        pa.large_list_view(value), pa.list_(pa.decimal128(9, 2)),
    )  # fmt: skip
    cells = [[decimal.Decimal(str(v)) for v in row] for row in X]
    for kind in kinds:
        rows = cells if pa.types.is_decimal(kind.value_type) else X.tolist()
        table = parquet(tmp_path, e=pa.array(rows, kind))
        np.testing.assert_array_equal(table[["e[0]", "e[1]", "e[2]"]], X)


def parquet_dates(tmp_path):
    """Also read in blocks, and out of the range that pandas has for dates."""
    day, second = "1970-01-02", "1970-01-02 00:00:00.000"
    dates = {
        "date32": (pa.array([1] * N, pa.date32()), day),
        "date64": (pa.array([86_400_000] * N, pa.date64()), day),
        "seconds": (pa.array([86_400] * N, pa.timestamp("s")), second),
        "zone": (pa.array([86_400] * N, pa.timestamp("s", "Europe/Paris")), second),
        "late": (pa.array([2**60] * N, pa.timestamp("us")), None),
    }
    table = parquet(tmp_path, **{name: column for name, (column, _) in dates.items()})
    for name, (_, expected) in dates.items():
        assert expected is None or table[name].tolist() == [expected] * N
    assert not left_out_of(table)


def parquet_tensors(tmp_path):
    storage = pa.FixedSizeListArray.from_arrays(pa.array(X.ravel()), 3)
    for shape in ((3,), (3, 1)):
        kind = pa.fixed_shape_tensor(pa.float64(), shape)
        table = parquet(tmp_path, e=pa.ExtensionArray.from_storage(kind, storage))
        np.testing.assert_array_equal(table[["e[0]", "e[1]", "e[2]"]], X)


def parquet_others(tmp_path):
    others = {
        "struct": pa.array([{"a": 1.0}] * N), "text": pa.array([["a"]] * N),
        "map": pa.array([[("a", 1)]] * N, pa.map_(pa.string(), pa.int8())),
        "lists": pa.array([[[1.0]]] * N), "structs": pa.array([[{"a": 1.0}]] * N),
        "hours": pa.array([0] * N, pa.time32("s")),
        "durations": pa.array([0] * N, pa.duration("s")),
        "fixed": pa.array([b"ab"] * N, pa.binary(2)), "bytes": pa.array([b"\xff"] * N),
        "nulls": pa.nulls(N),
    }  # fmt: skip
    table = parquet(tmp_path, **others)
    assert list(table) == ["v"]
    assert set(left_out_of(table)) == set(others)
    content = io.BytesIO()
    pq.write_table(pa.table({"v": range(2), "e": [[1.0], [1.0, 2.0]]}), content)
    assert list(read_table(content.getvalue(), "f.parquet", 1)) == ["v"]


def csv_separators(tmp_path):
    frame = pd.DataFrame(X, columns=list("abc"))
    for separator in ",;\t|":
        np.testing.assert_array_equal(csv(frame.to_csv(sep=separator, index=False)), X)
    np.testing.assert_array_equal(csv(frame.to_csv(sep=" ", index=False)), X)
    mixed = csv("a,k\n" + "1,1\n" * 3 + "2,x\n")
    assert mixed["k"].tolist() == ["1", "1", "1", "x"]


def csv_letters(tmp_path):
    for letters in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        table = csv("a,kind\n1,läuft\n".encode(letters))
        assert table["kind"].tolist() == ["läuft"]
        assert bool(notes_of(table)) == (letters == "cp1252")


def csv_names(tmp_path):
    table = csv(pd.DataFrame(X).to_csv(index=False, header=False))
    assert (len(table), list(table)) == (N, ["c0", "c1", "c2"])
    assert "holds no names" in notes_of(table)[0]
    for first in ("0,1,2", "1,2,3", "2010,2011,2012"):
        assert list(csv(f"{first}\n1.5,0.25,1\n")) == first.split(",")


def csv_commas(tmp_path):
    for text in ("1.234,5;2", "1.234,5;2", '"1,234.5",2', "1'234.5;2", "1 234,5;2"):
        separator = ";" if ";" in text else ","
        table = csv(f"a{separator}b\n{text}\n{text}\n")
        assert table["a"].tolist() == [1234.5] * 2
    doubtful = csv('a,b\n"1,234",2\n"1,234",2\n')
    assert "'1,234' in line 2" in left_out_of(doubtful)["a"]


def csv_missing(tmp_path):
    for mark in ("?", "-", "n.a.", "*"):
        table = csv(f"a,b\n1.5,2\n{mark},3\n2,1\n")
        assert table["a"].isna().tolist() == [False, True, False]
        assert f"Column 'a': {mark!r} in line 3 is read as missing" in notes_of(table)[0]


def csv_lines(tmp_path):
    rows = "1,2,3\n4,5,6\n"
    for text in (
        f"Title\na,b,c\n{rows}", f"# comment\na,b,c\n{rows}", f"a,b,c\nm,s,kg\n{rows}",
        f"a, b , c\n{rows}", f"a,b,c,\n{rows}", f"a,b,c\n{rows},,\n,,\n",
    ):  # fmt: skip
        table = csv(text)
        assert list(table) == list("abc")
        np.testing.assert_array_equal(table, [[1, 2, 3], [4, 5, 6]])
    np.testing.assert_array_equal(csv(f"a,b,c\n{rows}a,b,c\n{rows}"), [[1, 2, 3], [4, 5, 6]] * 2)


def csv_text(tmp_path):
    table = csv("a,b\n1,2\noops,3\n1,4\n2,5\n")
    assert table["a"].tolist() == ["1", "oops", "1", "2"]
    assert "'oops' in line 3" in left_out_of(table)["a"]


def csv_refused(tmp_path):
    with pytest.raises(ValueError, match="line 3 has 3 fields"):
        csv("a,b\n1,2\n1,2,3\n")
    with pytest.raises(ValueError, match="line 2"):
        csv(b"a,b\n1,\x81\n")


CASES = [
    plain_arrays, bfloat16_arrays, float8_arrays, text_arrays, other_arrays, members, sparse_matrix,
    plain_tensors, short_tensors, parquet_numbers, parquet_decimals, parquet_text, parquet_lists,
    parquet_dates, parquet_tensors, parquet_others, csv_separators, csv_letters, csv_names,
    csv_commas, csv_missing, csv_lines, csv_text, csv_refused,
]  # fmt: skip


def test_every_row_of_the_readme_has_a_case_here():
    formats = [row.split(":")[0].lower() for row in table_of_readme()]
    assert len(formats) == len(CASES)
    for form, case in zip(formats, CASES, strict=True):
        assert case.__name__.startswith("csv") == (form == "csv")
        assert case.__name__.startswith("parquet") == (form == "parquet")


@pytest.mark.parametrize("case", CASES, ids=table_of_readme())
def test_what_the_readme_says_is_read_is_read(case, tmp_path):
    case(tmp_path)
