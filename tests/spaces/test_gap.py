import numpy as np
import pytest

import alignlab as al
from tests.spaces.pairs import gaussian, paired


def test_the_gap_of_a_shifted_copy_is_the_shift_and_explains_all_of_cmae():
    Z, shift = gaussian(50, 3), np.array([2.0, -1.0, 2.0])
    gap = al.modality_gap(Z, Z + shift)
    assert gap.distance == pytest.approx(3.0, rel=1e-12)
    assert gap.explained == pytest.approx(1.0, rel=1e-12)


def test_the_gap_is_the_distance_of_the_means_and_its_share_that_of_cmae():
    Z1, Z2 = paired()
    Z2 = Z2 + 0.5
    centred = [Z - Z.mean(0) for Z in (Z1, Z2)]
    gap = al.modality_gap(Z1, Z2)
    assert gap.distance == pytest.approx(np.linalg.norm(Z1.mean(0) - Z2.mean(0)), rel=1e-8)
    assert gap.explained == pytest.approx(1 - al.cmae(*centred) / al.cmae(Z1, Z2), rel=1e-8)


def test_without_a_gap_moving_the_means_changes_nothing():
    Z1, Z2 = (Z - Z.mean(0) for Z in paired())
    gap = al.modality_gap(Z1, Z2)
    assert gap.distance == pytest.approx(0.0, abs=1e-12)
    assert gap.explained == pytest.approx(0.0, abs=1e-12)


def test_the_share_of_no_distance_is_undefined():
    gap = al.modality_gap(gaussian(9, 2), gaussian(9, 2))
    assert gap.distance == 0.0
    assert np.isnan(gap.explained)


def test_latents_of_different_widths_have_no_gap():
    with pytest.raises(ValueError, match="modality_gap: shapes"):
        al.modality_gap(gaussian(9, 2), gaussian(9, 3))
