import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy

from alignlab.aligners.info_nce import info_nce


def by_autograd(Z1, Z2, temperature):
    """The loss as two cross-entropies, differentiated by torch."""
    Z1, Z2 = (Z.clone().requires_grad_() for Z in (Z1, Z2))
    scores, partners = Z1 @ Z2.T / temperature, torch.arange(len(Z1))
    loss = (cross_entropy(scores, partners) + cross_entropy(scores.T, partners)) / 2
    loss.backward()
    return loss.detach(), Z1.grad, Z2.grad


@given(
    b=st.integers(1, 12), k=st.integers(1, 4), seed=st.integers(0, 1000),
    temperature=st.floats(0.01, 10),
)  # fmt: skip
@settings(max_examples=60)
def test_loss_and_gradients_are_those_of_two_cross_entropies(b, k, seed, temperature):
    Z1, Z2 = torch.tensor(np.random.default_rng(seed).standard_normal((2, b, k)))
    for ours, theirs in zip(
        info_nce(Z1, Z2, temperature), by_autograd(Z1, Z2, temperature), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("temperature", [1.0, 1e-3, 1e-6])
def test_scores_far_apart_neither_overflow_nor_vanish(temperature):
    Z1, Z2 = torch.tensor(np.random.default_rng(0).standard_normal((2, 30, 3)))
    found = info_nce(Z1, Z2, temperature)
    for ours, theirs in zip(found, by_autograd(Z1, Z2, temperature), strict=True):
        assert np.isfinite(ours).all()
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9 / temperature)


def test_latents_that_are_no_numbers_give_a_loss_that_is_none():
    Z = torch.full((4, 2), float("nan"), dtype=torch.float64)
    assert np.isnan(info_nce(Z, Z, 0.1)[0])
