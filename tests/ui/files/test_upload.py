"""Uploads on a minimal page: any ending is accepted, and refused in the app's own words."""

import io

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest


def page(several):
    import streamlit as st

    from alignlab.ui.files.controls import UPLOAD
    from alignlab.ui.files.upload import bring_file, bring_files

    for control in UPLOAD:
        st.session_state.setdefault(control.key, control.default)
    (bring_files if several else bring_file)()


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("cells.rds", "cells.rds: the ending .rds is not known: save the table in R"),
        ("cells", "cells: it has no ending: bring one of .npz, .npy, .csv"),
    ],
)
def test_a_file_of_any_ending_is_refused_in_words(name, words, several):
    app = AppTest.from_function(page, kwargs={"several": several}).run()
    (uploader,) = app.file_uploader
    assert list(uploader.proto.type) == []  # otherwise the browser refuses, without words
    uploader.upload(name, b"any").run()
    assert not app.exception
    assert [error.value.startswith(words) for error in app.error] == [True]


def test_the_formats_that_are_read_are_listed():
    app = AppTest.from_function(page, kwargs={"several": True}).run()
    for label in ("NPZ", "NPY", "CSV", "Parquet", "safetensors"):
        assert label in app.file_uploader[0].label


def test_shards_that_are_uploaded_are_rows_of_one_table():
    A = np.arange(120.0).reshape(40, 3)
    files = []
    for name in ("img", "txt"):
        for number in (2, 0, 1, 10, 3, 4, 5, 6, 7, 8, 9):
            buffer = io.BytesIO()
            np.save(buffer, A[3 * number : 3 * number + 3] * (-1 if name == "txt" else 1))
            files.append((f"{name}_{number}.npy", buffer.getvalue(), ""))
    app = AppTest.from_function(page, kwargs={"several": True}).run()
    app.file_uploader[0].set_value(files).run()
    assert not app.exception
    assert not app.error
    source = app.session_state["uploaded table"]
    assert source.guess.view1 == ("img[0]", "img[1]", "img[2]")
    np.testing.assert_array_equal(source.head[list(source.guess.view1)], A[:33])
    np.testing.assert_array_equal(source.head[list(source.guess.view2)], -A[:33])
    app.file_uploader[0].set_value(files[:3] + files[4:]).run()
    (error,) = app.error
    assert "img.npy in 10 shards (30 rows), txt.npy in 11 shards (33 rows)" in error.value
    app.file_uploader[0].set_value(files[:2] + files[3:]).run()
    assert "img_0.npy and img_10.npy: 10 of 11 are there, without number 1;" in app.error[0].value
