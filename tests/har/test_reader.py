import os
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from alignlab.har import load_utd_mhad, rgb
from alignlab.har.dataset import ABSENT
from alignlab.har.frames import FRAMES, SIDE, pooled, shrink_depth
from alignlab.har.reader import Reading
from tests.recordings import depth, inertial, skeleton, write, write_video

REAL = os.environ.get("ALIGNLAB_TEST_DATA")


def kinds(dataset):
    return {(Path(one.file).name, one.kind) for one in dataset.report.troubles}


def test_each_modality_is_read_as_it_was_written(tmp_path):
    for name in ("a1_s1_t1", "a22_s8_t4"):
        write(tmp_path, name, "inertial", inertial())
        write(tmp_path, name, "skeleton", skeleton())
        write(tmp_path, name, "depth", depth())
    dataset = load_utd_mhad(tmp_path)
    assert len(dataset) == 2
    assert dataset.counts == {"skeleton": 2, "inertial": 2, "depth": 2}
    assert dataset.names == ["a1_s1_t1", "a22_s8_t4"]
    one = dataset[1]
    assert (one.action, one.subject, one.trial) == (22, 8, 4)
    assert (one.label, one.sensor) == ("Jog", "right thigh")
    np.testing.assert_array_equal(one.modalities["inertial"], inertial())
    np.testing.assert_array_equal(one.modalities["skeleton"], skeleton().transpose(2, 0, 1))
    assert one.modalities["depth"].shape == (FRAMES, SIDE, SIDE)
    assert [one.length(m) for m in ("inertial", "skeleton", "depth")] == [120, 45, 30]
    assert dataset.report.skipped == 0
    assert dataset.report.folders_missing == ("RGB",)


def test_depth_is_cropped_to_the_person_and_keeps_its_millimetres():
    frames = shrink_depth(depth().transpose(2, 0, 1))
    seen = frames > 0
    assert set(np.unique(frames)) == {0, *range(2000, 2030)}
    assert seen.any(axis=(0, 2)).mean() > 0.8  # from head to foot
    columns = [np.flatnonzero(one.any(axis=0)).mean() for one in seen]
    assert columns[-1] > columns[0] + 5


def test_depth_with_its_background_keeps_the_middle_of_the_picture():
    scene = np.full((3, 60, 80), 3000, dtype=np.uint16)
    scene[:, :, :10] = 1
    assert (shrink_depth(scene) == 3000).all()


def test_frames_are_averaged_over_blocks():
    frames = np.arange(2 * 5 * 4).reshape(2, 5, 4)
    expected = frames[:, :4].reshape(2, 2, 2, 2, 2).mean(axis=(2, 4))
    np.testing.assert_allclose(pooled(frames, 2), expected)
    with pytest.raises(ValueError, match="at least 8 x 8"):
        pooled(frames, 8)


def test_bad_files_are_named_with_their_fault_and_the_others_are_read(tmp_path):
    good = write(tmp_path, "a1_s1_t1", "inertial", inertial())
    folder = good.parent
    (folder / "a1_s1_t2_inertial.mat").write_bytes(b"")
    (folder / "a1_s1_t3_inertial.mat").write_bytes(os.urandom(4000))
    (folder / "a1_s1_t4_inertial.mat").write_bytes(good.read_bytes()[:900])
    (folder / "a28_s1_t1_inertial.mat").write_bytes(good.read_bytes())
    (folder / "a01_s1_t1_inertial.mat").write_bytes(good.read_bytes())
    (folder / "copy of a1_s1_t1_inertial.mat").write_bytes(good.read_bytes())
    (folder / "._a1_s1_t1_inertial.mat").write_bytes(b"a Macintosh's own")
    (folder / "notes.txt").write_text("not data")
    (folder / "b1_s2_t1_inertial.mat").write_bytes(good.read_bytes())
    (folder / "a1_s2_t2_inertial.mat.part").write_bytes(good.read_bytes())
    (folder / "a1_s2_t3_inertial.mat").mkdir()
    write(tmp_path, "a2_s1_t1", "inertial", inertial(samples=5))
    write(tmp_path, "a2_s1_t2", "inertial", inertial()[:, :5])
    write(tmp_path, "a2_s1_t3", "inertial", np.full((120, 6), np.nan))
    write(tmp_path, "a2_s1_t4", "inertial", np.zeros((0, 6)))
    write(tmp_path, "a3_s1_t1", "inertial", skeleton())
    savemat(folder / "a3_s1_t2_inertial.mat", {"other": inertial()})
    savemat(folder / "a3_s1_t3_inertial.mat", {"d_iner": {"a": 1}})
    cells = np.array([[1, "x"], [2, "y"]], dtype=object)
    savemat(folder / "a3_s1_t4_inertial.mat", {"d_iner": cells})
    dataset = load_utd_mhad(tmp_path)
    assert dataset.names == ["a1_s1_t1"]
    assert kinds(dataset) == {
        ("a1_s1_t2_inertial.mat", "empty"),
        ("a1_s1_t3_inertial.mat", "unreadable"),
        ("a1_s1_t4_inertial.mat", "unreadable"),
        ("a28_s1_t1_inertial.mat", "misnamed"),
        ("a01_s1_t1_inertial.mat", "misnamed"),
        ("copy of a1_s1_t1_inertial.mat", "misnamed"),
        ("b1_s2_t1_inertial.mat", "misnamed"),
        ("a1_s2_t2_inertial.mat.part", "misnamed"),
        ("a2_s1_t1_inertial.mat", "truncated"),
        ("a2_s1_t2_inertial.mat", "unreadable"),
        ("a2_s1_t3_inertial.mat", "unreadable"),
        ("a2_s1_t4_inertial.mat", "empty"),
        ("a3_s1_t1_inertial.mat", "unreadable"),
        ("a3_s1_t2_inertial.mat", "unreadable"),
        ("a3_s1_t3_inertial.mat", "unreadable"),
        ("a3_s1_t4_inertial.mat", "unreadable"),
    }
    report = dataset.report
    assert report.skipped == 16
    assert len(report.missing["inertial"]) == 860
    assert not set(report.missing["inertial"]) & set(ABSENT)
    told = "\n".join(report.lines())
    assert "inertial: 1 sequences read" in told
    assert "860 of the data set's sequences are missing" in told
    assert "T x 6 was expected" in told
    assert "the file holds other" in told


@pytest.mark.parametrize("kind", ["skeleton", "depth"])
def test_bad_shapes_and_lengths_of_cameras_are_named(tmp_path, kind):
    array = skeleton() if kind == "skeleton" else depth()
    write(tmp_path, "a1_s1_t1", kind, array)
    write(tmp_path, "a1_s1_t2", kind, array[..., :3])
    write(tmp_path, "a1_s1_t3", kind, array[:10])
    write(tmp_path, "a1_s1_t4", kind, array[..., 0])
    dataset = load_utd_mhad(tmp_path)
    assert dataset.names == ["a1_s1_t1"]
    assert {k for _, k in kinds(dataset)} == {"truncated", "unreadable"}
    assert dataset.report.skipped == 3


def test_a_huge_variable_is_refused_by_its_header(tmp_path, monkeypatch):
    write(tmp_path, "a1_s1_t1", "inertial", inertial())
    monkeypatch.setattr("alignlab.har.matlab.LARGEST", 100)
    assert "dimensions were expected" in load_utd_mhad(tmp_path).report.troubles[0].reason


def test_a_huge_file_is_refused_by_its_size(tmp_path, monkeypatch):
    write(tmp_path, "a1_s1_t1", "inertial", inertial())
    monkeypatch.setattr("alignlab.har.matlab.LARGEST_FILE", 100)
    reason = load_utd_mhad(tmp_path).report.troubles[0].reason
    assert "MB: the official ones have a few" in reason


def test_a_sequence_with_one_modality_only_is_kept(tmp_path):
    write(tmp_path, "a1_s1_t1", "inertial", inertial())
    write(tmp_path, "a1_s1_t1", "skeleton", skeleton())
    write(tmp_path, "a1_s1_t2", "inertial", inertial())
    dataset = load_utd_mhad(tmp_path)
    assert dataset.counts == {"skeleton": 1, "inertial": 2}
    assert dataset.having("skeleton", "inertial").names == ["a1_s1_t1"]
    with pytest.raises(ValueError, match="no sequence has rgb; available are: skeleton"):
        dataset.having("rgb")


def test_folders_that_hold_nothing_are_explained(tmp_path):
    with pytest.raises(ValueError, match="is not a folder"):
        load_utd_mhad(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="give the folder that holds Inertial, Skeleton, Depth"):
        load_utd_mhad(tmp_path)
    for name in ("Skeleton", "RGB-part2"):
        (tmp_path / "data" / name).mkdir(parents=True)
        with pytest.raises(ValueError, match=f"holds it, {tmp_path / 'data'}$"):
            load_utd_mhad(tmp_path / "data" / name)
    with pytest.raises(ValueError, match="not a modality of UTD-MHAD"):
        load_utd_mhad(tmp_path, ("video",))


@pytest.mark.parametrize("at", ["", "data", "data/utd"])
def test_folders_without_files_are_no_empty_data_set(at, tmp_path):
    for name in ("Inertial", "SKELETON"):
        (tmp_path / "data" / "utd" / name).mkdir(parents=True)
    with pytest.raises(ValueError, match="without such files") as refused:
        load_utd_mhad(tmp_path / at)
    for name in ("Inertial", "SKELETON"):
        assert str(tmp_path / "data" / "utd" / name) in str(refused.value)


def test_reading_pauses_after_every_file(tmp_path):
    for trial in range(1, 4):
        write(tmp_path, f"a1_s1_t{trial}", "inertial", inertial())
    reading = Reading(tmp_path)
    seen = [reading.done for _ in reading.run()]
    assert seen == [1, 2, 3]
    assert reading.total == 3
    assert len(reading.dataset) == 3


def test_split_lists_come_with_the_folder(tmp_path):
    write(tmp_path, "a1_s1_t1", "inertial", inertial())
    lists = tmp_path / "my_splits"
    lists.mkdir()
    for number, name in enumerate(("train", "train_2", "val", "test"), start=1):
        (lists / f"{name}.txt").write_text(f"a1_s{number}_t1 1 {number}\n")
    dataset = load_utd_mhad(tmp_path)
    assert dataset.lists.align == ("a1_s2_t1",)
    (lists / "val.txt").write_text("garbage in here\n")
    dataset = load_utd_mhad(tmp_path)
    assert dataset.lists is None
    assert "val.txt, line 1" in dataset.report.troubles[0].reason


def test_rgb_video_is_decoded(tmp_path):
    pytest.importorskip("av", reason="RGB video needs PyAV")
    write_video(tmp_path, "a1_s1_t1")
    write_video(tmp_path, "a1_s1_t2", part="RGB-part2")
    dataset = load_utd_mhad(tmp_path)
    assert dataset.counts == {"rgb": 2}
    frames = dataset[0].modalities["rgb"]
    assert frames.shape == (FRAMES, SIDE, SIDE, 3)
    assert frames.dtype == np.uint8
    assert dataset[0].length("rgb") == 24
    red = frames[..., 0].astype(float)
    assert red.max() > 200
    assert frames[..., 1:].max() < 60
    columns = (red.sum(axis=1) * np.arange(SIDE)).sum(axis=1) / red.sum(axis=(1, 2))
    assert (np.diff(columns) >= -0.5).all()
    assert columns[-1] > columns[0] + 15


def test_bad_videos_are_named(tmp_path):
    pytest.importorskip("av", reason="RGB video needs PyAV")
    good = write_video(tmp_path, "a1_s1_t1", frames=40)
    (good.parent / "a1_s1_t2_color.avi").write_bytes(b"")
    (good.parent / "a1_s1_t3_color.avi").write_bytes(os.urandom(5000))
    (good.parent / "a1_s1_t4_color.avi").write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    (good.parent / "a1_s1_color.avi").write_bytes(good.read_bytes())
    write_video(tmp_path, "a2_s1_t1", frames=3)
    dataset = load_utd_mhad(tmp_path)
    assert dataset.names == ["a1_s1_t1"]
    assert kinds(dataset) == {
        ("a1_s1_t2_color.avi", "empty"),
        ("a1_s1_t3_color.avi", "unreadable"),
        ("a1_s1_t4_color.avi", "truncated"),
        ("a1_s1_color.avi", "misnamed"),
        ("a2_s1_t1_color.avi", "truncated"),
    }


def test_without_a_decoder_the_rest_is_read_and_the_remedy_told_once(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    rgb.decoder.cache_clear()
    write(tmp_path, "a1_s1_t1", "inertial", inertial())
    (tmp_path / "RGB").mkdir()
    for trial in (1, 2):
        (tmp_path / "RGB" / f"a1_s1_t{trial}_color.avi").write_bytes(b"RIFF")
    dataset = load_utd_mhad(tmp_path)
    rgb.decoder.cache_clear()
    assert dataset.counts == {"inertial": 1}
    (trouble,) = dataset.report.troubles
    assert (trouble.kind, trouble.files, dataset.report.skipped) == ("undecodable", 2, 2)
    assert "pip install" in trouble.reason


@pytest.mark.skipif(REAL is None, reason="ALIGNLAB_TEST_DATA names no folder of real data")
def test_all_real_sequences_load():
    dataset = load_utd_mhad(Path(REAL) / "utd_mhad")
    assert len(dataset) == 861
    assert dataset.counts == {"skeleton": 861, "inertial": 861}
    assert dataset.report.skipped == 0
    assert dataset.report.missing == {"inertial": (), "skeleton": ()}
    assert not set(ABSENT) & set(dataset.names)
    lengths = {m: [one.length(m) for one in dataset] for m in ("inertial", "skeleton")}
    assert (min(lengths["inertial"]), np.median(lengths["inertial"])) == (107, 177)
    assert (min(lengths["skeleton"]), np.median(lengths["skeleton"])) == (41, 67)
    assert (max(lengths["inertial"]), max(lengths["skeleton"])) == (326, 125)
    ratio = np.array(lengths["inertial"]) / lengths["skeleton"]
    assert np.median(ratio) == pytest.approx(2.62, abs=0.01)
    assert np.bincount(dataset.subjects)[1:].tolist() == [107, 108, 108, 108, 108, 107, 108, 107]
