"""Random streams by number: stream (seed, a, b) is `numpy.random.default_rng([seed, a, b])`.

Seeding a generator takes numpy longer than drawing a thousand numbers, since it hashes each seed in
many small steps. `Streams` takes each step for many seeds together, as an array operation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.random.bit_generator import ISeedSequence

StreamOf = Callable[[int, int, int], np.random.Generator]
"""The stream of (seed, a, b), from its start."""

POOL = 4
"""Number of 32-bit words that numpy's hash mixes."""


def stream_of(seed: int, a: int, b: int) -> np.random.Generator:
    """The stream of (seed, a, b), from its start."""
    return np.random.default_rng([seed, a, b])


class Streams:
    """`stream_of`, prepared for every seed with every pair (a, b), where it is much faster.

    Examples
    --------
    >>> streams = Streams([3, 4], [(0, 0), (0, 1)])
    >>> streams(4, 0, 1).random(5).tolist() == stream_of(4, 0, 1).random(5).tolist()
    True
    """

    def __init__(self, seeds: Sequence[int], pairs: Sequence[tuple[int, int]]) -> None:
        seeds = [seed for seed in seeds if seed < 2**32]  # a larger one has several words
        keys = [(seed, a, b) for seed in seeds for a, b in pairs]
        words = np.empty((len(seeds), len(pairs), 3), dtype=np.uint32)
        if keys:
            words[..., 0], words[..., 1:] = np.array(seeds)[:, None], pairs
        self._hashes = dict(zip(keys, hashes(words.reshape(-1, 3)), strict=True))

    def __call__(self, seed: int, a: int, b: int) -> np.random.Generator:
        words = self._hashes.get((seed, a, b))
        if words is None:
            return stream_of(seed, a, b)
        hashed: Any = _Hashed(words)  # numpy does not declare that PCG64 takes it
        return np.random.Generator(np.random.PCG64(hashed))


class _Hashed(ISeedSequence):
    """A seed whose hash (4,) is known, of 64-bit words: what `PCG64` asks for."""

    def __init__(self, words: np.ndarray) -> None:
        self._words = words

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> np.ndarray:
        if n_words != len(self._words) or dtype != np.uint64:
            raise ValueError(f"{n_words} words of {dtype} are not known, only 4 of uint64")
        return self._words


def hashes(seeds: np.ndarray) -> np.ndarray:
    """`numpy.random.SeedSequence(row).generate_state(4, numpy.uint64)` for every row of seeds.

    seeds : (m, 3), 32-bit whole numbers without sign. Returns (m, 4).

    Source: numpy's `SeedSequence`, whose numbers numpy keeps (NEP 19); O'Neill, "Developing a
    seed_seq alternative", 2015.
    """
    constants = _powers(0x43B0D7E5, 0x931E8875, POOL * POOL)
    pool = np.zeros((POOL, len(seeds)), dtype=np.uint32)
    pool[: seeds.shape[1]] = seeds.T
    pool = _hashed(pool, constants[: POOL + 1])
    for source in range(POOL):
        others = [i for i in range(POOL) if i != source]
        first = POOL + source * len(others)
        words = _hashed(pool[source], constants[first : first + len(others) + 1])
        pool[others] = _folded(pool[others] * np.uint32(0xCA01F9DD) - words * np.uint32(0x4973F715))
    words = _hashed(np.tile(pool, (2, 1)), _powers(0x8B51F9DD, 0x58F38DED, 2 * POOL))
    low, high = words[::2].T.astype(np.uint64), words[1::2].T.astype(np.uint64)
    return np.ascontiguousarray(low | high << np.uint64(32))  # PCG64 reads on, whatever the strides


def _powers(constant: int, factor: int, count: int) -> np.ndarray:
    """The constant times the powers 0 to `count` of the factor (count + 1, 1), in 32 bits."""
    powers = [constant * pow(factor, i, 2**32) % 2**32 for i in range(count + 1)]
    return np.array(powers, dtype=np.uint32)[:, None]


def _hashed(words: np.ndarray, constants: np.ndarray) -> np.ndarray:
    """Words (m,) or (c, m), each line with two successive constants of (c + 1, 1)."""
    return _folded((words ^ constants[:-1]) * constants[1:])


def _folded(words: np.ndarray) -> np.ndarray:
    return words ^ words >> np.uint32(16)
