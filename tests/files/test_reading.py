"""`alignlab.read`: names stand for columns and groups of them; what is not named is guessed."""

import numpy as np
import pandas as pd
import pytest

import alignlab as al
from alignlab.files.columns import ColumnChoice
from alignlab.files.reading import choice_of
from alignlab.files.source import open_source

RNG = np.random.default_rng(0)
A, B, C = (RNG.standard_normal((40, d)) for d in (3, 4, 2))
NAMES = np.array(["cat", "dog"] * 20)


@pytest.fixture
def path(tmp_path):
    np.savez(tmp_path / "pairs.npz", a=A, b=B, c=C, label=NAMES, score=A[:, 0])
    return tmp_path / "pairs.npz"


def test_without_names_the_guess_of_the_page_is_read(path):
    found = al.read(path)
    np.testing.assert_array_equal(found.X, A)
    np.testing.assert_array_equal(found.Y, B)
    assert found.labels.tolist() == NAMES.tolist()
    assert found.targets == ("label",)


def test_names_stand_for_arrays_and_columns(path):
    found = al.read(str(path), x="c", y=["b", "a[1]"], labels=["score", "label"])
    np.testing.assert_array_equal(found.X, C)
    np.testing.assert_array_equal(found.Y, np.column_stack([B, A[:, 1]]))
    assert found.labels.shape == (40, 2)
    assert found.targets == ("score", "label")


def test_what_is_not_named_is_guessed_from_the_rest(path):
    source = open_source([path])
    assert choice_of(source, x="b").view2[0] == "a[0]"
    assert choice_of(source, y="a").view1[0] == "b[0]"
    assert choice_of(source, y="c").view1[0] == "a[0]"
    assert choice_of(source, labels=()).label_columns == ()
    assert choice_of(source, x="c", y="b", labels="a").label_columns == ("a[0]", "a[1]", "a[2]")
    assert choice_of(source) == source.guess
    assert al.read(path, key="score").X.shape == (40, 3)  # one file has nothing to match


def test_names_stand_for_numbered_columns_of_a_table(tmp_path):
    columns = [*(f"img_{j}" for j in range(3)), *(f"txt{j}" for j in range(4)), "img"]
    table = pd.DataFrame(np.column_stack([A, B, C[:, 0]]), columns=columns)
    table.to_csv(tmp_path / "t.csv", index=False)
    source = open_source([tmp_path / "t.csv"])
    assert choice_of(source, "img", "txt", ()) == ColumnChoice(
        view1=("img",), view2=("txt0", "txt1", "txt2", "txt3")
    )
    assert choice_of(source, ["img_0", "img_1"], "txt", "img").labels == "img"


def test_several_files_are_joined_on_a_key(tmp_path):
    first = pd.DataFrame(A, columns=[f"a{j}" for j in range(3)]).assign(id=range(100, 140))
    second = pd.DataFrame(B, columns=[f"b{j}" for j in range(4)]).assign(id=range(100, 140))
    first.to_csv(tmp_path / "a.csv", index=False)
    second.sample(frac=1, random_state=0).to_csv(tmp_path / "b.csv", index=False)
    for key in (None, "id"):
        found = al.read(tmp_path / "a.csv", tmp_path / "b.csv", key=key)
        np.testing.assert_allclose(found.Y, B, rtol=1e-14)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"x": "d"}, "there is no column or array 'd': there are 'a', 'b', 'c', 'label', 'score'"),
        ({"x": "a", "y": "a"}, "column 'a[0]' is in both views"),
        ({"x": ["a", "b"]}, "the columns left for y are not told apart: name x and y; there are"),
        ({"y": ["a", "b"]}, "the columns left for x are not told apart"),
        ({"x": "label", "y": "a"}, "column 'label' holds text"),
        ({"key": "word"}, "there is no column 'word' to match rows by"),
    ],
)
def test_what_no_column_is_called_is_refused_with_the_names_there_are(path, how, message):
    with pytest.raises(ValueError) as refusal:  # noqa: PT011
        al.read(path, **how)
    assert message in str(refusal.value)


def test_what_is_no_file_is_refused(tmp_path):
    for paths, message in (
        ([], "no file is named: name a file, or a folder"),
        ([tmp_path / "absent.npz"], "absent.npz is neither a file nor a folder: check the path"),
    ):
        with pytest.raises(ValueError, match=message):
            al.read(*paths)
