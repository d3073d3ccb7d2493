from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignlab.data.pairs import PairedData
from alignlab.data.synthetic import (
    NestedDraws,
    SyntheticSpec,
    generate,
    mixture_means,
    mixture_table,
    mixture_weights,
    moments,
    pseudo_inverse_latents,
)

specs = st.builds(
    SyntheticSpec,
    latent=st.sampled_from(["gmm", "uniform"]),
    n=st.integers(20, 60),
    k=st.integers(2, 6),
    d1=st.integers(3, 6),
    d2=st.integers(3, 6),
    noise=st.sampled_from([0.0, 0.7]),
    seed=st.integers(0, 50),
    components=st.integers(1, 6),
    imbalance=st.sampled_from([0.0, 0.3]),
    correlation=st.sampled_from([0.0, -0.5]),
)


def test_the_means_of_table_1_are_exact():
    assert mixture_means(SyntheticSpec()).tolist() == [[0, 1], [4, 5]]
    assert mixture_means(SyntheticSpec(k=1)).tolist() == [[0], [4]]
    assert mixture_means(SyntheticSpec(k=4)).tolist() == [[0, 1, 0, 0], [4, 5, 0, 0]]


@pytest.mark.parametrize("components", [2, 3, 4, 5, 6])
def test_neighbouring_means_are_equally_far_apart_around_one_centre(components):
    means = mixture_means(SyntheticSpec(components=components, separation=3.0))
    neighbours = np.linalg.norm(means - np.roll(means, 1, axis=0), axis=1)
    np.testing.assert_allclose(neighbours, 3 * np.sqrt(2))
    np.testing.assert_allclose(means.mean(axis=0), [2, 3], atol=1e-11)


def test_views_are_the_latent_through_linear_maps_with_noise_of_the_asked_size():
    data = generate(SyntheticSpec(k=3, d1=2, d2=4))
    np.testing.assert_allclose(data.X1, data.Z @ data.S1.T, atol=1e-12)
    np.testing.assert_allclose(data.X2, data.Z @ data.S2.T, atol=1e-12)
    noisy = generate(SyntheticSpec(k=3, d1=2, d2=4, noise=0.5))
    residuals = np.column_stack([noisy.X1 - data.X1, noisy.X2 - data.X2])
    spread = 4 * 0.5 / np.sqrt(2000)
    np.testing.assert_allclose(residuals.mean(axis=0), 0, atol=spread)
    correlations = np.cov(residuals.T, ddof=0)
    np.testing.assert_allclose(correlations, 0.25 * np.eye(6), atol=4 * 0.25 * np.sqrt(2 / 2000))


@pytest.mark.parametrize("latent", ["gmm", "uniform"])
def test_modalities_have_entries_uniform_in_minus_5_to_5(latent):
    data = generate(SyntheticSpec(latent=latent, n=2, d1=2000, d2=3, k=3))
    assert data.S1.shape == (2000, 3)
    assert data.S2.shape == (3, 3)
    assert -5 <= data.S1.min() < -4.9
    assert 4.9 < data.S1.max() <= 5
    assert data.S1.std() == pytest.approx(10 / np.sqrt(12), rel=0.03)


def test_the_seed_settles_every_number_and_another_seed_changes_them():
    first, again = (generate(SyntheticSpec(seed=7, noise=1.0)) for _ in range(2))
    other = generate(SyntheticSpec(seed=8, noise=1.0))
    for field in ("X1", "X2", "Z", "labels", "S1", "S2"):
        np.testing.assert_array_equal(getattr(again, field), getattr(first, field))
        assert not np.array_equal(getattr(other, field), getattr(first, field))


# --- Nested draws ---


@given(specs, st.integers(2, 20))
def test_a_larger_n_keeps_the_pairs_of_a_smaller_one(spec, n):
    small, large = generate(replace(spec, n=n)), generate(spec)
    for field in ("X1", "X2", "Z", "labels"):
        np.testing.assert_array_equal(getattr(small, field), getattr(large, field)[:n])
    np.testing.assert_array_equal(small.S1, large.S1)
    np.testing.assert_array_equal(small.S2, large.S2)


@given(specs, st.integers(2, 6))
def test_a_larger_k_keeps_the_latent_columns_of_a_smaller_one(spec, k):
    k = min(k, spec.k)
    small, large = generate(replace(spec, k=k)), generate(spec)
    np.testing.assert_array_equal(small.labels, large.labels)
    for field in ("Z", "S1", "S2"):
        np.testing.assert_array_equal(getattr(small, field), getattr(large, field)[:, :k])


@given(specs, st.integers(2, 6))
def test_more_features_keep_those_of_a_smaller_modality(spec, d):
    spec = replace(spec, k=2)
    large = generate(spec)
    for view, modality, other in (("X1", "S1", "X2"), ("X2", "S2", "X1")):
        width = min(d, getattr(large, modality).shape[0])
        small = generate(replace(spec, **{view.replace("X", "d"): width}))
        np.testing.assert_array_equal(getattr(small, view), getattr(large, view)[:, :width])
        np.testing.assert_array_equal(getattr(small, modality), getattr(large, modality)[:width])
        np.testing.assert_array_equal(getattr(small, other), getattr(large, other))
        np.testing.assert_array_equal(small.Z, large.Z)


sizes = st.fixed_dictionaries(
    {
        "n": st.integers(2, 30),
        "k": st.integers(2, 6),
        "d1": st.integers(3, 6),
        "d2": st.integers(3, 6),
        "noise": st.sampled_from([0.0, 0.0, 0.7, 1e3]),
    }
)


@given(
    specs,
    st.lists(sizes, min_size=1, max_size=5),
    st.lists(st.integers(0, 99), min_size=1, max_size=3),
    st.sampled_from([None, 1.0, 40.0]),
    st.sampled_from([1.0, 4.0]),
)
def test_nested_draws_are_those_of_generate_to_the_last_bit(
    spec, changes, seeds, condition, separation
):
    family = replace(spec, condition=condition, separation=separation)
    members = [replace(family, **change) for change in changes]
    draws = NestedDraws(members, seeds)
    for member in [*members, *members[::-1]]:  # in any order
        X1, X2, Z = draws.views(member)
        assert X1.shape == (len(seeds), member.n, member.d1)
        for i, seed in enumerate(seeds):
            data = generate(replace(member, seed=seed))
            for view, expected in ((X1, data.X1), (X2, data.X2), (Z, data.Z)):
                np.testing.assert_array_equal(view[i], expected)


def test_nested_draws_hand_out_views_that_later_ones_leave_alone():
    members = [
        SyntheticSpec(n=20, k=k, d1=4, d2=3, noise=noise) for k in (1, 3) for noise in (0, 1)
    ]
    draws = NestedDraws(members, [0, 1])
    handed_out = [draws.views(member) for member in members]
    kept = [[view.copy() for view in views] for views in handed_out]
    for member in members[::-1]:
        draws.views(member)
    for views, copies in zip(handed_out, kept, strict=True):
        for view, copy in zip(views, copies, strict=True):
            np.testing.assert_array_equal(view, copy)


def test_a_single_feature_is_the_first_of_a_larger_modality():
    one, two = generate(SyntheticSpec(d1=1)), generate(SyntheticSpec(d1=2))
    np.testing.assert_array_equal(one.X1, two.X1[:, :1])


def test_noise_columns_are_nested_and_scale_with_the_level():
    def noise(level, **sizes):
        spec = SyntheticSpec(**sizes)
        return generate(replace(spec, noise=level)).X1 - generate(spec).X1

    narrow, wide = noise(1.0, n=50, d1=2), noise(1.0, n=90, d1=6)
    np.testing.assert_allclose(narrow, wide[:50, :2], atol=1e-12)
    np.testing.assert_allclose(noise(3.0, n=50, d1=2), 3 * narrow, atol=1e-12)


def test_noise_does_not_depend_on_k_nor_the_latent_on_noise():
    base = SyntheticSpec(n=50, d1=5, d2=5)
    residuals = [
        generate(replace(base, k=k, noise=1.0)).X2 - generate(replace(base, k=k)).X2 for k in (1, 4)
    ]
    np.testing.assert_allclose(residuals[0], residuals[1], atol=1e-12)
    noisy = generate(replace(base, noise=1.0))
    np.testing.assert_array_equal(noisy.Z, generate(base).Z)


# --- The mixture ---


def test_weights_are_equal_or_fall_geometrically_or_as_given():
    np.testing.assert_allclose(mixture_weights(SyntheticSpec(components=4)), 0.25)
    falling = mixture_weights(SyntheticSpec(components=3, imbalance=0.5))
    np.testing.assert_allclose(falling, np.array([4, 2, 1]) / 7)
    given_weights = mixture_weights(SyntheticSpec(components=3, weights=(0.2, 0.5, 0.3)))
    np.testing.assert_allclose(given_weights, [0.2, 0.5, 0.3])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "options",
    [
        {"components": 2},
        {"components": 6, "imbalance": 0.4},
        {"components": 3, "weights": (0.05, 0.9, 0.05)},
    ],
)
def test_class_frequencies_follow_the_weights(options, seed):
    spec = SyntheticSpec(n=20_000, seed=seed, **options)
    weights = mixture_weights(spec)
    counts = np.bincount(generate(spec).labels, minlength=spec.components)
    errors = np.sqrt(spec.n * weights * (1 - weights))
    assert (np.abs(counts - spec.n * weights) < 4 * errors).all()


@pytest.mark.parametrize("correlation", [0.0, 0.6, -0.8])
def test_within_a_component_coordinates_i_and_j_correlate_as_r_to_the_distance(correlation):
    spec = SyntheticSpec(n=40_000, k=4, d1=4, components=3, correlation=correlation)
    data = generate(spec)
    within = data.Z - mixture_means(spec)[data.labels]
    index = np.arange(4)
    expected = correlation ** np.abs(index[:, None] - index)
    standard_error = np.sqrt((1 + expected**2) / spec.n)
    assert (np.abs(within.T @ within / spec.n - expected) < 4 * standard_error).all()
    assert (np.abs(within.mean(axis=0)) < 4 / np.sqrt(spec.n)).all()


def test_mixture_table_counts_every_pair_beside_its_component():
    spec = SyntheticSpec(n=500, components=3, k=3, imbalance=0.2)
    data = generate(spec)
    table = mixture_table(spec, data)
    assert list(table.index) == ["component 1", "component 2", "component 3"]
    assert list(table.columns) == [f"mean of z[{j}]" for j in (1, 2, 3)] + ["weight", "pairs"]
    np.testing.assert_array_equal(table.iloc[:, :3], mixture_means(spec))
    np.testing.assert_array_equal(table["weight"], mixture_weights(spec))
    assert table["pairs"].tolist() == [np.count_nonzero(data.labels == c) for c in range(3)]


# --- The uniform latent ---


@pytest.mark.parametrize("k", [2, 4])
@pytest.mark.parametrize("n", [2000, 2001])
def test_uniform_pairs_lie_half_and_half_on_either_side_within_the_margin(n, k):
    data = generate(SyntheticSpec(latent="uniform", n=n, k=k))
    above = data.Z[:, 1] - (data.Z[:, 0] - 10)
    assert np.count_nonzero(above > 0) == n // 2
    assert np.count_nonzero(above < 0) == n - n // 2
    assert 9.9 < np.abs(above).max() <= 10
    assert [data.classes[label].split()[0] for label in data.labels] == [
        "above" if side > 0 else "below" for side in above
    ]
    assert 0 <= data.Z[:, 0].min() < 0.1
    assert 19.9 < data.Z[:, 0].max() <= 20
    assert np.abs(data.Z[:, 2:]).max(initial=0) <= 10


# --- Conditioning and what is known ---


@pytest.mark.parametrize(("condition", "rel"), [(1.0, 1e-9), (100.0, 1e-9), (1e6, 1e-6)])
@pytest.mark.parametrize(("k", "d1", "d2"), [(2, 2, 5), (4, 8, 4), (3, 2, 6)])
def test_the_condition_number_is_as_asked(condition, rel, k, d1, d2):
    data = generate(SyntheticSpec(n=10, k=k, d1=d1, d2=d2, condition=condition))
    for S in (data.S1, data.S2):
        s = np.linalg.svd(S, compute_uv=False)
        assert s[0] / s[-1] == pytest.approx(condition, rel=rel)
        np.testing.assert_allclose(np.diff(np.log(s), 2), 0, atol=1e-6)
    np.testing.assert_allclose(data.X1, data.Z @ data.S1.T, atol=1e-12)


def test_conditioning_keeps_the_largest_singular_value_and_the_directions():
    drawn = generate(SyntheticSpec(n=10, d1=4)).S1
    given_condition = generate(SyntheticSpec(n=10, d1=4, condition=50.0)).S1
    U, s, Vt = np.linalg.svd(drawn, full_matrices=False)
    np.testing.assert_allclose(U.T @ given_condition @ Vt.T, np.diag([s[0], s[0] / 50]), atol=1e-12)


def test_pseudo_inverse_recovers_the_latent_without_noise():
    data = generate(SyntheticSpec(k=3, d1=3, d2=7))
    for Zhat in pseudo_inverse_latents(data):
        np.testing.assert_allclose(Zhat, data.Z, atol=1e-11)


@pytest.mark.parametrize("missing", ["S1", "S2"])
def test_pseudo_inverse_refuses_data_without_the_true_maps(missing):
    data = replace(generate(SyntheticSpec(n=10)), **{missing: None})
    with pytest.raises(ValueError, match="S1 and S2 are only known for synthetic data"):
        pseudo_inverse_latents(data)


def test_moments_has_a_row_for_every_column_of_latent_and_views():
    data = generate(SyntheticSpec(n=300, d1=3, d2=2, noise=1.0))
    table = moments(data)
    rows = ["z[1]", "z[2]", "x1[1]", "x1[2]", "x1[3]", "x2[1]", "x2[2]"]
    assert list(table.index) == rows
    assert list(table.columns) == ["mean", "std", "min", "max"]
    X = np.column_stack([data.Z, data.X1, data.X2])
    expected = np.column_stack(
        [X.mean(axis=0), X.std(axis=0, ddof=1), X.min(axis=0), X.max(axis=0)]
    )
    np.testing.assert_allclose(table, expected)
    assert list(moments(replace(data, Z=None)).index) == rows[2:]


def test_chosen_rows_keep_everything_in_step():
    data = generate(SyntheticSpec(n=20))
    chosen = np.array([3, 11, 4])
    part = data.rows(chosen)
    assert part.n == 3
    for field in ("X1", "X2", "Z", "labels"):
        np.testing.assert_array_equal(getattr(part, field), getattr(data, field)[chosen])
    assert part.S1 is data.S1
    assert part.classes == data.classes
    bare = PairedData(X1=data.X1, X2=data.X2).rows(chosen)
    assert bare.Z is None
    assert bare.labels is None


# --- Refusals ---


def outside(low, high, *, open_low=False):
    beyond = st.floats(min_value=high) if np.isfinite(high) else st.just(np.inf)
    below = st.floats(max_value=low, exclude_max=not open_low)
    return st.one_of(st.just(np.nan), below, beyond)


no_count = st.one_of(st.floats(), st.booleans(), st.none(), st.text(max_size=3))

BAD = {
    "latent": st.text(max_size=5).filter(lambda text: text not in ("gmm", "uniform")),
    "n": st.one_of(st.integers(max_value=1), no_count),
    "k": st.one_of(st.integers(max_value=0), st.integers(min_value=5), no_count),
    "d1": st.one_of(st.integers(max_value=0), no_count),
    "d2": st.one_of(st.integers(max_value=0), no_count),
    "seed": st.one_of(st.integers(max_value=-1), no_count),
    "components": st.one_of(st.integers(max_value=0), st.integers(min_value=7), no_count),
    "noise": outside(0, np.inf),
    "separation": outside(0, np.inf),
    "imbalance": outside(0, 1),
    "correlation": outside(-1, 1, open_low=True),
    "condition": outside(1, np.inf),
    "weights": st.sampled_from(
        [(1.0,), (0.5, 0.6), (0.0, 1.0), (-0.5, 1.5), (np.nan, 1.0), (np.inf, 0.5), (0.3,) * 3]
    ),
}


@given(st.data(), st.sampled_from(sorted(BAD)))
@settings(max_examples=300)
def test_any_field_out_of_range_is_refused_by_name(data, field):
    value = data.draw(BAD[field])
    with pytest.raises(ValueError, match=f"^SyntheticSpec: {field} = "):
        SyntheticSpec(**{field: value})


@given(specs)
def test_every_spec_in_range_draws_finite_numbers_of_the_right_shape(spec):
    data = generate(spec)
    assert data.X1.shape == (spec.n, spec.d1)
    assert data.X2.shape == (spec.n, spec.d2)
    assert data.Z.shape == (spec.n, spec.k)
    assert all(np.isfinite(X).all() for X in (data.X1, data.X2, data.Z))
    assert set(data.labels) <= set(range(len(data.classes)))


def test_fields_that_exclude_each_other_are_refused():
    with pytest.raises(ValueError, match=r"weights .* and imbalance = 0.5: give one of them"):
        SyntheticSpec(weights=(0.5, 0.5), imbalance=0.5)
    with pytest.raises(ValueError, match="k = 1: the uniform latent's boundary is a line"):
        SyntheticSpec(latent="uniform", k=1)


@pytest.mark.parametrize("field", ["noise", "separation", "imbalance", "correlation", "weights"])
def test_text_in_place_of_a_number_is_refused_by_name(field):
    with pytest.raises(ValueError, match=f"SyntheticSpec: {field} = "):
        SyntheticSpec(**{field: "ab"})
