"""Thumbnails of pictures on this computer, named by the paths in a table.

The bytes are foreign: only a few formats are decoded, and only within limits on the size of the
file and the number of pixels, which are checked before anything is decoded.
"""

from __future__ import annotations

import os
import re
import stat
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps

from alignlab.ui.files.paths import allowed

FORMATS = {"PNG": "PNG", "JPEG": "JPEG", "WEBP": "WebP", "GIF": "GIF", "BMP": "BMP"}
"""The formats that are decoded, by Pillow's name for them."""

MAX_BYTES = 20 * 2**20
"""Largest file that is read."""

MAX_PIXELS = 30_000_000
"""Largest picture that is decoded, in pixels: 90 MB in colour."""

MAX_SCANS = 100
"""Most scans of a JPEG file, each of which takes time for every pixel; usual are 1 to 20."""

SIDE = 192
"""Longest side of a thumbnail, in pixels."""


def thumbnail(text: str) -> bytes:
    """A small copy of the picture at a path, as a WebP file; of an animation, its first frame.

    Never slow for long, whatever the file holds.

    Raises
    ------
    ValueError
        A path that `allowed` refuses, whether or not it exists; a folder; a file over the limits,
        in another format, or damaged.
    """
    path = allowed(text)
    with BytesIO(_content(path)) as content:
        try:
            with Image.open(content, formats=list(FORMATS)) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise Image.DecompressionBombError
                if picture.format in ("JPEG", "MPO") and _scans(content.getvalue()) > MAX_SCANS:
                    raise OSError("more scans than any camera or program writes")
                return _small(picture)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise ValueError(
                f"{path.name} has more than {MAX_PIXELS:,} pixels: save a smaller copy of it"
            ) from error
        except Exception as error:  # damaged files raise nearly anything
            known = ", ".join(FORMATS.values())
            raise ValueError(
                f"{path.name} is damaged or not a picture in one of the formats {known}"
            ) from error


def _content(path: Path) -> bytes:
    """The bytes of a file, if it is a regular one within the limit."""
    try:
        # a pipe put in the file's place would wait for its other end for ever
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with open(path, "rb", opener=lambda name, _: os.open(name, flags)) as file:
            kind = os.fstat(file.fileno())
            content = file.read(MAX_BYTES + 1) if stat.S_ISREG(kind.st_mode) else None
    except OSError as error:
        raise ValueError(f"{path.name} cannot be read ({error.strerror})") from error
    if content is None:
        raise ValueError(f"{path.name} is not a file")
    if len(content) > MAX_BYTES:
        raise ValueError(
            f"{path.name} is larger than {MAX_BYTES // 2**20} MB: save a smaller copy of it"
        )
    return content


_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
"""A marker of a JPEG file, but for those inside the data of a scan."""


def _scans(content: bytes) -> int:
    """The number of scans of a JPEG file; not of those in the previews within its segments."""
    found, at = 0, 2  # after the marker that begins the file
    while marker := _MARKER.search(content, at):
        kind, at = content[marker.start() + 1], marker.end()
        if kind == 0xD9:  # the end of the picture
            break
        found += kind == 0xDA
        at += int.from_bytes(content[at : at + 2], "big")
    return found


def _small(picture: Image.Image) -> bytes:
    """The first frame, upright, at most `SIDE` pixels long."""
    clear = "transparency" in picture.info or picture.mode in ("LA", "PA", "RGBA", "La", "RGBa")
    if picture.mode in ("1", "P"):  # which can only be resized without smoothing
        picture = picture.convert("RGBA" if clear else "RGB")
    picture.thumbnail((SIDE, SIDE))
    picture = ImageOps.exif_transpose(picture)
    if picture.mode.startswith("I"):  # 16 bits of grey, of which a screen shows 8
        picture = picture.convert("I").point(lambda value: value / 256)
    file = BytesIO()
    picture.convert("RGBA" if clear else "RGB").save(file, "WEBP", quality=80)
    return file.getvalue()
