"""Folders of shards and files: the layouts that are read, and what is refused by name."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from alignlab.files import folders, source
from alignlab.files.large_files import LargeTable
from alignlab.files.source import open_source

ROWS = 60
RNG = np.random.default_rng(0)
X = RNG.standard_normal((ROWS, 3)).astype(np.float16)
Y = RNG.standard_normal((ROWS, 4)).astype(np.float16)
NAMES = np.array(["cat", "dog", "eel"] * 20)
INFO = pd.DataFrame({"caption": [f"c {i}" for i in range(ROWS)], "label": NAMES})


@pytest.fixture(params=["whole", "blocks"])
def way(request, monkeypatch):
    if request.param == "blocks":
        monkeypatch.setattr(source, "MAX_BYTES", 10)
    return request.param


def clip(folder, flat=False, count=12):
    """The folder of clip-retrieval: img_emb, text_emb and metadata, each in shards."""
    for number, rows in enumerate(np.split(np.arange(ROWS), count)):
        for name, save in (
            ("img_emb", lambda path, rows=rows: np.save(f"{path}.npy", X[rows])),
            ("text_emb", lambda path, rows=rows: np.save(f"{path}.npy", Y[rows])),
            ("metadata", lambda path, rows=rows: INFO.iloc[rows].to_parquet(f"{path}.parquet")),
        ):
            place = folder if flat else folder / name
            place.mkdir(parents=True, exist_ok=True)
            save(place / f"{name}_{number}")
    return folder


def dataset(folder, count=2, state=None):
    """What `Dataset.save_to_disk` writes: Arrow streams, and their names in state.json."""
    folder.mkdir()
    names = [f"data-{i:05d}-of-{count:05d}.arrow" for i in range(count)]
    matrices = pa.array([x.reshape(1, 3).tolist() for x in X], pa.list_(pa.list_(pa.float32())))
    table = pa.table({
        "image": X.astype("f4").tolist(), "text": Y.astype("f4").tolist(), "label": NAMES,
        "matrix": matrices,
    })  # fmt: skip
    for name, rows in zip(names, np.split(np.arange(ROWS), count), strict=True):
        with pa.ipc.new_stream(folder / name, table.schema) as writer:
            writer.write_table(table.slice(rows[0], len(rows)), max_chunksize=7)
    if state is None:
        state = {"_data_files": [{"filename": name} for name in names], "_split": "train"}
    (folder / "state.json").write_text(json.dumps(state))
    (folder / "dataset_info.json").write_text("{}")
    return folder


def views(found):
    features = found.features(found.guess)
    return features.X, features.Y, features.labels


def is_as_saved(found, way):
    assert bool(found.large) == (way == "blocks")
    left, right, labels = views(found)
    np.testing.assert_array_equal(left, X)
    np.testing.assert_array_equal(right, Y)
    assert list(labels) == list(NAMES)
    chunks = list(found.chunks(found.guess)())
    np.testing.assert_array_equal(np.vstack([chunk[0] for chunk in chunks]), X)
    assert found.rows == ROWS
    assert found.doubts == ()


@pytest.mark.parametrize("flat", [False, True])
def test_the_layout_of_clip_retrieval_is_read_in_the_order_of_its_numbers(tmp_path, flat, way):
    found = open_source([clip(tmp_path / "clip", flat)])
    is_as_saved(found, way)
    assert found.name == "clip"
    assert found.guess.view1 == tuple(f"img_emb[{j}]" for j in range(3))
    assert found.notes[0] == (
        "img_emb.npy: 12 shards are read as one table of 60 rows, in the order of their numbers."
    )


def test_a_dataset_of_hugging_face_is_read_by_its_list_of_files(tmp_path, way):
    found = open_source([dataset(tmp_path / "pairs")])
    is_as_saved(found, way)
    assert found.guess.view1 == ("image[0]", "image[1]", "image[2]")
    assert any("'matrix' holds list" in note for note in found.notes)
    # the list decides, not the names
    state = {"_data_files": [{"filename": "data-00001-of-00002.arrow"}]}
    (tmp_path / "pairs" / "state.json").write_text(json.dumps(state))
    assert open_source([tmp_path / "pairs"]).rows == ROWS // 2


def test_folders_of_one_table_each_are_named_after_their_folder(tmp_path, way):
    for folder, A in (("img", X), ("txt", Y)):
        (tmp_path / folder).mkdir()
        for number, rows in enumerate(np.split(np.arange(ROWS), 2)):
            np.save(tmp_path / folder / f"part-{number}.npy", A[rows])
    INFO[["label"]].to_csv(tmp_path / "labels.csv", index=False)
    given = [tmp_path / name for name in ("img", "txt", "labels.csv")]
    found = open_source(given)
    is_as_saved(found, way)
    assert [name for name, _ in found.files] == ["img", "txt", "labels.csv"]
    assert found.guess.view2[0] == "txt[0]"


def test_files_side_by_side_come_with_metadata_last(tmp_path, way):
    INFO[["label"]].to_csv(tmp_path / "a_labels.csv", index=False)
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "y.npy", Y)
    for name in ("README.txt", "_SUCCESS", ".x.crc", "picture.png"):
        (tmp_path / name).write_text("no table")
    found = open_source([tmp_path])
    is_as_saved(found, way)
    assert f"Not read in {tmp_path.name}: README.txt, picture.png." in found.notes


def test_safetensors_shards_by_path_are_one_table(tmp_path, way):
    from safetensors.numpy import save_file

    paths = []
    for number, rows in enumerate(np.split(np.arange(ROWS), 2)):
        paths.append(tmp_path / f"emb_{number}.safetensors")
        codes = np.unique(NAMES, return_inverse=True)[1]
        arrays = {"img": X[rows], "txt": Y[rows], "label": codes[rows]}
        save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, paths[-1])
    found = open_source(paths)
    features = found.features(found.guess)
    np.testing.assert_array_equal(features.X, X)
    np.testing.assert_array_equal(features.Y, Y)
    assert bool(found.large) == (way == "blocks")


# --- Shards that do not fit together ---


def test_a_missing_shard_is_named(tmp_path, way):
    clip(tmp_path / "clip")
    (tmp_path / "clip" / "text_emb" / "text_emb_7.npy").unlink()
    with pytest.raises(ValueError, match=r"_emb_0.npy and text_emb_11.npy: 11 of 12 .* number 7"):
        open_source([tmp_path / "clip"])


def test_unequal_numbers_of_shards_are_named(tmp_path, way):
    clip(tmp_path / "clip")
    (tmp_path / "clip" / "text_emb" / "text_emb_11.npy").unlink()
    with pytest.raises(
        ValueError,
        match=r"img_emb.npy in 12 shards \(60 rows\), text_emb.npy in 11 shards \(55 rows\).*bring",
    ):
        open_source([tmp_path / "clip"])


def test_shards_with_other_columns_are_named(tmp_path, way):
    clip(tmp_path / "clip", count=2)
    np.save(tmp_path / "clip" / "text_emb" / "text_emb_1.npy", Y[:30, :2])
    with pytest.raises(ValueError, match=r"text_emb_0.npy and text_emb_1.npy are shards .* differ"):
        open_source([tmp_path / "clip"])


# --- What is no such folder ---


def empty(folder):
    folder.mkdir()


def pictures(folder):
    folder.mkdir()
    (folder / "a.png").write_text("x")


def mixed(folder):
    clip(folder, count=2)
    np.save(folder / "x.npy", X)


def splits(folder):
    for split in ("train", "test"):
        (folder / split).mkdir(parents=True)
        np.save(folder / split / "x.npy", X)


def of_datasets(folder):
    splits(folder)
    (folder / "dataset_dict.json").write_text("{}")


def several(folder):
    (folder / "a").mkdir(parents=True)
    np.save(folder / "a" / "x.npy", X)
    np.save(folder / "a" / "y.npy", Y)


def partitioned(folder):
    (folder / "year=2020").mkdir(parents=True)
    np.save(folder / "year=2020" / "x.npy", X)


def without_list(folder):
    dataset(folder, state={"_data_files": "data.arrow"})


def outside_by_list(folder):
    dataset(folder, state={"_data_files": [{"filename": "../x.arrow"}]})


def other_by_list(folder):
    dataset(folder, state={"_data_files": [{"filename": "x.pkl"}]})


def missing_by_list(folder):
    dataset(folder, state={"_data_files": [{"filename": "x.arrow"}]})


def no_list(folder):
    dataset(folder, state={"_data_files": []})


def zarr(folder):
    folder.mkdir()
    (folder / "zarr.json").write_text("{}")


def reordered(folder):
    files = [{"filename": "data-00000-of-00002.arrow"}]
    dataset(folder, state={"_data_files": files, "_indices_data_files": [{"filename": "i.arrow"}]})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (empty, "f holds no file that is read; it is empty: bring a folder of"),
        (pictures, "f holds no file that is read; it holds a.png: bring a folder of"),
        (mixed, "holds files (x.npy) and folders (img_emb, metadata, text_emb): name the files"),
        (splits, "f holds test, a part of the rows of a dataset: name one of the folders"),
        (of_datasets, "holds the splits of a dataset: name one of the folders in it, test, train"),
        (several, "f/a holds x.npy, y.npy: keep the files of one table in each folder"),
        (partitioned, "f holds year=2020, a part of the rows"),
        (without_list, "state.json does not list the files of a dataset: save it again"),
        (outside_by_list, "names '../x.arrow', which is no Arrow file in the folder: save"),
        (other_by_list, "names 'x.pkl', which is no Arrow file in the folder"),
        (missing_by_list, "f lacks x.arrow, which its state.json lists: copy it again"),
        (no_list, "lists no files: the dataset is empty"),
        (zarr, "f.zarr: the ending .zarr is not known: save the arrays with numpy.savez"),
        (reordered, "reorders its rows by indices: save it again after"),
    ],
)
def test_any_other_folder_is_refused_with_what_was_found(tmp_path, make, message):
    make(tmp_path / "f")
    with pytest.raises(ValueError) as refusal:  # noqa: PT011
        open_source([tmp_path / "f"])
    assert message in str(refusal.value)


def test_more_files_than_the_limit_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "MAX_FILES", 5)
    clip(tmp_path / "clip", flat=True, count=2)
    with pytest.raises(ValueError, match="clip holds 6 files, the limit is 5: bring larger shards"):
        open_source([tmp_path / "clip"])


# --- The rule for paths, after links are followed ---


def test_a_file_that_leads_outside_the_rule_is_refused(tmp_path):
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()

    def readable(path):
        return path.is_relative_to(inside)

    np.save(inside / "x_0.npy", X)
    np.save(outside / "y.npy", Y)
    (inside / "x_1.npy").symlink_to(outside / "y.npy")
    with pytest.raises(ValueError, match=r"in/x_1.npy is no file that may be read, after links"):
        open_source([inside], readable=readable)
    with pytest.raises(ValueError, match="is refused: the rule for paths"):
        open_source([inside / "x_1.npy"], readable=readable)
    (inside / "x_1.npy").unlink()
    (inside / "x_0.npy").rename(inside / "x.npy")
    (inside / "y.npy").symlink_to(inside / "x.npy")
    assert open_source([inside], readable=readable).rows == ROWS
    (inside / "y.npy").unlink()
    (inside / "x.npy").unlink()
    (inside / "sub").symlink_to(outside)
    with pytest.raises(ValueError, match="links to where no path is read: copy its files here"):
        open_source([inside], readable=readable)
    (inside / "sub").unlink()
    dataset(outside / "pairs")
    dataset(inside / "pairs")
    for name in ("state.json", "data-00001-of-00002.arrow"):
        (inside / "pairs" / name).unlink()
        (inside / "pairs" / name).symlink_to(outside / "pairs" / name)
        with pytest.raises(ValueError, match="is no file that may be read"):
            open_source([inside / "pairs"], readable=readable)


def test_tables_in_blocks_are_opened_and_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(source, "MAX_BYTES", 10)
    monkeypatch.setattr(source, "LOOKED_AT", 10)
    read = []
    blocks = LargeTable.blocks

    def watched(table, columns, rows):
        for block in blocks(table, columns, rows):
            read.append(len(block))
            yield block

    monkeypatch.setattr(LargeTable, "blocks", watched)
    open_source([clip(tmp_path / "clip")])
    assert max(read) <= 10
