import numpy as np
import pytest
from scipy.spatial.distance import cdist

import alignlab as al
from alignlab import partners
from alignlab.spaces.ranks import Ranks
from tests.spaces.pairs import gaussian, paired, rotation


def test_ranks_count_the_rows_that_are_nearer_than_the_partner():
    Z1, Z2 = paired(noise=1.0)
    distances = cdist(Z1, Z2)
    own = distances.diagonal()
    ranks1, ranks2 = al.partner_ranks(Z1, Z2)
    np.testing.assert_array_equal(ranks1, 1 + (distances < own[:, None]).sum(1))
    np.testing.assert_array_equal(ranks2, 1 + (distances < own).sum(0))
    assert ranks1.max() > 5


@pytest.mark.parametrize("top", [1, 5])
def test_ranks_up_to_top_are_the_hits_of_retrieval(top):
    Z1, Z2 = paired(noise=1.0)
    ranks1, ranks2 = al.partner_ranks(Z1, Z2)
    assert (ranks1 <= top).mean() == al.retrieval(Z1, Z2, top)
    assert (ranks2 <= top).mean() == al.retrieval(Z2, Z1, top)


def test_a_rotation_of_both_changes_no_rank():
    Z1, Z2 = paired(noise=1.0)
    R = rotation(5)
    np.testing.assert_array_equal(al.partner_ranks(Z1 @ R, Z2 @ R), al.partner_ranks(Z1, Z2))


def test_ties_count_in_expectation():
    point = np.ones((9, 2))
    np.testing.assert_array_equal(al.partner_ranks(point, point), np.full((2, 9), 5.0))
    ranks1, _ = al.partner_ranks([[0.0], [9.0]], [[1.0], [-1.0]])
    assert ranks1.tolist() == [1.5, 2.0]


def test_ranks_report_their_progress_and_can_be_stopped(monkeypatch):
    monkeypatch.setattr(partners, "ROWS", 25)
    reports = []
    al.partner_ranks(*paired(), progress=lambda *one: reports.append(one))
    assert [done for done, _ in reports] == [0, 25, 50, 60, 60]
    work = Ranks(*paired())
    next(work.run())
    assert 0 < work.done < work.total == 60


def test_values_that_are_not_finite_are_refused():
    Z1, Z2 = gaussian(9, 2), gaussian(9, 2)
    Z2[4, 1] = np.inf
    with pytest.raises(ValueError, match=r"partner_ranks: Z2 holds 1 NaN or infinite .* row 4"):
        al.partner_ranks(Z1, Z2)
