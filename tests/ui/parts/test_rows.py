"""The table of selected rows, its file, and the box that searches them."""

from io import StringIO

import pandas as pd
from streamlit.testing.v1 import AppTest

from alignlab.ui.parts.rows import MOST_SHOWN, _numbered

COUNT = 3 * MOST_SHOWN


def page():
    import numpy as np
    import pandas as pd
    import streamlit as st

    from alignlab.ui.page import selection
    from alignlab.ui.parts.rows import MOST_SHOWN, rows_table, search_box

    n = 3 * MOST_SHOWN
    names = np.where(np.arange(n) % 3 == 0, "Dog", "cat")
    frame = pd.DataFrame({"name": names, "odd": [[i] if i % 2 else "text" for i in range(n)]})
    search_box(
        lambda text: np.flatnonzero([text.lower() in name.lower() for name in names]), "search"
    )
    rows_table(selection(), frame.set_axis(range(n, 2 * n)), "rows")
    st.json(selection())


def shown(*rows: int) -> AppTest:
    app = AppTest.from_function(page)
    app.session_state["selection"] = rows
    app.run()
    assert not app.exception
    return app


def captions(app):
    return "\n".join(caption.value for caption in app.caption)


def test_the_selected_rows_are_listed_by_position_in_the_order_of_the_selection():
    app = shown(4, 3)
    assert list(app.dataframe[0].value.index) == [4, 3]
    assert list(app.dataframe[0].value["name"]) == ["cat", "Dog"]
    assert f"2 of {COUNT:,} rows selected." in captions(app)
    app.button(key="rows deselect").click().run()
    assert app.session_state["selection"] == ()
    assert not app.dataframe


def test_rows_of_other_data_are_left_out():
    assert list(shown(COUNT, 5, -1).dataframe[0].value.index) == [5]
    assert not shown(COUNT).dataframe


def test_a_long_table_is_cut_and_says_so():
    app = shown(*range(MOST_SHOWN + 1))
    assert len(app.dataframe[0].value) == MOST_SHOWN
    assert f"{MOST_SHOWN + 1} of {COUNT:,} rows selected; the first {MOST_SHOWN}" in captions(app)


def test_the_file_has_every_row_with_its_number():
    frame = pd.DataFrame({"name": ["a, b", 'c "d"', "e"]}, index=[7, 7, 7])
    read = pd.read_csv(StringIO(_numbered(frame, [2, 0]).to_csv()))
    assert read.to_dict("list") == {"row": [2, 0], "name": ["e", "a, b"]}


def test_a_search_selects_and_an_empty_one_deselects():
    app = shown(1)
    app.text_input[0].input("dog").run()
    assert app.session_state["selection"] == tuple(range(0, COUNT, 3))
    assert all(name == "Dog" for name in app.dataframe[0].value["name"])
    app.text_input[0].input("bird ").run()
    assert app.session_state["selection"] == ()
    assert "No row contains “bird”" in captions(app)
    app.session_state["selection"] = (8,)  # by a lasso
    app.text_input[0].input("").run()
    assert app.session_state["selection"] == ()
    assert "No row contains" not in captions(app)
