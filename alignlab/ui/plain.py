"""Text from outside (names of files and columns, addresses, messages that quote them) on a page.

Streamlit shows Markdown almost everywhere. Written as it is, a name could bring a link or a picture
from elsewhere, which the reader's browser would load.
"""

from __future__ import annotations

import re

MOST = 120
"""Maximum number of characters of a name that are shown."""

_SIGNS = re.compile(
    r"""([\\`*\[\]<$~@]          # anywhere
    |(?<![^\W_])_|_(?![^\W_])    # not within a word
    |:(?=[\w/])                 # colours, icons, addresses
    |(?<=www)\.
    |^[>#+-])                   # at the beginning
    """,
    re.IGNORECASE | re.VERBOSE,
)


def as_written(text: str) -> str:
    """A text in which Markdown finds no signs of its own, on one line.

    Characters that cannot be seen, or that turn the direction of writing, are shown as �.
    """
    line = "".join(sign if sign.isprintable() else "�" for sign in re.sub(r"\s+", " ", text))
    return _SIGNS.sub(r"\\\1", line)


def shortened(text: str, most: int = MOST) -> str:
    """The text, its middle left out if it has more than `most` characters."""
    if len(text) <= most:
        return text
    return f"{text[: most // 2]} … {text[-(most // 2) :]}"


def named(name: str) -> str:
    """A name `shortened` and `as_written`."""
    return as_written(shortened(name))
