"""RGB video, decoded by PyAV if it is installed; nothing else in alignlab needs it."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from alignlab.har.frames import FRAMES, SIDE, choose

COMPLETE = 0.9
"""A video counts as truncated if a smaller share of its announced frames can be decoded."""


class UndecodableError(ValueError):
    """No decoder is installed."""

    kind = "undecodable"


class TruncatedVideoError(ValueError):
    """Fewer frames than the file announces."""

    kind = "truncated"


@cache
def decoder() -> Any:
    """The module `av`; `UndecodableError` with instructions if it is not installed."""
    try:
        return import_module("av")
    except ImportError as error:
        raise UndecodableError(
            "RGB video needs PyAV, which is not installed: pip install 'av>=14', or choose "
            "another modality"
        ) from error


def read_rgb(path: Path) -> tuple[np.ndarray, int]:
    """Evenly spaced frames (16, 48, 48, 3) uint8, the central square of each, downsampled.

    Raises ValueError if the file is not a video, or a truncated one.
    """
    av = decoder()
    small: list[np.ndarray] = []
    announced = 0
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise ValueError("it holds no video stream")
            stream = container.streams.video[0]
            announced = int(stream.frames)
            small.extend(_small(frame) for frame in container.decode(stream))
    except av.FFmpegError as error:
        if not small:
            raise ValueError(f"not a valid video ({error.strerror or error})") from error
    if len(small) < max(1.0, COMPLETE * announced):
        raise TruncatedVideoError(f"only {len(small)} of {announced} frames can be decoded")
    return np.stack([small[at] for at in choose(len(small), FRAMES)]), len(small)


def _small(frame: Any) -> np.ndarray:
    """The central square (48, 48, 3) of a frame, downsampled by averaging."""
    scale = SIDE / min(frame.width, frame.height)
    width, height = max(SIDE, round(frame.width * scale)), max(SIDE, round(frame.height * scale))
    image = frame.reformat(width, height, format="rgb24", interpolation="AREA").to_ndarray()
    top, left = (height - SIDE) // 2, (width - SIDE) // 2
    return image[top : top + SIDE, left : left + SIDE]
