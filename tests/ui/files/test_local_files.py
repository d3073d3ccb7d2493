"""Files given by path, and the choice of their columns, each on a minimal page."""

import os

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from alignlab.files import source
from alignlab.files.columns import ColumnChoice
from alignlab.files.samples import SAMPLED, sample_file
from alignlab.files.source import Source
from alignlab.ui.files import columns, local_files
from alignlab.ui.files.controls import (
    LABELS,
    MORE_LABELS,
    UPLOAD_DIGEST,
    UPLOAD_NAME,
    VIEW1,
    VIEW2,
)


def page():
    """A page with only the files; what it reads, or refuses, is stored in its session."""
    import streamlit as st

    from alignlab.ui.files.controls import UPLOAD
    from alignlab.ui.files.local_files import PATHS, bring_paths

    for control in (*UPLOAD, *PATHS):
        st.session_state.setdefault(control.key, control.default)
    values = {control.name: st.session_state[control.key] for control in PATHS}
    try:
        st.session_state["brought"] = bring_paths(values)
    except ValueError as error:
        st.error(str(error))


@pytest.fixture
def app(monkeypatch):
    monkeypatch.setattr(local_files, "paths_accepted", lambda: True)
    monkeypatch.setattr("alignlab.ui.files.paths.only_loopback", lambda: True)
    st.cache_resource.clear()
    return AppTest.from_function(page, default_timeout=60)


def typed(app, *paths, **state):
    for control, path in zip(local_files.PATHS, paths, strict=False):
        app.session_state[control.key] = str(path)
    for key, value in state.items():
        app.session_state[key] = value
    app.run()
    assert not app.exception
    return app


def brought(app):
    assert [error.value for error in app.error] == []
    return app.session_state["brought"]


def saved(folder, ending):
    path = folder / f"sample.{ending}"
    path.write_bytes(sample_file(ending))
    return path


@pytest.mark.parametrize("ending", SAMPLED)
def test_a_file_of_each_format_is_read_by_its_path(app, tmp_path, ending):
    found, columns = brought(typed(app, saved(tmp_path, ending)))
    assert found.name == f"sample.{ending}"
    assert found.rows == len(found.table) == 200
    assert columns == found.guess
    assert len(columns.view1) == len(columns.view2) == 4
    assert "200 rows" in app.caption[-1].value
    assert "A first guess" in app.caption[-1].value


def test_nothing_typed_brings_nothing(app):
    assert brought(typed(app)) is None


def test_three_files_stand_side_by_side(app, tmp_path):
    views = {"x": np.zeros((3, 2)), "y": np.ones((3, 2)), "l": np.array([1.0, 2, 4])}
    for name, X in views.items():
        np.save(tmp_path / f"{name}.npy", X)
    found, columns = brought(typed(app, *(tmp_path / f"{name}.npy" for name in views)))
    assert found.name == "x.npy + y.npy + l.npy"
    assert columns.view1 == ("x[0]", "x[1]")
    assert columns.view2 == ("y[0]", "y[1]")
    assert columns.label_columns == ("l",)


def test_a_large_file_is_looked_at_and_not_read(app, tmp_path, monkeypatch):
    monkeypatch.setattr(source, "MAX_BYTES", 1000)
    monkeypatch.setattr(source, "LOOKED_AT", 50)
    found, columns = brought(typed(app, saved(tmp_path, "parquet")))
    assert found.table is None
    assert (len(found.head), found.rows) == (50, 200)
    assert len(columns.view1) == 4
    X, Y, labels = next(iter(found.chunks(columns)()))
    whole = pd.read_parquet(tmp_path / "sample.parquet")
    np.testing.assert_array_equal(X, whole[list(columns.view1)])
    np.testing.assert_array_equal(Y, whole[list(columns.view2)])
    assert list(labels) == whole["label"].tolist()


def test_the_columns_are_written_for_the_link(app, tmp_path):
    found, _ = brought(typed(app, saved(tmp_path, "csv")))
    state = app.session_state
    assert state[UPLOAD_NAME.key] == "sample.csv"
    assert state[UPLOAD_DIGEST.key] == found.digest
    assert (state[VIEW1.key], state[VIEW2.key]) == ("0-3", "4-7")
    assert state[LABELS.key] == "label"


def test_a_link_with_this_digest_keeps_its_columns(app, tmp_path):
    path = saved(tmp_path, "csv")
    digest = brought(typed(app, path))[0].digest
    linked = {
        UPLOAD_DIGEST.key: digest, VIEW1.key: "4-5", VIEW2.key: "0-1", LABELS.key: "left_2",
        MORE_LABELS.key: "3",
    }  # fmt: skip
    again = AppTest.from_function(page, default_timeout=60)
    found, columns = brought(typed(again, path, **linked))
    assert columns == ColumnChoice(
        view1=("right_0", "right_1"), view2=("left_0", "left_1"), labels="left_2",
        more_labels=("left_3",),
    )  # fmt: skip
    assert "A first guess" not in again.caption[-1].value
    other = AppTest.from_function(page, default_timeout=60)
    _, columns = brought(typed(other, path, **(linked | {UPLOAD_DIGEST.key: "0" * 64})))
    assert columns == found.guess


def test_columns_that_the_file_does_not_have_are_not_taken_from_a_link(app, tmp_path):
    path = saved(tmp_path, "csv")
    digest = brought(typed(app, path))[0].digest
    again = AppTest.from_function(page, default_timeout=60)
    linked = {UPLOAD_DIGEST.key: digest, VIEW1.key: "0-99", VIEW2.key: "4"}
    found, columns = brought(typed(again, path, **linked))
    assert columns == found.guess


def test_another_choice_is_kept_and_told(app, tmp_path):
    brought(typed(app, saved(tmp_path, "csv")))
    app.multiselect[0].set_value(["left_1"])
    app.multiselect[2].set_value(["left_2", "label"]).run()
    found, columns = brought(app)
    assert columns.view1 == ("left_1",)
    assert columns.label_columns == ("left_2", "label")
    assert columns != found.guess
    caption = app.caption[-1].value
    assert "View 1, x: left_1." in caption
    assert "Labels: left_2, label." in caption
    assert "Not used: left_0, left_3." in caption


def test_a_file_that_has_changed_is_read_again(app, tmp_path):
    path = saved(tmp_path, "csv")
    before = brought(typed(app, path))[0]
    head, first, *rest = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([head, *rest, first]))  # of the same size
    os.utime(path, ns=(0, 10**18))
    after = brought(app.run())[0]
    assert before.digest != after.digest
    np.testing.assert_array_equal(after.table.iloc[-1, :8], before.table.iloc[0, :8])


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["absent.csv"], "is neither a file nor a folder"),
        (["."], "holds files (a.csv, broken.npy, short.csv) and folders (sub)"),
        (["a.csv", "sub/a.csv"], "two files are called a.csv: rename one"),
        (["a.csv", "short.csv"], "unequal rows (a.csv has 200, short.csv has 1)"),
        (["notes.doc"], "the ending .doc is not known"),
        (["broken.npy"], "broken.npy could not be read as NPY"),
    ],
)
def test_what_cannot_be_read_is_named(app, tmp_path, names, message):
    (tmp_path / "sub").mkdir()
    for name in ("a.csv", "sub/a.csv"):
        (tmp_path / name).write_bytes(sample_file("csv"))
    (tmp_path / "short.csv").write_text("u,v\n1,2\n")
    (tmp_path / "notes.doc").write_text("x")
    (tmp_path / "broken.npy").write_bytes(b"no array")
    typed(app, *(tmp_path / name for name in names))
    (error,) = app.error
    assert message in error.value


def test_a_relative_path_is_refused(app):
    typed(app, "sample.csv")
    assert "is not an absolute path" in app.error[0].value


def test_a_server_open_to_others_takes_no_path(app, tmp_path, monkeypatch):
    monkeypatch.setattr(local_files, "paths_accepted", lambda: False)
    typed(app, saved(tmp_path, "csv"))
    assert "open to others and accepts no paths: upload files" in app.error[0].value
    assert not app.text_input


def test_the_digest_of_several_files_is_of_all_in_their_order():
    def of(*digests):
        files = tuple((f"{i}.csv", digest) for i, digest in enumerate(digests))
        guess = ColumnChoice(view1=(), view2=())
        return Source(files=files, head=pd.DataFrame(), rows=0, guess=guess).digest

    assert of("aa") == "aa"
    assert len({of("aa"), of("aa", "bb"), of("bb", "aa"), of("aa", "cc")}) == 4


def test_many_columns_are_named_by_their_ends():
    assert columns._listed(["a", "b"]) == "a, b"
    assert columns._listed([]) == "none"
    assert columns._listed([f"c{i}" for i in range(1200)]) == "c0 … c1199 (1,200 columns)"


# --- Folders ---


def shards(folder, name, A, count=3):
    place = folder / name
    place.mkdir(parents=True)
    for number, part in enumerate(np.split(A, count)):
        np.save(place / f"{name}_{number}.npy", part)


@pytest.mark.parametrize("large", [False, True])
def test_a_folder_of_shards_is_read_by_its_path(app, tmp_path, monkeypatch, large):
    if large:
        monkeypatch.setattr(source, "MAX_BYTES", 100)
    rng = np.random.default_rng(0)
    A, B = rng.standard_normal((60, 3)), rng.standard_normal((60, 4))
    shards(tmp_path / "clip", "img_emb", A)
    shards(tmp_path / "clip", "text_emb", B)
    found, columns = brought(typed(app, tmp_path / "clip"))
    assert (found.name, found.rows, bool(found.large)) == ("clip", 60, large)
    features = found.features(columns)
    np.testing.assert_array_equal(features.X, A)
    np.testing.assert_array_equal(features.Y, B)
    assert any("3 shards are read as one table" in info.value for info in app.info)
    np.save(tmp_path / "clip" / "text_emb" / "text_emb_1.npy", B[:20] * 2)
    os.utime(tmp_path / "clip" / "text_emb" / "text_emb_1.npy", ns=(0, 10**18))
    again = brought(app.run())[0]
    np.testing.assert_array_equal(again.features(columns).Y[20:40], B[:20] * 2)
    assert again.digest != found.digest


def test_a_folder_that_leads_outside_the_roots_is_refused(app, tmp_path, monkeypatch):
    inside, outside = tmp_path / "in", tmp_path / "out"
    monkeypatch.setattr("alignlab.ui.files.paths.only_loopback", lambda: False)
    monkeypatch.setenv("ALIGNLAB_DATA_ROOTS", str(inside))
    for folder in (inside, outside):
        folder.mkdir()
        np.save(folder / "x.npy", np.ones((30, 4)))
    (inside / "y.npy").symlink_to(outside / "x.npy")
    typed(app, inside)
    assert "in/y.npy is no file that may be read, after links are followed" in app.error[0].value
    (inside / "y.npy").unlink()
    (inside / "y.npy").symlink_to(inside / "gone.npy")
    assert "in/y.npy is no file that may be read" in typed(app, inside).error[0].value
