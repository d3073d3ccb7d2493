"""Rows of files with ids in another order: the page says that it matched them, and how else."""

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from alignlab.files.keys import POSITION
from alignlab.files.source import open_source
from alignlab.ui.files.controls import KEY
from alignlab.ui.files.scripts import table_lines
from tests.ui.files.test_local_files import app as app
from tests.ui.files.test_local_files import brought, typed
from tests.ui.files.test_upload import page as upload_page

N = 40
X, Y = np.random.default_rng(0).standard_normal((2, N, 2))
TURNED = np.random.default_rng(1).permutation(N)


def saved(folder, name, values, ids):
    path = folder / name
    columns = {f"{path.stem}{j}": column for j, column in enumerate(values.T)}
    pd.DataFrame({"id": ids, **columns}).to_csv(path, index=False)
    return path


@pytest.fixture
def files(tmp_path):
    ids = np.arange(N)
    return saved(tmp_path, "a.csv", X, ids), saved(tmp_path, "b.csv", Y[TURNED], ids[TURNED])


def view2(source):
    return source.table[["b0", "b1"]].to_numpy()


def test_moved_rows_are_said_and_can_be_matched_by_position_instead(app, files):
    source, columns = brought(typed(app, *files))
    np.testing.assert_allclose(view2(source), Y)
    assert (columns.view1, columns.view2, columns.labels) == (("a0", "a1"), ("b0", "b1"), None)
    (warning,) = app.warning
    assert warning.value.startswith("**Rows are joined on id, not by position**: 40 of 40 rows of")
    assert not app.info
    (choice,) = app.button_group
    assert (choice.label, choice.options, choice.value) == (
        "Match rows by", ["id", POSITION], "id",
    )  # fmt: skip
    choice.set_value(POSITION).run()
    assert app.session_state[KEY.key] == POSITION
    source, columns = brought(app)
    np.testing.assert_allclose(view2(source), Y[TURNED])
    assert columns.view2 == ("b0", "b1")
    assert not app.warning
    app.button_group[0].set_value("id").run()
    np.testing.assert_allclose(view2(brought(app)[0]), Y)


def test_a_link_brings_the_choice_back(app, files):
    source, _ = brought(typed(app, *files, **{KEY.key: POSITION}))
    np.testing.assert_allclose(view2(source), Y[TURNED])
    assert app.button_group[0].value == POSITION


def test_files_in_the_same_order_leave_nothing_to_choose(app, files, tmp_path):
    again = saved(tmp_path, "b.csv", Y, np.arange(N))
    brought(typed(app, files[0], again))
    assert not app.warning
    assert not app.button_group
    assert "id is the same in every row of" in app.info[0].value


def test_after_a_refusal_the_rows_can_be_matched_otherwise(app, files, tmp_path):
    repeated = np.arange(N)[TURNED]
    repeated[0] = repeated[1]
    twice = saved(tmp_path, "b.csv", Y[TURNED], repeated)
    typed(app, files[0], twice)
    assert "occurs more than once in b.csv, in data rows 1 and 2" in app.error[0].value
    app.button_group[0].set_value(POSITION).run()
    np.testing.assert_allclose(view2(brought(app)[0]), Y[TURNED])


# --- Uploads ---


def uploads(app, *paths):
    app.file_uploader[0].set_value([(path.name, path.read_bytes(), "") for path in paths]).run()
    assert not app.exception
    return app


@pytest.fixture
def uploader():
    return AppTest.from_function(upload_page, kwargs={"several": True}).run()


def test_uploads_are_matched_as_paths_are(uploader, files):
    uploads(uploader, *files)
    assert uploader.warning[0].value.startswith("**Rows are joined on id, not by position**")
    np.testing.assert_allclose(view2(uploader.session_state["uploaded table"]), Y)
    uploader.button_group[0].set_value(POSITION).run()
    np.testing.assert_allclose(view2(uploader.session_state["uploaded table"]), Y[TURNED])
    uploader.button_group[0].set_value("id").run()
    np.testing.assert_allclose(view2(uploader.session_state["uploaded table"]), Y)


def test_after_a_refused_upload_the_rows_can_be_matched_otherwise(uploader, files, tmp_path):
    shorter = saved(tmp_path, "b.csv", Y[:30], np.r_[:29, 0])
    uploads(uploader, files[0], shorter)
    assert "id 0 occurs more than once in b.csv" in uploader.error[0].value
    uploader.button_group[0].set_value(POSITION).run()
    assert "unequal rows (a.csv has 40, b.csv has 30)" in uploader.error[0].value


def test_a_key_chosen_for_some_files_is_not_asked_of_others(uploader, files, tmp_path):
    uploads(uploader, *files)
    uploader.button_group[0].set_value("id").run()
    other = [saved(tmp_path, name, X, np.arange(N) / 3) for name in ("c.csv", "d.csv")]
    uploads(uploader, *other)
    assert not uploader.error
    assert uploader.session_state[KEY.key] == ""


def test_files_that_are_no_longer_held_must_be_uploaded_again(uploader, files):
    uploads(uploader, *files)
    held = uploader.session_state["uploaded table"]
    again = AppTest.from_function(upload_page, kwargs={"several": True})
    again.session_state["uploaded table"], again.session_state[KEY.key] = held, POSITION
    again.run()
    assert any("Upload the files again to match their rows by position" in info.value
               for info in again.info)  # fmt: skip


@pytest.mark.parametrize("key", [None, "id", POSITION])
def test_the_packs_script_reads_the_same_rows(files, key):
    source = open_source(files, key)
    made = {"HERE": files[0].parent}
    exec(table_lines(source.files, key), made)
    pd.testing.assert_frame_equal(made["table"], source.table)
    np.testing.assert_allclose(made["table"]["b0"], Y[TURNED, 0] if key == POSITION else Y[:, 0])
