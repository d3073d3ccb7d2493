import numpy as np
import pytest

from alignlab.data.label_columns import LabelColumns
from alignlab.diagnosis.block_moments import BlockMoments, Dealer
from alignlab.diagnosis.label_scores import Labelled
from alignlab.diagnosis.left_out import MARGIN, left_out
from alignlab.diagnosis.run import diagnose, work_of
from alignlab.diagnosis.spec import DiagnosisSpec
from alignlab.spiked.model import SpikedSpec
from alignlab.spiked.theory import separation_ratios
from tests.benchmarks.diagnose import problem


def looked_at(x, y, labels, kept, seed=0):
    scheme = LabelColumns.of(labels)
    L, known = scheme.columns(labels)
    blocks = Dealer(0).deal(len(x))
    moments = BlockMoments(x.shape[1], y.shape[1], L.shape[1])
    moments.add(x, y, L, known, blocks)
    rows = Labelled(x=x[known], y=y[known], L=L[known], blocks=blocks[known], parts=scheme.parts)
    return left_out(moments, rows, kept, seed)


def noise(n=600, d=6, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)), rng.standard_normal((n, d)), rng.standard_normal(n)


def test_nothing_is_looked_at_where_nothing_is_left_out():
    x, y, z = noise()
    assert looked_at(x, y, z, (6, 6)) is None
    assert looked_at(x, y, z, (6, 5)).components == (0, 1)


@pytest.mark.parametrize("seed", range(5))
def test_components_of_noise_tell_nothing(seed):
    x, y, z = noise(seed=seed)
    found = looked_at(x, y, z, (3, 3), seed)
    assert found.components == (3, 3)
    assert found.gains == (0.0, 0.0)
    assert found.coupling == 0.0


@pytest.mark.parametrize("classes", [False, True])
def test_labels_that_only_what_is_left_out_tells_are_a_gain_of_its_view(classes):
    x, y, z = noise()
    y[:, 5] += 2 * z
    labels = np.where(z > 0, "a", "b") if classes else z
    found = looked_at(x, y, labels, (3, 3))
    assert found.gains[0] == 0.0
    assert found.gains[1] > 0.25
    assert looked_at(y, x, labels, (3, 3)).gains == (found.gains[1], 0.0)


def test_labels_in_the_kept_components_alone_are_no_complaint():
    x, y, z = noise()
    x[:, 0] += 2 * z
    y[:, 1] += 2 * z
    assert looked_at(x, y, z, (3, 3)).gains == (0.0, 0.0)


@pytest.mark.parametrize(("at_x", "at_y"), [(5, 5), (0, 5), (5, 0)])
def test_what_is_left_out_correlates_with_all_of_the_other_view(at_x, at_y):
    x, y, z = noise()
    shared = np.random.default_rng(1).standard_normal(600)
    x[:, at_x] += 2 * shared
    y[:, at_y] += 2 * shared
    assert looked_at(x, y, z, (3, 3)).coupling == pytest.approx(0.8, abs=0.05)


def test_what_the_kept_components_share_is_no_coupling_of_others():
    x, y, z = noise()
    x[:, 0] += 2 * z
    y[:, 1] += 2 * z
    assert looked_at(x, y, z, (3, 3)).coupling == 0.0


@pytest.mark.filterwarnings("error")
def test_components_that_a_few_rows_hold_couple_by_1_at_most():
    x, y, z = noise()
    x[:, 5], y[:, 5] = 0, 0
    x[10:12, 5] = y[10:12, 5] = 3.0, -2.0
    for seed in range(3):
        assert 0 <= looked_at(x, y, z, (5, 5), seed).coupling <= 1


@pytest.mark.parametrize("d", [150, 200])
def test_flat_nuisance_beyond_the_cut_is_undetermined_and_the_remedy_is_named(d):
    spec = SpikedSpec(d=d, k=3, kappa=1.5, gamma_tilde_x=5, gamma_tilde_y=5, nu=0.3)
    X, Y, labels = problem(spec, 1500, 0)
    cut = work_of(X, Y, labels)
    for _ in cut.run():  # pairing and resamples take long, and are not tested here
        if cut.ready and (cut.result().reason or cut.result().pairing):
            break
    found = cut.result()
    assert (found.components, found.pairing) == ((100, 100), None)
    assert found.regime == "Undetermined"
    assert "left out" in found.reason
    assert "keep more components" in found.reason
    whole = work_of(X, Y, labels, DiagnosisSpec(components=200))
    for _ in whole.run():
        if whole.ready:
            break
    found = whole.result()
    assert found.components == (d, d)
    assert found.regime == separation_ratios(spec).regime


def test_components_that_tell_nothing_of_labels_or_of_the_other_view_are_no_complaint():
    spec = SpikedSpec(kappa=2.0, nu=0.3)
    X, Y, labels = problem(spec, 1000, 0)
    rng = np.random.default_rng(2)
    wide = [np.hstack([V, 0.5 * rng.standard_normal((1000, 150))]) for V in (X, Y)]
    found = diagnose(*wide, labels, resamples=10)
    assert found.components == (100, 100)
    assert max(found.explained) < 0.95
    assert found.regime == "Both"
    assert MARGIN >= 70  # all others were examined
