"""Small networks on stereo pairs, and what each method trains them for.

An encoder begins as the fixed features of `data.stereo.features`, whitened by their principal
components, and every part of it is trained: a layer of patches with soft thresholds, means over
parts of the image, batch normalisation, and a linear map. A linear path and one hidden layer beside
it lead from there to the k numbers.

Starting whitened matters to CA: at jitter 0.1 with k = 8 the probe names 0.94 of the shapes, with
random weights in that map 0.75 (medians of three seeds). CP is as good without.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.functional import conv2d, cross_entropy, gelu, relu

from alignlab import linalg
from alignlab.aligners.deep_cca import correlation_loss
from alignlab.data.stereo.features import (
    FILTERS,
    PATCH,
    POOLS,
    STRIDE,
    THRESHOLD,
    WIDTH,
    RandomFeatures,
    pooling,
)
from alignlab.data.stereo.outlines import SHAPES
from alignlab.diagnosis.head_training import vicreg

FIRST = 2000
"""Images of the training pairs on which the encoders' first weights are fitted."""

WHITENED = 48
"""Principal components of the features that the linear map begins with. With more of them, the k
numbers begin with a smaller share of each."""

FLOOR = 1e-3
"""Added to the variances of the components that are scaled to 1; features have variance 1."""

HIDDEN = 128
"""Width of the hidden layers, of encoder and decoder."""

VICREG = (25.0, 50.0, 2.0)
"""Weights of `head_training.vicreg`: 25, 25 and 1 with both later terms summed over the views, as
in the paper's code for images; the function takes their mean over the views."""

RIDGE = 1e-3
"""Ridge of DeepCCA, as in the paper's code."""

PLACES = (WIDTH - PATCH) // STRIDE + 1


class Encoder(nn.Module):
    """Images (b, WIDTH, WIDTH) to k numbers each."""

    pooling: torch.Tensor

    def __init__(self, images: np.ndarray, k: int, seed: int, random: torch.Generator) -> None:
        super().__init__()
        fitted, features = RandomFeatures.fitted(images[:FIRST], seed)
        filters = torch.from_numpy(fitted.filters.T.reshape(FILTERS, 1, PATCH, PATCH))  # one a row
        self.filters = nn.Parameter(filters.float())
        self.thresholds = nn.Parameter(torch.full((2 * FILTERS,), -THRESHOLD))
        self.register_buffer("pooling", torch.from_numpy(pooling(PLACES).T))  # one a column
        d = 2 * FILTERS * POOLS**2
        self.norm = nn.BatchNorm1d(d)
        # features are ordered by sign, part of the image and filter; here the part is the last
        turn = np.arange(d).reshape(2, POOLS**2, FILTERS).swapaxes(1, 2).ravel()
        for name, values in (("running_mean", fitted.mean), ("running_var", fitted.scale**2)):
            self.norm.register_buffer(name, torch.from_numpy(values[turn]).float())
        variances, V = linalg.leading_eigen(features.T @ features / len(features), WHITENED)
        W = (V / np.sqrt(variances + FLOOR))[turn]
        self.whitening = nn.Parameter(torch.from_numpy(np.ascontiguousarray(W)).float())
        self.linear = _linear(WHITENED, k, random)
        self.hidden, self.out = _linear(WHITENED, HIDDEN, random), _linear(HIDDEN, k, random)

    def whitened(self, images: torch.Tensor) -> torch.Tensor:
        """The output (b, WHITENED) of the linear map for images (b, WIDTH, WIDTH)."""
        kernels = torch.cat([self.filters, -self.filters])
        above = relu(conv2d(images[:, None], kernels, self.thresholds, stride=STRIDE))
        pooled = above.flatten(2) @ self.pooling
        return self.norm(pooled.flatten(1)) @ self.whitening

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """The k numbers (b, k) of images (b, WIDTH, WIDTH)."""
        H = self.whitened(images)
        return self.linear(H) + self.out(gelu(self.hidden(H)))


def _linear(inputs: int, outputs: int, random: torch.Generator) -> nn.Linear:
    """A linear layer with weights `N(0, 1 / inputs)` and biases 0."""
    layer = nn.Linear(inputs, outputs)
    with torch.no_grad():
        layer.weight.normal_(0, inputs**-0.5, generator=random)
        layer.bias.zero_()
    return layer


class Method(nn.Module, ABC):
    """What is trained together.

    encoder : that of the view which is probed.
    """

    encoder: Encoder

    @abstractmethod
    def loss(self, X: torch.Tensor, Y: torch.Tensor, shapes: torch.Tensor) -> torch.Tensor:
        """The loss of a batch.

        X, Y : (b, WIDTH, WIDTH), the images of `encoder`'s view and of the other one. shapes :
        (b,), the shapes in the former.
        """


class Aligning(Method):
    """CA: an encoder for each view, trained so that both agree and no coordinate is lost."""

    def __init__(self, encoder: Encoder, other: Encoder, objective: str) -> None:
        super().__init__()
        self.encoder, self.other, self.objective = encoder, other, objective

    def loss(self, X: torch.Tensor, Y: torch.Tensor, shapes: torch.Tensor) -> torch.Tensor:
        Z1, Z2 = self.encoder(X), self.other(Y)
        return vicreg(Z1, Z2, VICREG) if self.objective == "VICReg" else correlation(Z1, Z2)


class Predicting(Method):
    """CP: the pixels of the other view from the k numbers, by least squares.

    mean : (WIDTH, WIDTH), the mean image of the other view: what the decoder predicts at first; a
        short training would be spent on unlearning random weights in its last layer.
    """

    def __init__(self, encoder: Encoder, k: int, mean: np.ndarray, random: torch.Generator) -> None:
        super().__init__()
        self.encoder = encoder
        last = nn.Linear(HIDDEN, mean.size)
        with torch.no_grad():
            last.weight.zero_()
            last.bias.copy_(torch.from_numpy(mean.ravel()))
        self.decoder = nn.Sequential(_linear(k, HIDDEN, random), nn.GELU(), last)

    def loss(self, X: torch.Tensor, Y: torch.Tensor, shapes: torch.Tensor) -> torch.Tensor:
        return (self.decoder(self.encoder(X)) - Y.flatten(1)).square().mean()


class Classifying(Method):
    """The ceiling: the shapes from the k numbers, with labels."""

    def __init__(self, encoder: Encoder, k: int, random: torch.Generator) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder, _linear(k, len(SHAPES), random)

    def loss(self, X: torch.Tensor, Y: torch.Tensor, shapes: torch.Tensor) -> torch.Tensor:
        return cross_entropy(self.decoder(self.encoder(X)), shapes)


class _Correlation(torch.autograd.Function):
    """`correlation_loss`, which brings its own gradients."""

    @staticmethod
    def forward(context: Any, Z1: torch.Tensor, Z2: torch.Tensor) -> torch.Tensor:
        loss, *gradients = correlation_loss(Z1.double(), Z2.double(), RIDGE)
        context.save_for_backward(*(G.to(Z1.dtype) for G in gradients))
        return loss.to(Z1.dtype)

    @staticmethod
    def backward(context: Any, slope: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(slope * G for G in context.saved_tensors)


def correlation(Z1: torch.Tensor, Z2: torch.Tensor) -> torch.Tensor:
    """Minus the sum of the canonical correlations of two batches (b, k)."""
    return _Correlation.apply(Z1, Z2)
