import numpy as np
import pandas as pd
import pytest

from alignlab.files.columns import ColumnChoice
from alignlab.files.inspected import COLUMNS, metadata_columns, table_inspected

TABLE = pd.DataFrame(
    {
        "x0": [1.0, 2.0, np.nan, 4.0],
        "n": [1, 2, 3, 4],
        "x1": [0.0, 1.0, 1.0, 0.0],
        "y0": [1.0, np.inf, 2.0, 5.0],
        "caption": ["a", None, "c", "d"],
        "class": ["p", "q", "p", None],
    }
)
CHOICE = ColumnChoice(view1=("x0", "x1"), view2=("y0",), labels="class")


def test_all_columns_outside_the_views_are_metadata_labels_first():
    assert metadata_columns(TABLE, CHOICE) == ("class", "caption", "n")
    more = ColumnChoice(view1=("x0",), view2=("y0",), labels="n", more_labels=("caption",))
    assert metadata_columns(TABLE, more) == ("n", "caption", "class", "x1")


def test_rows_with_gaps_are_left_out_of_views_and_metadata_alike_and_counted():
    found = table_inspected(TABLE, CHOICE, drop=True, key="here")
    assert found.key == "here"
    assert found.data.X1.tolist() == [[1, 0], [4, 0]]
    assert found.data.X2.tolist() == [[1], [5]]
    assert found.metadata.table["caption"].tolist() == ["a", "d"]
    assert found.metadata.describe(1)[0] == ("class", "missing")
    assert found.metadata.labels == ("class",)
    assert found.file_rows.tolist() == [0, 3]
    assert found.notes == (
        "2 of 4 rows are left out: a view holds NaN (missing) or infinite values there.",
    )


def test_rows_of_a_sample_keep_their_place_in_the_file():
    found = table_inspected(TABLE, CHOICE, drop=True, rows=np.array([10, 20, 30, 40]))
    assert found.file_rows.tolist() == [10, 40]


def test_gaps_are_refused_where_they_are_not_left_out():
    with pytest.raises(ValueError, match=r"column 'x0' holds 1 NaN.*data row 3: drop these rows"):
        table_inspected(TABLE, CHOICE)
    hollow = TABLE.assign(x0=np.nan)
    with pytest.raises(ValueError, match="column 'x0' holds 4 NaN"):
        table_inspected(hollow, CHOICE, drop=True)
    assert table_inspected(TABLE.iloc[[0, 3]], CHOICE).notes == ()


def test_labels_of_any_type_are_metadata_and_no_obstacle():
    labels = [[1], {"a": 2}, None, 0.5]
    found = table_inspected(TABLE.assign(**{"class": labels}), CHOICE, drop=True)
    assert found.metadata.table["class"].tolist() == [[1], 0.5]
    assert found.data.labels is None


def test_of_very_many_columns_the_first_are_kept_and_this_is_said():
    many = pd.DataFrame(np.zeros((2, 80)), columns=[f"c{i}" for i in range(80)])
    wide = pd.concat([TABLE.iloc[[0, 3]].reset_index(drop=True), many], axis=1)
    found = table_inspected(wide, CHOICE)
    assert len(found.metadata.columns) == COLUMNS
    assert found.metadata.columns[:4] == ("class", "caption", "n", "c0")
    assert found.notes[0].startswith("50 of 83 columns outside the views are kept as metadata")


def test_columns_that_cannot_be_views_are_refused():
    with pytest.raises(ValueError, match="the file has no column 'z'"):
        table_inspected(TABLE, ColumnChoice(view1=("z",), view2=("y0",)))
    with pytest.raises(ValueError, match="column 'caption' holds text"):
        table_inspected(TABLE, ColumnChoice(view1=("caption",), view2=("y0",)))


def test_texts_that_all_are_iso_dates_become_dates_and_others_stay():
    texts = {
        "date": ["2024-01-02", None, "2024-01-04", "2024-01-03"],
        "time": ["2024-01-02 03:04:05", "2024-01-02T03:04", None, "2024-01-04 00:00:00.5"],
        "mixed": ["2024-01-02", "later", None, "2024-01-03"],
        "never": ["2024-02-30", "2024-01-01", None, "2024-01-03"],
        "zones": ["2024-01-02T00:00+01:00", "2024-01-02T00:00-02:00", None, None],
        "year": ["2024", "2025", "2024", "2025"],
    }
    shown = TABLE.assign(**texts, x0=1.0, y0=2.0)
    metadata = table_inspected(shown, CHOICE).metadata
    assert metadata.unit("date") == "days since 2024-01-02"
    np.testing.assert_array_equal(metadata.numbers("date"), [0, np.nan, 2, 1])
    assert [metadata.kind(name) for name in ("date", "time")] == ["number", "number"]
    for name in ("mixed", "never", "zones", "year"):
        assert [text for text in texts[name] if text] == metadata.table[name].dropna().tolist()
