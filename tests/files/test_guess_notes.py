"""Guesses are noted: splits, shards, row numbers; identifiers must be in the same order."""

import numpy as np
import pandas as pd
import pytest

from alignlab.files.columns import guess_columns, join_tables
from alignlab.files.guess_notes import guess_notes, is_cut
from alignlab.files.reading_notes import annotated, left_out_of, notes_of

RNG = np.random.default_rng(0)


def table_of(*columns, rows=30):
    return pd.DataFrame(RNG.standard_normal((rows, len(columns))), columns=list(columns))


def said(**files):
    tables = {f"{name}.csv": table for name, table in files.items()}
    return guess_notes(tables, join_tables(tables)[1])


def named(*prefixes, width=3):
    return table_of(*(f"{prefix}[{j}]" for prefix in prefixes for j in range(width)))


@pytest.mark.parametrize("columns", ["0123", ["p0", "p1", "p2", "p3"], "abcd", ["c0", "c1", "c2"]])
def test_a_cut_in_the_middle_is_said_whatever_the_format(columns):
    (note,) = said(a=table_of(*columns))
    at = len(columns) // 2
    assert f"between {columns[at - 1]} and {columns[at]}" in note
    assert "split in the middle" in note


@pytest.mark.parametrize("labels", [{}, {"kind": ["x", "y"] * 15}])
def test_views_that_names_or_files_tell_apart_are_no_cut(labels):
    assert said(a=named("left", "right").assign(**labels)) == []
    assert said(a=table_of("x", "y")) == []
    assert said(l=table_of("a", "b"), r=table_of("c", "d")) == []
    assert said(l=table_of("p0", "p1"), r=table_of("p0", "p1")) == []


def test_one_file_beside_labels_is_cut_and_said():
    (note,) = said(a=table_of("p0", "p1", "p2", "p3"), b=table_of("label"))
    assert "between p1 and p2" in note
    table = {"a": table_of("p0", "p1", "p2", "p3")}
    assert is_cut(table, join_tables(table)[1])


@pytest.mark.parametrize("form", ["{}_0 {}_1", "{}-00001-of-00002 {}-00002-of-00002"])
def test_parts_of_views_are_said_and_the_first_of_each_is_taken(form):
    parts = [part.format(name) for name in ("img", "txt") for part in form.split()]
    table = named(*[part.replace("{}", "") for part in parts])
    guess = guess_columns(table)
    assert guess.view1[0] == f"{parts[0]}[0]"
    assert guess.view2[0] == f"{parts[2]}[0]"
    (note,) = said(a=table)
    assert f"of one view, with consecutive rows: {parts[0]}, {parts[1]}; " in note
    assert "The first shard of each is used" in note


def test_files_in_parts_are_said_and_the_first_of_each_is_taken():
    files = {name: named(name) for name in ("img_emb_0", "img_emb_1", "text_emb_0", "text_emb_1")}
    tables = {f"{name}.npy": table for name, table in files.items()}
    guess = join_tables(tables)[1]
    assert guess.view1[0] == "img_emb_0[0]"
    assert guess.view2[0] == "text_emb_0[0]"
    assert guess.label_columns == ()
    assert any("img_emb_0, img_emb_1; text_emb_0, text_emb_1" in note
               for note in guess_notes(tables, guess))  # fmt: skip


def test_two_parts_alone_are_views_with_a_warning():
    (note,) = said(a=named("img_0", "img_1"))
    assert "img_0, img_1" in note
    assert said(a=named("view_1", "view_2")) == []


@pytest.mark.parametrize("name", ["id", "sample_id", "Unnamed: 0"])
def test_numbers_of_rows_are_in_no_view_and_said(name):
    ids = RNG.permutation(30) if name != "Unnamed: 0" else np.arange(30)
    table = table_of("a", "b", "c", "d")
    table.insert(0, name, ids)
    guess = guess_columns(table)
    assert (*guess.view1, *guess.view2) == ("a", "b", "c", "d")
    assert f"Assumed to be row numbers, and in no view: {name}." in said(a=table)
    left = table_of("e", "f").assign(**{name: ids})
    assert join_tables({"l": left, "r": table_of("g", "h")})[1].view1 == ("e", "f")


def test_a_turned_file_is_named_where_rows_are_unequal():
    with pytest.raises(ValueError, match=r"r\.csv looks transposed, with features in rows"):
        join_tables({"l.csv": table_of("a", "b", rows=4), "r.csv": table_of(*"cdef", rows=3)})


# --- Notes are kept with the table ---


def test_notes_of_files_come_with_the_joined_table():
    left = annotated(table_of("a", "b"), ["Read so."], {"image": "holds pictures"})
    right = annotated(table_of("c", "d"), as_text={"e": "holds 'x' in line 3"})
    whole, _ = join_tables({"l.csv": left, "r.csv": right})
    assert notes_of(whole) == (
        "l.csv: Read so.",
        "l.csv: Left out: 'image' holds pictures.",
        "r.csv: Text, not numbers: 'e' holds 'x' in line 3.",
    )
    assert left_out_of(whole) == {"image": "holds pictures", "e": "holds 'x' in line 3"}
    assert notes_of(join_tables({"l.csv": left})[0])[0] == "Read so."
    assert notes_of(table_of("a")) == ()


def test_many_parts_left_out_are_told_in_number():
    table = annotated(table_of("a"), left_out={f"p{j}": "has shape ()" for j in range(500)})
    assert len(notes_of(table)) == 7
    assert "494 more: p6" in notes_of(table)[-1].replace("'", "")
    assert len(left_out_of(table)) == 100
