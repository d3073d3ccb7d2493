import io

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits

from alignlab.data.digits import digits_halves
from alignlab.files.chosen import check_choice, pairs_from_table
from alignlab.files.columns import ColumnChoice, guess_columns, join_tables, unique_names
from alignlab.files.keys import POSITION
from alignlab.files.tables import read_table

# --- Digits ---


def test_digits_are_cut_into_left_and_right_halves():
    data = digits_halves()
    images, target = load_digits(return_X_y=True)
    images = images.reshape(-1, 8, 8)
    assert data.X1.shape == data.X2.shape == (1797, 32)
    for i in (0, 700, 1796):
        np.testing.assert_array_equal(data.X1[i].reshape(8, 4), images[i, :, :4])
        np.testing.assert_array_equal(data.X2[i].reshape(8, 4), images[i, :, 4:])
    np.testing.assert_array_equal(data.labels, target)
    assert data.classes == tuple("0123456789")
    assert data.Z is None


# --- The guess of columns ---


def table_of(*columns, rows=3):
    return pd.DataFrame({column: np.arange(rows) + 0.5 for column in columns})


@pytest.mark.parametrize(
    ("columns", "view1", "view2"),
    [
        (["x1_0", "x1_1", "x2_0"], ["x1_0", "x1_1"], ["x2_0"]),
        (["left[0]", "right[0]", "left[1]"], ["left[0]", "left[1]"], ["right[0]"]),
        (["a.0", "a.1", "b.0", "b.1"], ["a.0", "a.1"], ["b.0", "b.1"]),
        (["v10", "v11", "w9", "w10"], ["v10", "v11"], ["w9", "w10"]),
    ],
)
def test_columns_that_share_a_prefix_form_a_view(columns, view1, view2):
    choice = guess_columns(table_of(*columns))
    assert choice == ColumnChoice(view1=tuple(view1), view2=tuple(view2))


@pytest.mark.parametrize("columns", ["abcd", ["p0", "p1", "p2", "p3"], ["a1", "b1", "c1", "d1"]])
def test_without_two_groups_the_columns_are_cut_in_the_middle(columns):
    choice = guess_columns(table_of(*columns))
    assert choice == ColumnChoice(view1=tuple(columns[:2]), view2=tuple(columns[2:]))


def test_of_several_groups_the_first_two_are_the_views():
    columns = ["image[0]", "image[1]", "text[0]", "text[1]", "audio[0]", "audio[1]"]
    choice = guess_columns(table_of(*columns).assign(caption="a"))
    assert choice == ColumnChoice(
        view1=tuple(columns[:2]), view2=tuple(columns[2:4]), labels="caption"
    )


@pytest.mark.parametrize("name", ["labels[{}]", "label_{}", "Targets.{}", "class{}"])
def test_a_group_that_is_called_so_beside_two_others_is_labels(name):
    labels = [name.format(j) for j in range(3)]
    choice = guess_columns(table_of(*labels, "x_0", "x_1", "y_0", "y_1").assign(file="a.png"))
    assert choice == ColumnChoice(
        view1=("x_0", "x_1"), view2=("y_0", "y_1"), labels=labels[0], more_labels=tuple(labels[1:])
    )
    alone = guess_columns(table_of(*labels, "x_0", "x_1"))
    assert alone == ColumnChoice(view1=tuple(labels), view2=("x_0", "x_1"))


@pytest.mark.parametrize("name", ["label", "Labels", "y", "CLASS", "target", "category"])
def test_a_telling_name_is_that_of_the_labels_even_for_numbers(name):
    choice = guess_columns(table_of("x1_0", name, "x2_0"))
    assert choice == ColumnChoice(view1=("x1_0",), view2=("x2_0",), labels=name)


def test_a_text_column_is_the_labels_and_never_part_of_a_view():
    table = table_of("x1_0", "x2_0").assign(animal=list("abc"), note=list("def"))
    expected = ColumnChoice(view1=("x1_0",), view2=("x2_0",), labels="animal")
    assert guess_columns(table) == expected
    assert guess_columns(table.assign(target=[1, 2, 3])).labels == "target"


def test_text_that_names_single_rows_is_no_guess_for_labels():
    names = pd.Series([f"clip{i}.mp4" for i in range(40)])
    views = {name: np.arange(40.0) ** 2 for name in ("a[0]", "a[1]", "b[0]", "b[1]")}
    table = pd.DataFrame({"file": names, **views})
    assert guess_columns(table).labels is None
    assert guess_columns(table.assign(animal=["cat", "dog"] * 20)).labels == "animal"
    assert guess_columns(table.rename(columns={"file": "label"})).labels == "label"
    labels = pd.DataFrame({"file": names, "score": np.arange(40.0) ** 2})
    views = {"l": table[["a[0]", "a[1]"]], "r": table[["b[0]", "b[1]"]]}
    _, choice = joined(**views, s=labels)
    assert choice.label_columns == ("score",)


@pytest.mark.parametrize(("view1", "view2"), [((), ()), (("image",), ("text",))])
def test_lists_written_out_as_text_are_refused_for_what_they_are(view1, view2):
    table = pd.DataFrame({"note": "[x", "image": [None, "[0.1, 2]", "[3, 4]"], "text": "[1 2]\n"})
    choice = ColumnChoice(view1=view1, view2=view2)
    with pytest.raises(ValueError, match=r"'image' holds lists written out as text.* Parquet"):
        check_choice(table, choice)


def test_a_guess_is_always_a_choice_that_can_be_made():
    table = table_of("a[0]", "a[1]", "a[2]", "b[0]", "b[1]", "label")
    choice = guess_columns(table)
    assert choice == ColumnChoice(
        view1=("a[0]", "a[1]", "a[2]"), view2=("b[0]", "b[1]"), labels="label"
    )
    np.testing.assert_array_equal(pairs_from_table(table, choice).X1, table.iloc[:, :3])


# --- Pairs ---


def test_labels_are_sorted_into_classes_and_missing_ones_form_their_own():
    table = table_of("a", "b", rows=4).assign(kind=["dog", None, "cat", "dog"])
    data = pairs_from_table(table, ColumnChoice(view1=("a",), view2=("b",), labels="kind"))
    assert data.classes == ("cat", "dog", "no label")
    assert [data.classes[code] for code in data.labels] == ["dog", "no label", "cat", "dog"]


def test_pairs_without_labels_have_none():
    data = pairs_from_table(table_of("a", "b"), ColumnChoice(view1=("b",), view2=("a",)))
    assert data.labels is None
    assert data.classes == ()
    assert data.n == 3


def test_views_take_their_columns_in_the_chosen_order():
    table = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0], "c": [5.0, 6.0]})
    data = pairs_from_table(table, ColumnChoice(view1=("c", "a"), view2=("b",)))
    np.testing.assert_array_equal(data.X1, [[5, 1], [6, 2]])
    np.testing.assert_array_equal(data.X2, [[3], [4]])


def test_missing_numbers_are_refused_by_column_and_data_row():
    table = pd.DataFrame({"a": pd.array([1, None, 3], dtype="Int64"), "b": [1.0, 2.0, np.inf]})
    for view1, view2, cause in (
        ("a", "b", "'a' holds 1 .* data row 2"),
        ("b", "a", "'b' .* row 3"),
    ):
        with pytest.raises(ValueError, match=cause):
            pairs_from_table(table, ColumnChoice(view1=(view1,), view2=(view2,)))


def test_row_numbers_and_lone_columns_are_guessed_into_no_view():
    names = [*(f"img_{j}" for j in range(5)), *(f"txt_{j}" for j in range(7)), "age"]
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(30, 13)), columns=names)
    table = table.assign(species="cat", id=np.arange(30))
    choice = guess_columns(table)
    assert choice.view1 == tuple(names[:5])
    assert choice.view2 == tuple(names[5:12])
    assert choice.labels == "species"


def test_numbers_as_labels_are_in_the_order_of_numbers():
    table = pd.DataFrame({"a": [1.0, 2, 3], "b": [3.0, 2, 2], "label": [10, 2, 1]})
    data = pairs_from_table(table, guess_columns(table))
    assert data.classes == ("1", "2", "10")
    assert data.labels.tolist() == [2, 1, 0]


@pytest.mark.parametrize(
    ("view1", "view2", "labels", "message"),
    [
        ("a", "z", None, "no column 'z': choose the columns again"),
        ("a", "b", "z", "no column 'z': choose the columns again"),
        ("", "b", None, "each view needs at least one column: choose"),
        ("a", "", None, "each view needs at least one column: choose"),
        ("ab", "b", None, "column 'b' is in both views: leave it in one"),
        ("a", "t", None, "column 't' holds text: remove it from the views, or encode"),
    ],
)
def test_an_impossible_choice_is_refused_with_the_column(view1, view2, labels, message):
    table = table_of("a", "b").assign(t=list("uvw"))
    choice = ColumnChoice(view1=tuple(view1), view2=tuple(view2), labels=labels)
    with pytest.raises(ValueError, match=message):
        pairs_from_table(table, choice)


def test_labels_beyond_the_first_must_be_columns_of_the_file():
    choice = ColumnChoice(view1=("a",), view2=("b",), labels="a", more_labels=("b", "z"))
    assert choice.label_columns == ("a", "b", "z")
    with pytest.raises(ValueError, match="no column 'z'"):
        check_choice(table_of("a", "b"), choice)
    alone = ColumnChoice(view1=("a",), view2=("b",), more_labels=("b",))
    assert alone.label_columns == ()


# --- Several files side by side ---

VIEW = ["u", "v", "w"]
TEXT = pd.DataFrame({"kind": list("xyz")})


def joined(**files):
    return join_tables({f"{name}.csv": table for name, table in files.items()})


def test_one_file_is_guessed_as_ever():
    table = table_of("x1_0", "x1_1", "x2_0", "x2_1", "label")
    whole, choice = joined(a=table)
    assert choice == guess_columns(table)
    pd.testing.assert_frame_equal(whole, table)


def test_two_files_are_a_view_each():
    left, right = table_of("a", "b"), table_of("c", "d") + 5
    whole, choice = joined(left=left, right=right)
    assert choice == ColumnChoice(view1=("a", "b"), view2=("c", "d"))
    np.testing.assert_array_equal(whole[list(choice.view2)], right)
    assert joined(right=right, left=left)[1].view1 == ("c", "d")


def test_columns_of_the_same_name_get_that_of_their_file():
    left, right = table_of(*VIEW), table_of("w", "z") + 7
    whole, choice = joined(left=left, right=right)
    assert choice.view1 == ("u", "v", "left.w")
    assert choice.view2 == ("right.w", "z")
    np.testing.assert_array_equal(whole["left.w"], left["w"])
    np.testing.assert_array_equal(whole["right.w"], right["w"])
    assert list(left) == VIEW  # the input is unchanged


@pytest.mark.parametrize(
    "labels",
    [
        table_of("label"),
        table_of("Target"),
        TEXT,
        table_of("age"),  # the only column of a further file
    ],
)
@pytest.mark.parametrize("order", [("l", "r", "t"), ("t", "l", "r"), ("l", "t", "r")])
def test_a_third_file_is_the_labels_wherever_it_stands(labels, order):
    files = {"l": table_of("a", "b"), "r": table_of("c", "d"), "t": labels}
    whole, choice = joined(**{name: files[name] for name in order})
    assert choice == ColumnChoice(view1=("a", "b"), view2=("c", "d"), labels=labels.columns[0])
    check_choice(whole, choice)


def test_labels_in_a_file_of_a_view_are_none_of_its_columns():
    whole, choice = joined(l=table_of("a", "b").assign(kind=list("xyz")), r=table_of("c", "y"))
    assert choice == ColumnChoice(view1=("a", "b"), view2=("c",), labels="kind")
    check_choice(whole, choice)


def test_labels_of_the_same_telling_name_in_both_files_are_known_for_what_they_are():
    _, choice = joined(l=table_of("a", "b", "label"), r=table_of("c", "d", "label"))
    assert choice == ColumnChoice(view1=("a", "b"), view2=("c", "d"), labels="l.label")


@pytest.mark.parametrize("order", [("both", "labels"), ("labels", "both")])
@pytest.mark.parametrize("labels", [TEXT, table_of("label")])
def test_both_views_in_one_file_are_told_apart_beside_a_file_of_labels(labels, order):
    files = {"both": table_of("x_0", "x_1", "y_0", "y_1"), "labels": labels}
    whole, choice = joined(**{name: files[name] for name in order})
    views = {"view1": ("x_0", "x_1"), "view2": ("y_0", "y_1")}
    assert choice == ColumnChoice(**views, labels=labels.columns[0])
    check_choice(whole, choice)


@pytest.mark.parametrize("order", ["blr", "lbr", "lrb"])
def test_a_file_of_several_columns_of_labels_is_no_view(order):
    labels = table_of("labels[0]", "labels[1]")
    views = {"l": table_of("x[0]", "x[1]"), "r": table_of("y[0]", "y[1]")}
    expected = ColumnChoice(
        view1=("x[0]", "x[1]"), view2=("y[0]", "y[1]"), labels="labels[0]",
        more_labels=("labels[1]",),
    )  # fmt: skip
    assert joined(**{name: (views | {"b": labels})[name] for name in order})[1] == expected
    both = pd.concat(views.values(), axis=1)
    assert joined(both=both, b=labels)[1] == expected


def test_two_files_of_one_column_are_a_view_each():
    assert joined(l=table_of("a"), r=table_of("b"))[1] == ColumnChoice(view1=("a",), view2=("b",))


def test_a_file_of_labels_alone_has_no_views():
    whole, choice = joined(a=TEXT, b=TEXT.rename(columns={"kind": "sort"}))
    assert choice == ColumnChoice(view1=(), view2=(), labels="kind")
    with pytest.raises(ValueError, match="no column holds numbers: 'kind', 'sort' hold text"):
        check_choice(whole, choice)


def test_row_numbers_of_any_file_are_in_no_view():
    left = table_of("a", "b").assign(id=[0, 1, 2])
    tables = {"l.csv": left, "r.csv": table_of("c", "d").assign(id=[5, 6, 7])}
    whole, choice = join_tables(tables, POSITION)
    assert choice == ColumnChoice(view1=("a", "b"), view2=("c", "d"))
    assert list(whole) == ["a", "b", "l.id", "c", "d", "r.id"]


def test_a_further_file_of_features_is_in_no_view():
    _, choice = joined(l=table_of("a", "b"), r=table_of("c", "d"), s=table_of("e", "f"))
    assert (choice.view1, choice.view2) == (("a", "b"), ("c", "d"))


def test_files_with_unequal_rows_are_refused_with_their_counts():
    with pytest.raises(ValueError, match=r"l\.csv has 3, r\.csv has 1,200\): row i of all"):
        joined(l=table_of("a"), r=table_of("b", rows=1200))


def test_files_of_the_same_name_cannot_be_told_apart_by_it():
    tables = {"x.csv": table_of("a", "b"), "x.parquet": table_of("b", "c")}
    with pytest.raises(ValueError, match=r"column 'x\.b' is in two files of the same name: rename"):
        join_tables(tables)
    same_stem = {"x.csv": table_of("a", "b"), "x.parquet": table_of("c", "d")}
    assert join_tables(same_stem)[1].view2 == ("c", "d")  # no names clash


def test_names_are_made_unique_only_where_they_must_be():
    names = {"l.csv": ["a", "b"], "folder/r.v2.npy": ["b", "c"], "t.csv": ["d"]}
    assert unique_names(names) == {
        "l.csv": ["a", "l.b"], "folder/r.v2.npy": ["r.v2.b", "c"], "t.csv": ["d"],
    }  # fmt: skip


def test_a_name_that_is_another_files_new_one_is_refused():
    names = {"l.csv": ["a"], "r.csv": ["a"], "t.csv": ["l.a"]}
    with pytest.raises(ValueError, match=r"'l\.a' .* rename one of the files"):
        unique_names(names)


def test_the_guess_is_that_of_the_columns_own_names():
    # "l.label" is recognised by its name within its file
    _, choice = joined(
        l=table_of("a", "b"), r=table_of("c", "d"), s=table_of("y"), t=table_of("y") + 1
    )
    assert choice.labels == "s.y"


@pytest.mark.parametrize("name", ["y", "labels", "Target"])
def test_an_array_of_labels_of_one_column_is_guessed_as_such(name):
    content = io.BytesIO()
    X = np.random.default_rng(0).standard_normal((6, 4))
    np.savez(content, a=X[:, :2], b=X[:, 2:], **{name: np.array([[0], [1]] * 3)})
    choice = guess_columns(read_table(content.getvalue(), "f.npz"))
    assert choice.labels == f"{name}[0]"
    assert (choice.view1, choice.view2) == (("a[0]", "a[1]"), ("b[0]", "b[1]"))
    content = io.BytesIO()
    np.savez(content, X=X, Y=X[:, :1])  # one feature, of two views
    assert guess_columns(read_table(content.getvalue(), "f.npz")).view2 == ("Y[0]",)
