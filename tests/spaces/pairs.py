"""Pairs of latents that the tests of this folder share."""

import numpy as np

from alignlab import linalg


def gaussian(n, k, seed=0):
    return np.random.default_rng(seed).normal(size=(n, k))


def paired(n=60, k=5, noise=0.3, seed=0):
    """Z1, and Z2 with noise of its own."""
    Z = gaussian(n, k, seed)
    return Z, Z + noise * gaussian(n, k, seed + 1)


def rotation(k, seed=0):
    return linalg.random_rotation(k, np.random.default_rng(seed))


def found(work):
    """What some work finds, after its run."""
    for _ in work.run():
        pass
    return work.found
