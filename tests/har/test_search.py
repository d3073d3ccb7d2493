"""Where the data set's files are found, however the archives were unpacked."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from alignlab.har import load_utd_mhad, search
from alignlab.har.reader import Reading, state_of
from alignlab.har.search import folder_of
from alignlab.ui.files import paths
from tests.recordings import inertial, skeleton, write

NAMES = ("a1_s1_t1", "a1_s1_t2", "a22_s8_t4")


@pytest.fixture
def official(tmp_path):
    """Inertial and Skeleton side by side."""
    root = tmp_path / "official"
    for seed, name in enumerate(NAMES):
        write(root, name, "inertial", inertial(seed=seed))
        write(root, name, "skeleton", skeleton(seed=seed))
    return root


def moved(official: Path, to) -> Path:
    """The same files elsewhere: `to` gives a path below the new folder, by name and modality."""
    root = official.parent / "given"
    for path in official.rglob("*.mat"):
        target = root / to(path.name, path.parent.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    return root


def assert_whole(dataset):
    assert dataset.names == list(NAMES)
    assert dataset.counts == {"skeleton": 3, "inertial": 3}
    for seed, one in enumerate(dataset):
        np.testing.assert_array_equal(one.modalities["inertial"], inertial(seed=seed))
    assert dataset.report.troubles == ()


LAYOUTS = {
    "official": lambda name, kind: f"{kind}/{name}",
    "nested": lambda name, kind: f"{kind}/{kind}/{name}",
    "small letters": lambda name, kind: f"{kind.lower()}/{name}",
    "capitals": lambda name, kind: f"{kind.upper()}/{name.upper()}",
    "capital endings": lambda name, kind: f"{kind}/{name[:-3]}MAT",
    "named for the zip": lambda name, kind: f"{kind}.zip/{kind}/{name}",
    "unpacked by a browser": lambda name, kind: f"{kind}-20240101T000000Z-001/{kind}/{name}",
    "a parent": lambda name, kind: f"utd_mhad/{kind}/{name}",
    "several roots": lambda name, kind: f"UTD-MHAD {kind}/{kind}/{kind}/{name}",
    "flat": lambda name, kind: name,
    "flat below": lambda name, kind: f"data/all/{name}",
    "by subject": lambda name, kind: f"{kind}/{name.split('_')[1]}/{name}",
    "deep": lambda name, kind: f"a/b/c/d/e/{kind}/{name}",
    "backslashes": lambda name, kind: f"{kind}\\{name}",
    "a copy": lambda name, kind: f"{kind} - Copy/{name}",
    "blanks and dots": lambda name, kind: f"my data v1.0/{kind} (1)/{name}",
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_files_are_found_however_the_archives_were_unpacked(layout, official):
    assert_whole(load_utd_mhad(moved(official, LAYOUTS[layout])))


def test_the_report_tells_where_files_were_found(official):
    told = load_utd_mhad(moved(official, LAYOUTS["nested"])).report.lines()
    assert "inertial: 3 sequences read, from Inertial/Inertial" in told
    assert "skeleton: 3 sequences read, from Skeleton/Skeleton" in told
    told = load_utd_mhad(moved(official, LAYOUTS["flat"])).report.lines()
    assert any("from the folder itself" in line for line in told)


@pytest.mark.parametrize("at", ["Inertial", "Inertial/Inertial"])
def test_a_modalitys_own_folder_is_read_and_the_one_above_named(at, official):
    root = moved(official, LAYOUTS["nested"])
    dataset = load_utd_mhad(root / at)
    assert dataset.counts == {"inertial": 3}
    assert f"give {root}, which contains it" in dataset.report.lines()[0]
    assert dataset.report.folders_missing == ("Skeleton", "Depth", "RGB")
    with pytest.raises(ValueError, match=f"give the folder that holds it, {root}$"):
        load_utd_mhad(root / at, ("skeleton",))


def test_identical_copies_are_named_and_the_nearer_ones_read(official):
    root = moved(official, LAYOUTS["official"])
    for path in official.glob("Inertial/*.mat"):
        (root / "Inertial" / "Inertial").mkdir(exist_ok=True)
        shutil.copy(path, root / "Inertial" / "Inertial")
        shutil.copy(path, root)
    dataset = load_utd_mhad(root)
    assert dataset.counts == {"skeleton": 3, "inertial": 3}
    assert dataset.report.places["inertial"] == (".",)
    assert [one.kind for one in dataset.report.troubles] == ["copy"] * 6
    assert dataset.report.skipped == 6
    assert "an identical file was read from ." in dataset.report.lines()[-1]


def test_a_copy_that_differs_is_named_with_the_one_that_was_read(official):
    savemat(official / "a1_s1_t1_inertial.mat", {"d_iner": inertial(seed=9)})
    (trouble,) = load_utd_mhad(official).report.troubles
    assert trouble.file == "Inertial/a1_s1_t1_inertial.mat"
    assert "different from a1_s1_t1_inertial.mat, which was read" in trouble.reason


def test_a_copy_takes_the_place_of_a_damaged_file(official):
    (official / "a1_s1_t1_inertial.mat").write_bytes(b"damaged")
    dataset = load_utd_mhad(official)
    assert dataset.counts == {"skeleton": 3, "inertial": 3}
    assert [one.file for one in dataset.report.troubles] == ["a1_s1_t1_inertial.mat"]


def test_many_copies_are_one_trouble(tmp_path, monkeypatch):
    monkeypatch.setattr("alignlab.har.reader.NAMED", 2)
    for trial in (1, 2, 3, 4):
        for root in (tmp_path, tmp_path / "backup"):
            write(root, f"a1_s1_t{trial}", "inertial", inertial())
    (trouble,) = load_utd_mhad(tmp_path).report.troubles
    assert (trouble.kind, trouble.files) == ("copy", 4)
    assert trouble.file.startswith("backup/Inertial/")


def test_what_lies_there_instead_is_said(tmp_path):
    with pytest.raises(ValueError, match="it is empty; give the folder that holds Inertial"):
        load_utd_mhad(tmp_path)
    (tmp_path / "Inertial.zip").write_bytes(b"PK")
    with pytest.raises(ValueError, match=f"unpack {tmp_path / 'Inertial.zip'} first"):
        load_utd_mhad(tmp_path)
    with pytest.raises(ValueError, match=r"Skeleton, Depth or RGB, unpacked$"):
        load_utd_mhad(tmp_path / "Inertial.zip")
    (tmp_path / "matlab").mkdir()
    savemat(tmp_path / "matlab" / "walk_1.mat", {"d_iner": inertial()})
    with pytest.raises(ValueError, match=r"1 MATLAB files in .*/matlab have other names, walk_1"):
        load_utd_mhad(tmp_path)
    write(tmp_path / "x", "a1_s1_t1", "skeleton", skeleton())
    with pytest.raises(ValueError, match=r"other files: 1 of skeleton in .*/x/Skeleton"):
        load_utd_mhad(tmp_path, ("inertial",))


def test_archives_and_odd_names_beside_the_data_are_named(official):
    (official / "Depth.rar").write_bytes(b"Rar!")
    for unrelated in ("code.zip", "notes.docx", "figure.png"):
        (official / unrelated).write_bytes(b"PK")
    shutil.copy(official / "Inertial" / "a1_s1_t1_inertial.mat", official / "Inertial (1).mat")
    shutil.copy(official / "Inertial" / "a1_s1_t1_inertial.mat", official / "a1_s1_t4_skeleton.mat")
    named = {(one.file, one.kind) for one in load_utd_mhad(official).report.troubles}
    assert named == {
        ("Depth.rar", "packed"), ("Inertial (1).mat", "misnamed"),
        ("a1_s1_t4_skeleton.mat", "unreadable"),
    }  # fmt: skip


# --- Bounds ---


def test_a_wrong_folder_is_not_looked_through_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(search, "MOST", 30)
    for at in range(10):
        (tmp_path / f"folder{at}").mkdir()
        for number in range(10):
            (tmp_path / f"folder{at}" / f"{number}.jpg").write_bytes(b"")
    assert search.search(tmp_path).looked_at == 30
    with pytest.raises(ValueError, match="the search stopped after 30 files and folders"):
        load_utd_mhad(tmp_path)


def test_the_root_of_the_disk_is_refused_within_the_bound():
    found = search.search(Path("/"))
    assert found.looked_at <= search.MOST


def test_what_lies_too_deep_is_said(official, monkeypatch):
    root = moved(official, LAYOUTS["deep"])
    monkeypatch.setattr(search, "DEEPEST", 5)
    with pytest.raises(ValueError, match=r"5 levels deep: a/b/c/d/e/\w+ is not read"):
        load_utd_mhad(root)
    write(root, "a1_s1_t1", "inertial", inertial())
    assert "5 levels deep" in load_utd_mhad(root).report.lines()[0]


def test_a_loop_of_links_ends(official):
    (official / "Inertial" / "again").symlink_to(official)
    (official / "loop").symlink_to(official / "loop")
    assert_whole(load_utd_mhad(official))


# --- Links, and what may be read ---


@pytest.fixture
def linked(official, tmp_path):
    """A folder with the inertial files, and links to the skeletons, a file and lists elsewhere."""
    root = tmp_path / "root"
    shutil.copytree(official / "Inertial", root / "Inertial")
    (root / "Skeleton").symlink_to(official / "Skeleton")
    (root / "Inertial" / "a1_s1_t3_inertial.mat").symlink_to(
        official / "Inertial" / "a1_s1_t1_inertial.mat"
    )
    for part in ("train", "train_2", "val", "test"):
        (official / f"{part}.txt").write_text("a1_s1_t1 1 1\n")
        (root / f"{part}.txt").symlink_to(official / f"{part}.txt")
    return root


def test_links_are_followed_where_anything_may_be_read(linked):
    dataset = load_utd_mhad(linked)
    assert dataset.counts == {"skeleton": 3, "inertial": 4}
    assert dataset.lists is not None


def test_links_do_not_lead_out_of_what_may_be_read(linked, monkeypatch):
    monkeypatch.setattr(paths, "only_loopback", lambda: False)
    monkeypatch.setenv(paths.ROOTS, str(linked))
    reading = Reading(linked, readable=paths.readable)
    for _ in reading.run():
        pass
    dataset = reading.dataset
    assert dataset.counts == {"inertial": 3}
    assert dataset.lists is None
    links = next(one for one in dataset.report.troubles if one.kind == "link")
    assert links.files == 6
    assert "leads out of the folders that may be read" in "\n".join(dataset.report.lines())


def test_links_within_what_may_be_read_are_followed(linked, monkeypatch):
    monkeypatch.setattr(paths, "only_loopback", lambda: False)
    monkeypatch.setenv(paths.ROOTS, str(linked.parent))
    reading = Reading(linked, readable=paths.readable)
    for _ in reading.run():
        pass
    assert reading.dataset.counts == {"skeleton": 3, "inertial": 4}


def test_a_link_that_leads_nowhere_is_a_file_that_cannot_be_read(official):
    (official / "Inertial" / "a2_s1_t1_inertial.mat").symlink_to(official / "gone")
    dataset = load_utd_mhad(official)
    assert dataset.names == list(NAMES)
    (trouble,) = dataset.report.troubles
    assert "No such file" in trouble.reason
    state_of(official)


def test_the_state_follows_nested_files_and_lists(official):
    root = moved(official, LAYOUTS["nested"])
    states = [state_of(root)]
    savemat(root / "Inertial" / "Inertial" / "a1_s1_t1_inertial.mat", {"d_iner": inertial(130)})
    states.append(state_of(root))
    (root / "splits").mkdir()
    (root / "splits" / "val.txt").write_text("a1_s1_t1")
    states.append(state_of(root))
    assert len(set(states)) == 3
    assert state_of(root) == states[-1]


def test_lists_beside_nested_folders_are_read(official):
    root = moved(official, LAYOUTS["a parent"])
    for part in ("train", "train_2", "val", "test"):
        (root / "utd_mhad" / f"{part}.txt").write_text("a1_s1_t1 1 1\n")
    assert load_utd_mhad(root).lists is not None


@pytest.mark.parametrize(
    ("name", "modality"),
    [
        ("Inertial", "inertial"), ("SKELETON", "skeleton"), ("RGB-part1", "rgb"),
        ("rgb_part_2", "rgb"), ("Depth.zip", "depth"), ("Depth (2)", "depth"),
        ("Inertial_data", "inertial"), ("inertials", None), ("utd", None), ("RGBD", None),
    ],
)  # fmt: skip
def test_folders_are_named_for_a_modality(name, modality):
    assert folder_of(name) == modality
