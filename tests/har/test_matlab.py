"""The MATLAB files: every dtype and byte order alike; other axes, units and damage by name."""

import io

import numpy as np
import pytest
from scipy.io import savemat, whosmat

from alignlab.har import load_utd_mhad, matlab
from alignlab.har.matlab import SENSORS, read_depth, read_inertial, read_skeleton
from tests.recordings import depth, inertial, skeleton, write

WHOLE = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]


def only_trouble(folder):
    dataset = load_utd_mhad(folder)
    assert len(dataset) == 0
    (trouble,) = dataset.report.troubles
    return trouble


def big_endian(array: np.ndarray, name: str) -> bytes:
    """A version 4 MATLAB file of a matrix, as machines with the other byte order wrote it."""
    head = np.array([1000, *array.shape, 0, len(name) + 1], dtype=">i4").tobytes()
    return head + name.encode() + b"\0" + array.astype(">f8").tobytes(order="F")


@pytest.mark.parametrize("dtype", [*WHOLE, "float32", "float64", ">i2", ">f4"])
def test_samples_are_the_same_numbers_in_every_dtype(dtype, tmp_path):
    signal = np.round(10 * np.abs(inertial())) % 100
    joints = np.round(10 * np.abs(skeleton())) % 100
    write(tmp_path, "a1_s1_t1", "inertial", signal.astype(dtype))
    write(tmp_path, "a1_s1_t1", "skeleton", joints.astype(dtype))
    (one,) = load_utd_mhad(tmp_path)
    for name, expected in (("inertial", signal), ("skeleton", joints.transpose(2, 0, 1))):
        assert one.modalities[name].dtype == np.float64
        np.testing.assert_array_equal(one.modalities[name], expected)


@pytest.mark.parametrize(
    "dtype", ["int16", "uint16", "int32", "int64", "float32", "float64", ">u2"]
)
def test_depth_is_the_same_in_every_dtype(dtype, tmp_path):
    expected, _ = read_depth(write(tmp_path, "a1_s1_t1", "depth", depth()))
    found, _ = read_depth(write(tmp_path, "a1_s1_t1", "depth", depth().astype(dtype)))
    assert found.dtype == np.uint16
    np.testing.assert_array_equal(found, expected)


def test_either_byte_order_is_read(tmp_path):
    path = tmp_path / "a1_s1_t1_inertial.mat"
    path.write_bytes(big_endian(inertial(), "d_iner"))
    found, recorded = read_inertial(path)
    np.testing.assert_array_equal(found, inertial())
    assert found.dtype.isnative
    assert recorded == 120


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("kind", ["inertial", "skeleton", "depth"])
def test_samples_that_are_no_numbers_are_counted_with_their_place(bad, kind, tmp_path):
    array = {"inertial": inertial(), "skeleton": skeleton(), "depth": depth().astype(float)}[kind]
    at = (6, 3) if kind == "inertial" else (3, 1, 6)
    array[at] = bad
    write(tmp_path, "a1_s1_t1", kind, array)
    trouble = only_trouble(tmp_path)
    assert trouble.file.endswith(f"a1_s1_t1_{kind}.mat")
    assert "1 values of d_" in trouble.reason
    assert "the first in sample 7" in trouble.reason


@pytest.mark.parametrize(
    ("kind", "array", "remedy"),
    [
        ("inertial", inertial().T, "save d_iner'"),
        ("skeleton", skeleton().transpose(2, 0, 1), "permute(d_skel, [2 3 1])"),
        ("skeleton", skeleton().transpose(1, 0, 2), "permute(d_skel, [2 1 3])"),
        ("skeleton", skeleton().T, "permute(d_skel, [3 2 1])"),
        ("depth", np.zeros((9, 240, 320), np.uint16), "permute(d_depth, [2 3 1])"),
        ("depth", np.zeros((320, 240, 9), np.uint16), "permute(d_depth, [2 1 3])"),
        ("depth", np.zeros((9, 320, 240), np.uint16), "permute(d_depth, [3 2 1])"),
        ("depth", np.zeros((30, 424, 512), np.uint8), "permute(d_depth, [2 3 1])"),
    ],
)
def test_axes_in_another_order_are_named_with_the_remedy(kind, array, remedy, tmp_path):
    write(tmp_path, "a1_s1_t1", kind, array)
    reason = only_trouble(tmp_path).reason
    assert "its axes are in another order" in reason
    assert remedy in reason


@pytest.mark.parametrize("shape", SENSORS)
def test_pictures_of_the_known_cameras_are_read(shape, tmp_path):
    write(tmp_path, "a1_s1_t1", "depth", np.ones((*shape, 8), np.uint8))
    assert len(load_utd_mhad(tmp_path)) == 1


def test_a_remedy_that_is_followed_gives_the_sequence(tmp_path):
    turned = skeleton().transpose(2, 0, 1)
    write(tmp_path, "a1_s1_t1", "skeleton", turned.transpose(1, 2, 0))  # [2 3 1]
    found, _ = read_skeleton(tmp_path / "Skeleton" / "a1_s1_t1_skeleton.mat")
    np.testing.assert_array_equal(found, turned)


def test_depth_in_metres_is_named(tmp_path):
    write(tmp_path, "a1_s1_t1", "depth", depth() / 1000)
    assert "1000 times" in only_trouble(tmp_path).reason
    write(tmp_path, "a1_s1_t1", "depth", depth() + 0.4)
    assert len(load_utd_mhad(tmp_path)) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"D": inertial()}, "no variable d_iner; the file holds D"),
        ({"d_skel": skeleton()}, "the file holds d_skel"),
        ({"d_iner": inertial() + 1j}, "complex"),
        ({"d_iner": "text"}, "MATLAB char"),
        ({"d_iner": inertial() > 0}, "MATLAB logical"),
        ({"d_iner": np.zeros((0, 6))}, "no samples"),
        ({}, "holds nothing"),
    ],
)
def test_what_is_no_inertial_signal_is_named(content, reason, tmp_path):
    (tmp_path / "Inertial").mkdir()
    savemat(tmp_path / "Inertial" / "a1_s1_t1_inertial.mat", content)
    assert reason in only_trouble(tmp_path).reason


def test_a_file_cut_anywhere_is_whole_or_named(tmp_path):
    for compressed in (True, False):
        whole = io.BytesIO()
        savemat(whole, {"d_iner": inertial()}, do_compression=compressed)
        content = whole.getvalue()
        path = tmp_path / "a1_s1_t1_inertial.mat"
        for cut in range(0, len(content), 97):
            path.write_bytes(content[:cut])
            try:
                found, _ = read_inertial(path)
            except ValueError:
                continue
            np.testing.assert_array_equal(found, inertial())


def test_scipy_sees_only_a_variable_whose_structure_was_found_sound(tmp_path, monkeypatch):
    whole = io.BytesIO()
    savemat(whole, {"other": np.zeros((9, 9)), "d_iner": inertial()}, do_compression=True)
    path = tmp_path / "a1_s1_t1_inertial.mat"
    path.write_bytes(whole.getvalue())
    seen = []
    load = matlab.loadmat
    monkeypatch.setattr(matlab, "loadmat", lambda f, **k: seen.append(whosmat(f)) or load(f, **k))
    np.testing.assert_array_equal(read_inertial(path)[0], inertial())
    assert [[name for name, _, _ in one] for one in seen] == [["d_iner"]]
