from contextlib import closing
from dataclasses import astuple

import numpy as np
import pytest
from scipy.stats import kstest

import alignlab as al
from alignlab.spaces import faithfulness, measures
from alignlab.spaces.map_measures import MapMeasures, map_measures
from alignlab.spaces.measures import Measures, MeasureSpec
from alignlab.spaces.nulls import NULLS
from tests.spaces.pairs import found, gaussian, paired, rotation

MAP = ("trustworthiness", "continuity")
SPEC = MeasureSpec(neighbours=4, draws=19)


def shifted(n=60):
    Z1, Z2 = paired(n)
    return Z1, Z2 + 1.0


def table(Z1, Z2, spec=SPEC):
    work = Measures(Z1, Z2, spec)
    found(work)
    return work.table()


TABLE = table(*shifted())


def test_values_are_those_of_the_public_functions():
    Z1, Z2 = shifted()
    gap, sphere = al.modality_gap(Z1, Z2), al.alignment_uniformity(Z1, Z2)
    hubness, hubness_back = al.hubness(Z1, Z2, 4)
    expected = {
        "cmae": al.cmae(Z1, Z2),
        "ncmae": al.ncmae(Z1, Z2),
        "alignment": sphere.alignment,
        "gap": gap.distance,
        "gap_explained": gap.explained,
        "cka": al.cka(Z1, Z2),
        "uniformity1": sphere.uniformity1,
        "uniformity2": sphere.uniformity2,
        "mutual_knn": al.mutual_knn(Z1, Z2, 4),
        "retrieval_1": al.retrieval(Z1, Z2, 1),
        "retrieval_5": al.retrieval(Z1, Z2, 5),
        "retrieval_1_back": al.retrieval(Z2, Z1, 1),
        "retrieval_5_back": al.retrieval(Z2, Z1, 5),
        "hubness": hubness,
        "hubness_back": hubness_back,
    }
    assert TABLE.value.to_dict() == pytest.approx(expected, rel=1e-8)
    assert set(NULLS) == {*expected, *MAP}
    assert (TABLE.n == 60).all()
    assert (TABLE.draws == 19).all()
    assert TABLE.exact.all()


def test_the_pairing_and_the_gap_of_paired_data_are_beyond_chance():
    pairing = ["cmae", "ncmae", "alignment", "cka", "mutual_knn", "retrieval_1", "retrieval_5_back"]
    assert (TABLE.p[[*pairing, "gap", "gap_explained"]] == 1 / 20).all()
    assert (TABLE.low <= TABLE.null).all()
    assert (TABLE.null <= TABLE.high).all()


def test_p_values_of_independent_modalities_are_uniform():
    spec, rng = MeasureSpec(neighbours=3, draws=19), np.random.default_rng(0)
    p = [table(gaussian(24, 2, seed), gaussian(24, 2, 99 + seed), spec).p for seed in range(40)]
    for name in ("cmae", "ncmae", "alignment", "cka", "gap", "gap_explained", "uniformity1"):
        jittered = [one[name] - rng.uniform(0, 1 / 20) for one in p]
        assert kstest(jittered, "uniform").pvalue > 1e-3, name
    for name in ("mutual_knn", "retrieval_1", "retrieval_5", "retrieval_5_back"):  # ties: larger
        small = sum(one[name] <= 0.1 for one in p)
        assert small <= 11, name  # 4 expected; 12 or more in 1 of 3000


def test_a_rotation_of_both_spaces_changes_no_measure_of_pairs():
    Z1, Z2 = shifted()
    R = rotation(5)
    turned = table(Z1 @ R, Z2 @ R)
    np.testing.assert_allclose(turned.value, TABLE.value, rtol=1e-8)
    pairs = [name for name in TABLE.index if not name.startswith("uniformity")]
    np.testing.assert_allclose(turned.loc[pairs, "null"], TABLE.loc[pairs, "null"], rtol=1e-8)
    assert (turned.p[pairs] == TABLE.p[pairs]).all()


def test_the_same_seed_gives_the_same_table_and_another_one_another_null():
    assert table(*shifted()).equals(TABLE)
    other = table(*shifted(), MeasureSpec(neighbours=4, draws=19, seed=1))
    assert other.value.equals(TABLE.value)
    assert (other["null"] != TABLE["null"]).all()


def test_large_data_are_measured_on_random_subsets_of_stated_size(monkeypatch):
    monkeypatch.setattr(measures, "NUMBERS", 5 * 50)
    monkeypatch.setattr(measures, "PRODUCTS", 25 * 40)
    monkeypatch.setattr(measures, "GRAM_ROWS", 6)
    monkeypatch.setattr(measures, "ROWS", 30)
    monkeypatch.setattr(measures, "UNIFORM_ROWS", 20)
    small = table(*shifted())
    names = ["cmae", "gap", "cka", "retrieval_1", "hubness_back", "uniformity2"]
    assert small.n[names].tolist() == [50, 50, 40, 30, 30, 20]
    assert not small.exact.any()
    order = np.random.default_rng([0, 31]).permutation(60)
    Z1, Z2 = (Z[np.sort(order[:30])] for Z in shifted())
    assert small.value["mutual_knn"] == al.mutual_knn(Z1, Z2, 4)


def test_results_come_one_after_another_and_the_work_can_be_stopped():
    work = Measures(*shifted(), SPEC)
    with closing(work.run()) as steps:
        next(steps)
        assert work.found == {}
        for _ in steps:
            if work.found:
                break
        first = work.found
        assert set(first) == {"cmae", "ncmae", "alignment"}
        assert 0 < work.done < work.total
    found(again := Measures(*shifted(), SPEC))
    assert again.done == again.total
    assert len(first) == 3
    assert list(again.table().columns) == [
        "value",
        "null",
        "low",
        "high",
        "p",
        "n",
        "draws",
        "exact",
    ]


@pytest.mark.parametrize(
    ("make", "undefined"),
    [
        (lambda Z: 0 * Z, {"cka", "mutual_knn", "hubness", "hubness_back"}),
        (lambda Z: 0 * Z + 3.3, {"cka", "mutual_knn", "hubness", "hubness_back"}),
        (lambda Z: Z[:5].repeat(12, axis=0), set()),
        (lambda Z: 1e140 * Z, set()),
        (lambda Z: 1e-140 * Z, set()),
    ],
)
@pytest.mark.filterwarnings("error")
def test_a_degenerate_modality_leaves_measures_undefined_and_ends_nothing(make, undefined):
    Z1, Z2 = shifted()
    degenerate = table(Z1, make(Z2))
    without_direction = {"ncmae", "alignment", "uniformity2"} if not make(Z2).any() else set()
    assert set(degenerate.index[degenerate.value.isna()]) == undefined | without_direction
    assert (degenerate.p.isna() == degenerate.value.isna()).all()


@pytest.mark.filterwarnings("error")
def test_a_single_dimension_and_equal_modalities_are_measured():
    Z = gaussian(30, 1)
    same = table(Z, Z)
    assert same.value[["cmae", "gap", "retrieval_1"]].tolist() == [0.0, 0.0, 1.0]
    assert np.isnan(same.value["gap_explained"])
    assert same.p["gap"] == 1.0
    assert same.p["uniformity1"] == 1.0  # one coordinate permuted is the same set of points


@pytest.mark.parametrize(
    ("Z1", "Z2", "spec", "reason"),
    [
        (gaussian(9, 2), gaussian(9, 3), SPEC, "2 and 3 dimensions: align them first"),
        (gaussian(9, 2), gaussian(8, 2), SPEC, "Z1 has 9 rows and Z2 has 8"),
        (gaussian(5, 2), gaussian(5, 2), SPEC, "5 pairs: at least 6 are needed"),
        (gaussian(9, 2), gaussian(9, 2), MeasureSpec(), "neighbours = 10 of 9 pairs: lower it"),
        (gaussian(9, 2), np.full((9, 2), np.nan), SPEC, "Z2 holds 18 NaN"),
    ],
)
def test_what_cannot_be_measured_is_refused(Z1, Z2, spec, reason):
    with pytest.raises(ValueError, match=reason):
        Measures(Z1, Z2, spec)


@pytest.mark.parametrize("field", ["neighbours", "draws"])
def test_settings_out_of_range_are_refused(field):
    with pytest.raises(ValueError, match=f"{field} = 0 is out of range"):
        MeasureSpec(**{field: 0})


def test_measures_of_a_map_are_those_of_the_public_functions_with_their_null():
    X = gaussian(70, 5)
    Y = X[:, :2]
    one, other = (map_measures(X, Y, SPEC)[name] for name in MAP)
    assert one.value == pytest.approx(al.trustworthiness(X, Y, 4), rel=1e-12)
    assert other.value == pytest.approx(al.continuity(X, Y, 4), rel=1e-12)
    assert one.value != other.value
    for measure in (one, other):
        assert (measure.p, measure.n, measure.draws, measure.exact) == (1 / 20, 70, 19, True)
        assert measure.null == pytest.approx(0.5, abs=0.05)
    random = map_measures(X, gaussian(70, 2, seed=6), SPEC)
    assert min(measure.p for measure in random.values()) > 1 / 20


def test_a_large_map_is_measured_on_a_stated_subset(monkeypatch):
    monkeypatch.setattr(faithfulness, "MOST", 40)
    X = gaussian(70, 5)
    one = map_measures(X, X[:, :2], SPEC)["trustworthiness"]
    assert (one.n, one.exact) == (40, False)
    assert one.value == al.trustworthiness(X, X[:, :2], 4)


def test_the_work_on_a_map_counts_its_draws():
    work = MapMeasures(gaussian(30, 3), gaussian(30, 2), SPEC)
    assert list(found(work)) == list(MAP)
    assert work.done == work.total
    assert astuple(work.found["continuity"])[0] == "continuity"
    collapsed = map_measures(gaussian(30, 3), np.zeros((30, 2)), SPEC)
    assert all(np.isnan([one.value, one.p]).all() for one in collapsed.values())
