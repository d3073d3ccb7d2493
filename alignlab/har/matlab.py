"""The MATLAB files of UTD-MHAD: one array each, checked before and after decompression.

Integers, single and double precision of either byte order are read; inertial and skeleton samples
are returned as float64, depth as uint16 mm. Axes in another order are reported, never guessed.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from scipy.io import loadmat, whosmat

from alignlab.files.formats.matlab_headers import alone, is_version5, version5
from alignlab.har.frames import FRAMES, choose, shrink_depth

LARGEST = 2**26
"""A variable with more numbers than this is refused before it is decompressed."""

LARGEST_FILE = 2**29
"""A file with more bytes than this is refused before it is read."""

NUMERIC = ("double", "single", *(f"{sign}int{b}" for sign in ("", "u") for b in (8, 16, 32, 64)))
"""Classes of MATLAB variables that hold plain numbers."""

SENSORS = ((240, 320), (480, 640), (424, 512))
"""Height and width of depth camera frames; those of the data set are the first."""

METRES = 20
"""Fractions below this are distances in metres: millimetres of a camera are whole and larger."""


class UnusableError(ValueError):
    """A file that cannot be used; `kind` as in `Trouble`."""

    kind = "unreadable"


class EmptyError(UnusableError):
    """A file, or an array, without samples."""

    kind = "empty"


def read_inertial(path: Path) -> tuple[np.ndarray, int]:
    """The signal (T, 6): acceleration x, y, z in g, angular rate x, y, z in deg/s; and T."""
    signal = _numbers(path, "d_iner", 2)
    if signal.shape[1] != 6:
        turned = f"{_TURNED} d_iner'" if signal.shape[0] == 6 else ""
        raise UnusableError(f"d_iner has shape {signal.shape}: T x 6 was expected{turned}")
    return _finite(signal, "d_iner"), len(signal)


def read_skeleton(path: Path) -> tuple[np.ndarray, int]:
    """The joints (T, 20, 3) in metres; and T."""
    joints = _numbers(path, "d_skel", 3)
    if joints.shape[:2] != (20, 3):
        turned = ""
        if {20, 3} <= set(joints.shape):
            at = joints.shape.index(20), joints.shape.index(3)
            order = [*at, *({0, 1, 2} - set(at))]
            turned = f"{_TURNED} permute(d_skel, [{' '.join(str(one + 1) for one in order)}])"
        raise UnusableError(f"d_skel has shape {joints.shape}: 20 x 3 x T was expected{turned}")
    return _finite(joints.transpose(2, 0, 1), "d_skel"), joints.shape[2]


def read_depth(path: Path) -> tuple[np.ndarray, int]:
    """Evenly spaced frames (16, 48, 48) uint16 mm, cropped to the person; and the count."""
    frames = _numbers(path, "d_depth", 3)
    shape = frames.shape
    turned = ""
    if shape[1:] in SENSORS:
        turned = f"{_TURNED} permute(d_depth, [2 3 1])"
    elif shape[1::-1] in SENSORS:
        turned = f"{_TURNED} permute(d_depth, [2 1 3])"
    elif shape[2:0:-1] in SENSORS:
        turned = f"{_TURNED} permute(d_depth, [3 2 1])"
    if turned or min(shape[:2]) < 16:
        raise UnusableError(f"d_depth has shape {shape}: H x W x T was expected{turned}")
    frames = frames.transpose(2, 0, 1)
    if frames.dtype.kind == "f":
        frames = _finite(frames, "d_depth")
        if 0 < frames.max() < METRES and (frames != np.rint(frames)).any():
            raise UnusableError(
                f"d_depth holds fractions up to {frames.max():.3g}: whole millimetres were "
                "expected; if these are metres, save 1000 times them"
            )
        frames = np.rint(frames)
    if frames.min() < 0 or frames.max() > np.iinfo(np.uint16).max:
        raise UnusableError("d_depth holds values that are not uint16 millimetres")
    chosen = choose(shape[2], FRAMES)
    return shrink_depth(frames[chosen]), shape[2]


_TURNED = "; its axes are in another order: save"


def _numbers(path: Path, key: str, ndim: int) -> np.ndarray:
    """A numeric variable of a MATLAB file; `UnusableError` if it is not numeric or damaged.

    The header is checked first: only plain numbers of a sensible size are read. scipy sees nothing
    but that variable, once its structure was found sound: damaged bytes can end its process.
    """
    if (size := path.stat().st_size) > LARGEST_FILE:
        raise UnusableError(f"it has {size / 2**20:,.1f} MB: the official ones have a few")
    try:
        content = path.read_bytes()
        if is_version5(content):
            variables = version5(content)
            sought = next((one for one in variables if one.name == key), None)
            if sought is None:
                there = ", ".join(one.name for one in variables) or "nothing"
                raise UnusableError(f"no variable {key}; the file holds {there}")
            content = alone(content, sought)
        listed = {name: (shape, kind) for name, shape, kind in whosmat(io.BytesIO(content))}
        if key not in listed:
            there = ", ".join(listed) or "nothing"
            raise UnusableError(f"no variable {key}; the file holds {there}")
        shape, kind = listed[key]
        if kind not in NUMERIC:
            raise UnusableError(f"{key} is a MATLAB {kind}: an array of numbers was expected")
        if len(shape) != ndim or np.prod([float(side) for side in shape]) > LARGEST:
            raise UnusableError(f"{key} has shape {tuple(shape)}: {ndim} dimensions were expected")
        found = loadmat(io.BytesIO(content), variable_names=[key])[key]
    except (UnusableError, FileNotFoundError, PermissionError):
        raise
    except NotImplementedError as error:
        raise UnusableError(
            "MATLAB 7.3 file: the official ones are of version 5; save it with -v7"
        ) from error
    except Exception as error:  # scipy raises any exception on damaged bytes
        raise UnusableError(f"not a valid MATLAB file ({type(error).__name__}: {error})") from error
    if found.dtype.kind not in "fiu":
        raise UnusableError(f"{key} holds {found.dtype}: real numbers were expected")
    if 0 in found.shape:
        raise EmptyError(f"{key} has shape {found.shape}: it holds no samples")
    return found


def _finite(array: np.ndarray, key: str) -> np.ndarray:
    """The array as native float64; `UnusableError` for NaN and infinite values."""
    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        raise UnusableError(
            f"{len(bad)} values of {key} are NaN or infinite, the first in sample {bad[0][0] + 1}"
        )
    return np.ascontiguousarray(array, dtype=np.float64)
