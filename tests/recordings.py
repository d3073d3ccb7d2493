"""Files in the official layout of UTD-MHAD, and data sets for tests: none of it recorded."""

from functools import cache
from pathlib import Path

import numpy as np
from scipy.io import savemat

from alignlab.har import ActivityDataset, simulate


@cache
def simulated() -> ActivityDataset:
    """The data set of seed 0, drawn once a process."""
    return simulate(0)


@cache
def few(actions: int = 5) -> ActivityDataset:
    """The first actions of it."""
    dataset = simulated()
    return dataset.subset(np.flatnonzero(dataset.actions <= actions))


def inertial(samples: int = 120, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(samples, 6))


def skeleton(frames: int = 45, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(20, 3, frames))


def depth(frames: int = 30, height: int = 60, width: int = 80) -> np.ndarray:
    """A person, 20 pixels wide and 40 high, 2 m away, who moves to the right; background zero."""
    scene = np.zeros((height, width, frames), dtype=np.uint16)
    for at in range(frames):
        scene[10:50, 20 + at // 3 : 40 + at // 3, at] = 2000 + at
    return scene


def write(folder: Path, name: str, kind: str, array: np.ndarray) -> Path:
    """An official file: kind "inertial", "skeleton" or "depth"."""
    key = {"inertial": "d_iner", "skeleton": "d_skel", "depth": "d_depth"}[kind]
    path = folder / kind.capitalize() / f"{name}_{kind}.mat"
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, {key: array}, do_compression=True)
    return path


def write_video(folder: Path, name: str, frames: int = 24, part: str = "RGB") -> Path:
    """An AVI of a red square that goes from left to right, 160 x 120 pixels."""
    import av

    path = folder / part / f"{name}_color.avi"
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=15)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuvj420p"
        for at in range(frames):
            image = np.zeros((120, 160, 3), dtype=np.uint8)
            left = 20 + 100 * at // frames
            image[40:80, left : left + 40, 0] = 255
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    return path
