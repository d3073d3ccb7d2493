"""Uploads on a minimal page: any ending is accepted, and refused in the app's own words."""

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
