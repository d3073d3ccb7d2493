"""CSV files from various programs: the same numbers, or an error naming column and line."""

import io
import tracemalloc

import numpy as np
import pandas as pd
import pytest

from alignlab.files.chosen import pairs_from_table
from alignlab.files.columns import ColumnChoice, guess_columns
from alignlab.files.reading_notes import left_out_of, notes_of
from alignlab.files.tables import read_table

RNG = np.random.default_rng(0)
X = RNG.standard_normal((60, 4)).round(4) * 1e4
X[:, 0] = X[:, 0].round(1)
FRAME = pd.DataFrame(X, columns=["a0", "a1", "b0", "b1"])
PLAIN = FRAME.to_csv(index=False)
HEAD, *ROWS = PLAIN.splitlines()


def read(text, columns=1):
    return read_table(text if isinstance(text, bytes) else text.encode(), "e.csv", columns)


def quoted(write):
    rows = [",".join(f'"{write(v)}"' for v in row) for row in X]
    return "\n".join([HEAD, *rows])


def savetxt(**how):
    text = io.StringIO()
    np.savetxt(text, X, **how)
    return text.getvalue()


# --- The same numbers whatever the spelling ---

SPELLINGS = {
    "as pandas writes": PLAIN,
    "semicolons": FRAME.to_csv(index=False, sep=";"),
    "tabs": FRAME.to_csv(index=False, sep="\t"),
    "bars": FRAME.to_csv(index=False, sep="|"),
    "semicolons and decimal commas": FRAME.to_csv(index=False, sep=";", decimal=","),
    "tabs and decimal commas": FRAME.to_csv(index=False, sep="\t", decimal=","),
    "quoted decimal commas": quoted(lambda v: f"{v:.4f}".replace(".", ",")),
    "thousands": quoted(lambda v: f"{v:,.4f}"),
    "thousands of Germany": quoted(
        lambda v: f"{v:,.4f}".replace(",", "_").replace(".", ",").replace("_", ".")
    ),
    "thousands of Switzerland": quoted(lambda v: f"{v:,.4f}".replace(",", "'")),
    "thousands of France": quoted(lambda v: f"{v:,.4f}".replace(",", "\u00a0").replace(".", ",")),
    "typographic minus": PLAIN.replace("-", "−"),
    "blanks after commas": PLAIN.replace(",", ", "),
    "blanks around": PLAIN.replace(",", " , "),
    "units": "\n".join([HEAD, "mV,mV,g,g", *ROWS]),
    "bare units": "\n".join([HEAD, "[mV],,[g],", *ROWS]),
    "separator named": "sep=;\n" + FRAME.to_csv(index=False, sep=";", decimal=","),
    "title": "Export of today\n\n" + PLAIN,
    "comments": "# made by me\n# and others\n" + PLAIN,
    "names in a comment": savetxt(delimiter=",", header="a0,a1,b0,b1"),
    "names in a comment, blanks": savetxt(header="a0 a1 b0 b1"),
    "trailing separators": "\n".join(line + "," for line in [HEAD, *ROWS]),
    "trailing separators of rows": "\n".join([HEAD, *(line + "," for line in ROWS)]),
    "empty lines at the end": PLAIN + ",,,\n" * 3,
    "carriage returns": PLAIN.replace("\n", "\r\n"),
    "old Macintosh": PLAIN.replace("\n", "\r"),
    "byte order mark": PLAIN.encode("utf-8-sig"),
    "UTF-16": PLAIN.encode("utf-16"),
    "UTF-16 without a mark": PLAIN.encode("utf-16-le"),
    "everything quoted": "\n".join(
        ",".join(f'"{field}"' for field in line.split(",")) for line in [HEAD, *ROWS]
    ),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_same_numbers_come_out_of_every_spelling(spelling):
    table = read(SPELLINGS[spelling])
    assert list(table) == list(FRAME)
    np.testing.assert_allclose(table.to_numpy(dtype=float), X, rtol=1e-12)
    assert table.dtypes.map(pd.api.types.is_numeric_dtype).all()


def test_what_is_skipped_is_said_with_its_line():
    assert "Line 2 is assumed to hold units and is ignored: mV, mV, g, g." in notes_of(
        read(SPELLINGS["units"])
    )
    assert "Line 1 is above the table and is ignored: Export of today." in notes_of(
        read(SPELLINGS["title"])
    )
    assert notes_of(read(PLAIN)) == ()


def test_names_that_come_again_are_no_row():
    table = read(PLAIN + PLAIN)
    np.testing.assert_allclose(table, np.vstack([X, X]))
    assert notes_of(table) == (
        "The header line is repeated (1 times, first in line 62): left out.",
    )


@pytest.mark.parametrize("letters", ["utf-8", "cp1252", "utf-16"])
def test_letters_beyond_ascii_are_those_that_were_written(letters):
    table = read("a,größe,kind\n1,2,läuft\n3,4,geht\n".encode(letters))
    assert list(table) == ["a", "größe", "kind"]
    assert table["kind"].tolist() == ["läuft", "geht"]
    assert any("Windows-1252" in note for note in notes_of(table)) == (letters == "cp1252")


# --- With or without a header line ---


@pytest.mark.parametrize("label", [None, "kind"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_without_names_every_row_is_kept(label, separator):
    frame = FRAME if label is None else FRAME.assign(kind=["up", "down", "up"] * 20)
    table = read(frame.to_csv(index=False, header=False, sep=separator))
    assert len(table) == 60
    assert list(table) == [f"c{j}" for j in range(frame.shape[1])]
    np.testing.assert_allclose(table.iloc[:, :4].to_numpy(dtype=float), X)
    assert "The first line holds no names" in notes_of(table)[0]


@pytest.mark.parametrize("how", [{}, {"delimiter": ","}, {"delimiter": ";"}, {"fmt": "%.3e"}])
def test_what_numpy_saves_has_every_row(how):
    np.testing.assert_allclose(read(savetxt(**how)), X, rtol=1e-3)


@pytest.mark.parametrize(
    ("first", "rows", "named"),
    [
        ("0,1,2", "0.5,1.5,2.5", True),  # as pandas writes
        ("1,2,3", "0.5,1.5,2.5", True),
        (",0,1,2", "0,0.5,1.5,2.5", True),  # with the index
        ("0.0,1.0,2.0", "0.5,1.5,2.5", False),
        ("3,1,2", "1,2,2", False),
        ("1,2", "3,4", False),
        ("2010,2011,2012", "0.5,0.1,0.7", True),  # years
        ("400.5,401,401.5,402", "0.5,0.1,0.7,0.2", True),  # wavelengths
        ("1,3,5,7", "2,4,6,8", False),  # rows in equal steps
        ("id,2010,2011", "1,0.5,0.1", True),
        ("x,1.5,2.5", "y,0.5,0.1", False),  # a class, and numbers
        ("?,1.5,2.5", "0.1,0.5,0.1", False),
        ("a,b,c", "1,2,3", True),
        ("a,b,c", "x,y,z", True),  # all text
        ("nan,1.5,2.5", "1,2,3", False),
        ("NA,NA,x", "1,2,y", False),
        (",kind", "0,x", True),
    ],
)
def test_a_first_line_is_names_or_a_row(first, rows, named):
    table = read("\n".join([first, rows, rows]))
    assert len(table) == (2 if named else 3)
    assert any("no names" in note for note in notes_of(table)) != named


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("walk\nrun\nwalk\nrun\n", 4),
        ("label\nwalk\nlabel\nwalk\n", 2),
        ("label\nwalk\nrun\n", 2),
        ("3\n1\n2\n3\n", 4),
        ("0\n1\n2\n3\n", 3),  # as pandas writes a column without a name
        ("1\n1\n2\n3\n", 4),
        ("2.5\n1.5\n2\n", 3),
    ],
)
def test_a_single_column_of_labels_has_a_name_or_none(text, rows):
    assert len(read(text)) == rows


def test_thousands_of_names_in_a_comment_are_read():
    names = [f"feature_{j:05}" for j in range(8000)]
    text = "# " + ",".join(names) + "\n" + ",".join(["0.5"] * 8000) + "\n"
    assert list(read(text)) == names
    assert read("# " + "x" * 10**5 + "\na,b\n1,2\n").shape == (1, 2)


def test_repeated_names_are_numbered_and_said():
    table = read("a,a,,b\n1,2,3,4\n5,6,7,8\n")
    assert list(table) == ["a", "a.1", "Unnamed: 2", "b"]
    assert "'a' occurs more than once" in notes_of(table)[0]


# --- One type per column ---


def test_a_class_is_one_class_wherever_it_stands_in_a_long_file():
    n = 40_000
    kinds = np.array(["1", "2", "3"], dtype=object)[RNG.integers(0, 3, n)]
    kinds[5], kinds[-30:] = "", "unknown"
    numbers = RNG.standard_normal((n, 40)).round(3)
    lines = (",".join(map(str, [*row, kind])) for row, kind in zip(numbers, kinds, strict=True))
    names = ",".join([*(f"x_{j}" for j in range(20)), *(f"y_{j}" for j in range(20)), "kind"])
    table = read("\n".join([names, *lines]))
    data = pairs_from_table(table, guess_columns(table))
    assert data.classes == ("1", "2", "3", "unknown", "no label")
    assert np.bincount(data.labels)[3:].tolist() == [30, 1]
    np.testing.assert_allclose(data.X1, numbers[:, :20])


def test_one_number_in_two_spellings_is_one_class():
    table = read("x,k\n" + "0.5,1\n0.5,1.0\n0.5,1.\n0.5,2.0\n0.5,other\n")
    assert table["k"].tolist() == ["1", "1", "1", "2.0", "other"]


def test_truth_values_with_gaps_are_numbers():
    table = read("a,b\nTrue,1\n,2\nFalse,3\n")
    np.testing.assert_array_equal(table["a"].to_numpy(dtype=float, na_value=np.nan), [1, np.nan, 0])


# --- What cannot be read is named ---


@pytest.mark.parametrize("mark", ["?", "-", "NA", "n/a", "N.A.", "--", "", "NaN", "*"])
def test_marks_for_missing_are_missing_and_said(mark):
    rows = [*ROWS]
    rows[9] = mark + "," + rows[9].split(",", 1)[1]
    table = read("\n".join([HEAD, *rows]))
    assert np.flatnonzero(table["a0"].isna()).tolist() == [9]
    np.testing.assert_allclose(table["a0"].drop(9), np.delete(X[:, 0], 9))
    said = [note for note in notes_of(table) if "missing" in note]
    if mark not in ("", "NA", "n/a", "NaN"):  # which pandas reads
        assert said == [f"Column 'a0': {mark!r} in line 11 is read as missing (1 cell in all)."]


@pytest.mark.parametrize(
    ("cells", "cause"),
    [
        (["1.5", "oops", "2.5"], r"holds 'oops' in line 3 \(1 of 4 cells are not numbers\)"),
        (["1.5", "12 mV", "2.5"], r"holds '12 mV' in line 3"),
        (['"1,5"', "2.5", "3.25"], "mixes decimal commas and points, '1,5' in line 2 and '2.5'"),
        (['"1,234"', '"2,345"', '"5,678"'], "holds '1,234' in line 2, whose comma may be"),
        (["5%", "6%", "7%"], "holds numbers with a unit, '5%' in line 2: write the numbers"),
        (["12 mV", "3 mV", "7 mV"], "holds numbers with a unit, '12 mV' in line 2"),
        (["9" * 400, "1", "2"], "holds a number too large for float64 in '9+' in line 2"),
    ],
)
def test_a_column_of_numbers_that_is_text_says_why(cells, cause):
    rows = [f"{cell},{j},{j}" for j, cell in enumerate([*cells, cells[-1]])]
    table = read("\n".join(["a,b,c", *rows]))
    assert len(table) == 4
    assert set(left_out_of(table)) == {"a"}
    assert "Text, not numbers: 'a' " in notes_of(table)[0]
    with pytest.raises(ValueError, match=f"column 'a' {cause}"):
        pairs_from_table(table, ColumnChoice(view1=("a",), view2=("b",)))


def test_a_doubtful_comma_is_read_where_the_file_tells_what_it_is():
    cells = ['"1,234"', '"5,678"']
    thousands = read("\n".join(["a,b", *(f"{cell},2.5" for cell in cells)]))
    assert thousands["a"].tolist() == [1234, 5678]
    decimals = read("\n".join(["a,b", *(f'{cell},"2,5"' for cell in cells)]))
    assert decimals["a"].tolist() == [1.234, 5.678]
    semicolons = read("a;b\n1,234;1\n5,678;2\n")
    assert semicolons["a"].tolist() == [1.234, 5.678]
    assert "decimal comma" in notes_of(semicolons)[0]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("a,b\n1,2\n1,2,3\n", "line 3 has 3 fields, expected 2: quote"),
        ("\n\n# x\na,b\n1,2\n1,2\n1,2,3\n", "line 7 has 3 fields"),
        ("a,b\n1,2,3\n4,5,6\n", "first line names 2 columns and the next has 3 fields: name"),
        ("a,b\n1,5,2,5\n3,1,4,2\n", "commas are decimal commas, separate the columns by semi"),
        ("a,b\n1,2\n3,\x00\n", "zero byte in line 3"),
        (b"a,b\n1,2\n\x81,\x8d\xff\n", "line 3 is neither in UTF-8 nor in Windows-1252: save"),
        ("a,b,c\n1,2,3\n4,6\n7,8,9\n", "line 3 has 2 fields, expected 3: give"),
        ("a,b,c\n1,2,3\n4,5,6\n7\n", "line 4 has 1 field, expected 3"),
        ("id,a,b\n1,2\n3,4\n", "line 2 has 2 fields, expected 3"),
        ('a,b,c\n"x\ny",2,3\n"z, w",6\n', "line 4 has 2 fields"),
        ("a b\n1 2\n" * 1 + "1 2\n" * 300 + "3\n", "line 303 has 1 field"),
        ("\n \n", "0 rows and 0 columns"),
        ("a,b\n", "0 rows and 2 columns"),
    ],
)
def test_files_that_cannot_be_read_are_named_by_line(text, cause):
    with pytest.raises(ValueError, match=rf"^e\.csv.*{cause}"):
        read(text)


@pytest.mark.parametrize("name", ["{}", "gene {}"])
@pytest.mark.parametrize("separator", [",", "\t"])
def test_row_names_without_a_name_are_read_as_r_writes_them(separator, name):
    rows = [f'"{name.format(i + 1)}",{row}' for i, row in enumerate(ROWS)]
    table = read("\n".join([HEAD, *rows]).replace(",", separator))
    assert table.columns.tolist() == ["row", *FRAME.columns]
    np.testing.assert_array_equal(table[FRAME.columns], X)
    assert notes_of(table) == (
        "The first column has no name: it is read as row names, as R writes them.",
    )
    choice = guess_columns(table)
    assert (choice.view1, choice.view2, choice.labels) == (("a0", "a1"), ("b0", "b1"), None)


def test_numbers_beyond_the_names_are_no_row_names():
    rows = [f"{j * j},{row}" for j, row in enumerate(ROWS)]
    with pytest.raises(ValueError, match="names 4 columns and the next has 5"):
        read("\n".join([HEAD, *rows]))


@pytest.mark.parametrize("index", [False, True])
def test_two_lines_of_names_of_pandas_are_no_row(index):
    levels = pd.MultiIndex.from_product([["x", "y"], [0, 1]])
    table = read(pd.DataFrame(X, columns=levels).to_csv(index=index))
    views = table[["x_0", "x_1", "y_0", "y_1"]]
    np.testing.assert_array_equal(views, X)
    assert notes_of(table)[0].startswith("Line 2 is assumed to number the columns of each")


def test_a_row_that_may_be_one_stays_one():
    table = read("x,x,y,y\n0,1,0,1\n1,0,1,1\n0,0,1,0\n")
    assert len(table) == 3
    assert len(read("x,x,y,y\n0.0,1.0,0.0,1.5\n1.5,2.5,1,1\n")) == 2


def test_gaps_at_the_end_of_lines_are_missing_values():
    table = read("a,b,y\n1,2,u\n3,4,\n5,6,v\n")
    assert table["y"].isna().tolist() == [False, True, False]
    assert notes_of(table) == ()
    assert read("a,b,\n1,2\n3,4\n").columns.tolist() == ["a", "b"]
    assert len(read("a,b,c\n1,2,3\n4,5,\n,,\n\n")) == 2


@pytest.mark.parametrize("mark", ["NA", "None", "null", "nan"])
def test_names_that_stand_for_missing_values_are_said(mark):
    text = "a,b,country\n1,2,FR\n3,4,DE\n" + f"5,6,{mark}\n7,8,\n" * 2
    table = read(text)
    assert table["country"].isna().tolist() == [False, False, *[True] * 4]
    (note,) = notes_of(table)
    assert note.startswith(f"Column 'country': '{mark}' in line 4 is read as missing (2 cells in")


def test_digits_of_other_scripts_stay_text():
    table = read("a,b,c\n1,2,\u0661\u0662\n3,4,\u0663\n5,6,\uff14\n")
    assert table["c"].tolist() == ["\u0661\u0662", "\u0663", "\uff14"]


def test_text_with_separators_in_it_is_one_field():
    table = read("text;x\nhello, world;3\nbye, all;4\n")
    assert table["text"].tolist() == ["hello, world", "bye, all"]
    table = read('a,b\n"x, ""y""\nz",1\nw,2\n')
    assert table["a"].tolist() == ['x, "y"\nz', "w"]


def test_lists_written_as_text_are_named_as_such():
    table = read('img,txt\n"[0.1, 0.2]","[1, 2]"\n"[0.3, 0.4]","[3, 4]"\n')
    with pytest.raises(ValueError, match="lists written out as text"):
        pairs_from_table(table, guess_columns(table))


def test_reading_takes_memory_in_proportion_to_the_file():
    text = ("a,b,c,d\n" + "1,2,3,4\n" * 300_000).encode()
    tracemalloc.start()
    read(text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 15 * len(text)
