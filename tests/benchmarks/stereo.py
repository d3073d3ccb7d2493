"""Stereo pairs beside a renderer that warps image by image, and the cost of an instant cell.

Run: `OMP_NUM_THREADS=1 python -m tests.benchmarks.stereo`. CPU time; every line is the median ratio
of rounds in which both sides take turns, with the least time of each.

The other renderer works as that of the paper's public code: for every pair a generator of its own,
one bitmap of each shape in the middle of the image, warped bilinearly into each view, by
`scipy.ndimage`; then noise and clamping.
"""

import argparse
import time
from collections.abc import Callable
from functools import cache

import numpy as np
from scipy.ndimage import affine_transform

from alignlab.data.stereo.features import RandomFeatures
from alignlab.data.stereo.images import rendered, stereo_pairs
from alignlab.data.stereo.scenes import Scenes, scenes
from alignlab.data.stereo.spec import StereoSpec
from alignlab.experiments.stereo import stereo_cell


@cache
def sprites(size: int) -> np.ndarray:
    """The three shapes (3, size, size) in the middle of an image."""
    spec = StereoSpec(n=3, size=size, jitter=0.0)
    middle = Scenes(
        labels=np.repeat(np.arange(3)[:, None], 2, axis=1),
        place=np.array([[spec.baseline, 0.0]] * 3),
        camera=np.zeros((3, 2, 3)),
        spec=spec,
        part="train",
    )
    return rendered(middle, 0, noise=False)


def warped(spec: StereoSpec, noise: bool = True) -> np.ndarray:
    """The pairs (n, 2, size, size) of a spec, one image after the other."""
    size, shapes = spec.size, sprites(spec.size)
    centre = (size - 1) / 2
    images = np.empty((spec.n, 2, size, size), dtype=np.float32)
    for i in range(spec.n):
        random = np.random.RandomState(spec.seed + i + 123456789)
        shape = shapes[random.randint(3)]
        x, y = random.uniform(-spec.reach, spec.reach, 2)
        for view, (side, sigma) in enumerate(((-1, spec.noise_x), (1, spec.noise_y))):
            right, down, angle = random.randn(3) * spec.sigma
            c, s = np.cos(angle), np.sin(angle)
            back = np.array([[c, -s], [s, c]])  # rows, columns: from the view to the bitmap
            shift = np.array([y + down, x + side * spec.baseline + right]) * size / 2
            offset = centre - back @ [centre, centre] - shift
            image = affine_transform(shape, back, offset, order=1, mode="constant")
            if noise:
                image = image + sigma * random.randn(size, size)
            images[i, view] = np.clip(image, 0, 1)
    return images


def exact(spec: StereoSpec, noise: bool = True) -> list[np.ndarray]:
    """The same number of pairs by the renderer of this project."""
    drawn = scenes(spec)
    return [rendered(drawn, view, noise=noise) for view in (0, 1)]


def seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def beside(
    name: str, other: Callable[[], object], ours: Callable[[], object], rounds: int
) -> float:
    """Print both times and their median ratio, and return it."""
    other(), ours()
    taken = np.array([(seconds(other), seconds(ours)) for _ in range(rounds)])
    ratio = float(np.median(taken[:, 0] / taken[:, 1]))
    print(f"{name}: {taken[:, 0].min():.3f} s and {taken[:, 1].min():.3f} s, ratio {ratio:.1f}")
    return ratio


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    n, rounds = given.pairs, given.rounds
    large, small = (StereoSpec(n=n, size=size) for size in (64, 32))
    print(f"{n} pairs, warped image by image and rendered here")
    beside("64 x 64", lambda: warped(large), lambda: exact(large), rounds)
    beside("64 x 64, no noise", lambda: warped(large, False), lambda: exact(large, False), rounds)
    beside("32 x 32 here, 64 x 64 there", lambda: warped(large), lambda: exact(small), rounds)
    for spec in (small, large):
        images = stereo_pairs(spec).X1
        fitted, _ = RandomFeatures.fitted(images, 0)
        took = min(seconds(lambda: fitted.of(images)) for _ in range(rounds))  # noqa: B023
        print(f"features of {n} images of {spec.size} x {spec.size}: {took:.3f} s")
    for count in (1200, 4000):
        cells = [
            (seconds(lambda: found.append(stereo_cell(StereoSpec(n=count)))),  # noqa: B023
             seconds(lambda: found[-1].scores(4)),  # noqa: B023
             seconds(lambda: found[-1].scores(8)))  # noqa: B023
            for found in [[] for _ in range(rounds)]
        ]  # fmt: skip
        fit, first, again = np.min(cells, axis=0)
        print(f"cell of {count} pairs: {fit + first:.3f} s; another k: {again:.3f} s")


if __name__ == "__main__":
    main()
