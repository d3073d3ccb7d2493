import numpy as np
import pandas as pd
import pytest

from alignlab.files import large_tables, source
from alignlab.files.columns import ColumnChoice
from alignlab.files.inspected import table_inspected
from alignlab.files.sampled import Sampling, sampled
from alignlab.files.source import open_source, read_source

N = 500
TABLE = pd.DataFrame(
    {
        "x_0": np.arange(N) / 2,
        "x_1": np.arange(N) % 7,
        "y_0": np.arange(N) % 5 + 0.5,
        "y_1": -np.arange(N),
        "caption": [f"text {i}" if i % 3 else None for i in range(N)],
        "unused": np.where(np.arange(N) % 2, np.inf, 1.0),
    }
)
CHOICE = ColumnChoice(view1=("x_0", "x_1"), view2=("y_0", "y_1"))
COLUMNS = ["x_0", "x_1", "y_0", "y_1", "caption", "unused"]


@pytest.fixture(params=["whole", "csv", "parquet", "two files"])
def brought(request, tmp_path, monkeypatch):
    """The same table: in memory, and read in chunks from files that count as large."""
    if request.param == "whole":
        return read_source({"table.csv": TABLE.to_csv(index=False).encode()})
    monkeypatch.setattr(source, "MAX_BYTES", 100)
    monkeypatch.setattr(large_tables, "BLOCK_ROWS", 64)
    paths = [tmp_path / "a.csv"]
    if request.param == "csv":
        TABLE.to_csv(paths[0], index=False)
    elif request.param == "parquet":
        paths = [tmp_path / "a.parquet"]
        TABLE.to_parquet(paths[0])
    else:
        paths.append(tmp_path / "b.csv")
        TABLE[["x_0", "x_1", "caption"]].to_csv(paths[0], index=False)
        TABLE[["y_0", "y_1", "unused"]].to_csv(paths[1], index=False)
    opened = open_source(paths)
    assert opened.large
    return opened


def test_a_sample_holds_the_rows_of_the_files_at_its_positions(brought):
    found = sampled(brought, CHOICE, most=90, seed=1)
    assert (len(found.rows), found.total) == (90, N)
    assert (np.diff(found.rows) > 0).all()
    expected = TABLE.iloc[found.rows].reset_index(drop=True)
    pd.testing.assert_frame_equal(
        found.table[COLUMNS].convert_dtypes(), expected.convert_dtypes(), check_dtype=False
    )
    assert not any(isinstance(kind, pd.CategoricalDtype) for kind in found.table.dtypes)
    assert found.share == "90 of 500 rows are shown, 18 % of them, drawn at random."
    pairs = table_inspected(found.table, CHOICE, rows=found.rows)
    np.testing.assert_array_equal(pairs.data.X2, expected[["y_0", "y_1"]])
    assert pairs.file_rows.tolist() == found.rows.tolist()


def test_all_rows_are_taken_where_there_are_no_more(brought):
    found = sampled(brought, CHOICE, most=N)
    assert found.rows.tolist() == list(range(N))
    assert found.share == ""
    assert found.table["x_0"].tolist() == TABLE["x_0"].tolist()


def test_progress_counts_the_rows_read(brought):
    work = Sampling(brought, CHOICE, most=10)
    seen = [(work.done, work.sample) for _ in work.run()]
    assert [done for done, _ in seen] == ([*range(64, N, 64), N] if brought.large else [N])
    assert {sample for _, sample in seen} == {None}
    assert (work.done, work.total, len(work.sample.rows)) == (N, N, 10)


def test_every_row_is_equally_likely():
    whole = read_source({"table.csv": TABLE.to_csv(index=False).encode()})
    counts = np.zeros(N)
    for seed in range(400):
        counts[Sampling(whole, CHOICE, most=50, seed=seed)._rows] += 1
    assert counts.sum() == 400 * 50
    # binomial with mean 40 and deviation 6: chi squared over 499 degrees of freedom, deviation 32
    chi = ((counts - 40) ** 2).sum() / 36
    assert abs(chi - (N - 1)) < 4 * np.sqrt(2 * N)
    first, again = (Sampling(whole, CHOICE, most=50, seed=7)._rows for _ in range(2))
    assert (first == again).all()


def test_columns_and_settings_that_cannot_be_are_refused_before_anything_is_read(brought):
    with pytest.raises(ValueError, match="the file has no column 'z'"):
        Sampling(brought, ColumnChoice(view1=("z",), view2=("y_0",)))
    with pytest.raises(ValueError, match=r"^sampled: most = 0 is out of range"):
        Sampling(brought, CHOICE, most=0)


def test_there_may_be_no_columns_besides_the_views(tmp_path, monkeypatch):
    path = tmp_path / "a.npy"
    np.save(path, np.arange(400.0).reshape(100, 4))
    monkeypatch.setattr(source, "MAX_BYTES", 100)
    monkeypatch.setattr(large_tables, "BLOCK_ROWS", 30)
    opened = open_source([path])
    found = sampled(opened, opened.guess, most=5)
    assert found.table.shape == (5, 4)
    assert table_inspected(found.table, opened.guess).metadata.columns == ()
