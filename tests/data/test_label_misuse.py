"""Labels as people have them: read as meant, or refused with the remedy, by every door."""

import numpy as np
import pandas as pd
import pytest

import alignlab as al
from alignlab.files.columns import ColumnChoice
from alignlab.files.source import open_source, read_source

N = 120
RNG = np.random.default_rng(0)
Z = RNG.standard_normal((N, 2))
X, Y = (Z @ RNG.standard_normal((2, 3)) + 0.3 * RNG.standard_normal((N, 3)) for _ in "xy")
VIEWS = tuple(tuple(f"{name}{j}" for j in range(3)) for name in "xy")
UP = np.where(Z[:, 0] > 0, "up", "down").astype(object)
GAPS = np.arange(N) % 3 == 0


def by_package(labels, folder):
    return X, Y, labels


def by_file(read):
    """The views and labels of a CSV file."""

    def made(labels, folder):
        table = pd.DataFrame(np.hstack([X, Y]), columns=[*VIEWS[0], *VIEWS[1]])
        columns = labels if isinstance(labels, pd.DataFrame) else pd.DataFrame({"label": labels})
        path = folder / "a.csv"
        pd.concat([table, columns], axis=1).to_csv(path, index=False)
        first, *more = columns
        choice = ColumnChoice(
            view1=VIEWS[0], view2=VIEWS[1], labels=first, more_labels=tuple(more)
        )  # fmt: skip
        found = read(path).features(choice)
        return found.X, found.Y, found.labels

    return made


ROUTES = {
    "package": by_package,
    "upload": by_file(lambda path: read_source({path.name: path.read_bytes()})),
    "path": by_file(lambda path: open_source([path])),
}


@pytest.fixture(params=ROUTES)
def diagnosed(request, tmp_path):
    def found(labels):
        return al.diagnose(*ROUTES[request.param](labels, tmp_path), resamples=2)

    found.route = request.param
    return found


def with_gaps(mark):
    labels = UP.copy()
    labels[GAPS] = mark
    return labels


@pytest.mark.parametrize("mark", ["nan", "", None])
def test_text_that_marks_a_gap_is_no_class(diagnosed, mark):
    found = diagnosed(with_gaps(mark))
    assert found.labelled == N - GAPS.sum()
    assert found.labels_read.words() == "2 classes (names)"
    if diagnosed.route == "package" and mark is not None:  # a reader has read gaps as missing
        assert f"“{mark}” ({GAPS.sum()})" in found.labels_read.notes[0]


@pytest.mark.parametrize("mark", ["unlabeled", "unknown", "?", -1])
def test_a_class_that_may_mean_no_label_is_flagged(diagnosed, mark):
    labels = np.where(GAPS, -1, (Z[:, 0] > 0).astype(int)) if mark == -1 else with_gaps(mark)
    (note,) = diagnosed(labels).labels_read.notes
    assert note.startswith(f"“{mark}” is read as a class: if it means that there is no label")


def test_text_of_numbers_is_a_measurement(diagnosed):
    found = diagnosed(np.array([f"{v:.2f}" for v in Z[:, 0]], dtype=object))
    assert found.labels_read.kind == "numbers"
    assert found.directions == 1


@pytest.mark.parametrize("different", [N, N - 10])
def test_names_that_nearly_all_differ_are_refused_with_the_remedy(diagnosed, different):
    names = np.array([f"clip{j % different}" for j in range(N)], dtype=object)
    with pytest.raises(ValueError, match=rf"{different} different names in {N} .* identifiers or"
                       " captions, not classes; give classes that have several rows"):  # fmt: skip
        diagnosed(names)


@pytest.mark.parametrize("ids", [np.arange(N), RNG.permutation(N) + 1000])
def test_numbers_that_identify_rows_are_said_to_be_the_reason(diagnosed, ids):
    found = diagnosed(ids)
    assert "no signal found" in found.reason
    assert "leave them out" in found.reason
    assert "add labelled pairs" not in found.reason


def test_columns_of_mixed_kind_are_read_each_on_its_own(diagnosed):
    labels = pd.DataFrame({"up": with_gaps(None), "score": Z[:, 1], "high": Z[:, 1] > 0.5})
    found = diagnosed(labels)
    assert [one.kind for one in found.labels_read.columns] == ["classes", "numbers", "classes"]
    assert found.labelled == N - GAPS.sum()
    assert found.directions == 2
    two = diagnosed(pd.DataFrame({"up": UP, "right": np.where(Z[:, 1] > 0, "r", "l")}))
    assert two.labels_read.words() == "2 columns: 2 classes (names)"


def test_what_holds_no_labels_is_refused_with_the_remedy():
    with pytest.raises(ValueError, match="labels are a dict: give its values as a list"):
        al.diagnose(X, Y, {"a": 1})
    days = pd.Series(pd.date_range("2020-01-01", periods=N))
    with pytest.raises(ValueError, match="dates or durations: give numbers, such as seconds"):
        al.diagnose(X, Y, days)


def test_labels_in_another_order_are_refused_with_the_remedy():
    frames, labels = (pd.DataFrame(X), pd.DataFrame(Y)), pd.Series(UP)
    with pytest.raises(ValueError, match=r"another order.*al\.match_rows\(X, labels\)"):
        al.diagnose(*frames, labels.sample(frac=1, random_state=0))
    matched = al.match_rows(*frames, labels.sample(frac=1, random_state=0))
    assert (matched.labels == UP).all()
