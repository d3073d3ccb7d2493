import numpy as np
import pytest
from scipy.stats import spearmanr

import alignlab as al
from alignlab.data.cone import CONCEPTS, ConeSpec, cone_pairs

SPEC = ConeSpec()
PAIRS = cone_pairs(SPEC)
X1, X2 = PAIRS.data.X1, PAIRS.data.X2


def test_both_modalities_lie_in_narrow_cones_on_the_unit_sphere():
    for X in (X1, X2):
        np.testing.assert_allclose(np.linalg.norm(X, axis=1), 1)
        mean = X.mean(axis=0)
        cosine = (len(X) * mean @ mean - 1) / (len(X) - 1)  # the mean over different points
        assert cosine == pytest.approx(SPEC.cone, abs=0.01)
    wide = cone_pairs(ConeSpec(cone=0.2)).data.X1.mean(axis=0)
    assert wide @ wide == pytest.approx(0.2, abs=0.01)


@pytest.mark.parametrize("gap", [0.0, 0.4, 0.82])
def test_the_gap_is_the_distance_of_the_means(gap):
    data = cone_pairs(ConeSpec(gap=gap)).data
    distance = np.linalg.norm(data.X1.mean(axis=0) - data.X2.mean(axis=0))
    assert distance == pytest.approx(gap, abs=0.06)


def test_the_modalities_are_apart_and_moving_both_means_together_removes_that():
    direction = X1.mean(axis=0) - X2.mean(axis=0)
    assert (X1 @ direction).min() > (X2 @ direction).max()
    centred = [X - X.mean(axis=0) for X in (X1, X2)]
    assert al.cmae(*centred) < 0.75 * al.cmae(X1, X2)
    joint = np.concatenate(centred)
    # no direction is left in which most of the spread is between the modalities
    halves = np.repeat([1.0, -1.0], SPEC.n)
    _, _, Vt = np.linalg.svd(joint, full_matrices=False)
    assert np.abs(np.corrcoef((joint @ Vt[:5].T).T, halves)[-1, :-1]).max() < 0.01


def test_partners_are_found_far_more_often_than_by_chance_and_not_always():
    found = al.retrieval(X1, X2)
    assert 100 / SPEC.n < found < 0.6
    centred = [X - X.mean(axis=0) for X in (X1, X2)]
    assert al.retrieval(*centred) == pytest.approx(found, abs=0.02)  # the gap has no part in it
    clean = cone_pairs(ConeSpec(n=200, noise=0.0)).data
    assert al.retrieval(clean.X1, clean.X2) == 1


def test_ambiguous_pairs_are_the_worst_aligned():
    ambiguity = PAIRS.metadata.numbers("ambiguity")
    assert spearmanr(ambiguity, np.linalg.norm(X1 - X2, axis=1)).statistic > 0.5


def test_captions_name_what_the_pair_shares():
    table = PAIRS.metadata.table
    assert PAIRS.metadata.columns == ("concept", "colour", "caption", "ambiguity")
    for row in table.head(50).itertuples():
        assert row.caption.startswith(f"a {row.colour} {row.concept} ")
    assert (np.array(CONCEPTS)[PAIRS.data.labels] == table["concept"]).all()
    kinds = {name: PAIRS.metadata.kind(name) for name in PAIRS.metadata.columns}
    assert kinds == {
        "concept": "category", "colour": "category", "caption": "text", "ambiguity": "number",
    }  # fmt: skip
    red = PAIRS.metadata.search("a RED cat")
    assert len(red) == (table["caption"].str.startswith("a red cat")).sum() > 0


def test_points_of_one_concept_are_nearer_than_others():
    labels = PAIRS.data.labels[:300]
    same = labels[:, None] == labels
    np.fill_diagonal(same, False)
    cosines = X1[:300] @ X2[:300].T
    assert cosines[same].mean() > cosines[~same].mean() + 0.03


def test_draws_are_nested_and_differ_between_seeds():
    fewer = cone_pairs(ConeSpec(n=50))
    np.testing.assert_allclose(fewer.data.X1, X1[:50])
    assert fewer.metadata.describe(49) == PAIRS.metadata.describe(49)
    assert not np.allclose(cone_pairs(ConeSpec(n=50, seed=1)).data.X1, X1[:50])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"gap": 1.5}, r"gap = 1.5 exceeds 2 sqrt\(cone\) = 1.48: lower the gap or raise cone"),
        ({"cone": 1.0}, "cone = 1.0 is out of range"),
        ({"d": 4}, "d = 4 is out of range"),
        ({"n": 1}, "n = 1 is out of range"),
        ({"noise": -0.1}, "noise = -0.1 is out of range"),
    ],
)
def test_a_setting_out_of_range_is_refused_by_name(settings, message):
    with pytest.raises(ValueError, match=f"^ConeSpec: {message}"):
        ConeSpec(**settings)
