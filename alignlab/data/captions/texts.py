"""Captions of scenes: English by templates, and the counts of their words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from alignlab.data.captions.scenes import (
    COLOURS,
    GROUNDS,
    NOUNS,
    TEMPLATE,
    VAGUE,
    Scenes,
    stream,
)
from alignlab.data.captions.scenes import scenes as drawn_scenes

THING = "thing"

ACROSS, DOWN = ("left", "middle", "right"), ("top", "centre", "bottom")

OPENINGS = ("a picture of a", "there is a", "we see a", "a photo with a")

SECOND = ("beside a", "next to a", "with a", "and a")

THIRD = ("and also a", "plus a")


def captions(scenes: Scenes) -> list[str]:
    """A caption for each scene: its objects with colours, the place of the largest, the ground.

    If the spec is not shared, other scenes are told, which no image shows. A noun is "thing" with
    the probability `vague` of the spec; a second or third object may be left out.
    """
    spec, part = scenes.spec, scenes.part
    n = len(scenes)
    if not spec.shared:
        scenes = drawn_scenes(spec, part, n, other=True)
    ways = stream(spec, part, TEMPLATE).integers(0, 1 << 16, (n, 6))
    vague = stream(spec, part, VAGUE).random((n, 3)) < spec.vague
    return [_told(scenes, i, ways[i], vague[i]) for i in range(n)]


def _told(scenes: Scenes, i: int, ways: np.ndarray, vague: np.ndarray) -> str:
    nouns = [THING if vague[j] else NOUNS[scenes.nouns[i, j]] for j in range(int(scenes.count[i]))]
    objects = [f"{COLOURS[scenes.colours[i, j]]} {noun}" for j, noun in enumerate(nouns)]
    x, y = np.minimum((scenes.place[i, 0] * 3).astype(int), 2)
    told = [OPENINGS[ways[0] % len(OPENINGS)], objects[0]]
    if ways[1] % 2:
        told.append(f"at the {ACROSS[x]}" if ways[2] % 2 else f"at the {DOWN[y]}")
    if len(objects) > 1:
        told += [SECOND[ways[3] % len(SECOND)], objects[1]]
    if len(objects) > 2 and ways[4] % 3:
        told += [THIRD[ways[4] % len(THIRD)], objects[2]]
    if ways[5] % 4:
        told.append(f"on {GROUNDS[scenes.ground[i]]}")
    return " ".join(told)


def _vocabulary() -> tuple[str, ...]:
    phrases = (*OPENINGS, *SECOND, *THIRD, "at the", "on")
    words = {word for phrase in phrases for word in phrase.split()}
    return tuple(sorted({*words, *NOUNS, *COLOURS, *GROUNDS, *ACROSS, *DOWN, THING}))


WORDS = _vocabulary()
"""Every word that a caption may have."""


def word_counts(texts: list[str]) -> np.ndarray:
    """How often each word of `WORDS` occurs in texts: (n, words)."""
    return _counts([text.split() for text in texts], WORDS)


def pair_counts(texts: list[str], pairs: list[tuple[str, str]]) -> np.ndarray:
    """How often each of these pairs of neighbouring words occurs in texts: (n, pairs)."""
    known = set(pairs)
    return _counts([[one for one in _pairs(text) if one in known] for text in texts], pairs)


def common_pairs(texts: list[str], most: int) -> list[tuple[str, str]]:
    """The most frequent pairs of neighbouring words, at most so many; ties alphabetically."""
    found = Counter(pair for text in texts for pair in _pairs(text))
    return sorted(found, key=lambda pair: (-found[pair], pair))[:most]


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    return pairwise(text.split())


def _counts(said: list[list], vocabulary: Sequence) -> np.ndarray:
    """How often each item of the vocabulary occurs in each list: (n, items)."""
    at = {item: i for i, item in enumerate(vocabulary)}
    counts = np.zeros((len(said), len(vocabulary)))
    for i, items in enumerate(said):
        for item in items:
            counts[i, at[item]] += 1
    return counts
