"""Choosing columns of wide files: in runs, or by typed positions."""

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignlab.ui.files.columns import _positions, from_runs, in_runs, runs
from alignlab.ui.parts.alignment import PAGE as ALIGNMENT
from alignlab.ui.parts.diagnose.page import PAGE as DIAGNOSE
from tests.apptest import address, open_page, settle

WIDE = [*(f"image[{j}]" for j in range(30)), "age", *(f"text[{j}]" for j in range(20)), "label"]
IMAGE, TEXT = "image[0] … image[29] (30 columns)", "text[0] … text[19] (20 columns)"


def test_neighbours_that_share_a_prefix_are_a_run():
    assert runs(WIDE) == {
        IMAGE: range(30), "age": range(30, 31), TEXT: range(31, 51), "label": range(51, 52),
    }  # fmt: skip


def test_positions_of_runs_are_listed():
    assert _positions(WIDE, runs(WIDE)) == "image 0–29, age 30, text 31–50, label 51"
    many, bare = [f"c{letter}" for letter in "abcdefghijklmnop"], ["0", "1", "a"]
    assert _positions(many, runs(many)).endswith("cl 11 …")
    assert _positions(bare, runs(bare)) == "0 0–1, a 2"


@pytest.mark.parametrize(
    ("said", "chosen"),
    [
        ([IMAGE], WIDE[:30]),
        (["age", TEXT], WIDE[30:51]),
        (["0-3"], WIDE[:4]),
        (["0-3, 5"], [*WIDE[:4], WIDE[5]]),
        (["image[7]", "0-3", "image[2]"], [WIDE[7], *WIDE[:4]]),
        ([], []),
    ],
)
def test_what_is_said_stands_for_columns(said, chosen):
    assert list(from_runs(said, WIDE, runs(WIDE))) == chosen


@pytest.mark.parametrize("said", ["0-60", "imagee", "3-1", "-", "1-2-3", "²", ""])
def test_what_stands_for_nothing_is_refused_with_the_remedy(said):
    with pytest.raises(ValueError, match=r"is neither a column.*between 0 and 51"):
        from_runs([said], WIDE, runs(WIDE))


@given(st.lists(st.integers(0, 51), unique=True), st.booleans())
def test_any_choice_is_told_and_read_back(numbers, by_number):
    columns = [str(j + 1) for j in range(52)] if by_number else WIDE
    chosen = tuple(columns[number] for number in numbers)
    offered = runs(columns)
    assert from_runs(in_runs(chosen, columns, offered), columns, offered) == chosen


def pairs(wide1, wide2) -> bytes:
    rng = np.random.default_rng(0)
    shared = rng.standard_normal((200, 3))
    buffer = io.BytesIO()
    np.savez(
        buffer,
        image=shared @ rng.standard_normal((3, wide1)) + rng.standard_normal((200, wide1)),
        text=shared @ rng.standard_normal((3, wide2)) + rng.standard_normal((200, wide2)),
        labels=shared,
    )
    return buffer.getvalue()


def with_pairs(page, content, **parameters):
    app = open_page(page, **parameters)
    app.file_uploader[0].upload("pairs.npz", content).run()
    return settle(app)


@pytest.mark.parametrize("wide1", [5, 30], ids=["one by one", "in runs"])
def test_each_of_several_changes_in_a_row_counts(wide1):
    app = with_pairs(DIAGNOSE, pairs(wide1, 20), case="upload")
    for said, position in (("image[0]", "0"), ("image[3]", "3"), ("image[2]", "2")):
        settle(app.multiselect[0].set_value([said]).run())
        assert app.multiselect[0].value == [said]
        assert address(app)["view1"] == position


def test_both_views_may_be_emptied_before_they_are_chosen_again():
    app = with_pairs(DIAGNOSE, pairs(30, 20), case="upload")
    app.multiselect[0].set_value([]).run()
    app.multiselect[1].set_value([]).run()
    app.multiselect[2].set_value([]).run()
    assert "choose columns for both" in app.error[0].value
    app.multiselect[0].set_value([TEXT]).run()
    settle(app.multiselect[1].set_value([IMAGE]).run())
    assert (address(app)["view1"], address(app)["view2"]) == ("30-49", "0-29")


def test_a_preset_puts_the_first_guess_back():
    app = with_pairs(DIAGNOSE, pairs(30, 20), case="upload")
    settle(app.multiselect[0].set_value(["0-4"]).run())
    next(b for b in app.button if b.key == "preset Your files").click()
    settle(app.run())
    assert app.multiselect[0].value == [IMAGE]
    assert address(app)["view1"] == "0-29"


def test_the_choice_stands_on_another_page_and_changes_there():
    app = with_pairs(DIAGNOSE, pairs(5, 6), case="upload")
    settle(app.multiselect[0].set_value(["image[1]", "image[4]"]).run())
    app.switch_page(ALIGNMENT.script)
    app.query_params["source"] = "upload"
    settle(app.run())
    assert app.multiselect[0].value == ["image[1]", "image[4]"]
    for said in ("text[0]", "labels[1]", "no labels", "labels[2]"):
        labels = next(box for box in app.selectbox if box.label == "Labels")
        settle(labels.select_index(labels.options.index(said)).run())
        assert address(app).get("labels", "no labels") == said


def test_a_wide_file_is_chosen_from_in_runs():
    app = with_pairs(DIAGNOSE, pairs(30, 20), case="upload")
    view1, view2, labels = app.multiselect[:3]
    assert (view1.value, view2.value) == ([IMAGE], [TEXT])
    assert labels.value == ["labels[0], labels[1], labels[2]"]
    app = view1.set_value(["0-9", "image[20]"]).run()
    assert address(app)["view1"] == "0-9,20"
    assert not app.exception
    app = app.multiselect[1].set_value(["99-100"]).run()
    assert "“99-100” is neither a column" in app.error[0].value
    assert address(app)["view1"] == "0-9,20"


def test_the_files_of_a_link_may_come_one_after_the_other():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((200, 5))
    files = {"left.csv": X, "right.csv": X + rng.standard_normal((200, 5))}
    contents = {
        name: pd.DataFrame(values, columns=list("abcde")).to_csv(index=False).encode()
        for name, values in files.items()
    }
    app = open_page(DIAGNOSE, case="upload")
    app.file_uploader[0].set_value([(name, data, "") for name, data in contents.items()]).run()
    settle(app)
    app.multiselect[0].set_value(["left.a", "left.b"]).run()
    link = address(app)
    assert link["view1"] == "0-1"
    other = open_page(DIAGNOSE, **link)
    other.file_uploader[0].upload("left.csv", contents["left.csv"]).run()
    assert not other.warning
    assert "left.csv + right.csv" in other.info[0].value
    other.file_uploader[0].set_value([(name, data, "") for name, data in contents.items()]).run()
    settle(other)
    assert address(other) == link
    assert not other.warning


def upload(content, name):
    app = open_page(DIAGNOSE, case="upload")
    app.file_uploader[0].upload(name, content).run()
    return settle(app)


def button(app, key):
    return next(b for b in app.button if b.key == key)


def one_run(columns, rows=200):
    rng = np.random.default_rng(0)
    shared = rng.standard_normal((rows, 3))
    X = shared @ rng.standard_normal((3, columns)) + rng.standard_normal((rows, columns))
    return pd.DataFrame(X)


@pytest.mark.parametrize("ending", ["csv", "parquet", "npy"])
def test_a_cut_in_the_middle_is_said_and_moved_by_one_number(ending):
    table, buffer = one_run(32), io.BytesIO()
    if ending == "csv":
        table.to_csv(buffer, index=False)
    elif ending == "npy":
        np.save(buffer, table.to_numpy())
    else:
        table.rename(columns=str).to_parquet(buffer)
    app = upload(buffer.getvalue(), f"all.{ending}")
    assert any("split in the middle" in warning.value for warning in app.warning)
    assert (address(app)["view1"], address(app)["view2"]) == ("0-15", "16-31")
    at = next(box for box in app.number_input if "of 32 columns" in box.label)
    settle(at.set_value(12).run())
    assert (address(app)["view1"], address(app)["view2"]) == ("0-11", "12-31")
    assert not app.exception
    assert not any("split in the middle" in warning.value for warning in app.warning)
    at = next(box for box in app.number_input if "of 32 columns" in box.label)
    settle(at.set_value(20).run())
    assert (address(app)["view1"], address(app)["view2"]) == ("0-19", "20-31")


@pytest.mark.parametrize("page", [DIAGNOSE, ALIGNMENT])
def test_views_change_places_by_one_click(page):
    parameters = {"case": "upload"} if page is DIAGNOSE else {"source": "upload"}
    app = with_pairs(page, pairs(5, 6), **parameters)
    assert address(app)["view1"] == "0-4"
    settle(button(app, "swap views").click().run())
    assert (address(app)["view1"], address(app)["view2"]) == ("5-10", "0-4")
    assert [next(iter(box.value)) for box in app.multiselect[:2]] == ["text[0]", "image[0]"]
    settle(button(app, "swap views").click().run())
    assert address(app)["view1"] == "0-4"


def test_what_was_left_out_or_assumed_is_said_where_views_are_chosen():
    buffer = io.BytesIO()
    X = one_run(6).to_numpy()
    np.savez(buffer, image=X[:, :3], text=X[:, 3:], model=np.array("ViT_*b*"), mean=np.zeros(3))
    app = upload(buffer.getvalue(), "all.npz")
    (note,) = (info.value for info in app.info if "While reading" in info.value)
    assert "model" in note
    assert "mean" in note
    assert "3 rows but the views have 200" in note
    table = one_run(6).to_csv(index=False, header=False).encode()
    app = upload(table, "all.csv")
    assert any("holds no names" in info.value for info in app.info)
    assert any("c2 and c3" in warning.value for warning in app.warning)
