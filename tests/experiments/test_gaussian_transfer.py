from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import multivariate_normal

import alignlab as al
from alignlab.aligners.contrastive import ContrastiveSpec, trained
from alignlab.data.synthetic import SyntheticSpec, generate
from alignlab.experiments.gaussian_transfer import (
    _log_density,
    aligned_transfer,
    classifier,
    fit_gaussian_transfer,
    gaussian_transfer,
)

MEANS = {2: [(0, 1), (4, 5)], 3: [(0, 1), (4, 5), (8, -3)]}


def mixture(n, seed, classes=2):
    """Figure 1: a mixture in the plane, each modality the coordinate along one axis."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % classes
    Z = rng.standard_normal((n, 2)) + np.array(MEANS[classes])[y]
    return Z[:, :1], Z[:, 1:], y


def test_log_densities_are_those_of_scipy():
    rng = np.random.default_rng(0)
    X, mean, A = rng.normal(size=(9, 3)), rng.normal(size=3), rng.normal(size=(5, 3))
    expected = multivariate_normal.logpdf(X, mean, A.T @ A)
    np.testing.assert_allclose(_log_density(X, mean, A.T @ A), expected, rtol=1e-12)


def figure_1(seed, classes=2, pairs=1000, labelled=50):
    """Labelled rows of modality 1, pairs without labels, and modality 2 to be classified."""
    X1, _, y = mixture(labelled * classes, [seed, 0], classes)
    A, B, hidden = mixture(pairs, [seed, 1], classes)
    _, X2, expected = mixture(2000, [seed, 2], classes)
    return X1, y, A, B, hidden, X2, expected


def fitted(seed=0, classes=2, **more):
    X1, y, A, B, *_ = figure_1(seed, classes)
    return fit_gaussian_transfer(X1, y, A, B, **more)


# --- Figure 1 ---


def test_figure_1_transfers_as_well_as_labels_of_modality_2_would_do():
    behind = []
    for seed in range(20):
        X1, y, A, B, hidden, X2, expected = figure_1(seed)
        ours = np.mean(gaussian_transfer(X1, y, A, B, X2) == expected)
        supervised = np.mean(classifier(B, hidden).predict(X2) == expected)
        assert supervised > 0.95  # Bayes: Phi(2) = 0.977
        behind.append(supervised - ours)
    assert np.median(behind) <= 0.02


def test_with_the_pairing_shuffled_transfer_falls_to_chance_on_average():
    right = []
    for seed in range(40):
        X1, y, A, B, _, X2, expected = figure_1(seed)
        B = B[np.random.default_rng(seed).permutation(len(B))]
        right.append(np.mean(gaussian_transfer(X1, y, A, B, X2) == expected))
    # clusters of shuffled pairs get random labels: some draws are right, some wrong, most neither
    assert abs(np.mean(right) - 0.5) < 3 * np.std(right) / np.sqrt(40)
    assert abs(np.mean(right) - 0.5) < 0.15
    assert abs(np.median(right) - 0.5) < 0.05


def test_transfer_does_not_depend_on_the_units_of_either_modality():
    X1, y, A, B, _, X2, expected = figure_1(0)
    before = gaussian_transfer(X1, y, A, B, X2)
    for unit1, unit2 in [(1e-4, 1), (1e4, 1), (1, 1e-4), (1, 1e4), (1e-9, 1e9)]:
        after = gaussian_transfer(unit1 * X1, y, unit1 * A, unit2 * B, unit2 * X2)
        assert np.mean(after == before) > 0.999
    aligned = al.perfect_alignment(A, B, 1)
    plain = aligned_transfer(aligned, X1, y, X2)
    assert np.mean(plain == expected) > 0.9
    tiny = al.perfect_alignment(1e-6 * A, 1e-6 * B, 1)
    assert np.mean(aligned_transfer(tiny, 1e-6 * X1, y, 1e-6 * X2) == plain) > 0.999


# --- The three steps ---


def test_each_step_is_what_it_is_said_to_be():
    X1, y, A, B, hidden, _, _ = figure_1(0)
    found = fit_gaussian_transfer(X1, y, A, B)
    assert np.mean(found.classifier.predict(A) == hidden) > 0.95
    order = np.argsort(found.mixture.means_[:, 0])
    np.testing.assert_allclose(found.mixture.means_[order], MEANS[2], atol=0.2)
    np.testing.assert_allclose(found.mixture.weights_, 0.5, atol=0.05)
    for covariance in found.mixture.covariances_:
        np.testing.assert_allclose(covariance, np.eye(2), atol=0.25)
    np.testing.assert_allclose(found.names[order], np.eye(2), atol=0.2)
    assert (found.d1, found.classes.tolist()) == (1, [0, 1])
    # P(y | cluster): the classifier's P(y | x1), averaged over the cluster's share of the pairs
    shares = found.mixture.predict_proba(np.hstack([A, B]))
    means = [np.average(found.classifier.predict_proba(A), axis=0, weights=w) for w in shares.T]
    np.testing.assert_allclose(found.names, means, atol=1e-9)


def test_the_mixture_is_in_the_units_of_the_data():
    X1, y, A, B, *_ = figure_1(0)
    pairs = np.hstack([100 * A, B / 100])
    found = fit_gaussian_transfer(100 * X1, y, pairs[:, :1], pairs[:, 1:]).mixture
    parts = zip(found.weights_, found.means_, found.covariances_, strict=True)
    density = np.array([w * multivariate_normal.pdf(pairs, m, C) for w, m, C in parts]).T
    shares = density / density.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found.predict_proba(pairs), shares, atol=1e-9)
    np.testing.assert_allclose(found.precisions_[0] @ found.covariances_[0], np.eye(2), atol=1e-9)


def along_x1(x1, x2, mean, covariance):
    return multivariate_normal.pdf([x1, x2], mean, covariance)


def test_the_projection_onto_modality_2_is_the_integral_over_modality_1():
    X1, y, A, B, *_ = figure_1(3, pairs=60)
    turn = np.array([[1.0, 0.7], [-0.4, 1.0]])  # so that the modalities depend on each other
    P = np.hstack([A, B]) @ turn
    found = fit_gaussian_transfer(X1, y, P[:, :1], P[:, 1:])
    for x2 in (-3.0, 0.0, 2.5, 3.1, 7.0):
        parts = zip(
            found.mixture.weights_, found.mixture.means_, found.mixture.covariances_, strict=True
        )
        joint = [w * quad(along_x1, -60, 60, (x2, m, C), points=[m[0]])[0] for w, m, C in parts]
        expected = np.array(joint) / sum(joint) @ found.names
        np.testing.assert_allclose(found.posterior([[x2]])[0], expected, atol=1e-7)


@given(st.integers(-(10**6), 10**6))
def test_posteriors_and_names_sum_to_1_however_far_a_point_lies(x2):
    posterior = FITTED.posterior([[x2]])
    assert posterior.shape == (1, 3)
    assert posterior.sum() == pytest.approx(1)
    assert (posterior >= 0).all()
    np.testing.assert_allclose(FITTED.names.sum(axis=1), 1)
    assert FITTED.predict([[x2]])[0] == FITTED.classes[posterior[0].argmax()]


FITTED = fitted(classes=3)


@pytest.mark.parametrize("clusters", [None, 3, 6])
def test_three_classes_of_any_name_are_told_apart_by_as_many_clusters_or_more(clusters):
    X1, y, A, B, _, X2, expected = figure_1(0, classes=3)
    names = np.array(["run", "sit", "walk"])
    found = fit_gaussian_transfer(X1, names[y], A, B, clusters=clusters)
    assert found.classes.tolist() == ["run", "sit", "walk"]
    assert found.names.shape == (clusters or 3, 3)
    assert np.mean(found.predict(X2) == names[expected]) > 0.95


@pytest.mark.parametrize(
    "container", [list, pd.Series, pd.Categorical, np.float32, lambda y: y[:, None]]
)
def test_labels_of_any_container_give_the_same_classes(container):
    X1, y, A, B, _, X2, _ = figure_1(0, classes=3)
    plain = fit_gaussian_transfer(X1, y, A, B)
    found = fit_gaussian_transfer(X1, container(y), A, B)
    assert found.classes.astype(int).tolist() == plain.classes.tolist()
    np.testing.assert_array_equal(found.names, plain.names)
    np.testing.assert_array_equal(found.predict(X2).astype(int), plain.predict(X2))


def test_fewer_clusters_than_classes_leave_some_of_them_unnamed():
    X1, y, A, B, _, X2, _ = figure_1(0, classes=3)
    found = fit_gaussian_transfer(X1, y, A, B, clusters=1)
    np.testing.assert_allclose(found.posterior(X2), np.broadcast_to(found.names, (2000, 3)))
    np.testing.assert_allclose(found.names, 1 / 3, atol=0.02)


def test_a_class_that_the_pairs_lack_is_not_named():
    X1, y, *_ = figure_1(0, classes=3)
    _, _, A, B, _, X2, expected = figure_1(0)
    found = gaussian_transfer(X1, y, A, B, X2)
    assert np.mean(found == expected) > 0.9
    assert np.mean(found == 2) < 0.05


def test_transfer_is_the_same_every_time_and_settled_by_its_seed():
    X1, y, A, B, _, X2, _ = figure_1(0)
    # more clusters than there are: each start ends elsewhere
    first, again, other = (
        fit_gaussian_transfer(X1, y, A, B, clusters=5, seed=seed) for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first.mixture.means_, again.mixture.means_)
    np.testing.assert_array_equal(first.posterior(X2), again.posterior(X2))
    assert not np.array_equal(first.mixture.means_, other.mixture.means_)
    plain = fit_gaussian_transfer(X1, y, A, B, seed=3)
    np.testing.assert_array_equal(gaussian_transfer(X1, y, A, B, X2, seed=3), plain.predict(X2))


def test_views_of_several_features_that_depend_on_each_other_transfer():
    rng = np.random.default_rng(0)
    M1, M2 = rng.standard_normal((2, 5)), 1e4 * rng.standard_normal((2, 3))
    M2[:, 2] = 1e-7 * M2[:, 0]  # far smaller than its neighbours, and a copy of one
    X1, _, y = mixture(100, 0)
    Z1, Z2 = mixture(1000, 1)[:2]
    T1, T2, expected = mixture(1000, 2)
    plane = np.hstack([Z1, Z2])
    labelled = np.hstack([X1, mixture(100, 0)[1]]) @ M1
    found = gaussian_transfer(labelled, y, plane @ M1, plane @ M2, np.hstack([T1, T2]) @ M2)
    assert np.mean(found == expected) > 0.98


# --- Through an aligned latent ---

TRAINING = ContrastiveSpec(steps=200, batch=128)

ALIGNERS = {
    "perfect": lambda A, B: al.perfect_alignment(A, B, 2),
    "informative": lambda A, B: al.informative_alignment(A, B, 2),
    "cca": lambda A, B: al.cca(A, B, 2),
    "regression": lambda A, B: al.reduced_rank_regression(A, B, 2),
    "least squares": al.least_squares,
    "contrastive": lambda A, B: trained(A, B, TRAINING),
    "nonlinear contrastive": lambda A, B: trained(A, B, replace(TRAINING, hidden=16)),
}


@pytest.mark.parametrize("name", ALIGNERS)
def test_a_classifier_of_the_first_latent_serves_the_second(name):
    data = generate(SyntheticSpec(n=1500, d1=3, d2=4, seed=1))
    pairs, labelled, test = (data.rows(np.arange(a, a + 500)) for a in (0, 500, 1000))
    alignment = ALIGNERS[name](pairs.X1, pairs.X2)
    found = aligned_transfer(alignment, labelled.X1, labelled.labels, test.X2)
    if "contrastive" not in name:  # whose latents vary with the seed
        assert np.mean(found == test.labels) > 0.95
    Z1, _ = alignment.embed(labelled.X1, labelled.X2)
    _, Z2 = alignment.embed(test.X1, test.X2)
    expected = classifier(Z1, labelled.labels).predict(Z2)
    np.testing.assert_array_equal(found, expected)


def test_rows_of_the_two_modalities_need_not_be_as_many_nor_partners():
    data = generate(SyntheticSpec(n=300, d1=3, d2=4))
    alignment = al.perfect_alignment(data.X1, data.X2, 2)
    whole = aligned_transfer(alignment, data.X1, data.labels, data.X2)
    for row in (0, 7):
        one = aligned_transfer(alignment, data.X1, data.labels, data.X2[row : row + 1])
        assert one == whole[[row]]


def test_a_latent_of_more_dimensions_than_a_class_has_rows_is_classified():
    rng = np.random.default_rng(0)
    Z = rng.standard_normal((6, 10))
    y = np.array([0, 0, 1, 1, 2, 2])
    Z[:, 0] += 100 * y
    np.testing.assert_array_equal(classifier(Z, y).predict(Z), y)
    assert set(classifier(np.zeros((6, 2)), y).predict(np.zeros((3, 2)))) < {0, 1, 2}  # collapsed


# --- Refusals ---

X1, Y, PAIRS1, PAIRS2, _, TEST, _ = figure_1(0)

REFUSED = {
    "single class": ({"y": 0 * Y}, "all labelled rows have one class, 0: add rows of another"),
    "one row": ({"y": np.arange(100) == 3}, "class True has one labelled row: label at least 2"),
    "missing": ({"y": np.where(np.arange(100) == 7, np.nan, Y)}, "the label of row 7 is missing"),
    "masked": ({"y": np.ma.array(Y, mask=np.arange(100) == 7)}, "the label of row 7 is missing"),
    "measurement": (
        {"y": X1[:, 0]},
        "labels hold 100 different numbers in 100 labelled rows, too many",
    ),
    "dict": ({"y": {0: 1}}, "labels are a dict"),
    "labels": ({"y": Y[1:]}, r"labels have shape \(99,\), \(100,\) was expected"),
    "unequal": ({"X2_pairs": PAIRS2[1:]}, "X1_pairs has 1000 rows and X2_pairs has 999: row i of"),
    "widths": (
        {"X1_pairs": np.hstack([PAIRS1, PAIRS1])},
        "X1_pairs has 2 features and X1_labelled has 1: both must be modality 1",
    ),
    "zeros in pairs 1": ({"X1_pairs": 0 * PAIRS1}, "X1_pairs is constant.*check which columns"),
    "zeros in pairs 2": ({"X2_pairs": 0 * PAIRS2}, "X2_pairs is constant.*check which columns"),
    "zeros in labelled": ({"X1_labelled": 0 * X1}, "X1_labelled is constant.*check which columns"),
    "NaN": ({"X2_pairs": np.where(PAIRS2 > 7, np.nan, PAIRS2)}, "X2_pairs holds .* NaN.*drop"),
    "clusters": ({"clusters": 1001}, "1001 clusters of 1000 pairs: use more pairs or fewer clus"),
    "no cluster": ({"clusters": 0}, "clusters = 0 is out of range: it must be at least 1"),
    "half a cluster": ({"clusters": 1.5}, "clusters = 1.5 is not a whole number"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_with_the_argument_and_a_remedy(case):
    given, message = REFUSED[case]
    arguments = {"X1_labelled": X1, "y": Y, "X1_pairs": PAIRS1, "X2_pairs": PAIRS2} | given
    with pytest.raises(ValueError, match=f"^gaussian_transfer: {message}"):
        fit_gaussian_transfer(**arguments)


def test_modality_2_must_have_the_features_of_the_pairs():
    found = fitted()
    for X2 in (np.zeros((3, 2)), np.full((3, 1), np.nan), np.zeros(3)):
        with pytest.raises(ValueError, match=r"gaussian_transfer: X2 (has|holds)"):
            found.predict(X2)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"y": 0 * Y}, "aligned_transfer: all labelled rows have one class, 0: add rows"),
        ({"y": Y[:5]}, "aligned_transfer: labels have shape"),
        ({"X1_labelled": 0 * X1}, "aligned_transfer: X1_labelled is constant.*check which"),
        ({"X1_labelled": np.hstack([X1, X1])}, r"embed: X1 has shape \(100, 2\).*1 features"),
        ({"X2_test": np.hstack([TEST, TEST])}, r"embed: X2 has shape \(\d+, 2\).*1 features"),
        ({"X2_test": TEST[:0]}, "aligned_transfer: X2_test has shape .* at least 1 rows"),
    ],
)
def test_bad_input_to_an_aligned_latent_is_refused_with_a_remedy(given, message):
    arguments = {"X1_labelled": X1, "y": Y, "X2_test": TEST} | given
    with pytest.raises(ValueError, match=message):
        aligned_transfer(al.perfect_alignment(PAIRS1, PAIRS2, 1), **arguments)
