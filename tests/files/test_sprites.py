"""Files in the official layouts of dSprites and 3DShapes, with fewer rows."""

import io
import zipfile

import h5py
import numpy as np
import pytest

from alignlab.files.limits import UnreadableError
from alignlab.files.sprites import FLAT, SOLID, read_3dshapes, read_dsprites

OFFICIAL = (1, 3, 6, 40, 32, 32)
"""How many values each factor of dSprites has, in the order of its rows."""


def dsprites_rows():
    """Rows of a small file: two scales, two orientations, three places of every shape."""
    return [
        (0, shape, scale, turn, x, y)
        for shape in range(3)
        for scale in (0, 5)
        for turn in (0, 7)
        for x, y in ((3, 4), (16, 16), (17, 16))
    ]


def images_of(rows):
    """An image of zeros and ones for each row, all different."""
    return np.random.default_rng(0).integers(0, 2, (len(rows), 64, 64)).astype(np.uint8)


def save(path, compressed=True, **arrays):
    (np.savez_compressed if compressed else np.savez)(path, **arrays)
    return path


@pytest.mark.parametrize("compressed", [True, False])
def test_dsprites_gives_the_largest_upright_shapes_in_the_middle(tmp_path, compressed):
    rows = dsprites_rows()
    images = images_of(rows)
    metadata = np.array([{"pickled": "never opened"}], dtype=object)
    path = save(tmp_path / "d.npz", compressed, metadata=metadata, imgs=images,
                latents_classes=np.array(rows), latents_values=np.array(rows, float))  # fmt: skip
    found = read_dsprites(path)
    wanted = [rows.index((0, shape, 5, 0, 16, 16)) for shape in range(3)]
    assert found.rows == tuple(wanted)
    assert found.shapes == FLAT
    np.testing.assert_array_equal(found.images, images[wanted])
    assert "36 images" in found.found


def test_these_are_the_rows_of_the_official_file():
    def row(*codes):
        return int(np.ravel_multi_index(codes, OFFICIAL))

    assert [row(0, s, 5, 0, 16, 16) for s in range(3)] == [205328, 451088, 696848]
    shapes = (10, 10, 10, 8, 4, 15)
    assert [
        int(np.ravel_multi_index((0, 0, 0, 7, s, 0), shapes)) for s in range(4)
    ] == [420, 435, 450, 465]  # fmt: skip


def small_3dshapes(path, **changed):
    rows = [
        (floor / 10, 0.0, 0.0, scale, shape, turn)
        for floor in (0, 3)
        for scale in (0.75, 1.25)
        for shape in range(4)
        for turn in (-30.0, 30.0)
    ]
    images = np.random.default_rng(0).integers(0, 256, (len(rows), 64, 64, 3)).astype(np.uint8)
    content = {"images": images, "labels": np.array(rows)} | changed
    with h5py.File(path, "w") as file:
        for name, values in content.items():
            if values is not None:
                file.create_dataset(name, data=values, compression="gzip")
    return rows, images


def test_3dshapes_gives_the_largest_red_shapes(tmp_path):
    rows, images = small_3dshapes(tmp_path / "s.h5")
    found = read_3dshapes(tmp_path / "s.h5")
    wanted = [rows.index((0.0, 0.0, 0.0, 1.25, shape, -30.0)) for shape in range(4)]
    assert found.rows == tuple(wanted)
    assert found.shapes == SOLID
    np.testing.assert_array_equal(found.images, images[wanted].astype(np.float32) / 255)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"imgs": None}, "holds no array 'imgs', only: latents_classes"),
        ({"imgs": np.zeros((36, 32, 32), np.uint8)}, "not (n, 64, 64) bytes"),
        ({"imgs": np.zeros((36, 64, 64))}, "of type float64, not (n, 64, 64) bytes"),
        ({"imgs": np.zeros((5, 64, 64), np.uint8)}, "its imgs end early"),
        ({"latents_classes": np.zeros((36, 5), int)}, "not (images, 6) codes"),
        ({"latents_classes": np.zeros((36, 6), int)}, "has no ellipse"),
        ({"latents_classes": np.array([{}] * 36)}, "not as in the official file"),
    ],
)
def test_a_dsprites_file_that_cannot_be_used_is_refused_with_the_reason(tmp_path, changed, said):
    rows = dsprites_rows()
    content = {"imgs": images_of(rows), "latents_classes": np.array(rows)} | changed
    path = save(tmp_path / "d.npz", **{k: v for k, v in content.items() if v is not None})
    with pytest.raises(UnreadableError) as refused:
        read_dsprites(path)
    assert said in str(refused.value)
    assert "d.npz cannot be read as a dSprites file" in str(refused.value)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"images": None}, "has no dataset 'images', only: labels"),
        ({"labels": np.zeros((32, 5))}, "its labels are (32, 5), not (n, 6)"),
        ({"labels": np.zeros((31, 6))}, "32 images but 31 rows"),
        ({"labels": np.zeros((32, 6))}, "has no cylinder"),
        ({"images": np.zeros((32, 64, 64, 3))}, "of type float64, not bytes"),
    ],
)
def test_a_3dshapes_file_that_cannot_be_used_is_refused_with_the_reason(tmp_path, changed, said):
    small_3dshapes(tmp_path / "s.h5", **changed)
    with pytest.raises(UnreadableError) as refused:
        read_3dshapes(tmp_path / "s.h5")
    assert said in str(refused.value)


def test_what_is_no_such_file_at_all_is_refused_too(tmp_path):
    (tmp_path / "text").write_text("no archive")
    for read in (read_dsprites, read_3dshapes):
        for path, said in ((tmp_path / "none", "does not exist"), (tmp_path, "is a folder"),
                           (tmp_path / "text", "cannot be read as a")):  # fmt: skip
            with pytest.raises(UnreadableError, match=said):
                read(path)


def test_an_archive_that_is_cut_off_is_refused(tmp_path):
    rows = dsprites_rows()
    path = save(tmp_path / "d.npz", imgs=images_of(rows), latents_classes=np.array(rows))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnreadableError, match="download it again"):
        read_dsprites(path)


def test_a_link_into_another_file_is_not_followed(tmp_path):
    small_3dshapes(tmp_path / "s.h5")
    with h5py.File(tmp_path / "t.h5", "w") as file:
        file["images"] = h5py.ExternalLink("s.h5", "images")
        file["labels"] = h5py.ExternalLink("s.h5", "labels")
    with pytest.raises(UnreadableError, match="points at another file"):
        read_3dshapes(tmp_path / "t.h5")


def test_another_compression_than_that_of_numpy_is_refused(tmp_path):
    rows, buffer = dsprites_rows(), io.BytesIO()
    np.save(buffer, np.array(rows))
    with zipfile.ZipFile(tmp_path / "d.npz", "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("latents_classes.npy", buffer.getvalue())
    with pytest.raises(UnreadableError, match="compression that numpy does not use"):
        read_dsprites(tmp_path / "d.npz")
