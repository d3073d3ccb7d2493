import numpy as np
import pytest
from scipy.special import chdtrc
from scipy.stats import chi2, norm

from alignlab.diagnosis.labels_needed import DEVIATIONS


@pytest.mark.parametrize("freedom", [1, 6, 400])
def test_the_tail_that_the_tests_use_is_that_of_chi_squared(freedom):
    sums = np.array([0.0, 0.3, 5.0, 420.0, 5000.0])
    np.testing.assert_allclose(chdtrc(freedom, sums), chi2.sf(sums, freedom), rtol=1e-12)


def test_a_ninety_percent_interval_reaches_the_normal_quantile():
    assert pytest.approx(norm.ppf(0.95), rel=1e-14) == DEVIATIONS
