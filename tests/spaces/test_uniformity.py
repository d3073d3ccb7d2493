import numpy as np
import pytest
from scipy.spatial.distance import pdist
from sklearn.preprocessing import normalize

import alignlab as al
from alignlab.spaces import uniformity
from tests.spaces.pairs import gaussian, paired, rotation


def values(found):
    return [found.alignment, found.uniformity1, found.uniformity2]


@pytest.mark.parametrize("block", [7, 60])
def test_both_are_the_losses_of_the_paper(block, monkeypatch):
    monkeypatch.setattr(uniformity, "BLOCK", block)
    Z1, Z2 = paired()
    x, y = normalize(Z1), normalize(Z2)
    expected = [
        np.mean(np.linalg.norm(x - y, axis=1) ** 2),
        *(np.log(np.mean(np.exp(-2 * pdist(u) ** 2))) for u in (x, y)),
    ]
    assert values(al.alignment_uniformity(Z1, Z2)) == pytest.approx(expected, rel=1e-8)


def test_lengths_and_a_rotation_of_both_change_nothing():
    Z1, Z2 = paired()
    R, sizes = rotation(5), np.exp(9 * gaussian(60, 1))
    turned = al.alignment_uniformity(sizes * Z1 @ R, Z2 @ R)
    assert values(turned) == pytest.approx(values(al.alignment_uniformity(Z1, Z2)), rel=1e-8)


def test_collapse_to_one_direction_is_aligned_and_least_uniform():
    Z = np.outer(np.arange(1, 9), [1.0, 2.0])
    assert values(al.alignment_uniformity(Z, 3 * Z)) == pytest.approx([0, 0, 0], abs=1e-12)


def test_opposite_directions_are_the_extreme():
    found = al.alignment_uniformity([[1.0], [-1.0]], [[-1.0], [1.0]])
    assert values(found) == pytest.approx([4.0, -8.0, -8.0], rel=1e-14)


def test_a_row_without_a_direction_leaves_them_undefined():
    Z1, Z2 = paired()
    Z2[3] = 0.0
    found = al.alignment_uniformity(Z1, Z2)
    assert np.isnan([found.alignment, found.uniformity2]).all()
    assert np.isfinite(found.uniformity1)
