"""The lessons that come with alignlab: the TOML files beside this module."""

from __future__ import annotations

from pathlib import Path

NAMES = (
    "collapse", "pairs", "noise", "whitening", "contrastive", "labels", "thresholds",
    "wrong-subspace", "direction", "tsne", "digits",
)  # fmt: skip
"""Their names in the order of the home page."""


def content(name: str) -> bytes:
    """The file of a lesson; KeyError if there is none of that name."""
    if name not in NAMES:
        raise KeyError(name)
    return (Path(__file__).parent / f"{name}.toml").read_bytes()
