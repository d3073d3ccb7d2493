from dataclasses import replace

import numpy as np

import alignlab as al
from alignlab.report.data import DataDescription, class_counts, described, title_of
from tests.diagnoses import diagnosis

DATA = DataDescription(title="t", dimensions=(3, 4), labels=("kind",))


def test_classes_are_counted_also_in_chunks():
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((2, 60, 3))
    labels = np.array(["b", "a", None] * 20, dtype=object)
    for found in (
        al.diagnose(X, Y, labels, resamples=2),
        al.diagnose_chunks(
            lambda: ((X[i : i + 25], Y[i : i + 25], labels[i : i + 25]) for i in (0, 25, 50)),
            resamples=2,
        ),
    ):
        told = described(DATA, found)
        assert told["Labels"] == "kind: read as 2 classes (names): a (20), b (20)"
        assert told["Rows without a label"] == "20 of 60 (33%)"
        assert told["Pairs n"] == "60"


def test_codes_are_counted_as_they_are_named():
    told = described(replace(DATA, labels=("digit",)), diagnosis("digits"))["Labels"]
    assert told.endswith(": 0 (178), 1 (182), 2 (177), 3 (183), 4 (181), 5 (182), 6 (181), "
                         "7 (179), 8 (174), 9 (180)")  # fmt: skip


def test_of_many_classes_the_most_frequent_are_named():
    classes, counts = tuple(f"c{i}" for i in range(40)), tuple(range(1, 41))
    told = class_counts(classes, counts)
    assert told.startswith("c39 (40), c38 (39), ")
    assert told.endswith(", c28 (29), … (40 classes of 1 to 40 rows)")


def test_without_labels_and_without_files():
    told = described(DATA, diagnosis("unlabelled"))
    assert told["Labels"] == "none"
    assert "Rows without a label" not in told
    assert told["View x, d₁"] == "3 features"
    assert not any(name.startswith("File") for name in told)


def test_the_title_names_the_first_files():
    files = [(f"{name}.npy", "0") for name in "abcde"]
    assert title_of(tuple(files[:2])) == "Diagnosis of a.npy + b.npy"
    assert title_of(tuple(files)) == "Diagnosis of a.npy + b.npy + c.npy + 2 more"


def test_a_note_begins_with_a_capital_letter_unless_with_the_name_of_a_file():
    notes = ("no names in the first line", "img_0.npy: 2 shards", "x1 is left out.")
    told = described(replace(DATA, notes=notes), diagnosis("unlabelled"))["Notes on reading"]
    assert told == "No names in the first line. img_0.npy: 2 shards. x1 is left out."


def test_many_label_columns_are_described_as_one():
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((2, 60, 3))
    found = al.diagnose(X, Y, rng.standard_normal((60, 9)), resamples=2)
    names = tuple(f"z{i}" for i in range(9))
    told = described(replace(DATA, labels=names), found)
    assert told["Labels"] == "z0 … z8 (9 columns): read as 9 columns: a measurement"
    assert "Labels 1" not in told
    assert told["Rows without a label"] == "0 of 60 (0%)"
