"""The official files of dSprites and 3DShapes: a bitmap of each shape, read by row, never whole.

dSprites is an NPZ file with `imgs` (737280, 64, 64) of zeros and ones, and `latents_classes`
(737280, 6): colour, shape, scale, orientation, x, y. Its `metadata` are pickled, and are never
opened. 3DShapes is an HDF5 file with `images` (480000, 64, 64, 3) of bytes, and `labels`
(480000, 6): hues of floor, wall and object, scale, shape, orientation.

A file with fewer rows in the same layout, such as a part of an official one, is read as well.

Source: the layouts as the authors of both data sets publish them (Matthey et al., 2017; Burgess and
Kim, 2018); which images stand for the shapes, from the public code of "When to Align, When to
Predict".
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from alignlab.data.stereo.sprites import Sprites
from alignlab.files.formats.hdf5_members import datasets, opened, refuse_elsewhere
from alignlab.files.limits import UnreadableError

SIDE = 64
"""Pixels of a row of an image."""

LATENTS = 6
"""Columns of the latent factors, of either file."""

MOST_ROWS = 1_000_000
"""More rows than either official file has; their factors alone take 48 MB."""

FLAT = ("square", "ellipse", "heart")
"""The shapes of dSprites by code."""

SOLID = ("cube", "cylinder", "sphere", "capsule")
"""The shapes of 3DShapes by code."""

CHUNK = 1 << 22
"""Bytes that are unpacked at once on the way to an image."""


def read_dsprites(path: str | Path) -> Sprites:
    """Square, ellipse and heart of a dSprites NPZ file: 5 times 64 x 64 bytes of memory.

    Of each shape the largest one without rotation that is nearest to the middle: rows 205328,
    451088 and 696848 of the official file.

    Raises `UnreadableError` naming cause and remedy.
    """
    path = Path(path)
    with _refused(path, "a dSprites file"), zipfile.ZipFile(path) as archive:
        factors = _factors(archive)
        rows = [_canonical(factors, code) for code in range(len(FLAT))]
        images = np.stack([image for _, image in sorted(_images(archive, rows).items())])
    return Sprites(
        images=images.astype(np.float32),
        shapes=FLAT,
        rows=tuple(rows),
        found=f"{len(factors):,} images of 64 x 64; rows {', '.join(map(str, rows))} are used",
    )


def read_3dshapes(path: str | Path) -> Sprites:
    """Cube, cylinder, sphere and capsule of a 3DShapes HDF5 file, four rows of it.

    Of each shape the largest one with the first hues (all red) and the first orientation: rows 420,
    435, 450 and 465 of the official file.

    Raises `UnreadableError` naming cause and remedy; MissingLibraryError without h5py.
    """
    path = Path(path)
    with _refused(path, "a 3DShapes file"), path.open("rb") as file, opened(file) as h5:
        known = datasets(h5, {})
        images = _dataset(known, "images", (SIDE, SIDE, 3))
        labels = _dataset(known, "labels", (LATENTS,))
        if len(images) != len(labels):
            raise UnreadableError(
                f"it has {len(images):,} images but {len(labels):,} rows of labels: download it "
                "again"
            )
        if images.dtype != np.uint8:
            raise UnreadableError(f"its images are of type {images.dtype}, not bytes (uint8)")
        factors = np.asarray(labels[:], dtype=np.float64)
        rows = []
        for code in range(len(SOLID)):
            of_shape = np.flatnonzero(factors[:, 4] == code)
            if not len(of_shape):
                raise UnreadableError(f"it has no {SOLID[code]}: give the whole file")
            hues, scale, turn = (
                factors[of_shape][:, :3].sum(axis=1), factors[of_shape, 3], factors[of_shape, 5],
            )  # fmt: skip
            rows.append(int(of_shape[np.lexsort((turn, -scale, hues))[0]]))
        found = np.stack([images[row] for row in rows])
    return Sprites(
        images=found.astype(np.float32) / 255,
        shapes=SOLID,
        rows=tuple(rows),
        found=f"{len(factors):,} images of 64 x 64; rows {', '.join(map(str, rows))} are used",
    )


@contextmanager
def _refused(path: Path, what: str) -> Iterator[None]:
    """Errors of the file system and of damaged files as refusals that name the file."""
    try:
        yield
    except UnreadableError as error:
        raise UnreadableError(f"{path.name} cannot be read as {what}: {error}") from error
    except FileNotFoundError:
        raise UnreadableError(f"{path} does not exist: check the path") from None
    except IsADirectoryError:
        raise UnreadableError(f"{path} is a folder: give the path of the file in it") from None
    except zipfile.BadZipFile:
        raise UnreadableError(
            f"{path.name} cannot be read as {what}: it is no ZIP archive, or is cut off: download "
            "it again"
        ) from None
    except (OSError, EOFError, ValueError, KeyError, zipfile.error) as error:
        raise UnreadableError(
            f"{path.name} cannot be read as {what}: {error}: download it again"
        ) from error


def _factors(archive: zipfile.ZipFile) -> np.ndarray:
    """The latent factors (n, 6) of dSprites as codes."""
    with _member(archive, "latents_classes") as file:
        shape, dtype = _header(file, "latents_classes")
        if len(shape) != 2 or shape[1] != LATENTS or dtype.kind not in "iu":
            raise UnreadableError(
                f"its latents_classes are {shape} of type {dtype}, not (images, 6) codes"
            )
        raw = file.read(shape[0] * LATENTS * dtype.itemsize)
    if len(raw) < shape[0] * LATENTS * dtype.itemsize:
        raise UnreadableError("its latents_classes end early: download it again")
    return np.frombuffer(raw, dtype=dtype).reshape(shape)


def _canonical(factors: np.ndarray, code: int) -> int:
    """The row of the largest shape of a code without rotation that is nearest to (16, 16)."""
    rows = np.flatnonzero(factors[:, 1] == code)
    if not len(rows):
        raise UnreadableError(f"it has no {FLAT[code]}: give the whole file")
    of_shape = factors[rows].astype(np.int64)
    off = np.abs(of_shape[:, 4:] - 16).sum(axis=1)
    return int(rows[np.lexsort((off, of_shape[:, 3], -of_shape[:, 2]))[0]])


def _images(archive: zipfile.ZipFile, rows: list[int]) -> dict[int, np.ndarray]:
    """The images (64, 64) of some rows, by row, in one pass over the packed array."""
    found = {}
    with _member(archive, "imgs") as file:
        shape, dtype = _header(file, "imgs")
        if shape[1:] != (SIDE, SIDE) or dtype != np.uint8:
            raise UnreadableError(f"its imgs are {shape} of type {dtype}, not (n, 64, 64) bytes")
        at = 0
        for row in sorted(rows):
            left = row * SIDE**2 - at
            while left > 0:
                left -= (step := len(file.read(min(left, CHUNK))))
                if not step:
                    raise UnreadableError("its imgs end early: download it again")
            raw = file.read(SIDE**2)
            if len(raw) < SIDE**2:
                raise UnreadableError("its imgs end early: download it again")
            found[row] = np.frombuffer(raw, dtype=np.uint8).reshape(SIDE, SIDE)
            at = (row + 1) * SIDE**2
    return found


@contextmanager
def _member(archive: zipfile.ZipFile, name: str) -> Iterator[IO[bytes]]:
    entries = [one for one in archive.infolist() if one.filename == f"{name}.npy"]
    if len(entries) != 1:
        known = ", ".join(one.filename.removesuffix(".npy") for one in archive.infolist()[:8])
        raise UnreadableError(f"it holds no array {name!r}, only: {known or 'nothing'}")
    if entries[0].compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise UnreadableError(f"its array {name!r} uses a compression that numpy does not use")
    with archive.open(entries[0]) as file:
        yield file


def _header(file: IO[bytes], name: str) -> tuple[tuple[int, ...], np.dtype]:
    """Shape and type of an array, of at most `MOST_ROWS` rows in C order; never unpickled."""
    form = np.lib.format
    version = form.read_magic(file)
    read = form.read_array_header_1_0 if version == (1, 0) else form.read_array_header_2_0
    shape, by_column, dtype = read(file)
    if by_column or dtype.hasobject or not shape or not 0 < shape[0] <= MOST_ROWS:
        raise UnreadableError(
            f"its array {name!r} is {shape} of type {dtype}, not as in the official file"
        )
    return shape, dtype


def _dataset(known: Mapping[str, Any], name: str, each: tuple[int, ...]) -> Any:
    """The HDF5 dataset of this name, of at most `MOST_ROWS` rows of this shape."""
    if name not in known:
        there = ", ".join(list(known)[:8]) or "nothing"
        raise UnreadableError(f"it has no dataset {name!r}, only: {there}")
    dataset = known[name]
    refuse_elsewhere(name, dataset)
    if dataset.shape[1:] != each or not 0 < dataset.shape[0] <= MOST_ROWS:
        wanted = ", ".join(map(str, each))
        raise UnreadableError(f"its {name} are {dataset.shape}, not (n, {wanted})")
    return dataset
