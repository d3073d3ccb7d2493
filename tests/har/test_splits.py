import os
from pathlib import Path

import numpy as np
import pytest

from alignlab.har import load_utd_mhad
from alignlab.har.dataset import SplitLists
from alignlab.har.splits import (
    PARTS,
    LeakageError,
    Split,
    list_split,
    random_split,
    read_split_lists,
    subject_split,
)
from tests.recordings import few, inertial, simulated, write

REAL = os.environ.get("ALIGNLAB_TEST_DATA")


@pytest.mark.parametrize("seed", range(3))
def test_a_random_split_is_a_partition_in_40_40_10_10(seed):
    split = random_split(simulated(), seed)
    assert [len(getattr(split, part)) for part in PARTS] == [344, 345, 86, 86]
    rows = np.concatenate([getattr(split, part) for part in PARTS])
    assert sorted(rows) == list(range(861))
    assert (split.part_of(861)[split.val] == "val").all()


@pytest.mark.parametrize("seed", range(5))
def test_a_split_by_subject_parts_people_3_3_1_1(seed):
    dataset = simulated()
    split = subject_split(dataset, seed)
    people = [set(dataset.subjects[getattr(split, part)]) for part in PARTS]
    assert [len(group) for group in people] == [3, 3, 1, 1]
    assert len(set.union(*people)) == 8


def test_splits_follow_their_seed():
    dataset = few()
    for make in (random_split, subject_split):
        same, other = make(dataset, 0), make(dataset, 1)
        np.testing.assert_array_equal(make(dataset, 0).test, same.test)
        assert not np.array_equal(same.test, other.test)


def test_fewer_subjects_are_parted_as_far_as_they_go():
    dataset = few()
    four = dataset.subset(np.flatnonzero(dataset.subjects <= 4))
    split = subject_split(four, 0)
    assert all(len(set(four.subjects[getattr(split, part)])) == 1 for part in PARTS)
    three = dataset.subset(np.flatnonzero(dataset.subjects <= 3))
    with pytest.raises(ValueError, match="3 subjects: at least 4"):
        subject_split(three, 0)


def test_leakage_is_refused():
    rows = np.arange(4)
    with pytest.raises(LeakageError, match="both align and test"):
        Split(har=rows, align=rows + 10, val=rows + 20, test=rows + 13)
    with pytest.raises(LeakageError, match="har holds a sequence twice"):
        Split(har=np.array([1, 1]), align=rows + 10, val=rows + 20, test=rows + 30)


def test_a_split_by_subject_that_shares_a_person_is_refused(monkeypatch):
    from alignlab.har import splits

    dataset = few()
    mixed = random_split(dataset, 0)
    monkeypatch.setattr(splits, "_checked", lambda dataset, rows: mixed)
    with pytest.raises(LeakageError, match=r"subject \d is in both"):
        splits.subject_split(dataset, 0)


def test_lists_are_read_and_followed(tmp_path):
    dataset = few()
    names = dataset.names
    parts = [names[:40], names[40:80], names[80:90], [*names[90:100], "a27_s1_t1"]]
    for file, part in zip(("train", "train_2", "val", "test"), parts, strict=True):
        lines = [f"{n} {n[1 : n.index('_')]} {n[n.index('s') + 1]}" for n in part]
        (tmp_path / f"{file}.txt").write_text("\n".join(lines) + "\n")
    lists = read_split_lists(tmp_path)
    split = list_split(type(dataset)(sequences=dataset.sequences, lists=lists))
    assert split.sizes == {"har": 40, "align": 40, "val": 10, "test": 10}
    assert [names[row] for row in split.val] == names[80:90]


def test_lists_that_leak_are_refused():
    dataset = few()
    names = tuple(dataset.names)
    lists = SplitLists(har=names[:5], align=names[5:10], val=(), test=names[4:8])
    with pytest.raises(LeakageError, match=rf"D_HAR and D_Test both name {names[4]}: a sequence"):
        list_split(type(dataset)(sequences=dataset.sequences, lists=lists))


def test_lists_that_are_missing_or_odd_are_explained(tmp_path):
    assert read_split_lists(tmp_path) is None
    with pytest.raises(ValueError, match="has no lists"):
        list_split(few())
    (tmp_path / "train.txt").write_text("a1_s1_t1 1 1\n")
    with pytest.raises(ValueError, match=r"not align.txt or train_2.txt, val.txt, test.txt"):
        read_split_lists(tmp_path)
    write(tmp_path, "a1_s1_t1", "inertial", inertial())
    with pytest.raises(ValueError, match=r"cannot be used: \S+ contains lists, but not align\.txt"):
        list_split(load_utd_mhad(tmp_path))
    for name in ("train_2", "val", "test"):
        (tmp_path / f"{name}.txt").write_text("a1_s1_t1 2 1\n")
    with pytest.raises(ValueError, match=r"train_2\.txt, line 1"):
        read_split_lists(tmp_path)


def test_too_few_sequences_are_explained():
    with pytest.raises(ValueError, match=r"too few sequences in .*test"):
        random_split(few().subset([0, 1, 2]), 0)


@pytest.mark.skipif(REAL is None, reason="ALIGNLAB_TEST_DATA names no folder of real data")
def test_the_authors_lists_part_all_real_sequences():
    dataset = load_utd_mhad(Path(REAL) / "utd_mhad", ("inertial",))
    lists = read_split_lists(Path(REAL) / "utd_mhad_splits")
    split = list_split(type(dataset)(sequences=dataset.sequences, lists=lists))
    assert split.sizes == {"har": 365, "align": 366, "val": 86, "test": 44}
