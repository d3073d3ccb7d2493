"""Shards of one table are found by their names, and their rows come below each other."""

import numpy as np
import pandas as pd
import pytest

from alignlab.files import limits
from alignlab.files.large_tables import open_large
from alignlab.files.reading_notes import annotated
from alignlab.files.shards import Shards, are_alike, grouped, renamed_columns, stacked

RNG = np.random.default_rng(0)


def series(*names, alike=False):
    return {one.name: list(one.members) for one in grouped(names, lambda a, b: alike)}


# --- Names ---


@pytest.mark.parametrize(
    "names",
    [
        [f"x-{i:05d}-of-00003.parquet" for i in range(3)],
        [f"x-{i:05d}-of-00003.safetensors" for i in (1, 2, 3)],
        [f"x_{i}.npy" for i in range(3)],
        [f"x-{i:03d}.feather" for i in range(12)],
        [f"x.{i}.csv.gz" for i in range(3)],
        [f"x_part_{i}.npy" for i in (1, 2)],
        [f"x-shard-{i}.npy" for i in (0, 1)],
    ],
)
def test_numbered_files_are_one_series_in_the_order_of_their_numbers(names):
    ((name, members),) = series(*names[::-1]).items()
    assert members == names
    ending = names[0].partition(".")[2].lstrip("0123456789.")
    assert name in (f"x.{ending}", f"x_part.{ending}", f"x-shard.{ending}")


def test_numbers_are_ordered_as_numbers():
    names = [f"x_{i}.npy" for i in range(12)]
    assert series(*sorted(names)) == {"x.npy": names}


def test_parts_of_spark_are_a_series():
    names = [f"part-{i:05d}-6f1a-42-c000.snappy.parquet" for i in range(2)]
    assert series(*names) == {"part.parquet": names}


def test_series_side_by_side_are_shards_and_the_rest_stays():
    names = ["img_0.npy", "img_1.npy", "txt_0.npy", "txt_1.npy", "labels.csv", "arr_0.npy"]
    assert series(*names) == {
        "img.npy": names[:2], "txt.npy": names[2:4], "labels.csv": ["labels.csv"],
        "arr_0.npy": ["arr_0.npy"],
    }  # fmt: skip
    assert list(series(*names[::-1])) == ["arr_0.npy", "labels.csv", "txt.npy", "img.npy"]


def test_two_files_alone_may_be_views_unless_each_holds_whole_pairs():
    names = ["x_0.npy", "x_1.npy"]
    assert series(*names) == {"x_0.npy": names[:1], "x_1.npy": names[1:]}
    assert series(*names, alike=True) == {"x.npy": names}
    one = pd.DataFrame(np.ones((3, 4)), columns=["a[0]", "a[1]", "b[0]", "b[1]"])
    assert are_alike(one, one)
    assert not are_alike(one, one.rename(columns={"a[0]": "c[0]"}))
    assert not are_alike(one.iloc[:, :2], one.iloc[:, :2])


@pytest.mark.parametrize("names", [["x1.npy", "x2.npy"], ["x_1.npy", "x_2.npy"], ["x_0.npy"]])
def test_other_numbers_are_names(names):
    assert series(*names, alike=True) == {name: [name] for name in names}


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["x_0.npy", "x_1.npy", "x_3.npy"], "3 of 4 are there, without number 2;"),
        (["x_0.npy", "x_9.npy", "y_0.npy", "y_1.npy"], "without number 1, 2, 3 …;"),
        ([f"x-{i:05d}-of-00005.npy" for i in (0, 1, 3, 4)], "4 of 5 are there, without number 2"),
        ([f"x-{i:05d}-of-00003.npy" for i in (1, 2)], "2 of 3 are there, without number 3"),
        (["x-00000-of-00002.npy"], "1 of 2 are there, without number 1"),
    ],
)
def test_a_missing_shard_is_named(names, message):
    with pytest.raises(ValueError, match=r"shards are missing .* bring these too") as refusal:
        series(*names)
    assert message in str(refusal.value)


def test_a_shard_that_is_there_twice_is_named():
    with pytest.raises(ValueError, match=r"x_01.npy has the number of another shard: remove"):
        series("x_0.npy", "x_1.npy", "x_01.npy")


# --- In memory ---


def test_rows_come_below_each_other_with_the_notes_of_the_first():
    tables = {
        f"x_{i}.npy": annotated(
            pd.DataFrame(RNG.random((2, 2)), columns=[f"x_{i}[0]", f"x_{i}[1]"]), [f"note {i}."]
        )
        for i in range(3)
    }
    whole = stacked("x.npy", tables)
    assert list(whole) == ["x[0]", "x[1]"]
    np.testing.assert_array_equal(whole, np.vstack(list(tables.values())))
    assert whole.index.tolist() == list(range(6))
    assert whole.attrs == {"notes": ["note 0."]}


def test_columns_that_a_file_names_itself_keep_their_names():
    assert renamed_columns(["x_0[0]", "x_0[1]"], "x_0.npy", "x.npy") == ["x[0]", "x[1]"]
    assert renamed_columns(["x_0"], "x_0.npy", "x.npy") == ["x"]
    assert renamed_columns(["x_0[0]", "y"], "x_0.npz", "x.npz") == ["x_0[0]", "y"]


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ({"a": [1], "c": [2]}, "column 'b' holds numbers in the first and is not in the other"),
        ({"a": [1], "b": ["x"]}, "column 'b' holds numbers in the first and holds text in the"),
        ({"a": [1], "b": [1], "c": [2]}, "column 'c' is not in the first"),
    ],
)
def test_shards_with_other_columns_are_refused_by_name(tmp_path, second, message):
    tables = {"x_0.csv": pd.DataFrame({"a": [1], "b": [2]}), "x_1.csv": pd.DataFrame(second)}
    paths = []
    for name, table in tables.items():
        paths.append(tmp_path / name)
        table.to_csv(paths[-1], index=False)
    for read in (lambda: stacked("x.csv", tables), lambda: Shards("x.csv", paths)):
        with pytest.raises(
            ValueError, match=r"x_0.csv and x_1.csv are shards .*: save|alike"
        ) as no:
            read()
        assert message in str(no.value)


def test_columns_in_another_order_are_matched_by_name():
    tables = {
        "x_0.csv": pd.DataFrame({"a": [1], "b": [2]}),
        "x_1.csv": pd.DataFrame({"b": [3], "a": [4]}),
    }
    assert stacked("x.csv", tables).to_numpy().tolist() == [[1, 2], [4, 3]]


def test_shards_over_the_limit_together_are_refused(monkeypatch):
    tables = {f"x_{i}.csv": pd.DataFrame({"a": np.ones(100), "b": 1.0}) for i in range(3)}
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 4000)
    with pytest.raises(ValueError, match=r"x.csv in 3 shards: it unpacks .* use fewer rows"):
        stacked("x.csv", tables)


# --- In blocks ---


@pytest.fixture
def paths(tmp_path):
    rows = [5, 1, 9, 7]
    A = RNG.random((sum(rows), 3)).astype(np.float16)
    found = []
    for number, last in enumerate(np.cumsum(rows)):
        found.append(tmp_path / f"x_{number}.npy")
        np.save(found[-1], A[last - rows[number] : last])
    return A, found


@pytest.mark.parametrize("rows", [1, 2, 6, 10, 22, 100])
def test_blocks_are_the_rows_whatever_the_shards(paths, rows):
    A, files = paths
    table = Shards("x.npy", files)
    assert (table.rows, table.columns, table.numeric) == (
        22,
        ("x[0]", "x[1]", "x[2]"),
        table.columns,
    )
    blocks = list(table.blocks(("x[2]", "x[0]"), rows))
    assert [len(block) for block in blocks[:-1]] == [rows] * (22 // rows - (22 % rows == 0))
    found = pd.concat(blocks, ignore_index=True)
    assert list(found) == ["x[2]", "x[0]"]
    np.testing.assert_array_equal(found, A[:, [2, 0]])
    assert table.row_bytes(("x[0]",)) == open_large(files[0]).row_bytes(("x_0[0]",))


def test_blocks_match_columns_by_name_where_shards_order_them_otherwise(tmp_path):
    first, second = pd.DataFrame({"a": [1, 2], "b": [3, 4]}), pd.DataFrame({"b": [7], "a": [5]})
    paths = [tmp_path / f"x_{number}.parquet" for number in range(2)]
    first.to_parquet(paths[0])
    second.to_parquet(paths[1])
    (block,) = Shards("x.parquet", paths).blocks(("b", "a"), 10)
    assert block.to_numpy().tolist() == [[3, 1], [4, 2], [7, 5]]


def test_one_file_is_open_at_a_time_and_none_before_it_is_read(paths, monkeypatch):
    open_now, most = set(), []
    opened = type(paths[1][0]).open

    def watched(path, *args, **how):
        file = opened(path, *args, **how)
        if path.suffix == ".npy":
            open_now.add(file)
            most.append(sum(not one.closed for one in open_now))
        return file

    monkeypatch.setattr("pathlib.Path.open", watched)
    table = Shards("x.npy", paths[1])
    assert all(file.closed for file in open_now)
    for _ in table.blocks(table.columns, 4):
        pass
    assert len(most) >= 2 * len(paths[1])
    assert max(most) == 1


def test_a_shard_that_changes_is_refused(paths):
    table = Shards("x.npy", paths[1])
    digest = table.digest
    np.save(paths[1][2], np.ones((9, 3), np.float16) * 2)
    with pytest.raises(ValueError, match=r"^x.npy: it has changed since it was opened: open it"):
        list(table.blocks(table.columns, 4))
    assert Shards("x.npy", paths[1]).digest != digest
