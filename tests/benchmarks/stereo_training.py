"""The cost of a training step on stereo pairs, beside a plain network at the size of the paper.

Run: `OMP_NUM_THREADS=1 python -m tests.benchmarks.stereo_training`. CPU time per pair of a step
(forward, backward, optimiser), one thread; every line is the median ratio of rounds in which both
sides take turns, with the least time of each. The networks differ in size and in batch: here
32 x 32 images, patches and a small dense part, 256 pairs; there 64 x 64 images and the layers and
settings of the paper's public code, 64 pairs.
"""

import argparse
import time
from itertools import pairwise

import numpy as np
import torch
from torch import nn

from alignlab.data.stereo.spec import StereoSpec
from alignlab.diagnosis.head_training import vicreg
from alignlab.experiments.stereo_networks import VICREG
from alignlab.experiments.stereo_training import (
    StereoTraining,
    StereoTrainingSpec,
    training_images,
)

BATCH = 64


def plain_encoder() -> nn.Module:
    channels = (1, 32, 32, 64, 64)
    layers: list[nn.Module] = []
    for inside, out in pairwise(channels):
        layers += [nn.Conv2d(inside, out, 4, 2, 1), nn.ReLU()]
    dense = [nn.Linear(1024, 256), nn.ReLU(), nn.Linear(256, 128)]
    return nn.Sequential(*layers, nn.Flatten(), *dense)


def plain_decoder() -> nn.Module:
    channels = (64, 64, 32, 32, 1)
    layers: list[nn.Module] = [nn.Linear(128, 256), nn.ReLU(), nn.Linear(256, 1024), nn.ReLU()]
    layers.append(nn.Unflatten(1, (64, 4, 4)))
    for inside, out in pairwise(channels):
        layers += [nn.ConvTranspose2d(inside, out, 4, 2, 1), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


class Plain(nn.Module):
    """The paper's networks: two encoders with projections by VICReg, or an encoder and decoder."""

    def __init__(self, method: str) -> None:
        super().__init__()
        self.encoder = plain_encoder()
        self.other = plain_encoder() if method == "CA" else plain_decoder()
        if method == "CA":
            self.projections = nn.ModuleList(
                nn.Sequential(nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 32)) for _ in range(2)
            )
        self.method = method

    def loss(self, X: torch.Tensor, Y: torch.Tensor) -> torch.Tensor:
        if self.method == "CP":
            return (self.other(self.encoder(X)) - Y).square().mean()
        one, two = self.projections
        return vicreg(one(self.encoder(X)), two(self.other(Y)), VICREG)


class PlainSteps:
    def __init__(self, method: str, steps: int) -> None:
        torch.manual_seed(0)
        self.network, self.steps = Plain(method), steps
        self.optimiser = torch.optim.Adam(self.network.parameters(), 1e-3)
        self.X, self.Y = torch.rand(2, steps * BATCH, 1, 64, 64)

    def __call__(self) -> float:
        """CPU seconds per pair."""
        start = time.process_time()
        for X, Y in zip(self.X.split(BATCH), self.Y.split(BATCH), strict=True):
            loss = self.network.loss(X, Y)
            self.optimiser.zero_grad()
            loss.backward()
            self.optimiser.step()
        return (time.process_time() - start) / (self.steps * BATCH)


class OurSteps:
    """The steps of a training, without its first weights, its probes and its images."""

    def __init__(self, method: str, k: int, n: int) -> None:
        self.spec = StereoTrainingSpec(spec=StereoSpec(n=n), method=method, k=k, epochs=1)
        self.images = training_images(self.spec.spec)

    def __call__(self) -> float:
        """CPU seconds per pair."""
        training = StereoTraining(self.spec, self.images)
        training._probed = lambda: (0.0, 0.0)
        steps = training.run()
        next(steps)
        start = time.process_time()
        for _ in steps:
            pass
        return (time.process_time() - start) / (training.total * self.spec.batch)


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--pairs", type=int, default=4096, help="of a round here")
    parser.add_argument("--steps", type=int, default=8, help="of a round there, 64 pairs each")
    given = parser.parse_args()
    for method, k in (("CA", 8), ("CP", 32)):
        there, here = PlainSteps(method, given.steps), OurSteps(method, k, given.pairs)
        there(), here()
        taken = np.array([(there(), here()) for _ in range(given.rounds)])
        (slow, fast), ratio = taken.min(axis=0), np.median(taken[:, 0] / taken[:, 1])
        training = StereoTraining(here.spec, here.images)
        next(training.run())
        print(f"{method}: 64 x 64, batch 64, {parameters(there.network):,} weights, "
              f"{slow * 1e6:.0f} us a pair; 32 x 32, batch 256, "
              f"{parameters(training._method):,} weights, {fast * 1e6:.0f} us a pair; "
              f"ratio {ratio:.1f}", flush=True)  # fmt: skip
    start, usual = time.process_time(), StereoTrainingSpec()
    images = training_images(usual.spec)
    drawn = time.process_time() - start
    for method, k in (("CA", 8), ("CP", 32)):
        for _ in StereoTraining(StereoTrainingSpec(method=method, k=k), images).run():
            pass
    took = time.process_time() - start
    print(f"cell of CA and CP, {usual.spec.n} pairs, {usual.epochs} epochs: {took:.1f} s, "
          f"{drawn:.1f} s of it for the images")  # fmt: skip


if __name__ == "__main__":
    main()
