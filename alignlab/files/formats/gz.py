"""Text files packed by gzip, unpacked under the limit on memory."""

from __future__ import annotations

import gzip
import io
import zlib

from alignlab.files import limits
from alignlab.files.limits import UnreadableError

_MAGIC = b"\x1f\x8b"

_PIECE = 2**20


def unpacked(content: bytes) -> bytes:
    """The content of a gzip file, at most `limits.MAX_UNPACKED_BYTES`; other content unchanged.

    Raises `UnreadableError` as soon as the limit is passed, and for a damaged file. A file declares
    its unpacked size at its end only, and modulo 4 GB, so it is counted while it is unpacked.
    """
    if not content.startswith(_MAGIC):
        return content
    found = io.BytesIO()
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            while piece := file.read(_PIECE):
                if found.tell() + len(piece) > limits.MAX_UNPACKED_BYTES:
                    raise UnreadableError(
                        f"it unpacks to more than {limits.MAX_UNPACKED_BYTES / 2**30:.1f} GB, the "
                        "limit: use fewer rows or columns"
                    )
                found.write(piece)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableError(f"it cannot be unpacked ({error}): copy it again") from error
    return found.getvalue()
