from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import alignlab as al
from alignlab.data.pairs import PairedData
from alignlab.data.synthetic import SyntheticSpec, generate
from alignlab.experiments.whitening import (
    CORNERS,
    STEPS,
    Member,
    centred,
    corner_table,
    corners,
    distance,
    member,
    path,
)
from alignlab.words.numbers import number
from alignlab.words.whitening import SAME, bridge_words, same_words

NOISY = SyntheticSpec(n=300, k=2, d1=5, d2=4, noise=1.0)
ENDS = [(family, *at, name) for family, ends in CORNERS.items() for at, name in ends.items()]
NAMES = ["plain PA", "PLS-SVD", "CP", "CP reversed", "CCA"]

SPECS = st.builds(
    SyntheticSpec, n=st.integers(20, 200), k=st.integers(1, 4), d1=st.integers(2, 6),
    d2=st.integers(2, 6), noise=st.floats(0.1, 3), seed=st.integers(0, 10_000),
    components=st.integers(1, 4),
)  # fmt: skip


def built(spec, family, a, b, k=None):
    data = generate(spec)
    ends = corners(data, k or spec.k)
    return data, ends, member(data, k or spec.k, family, a, b, ends)


def rank_deficient():
    """Views of rank 3 and 2 in 5 and 4 features."""
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(100, 2))
    X1 = np.hstack([Z, rng.normal(size=(100, 1))]) @ rng.normal(size=(3, 5))
    X2 = (Z + 0.5 * rng.normal(size=(100, 2))) @ rng.normal(size=(2, 4))
    return PairedData(X1=X1, X2=X2)


# --- The corners ---


def test_the_corners_are_the_named_aligners_of_centred_views():
    data = generate(NOISY)
    ends = corners(data, 2)
    X1, X2 = (X - X.mean(axis=0) for X in (data.X1, data.X2))
    back = al.reduced_rank_regression(X2, X1, 2)
    expected = {
        "plain PA": (al.perfect_alignment(X1, X2, 2).W1, al.perfect_alignment(X1, X2, 2).W2),
        "PLS-SVD": (al.pls_svd(X1, X2, 2).W1, al.pls_svd(X1, X2, 2).W2),
        "CP": (al.reduced_rank_regression(X1, X2, 2).W1, al.reduced_rank_regression(X1, X2, 2).W2),
        "CP reversed": (back.W2, back.W1),
        "CCA": (al.cca(X1, X2, 2).W1, al.cca(X1, X2, 2).W2),
    }
    assert list(ends) == list(expected) == NAMES
    for name, maps in expected.items():
        np.testing.assert_allclose(ends[name].W1, maps[0], atol=1e-12)
        np.testing.assert_allclose(ends[name].W2, maps[1], atol=1e-12)


def test_the_reversed_corner_is_the_corner_of_exchanged_views():
    data = replace(generate(NOISY), X1=5 + generate(NOISY).X1)
    turned = replace(data, X1=data.X2, X2=data.X1)
    back, ahead = corners(data, 2)["CP reversed"], corners(turned, 2)["CP"]
    np.testing.assert_allclose(back.W1, ahead.W2)
    np.testing.assert_allclose(back.mean1, ahead.mean2)
    Z1, Z2 = back.embed(data.X1, data.X2)
    T2, T1 = ahead.embed(turned.X1, turned.X2)
    np.testing.assert_allclose(Z1, T1)
    np.testing.assert_allclose(Z2, T2)


@pytest.mark.parametrize(("family", "a", "b", "name"), ENDS)
@given(SPECS)
@settings(max_examples=25)
def test_each_family_ends_at_its_named_aligners(family, a, b, name, spec):
    assume(spec.k <= min(spec.d1, spec.d2) and spec.n > spec.d1 + spec.d2 + 5)
    _, ends, found = built(spec, family, a, b)
    assume(far_apart(ends, spec.k))
    assert max(found.distances[name]) < SAME
    assert np.shape(found.Z1) == np.shape(found.Z2) == (spec.n, spec.k)


def far_apart(ends, k):
    """Whether the k directions of every aligner are separated from the next one."""
    gaps = []
    for name, end in ends.items():
        s = end.spectrum[::-1] if name == "plain PA" else end.spectrum
        gaps.append(abs(s[k - 1] - s[k]) / max(s) if len(s) > k else 1.0)
    return min(gaps) > 1e-4


@given(SPECS)
def test_perfect_alignment_of_whitened_views_is_cca(spec):
    assume(spec.k <= min(spec.d1, spec.d2) and spec.n > spec.d1 + spec.d2 + 5)
    data, ends, found = built(spec, "stack", 1, 1)
    assume(far_apart(ends, spec.k))
    white = []
    for X in centred(data):
        values, V = np.linalg.eigh(X.T @ X / len(X))
        white.append((V / np.sqrt(values)) @ V.T)
    X1, X2 = (X @ T for X, T in zip(centred(data), white, strict=True))
    plain = al.perfect_alignment(X1, X2, spec.k)
    assert distance(white[0] @ plain.W1, ends["CCA"].W1) < SAME
    assert distance(white[1] @ plain.W2, ends["CCA"].W2) < SAME
    assert max(found.distances["CCA"]) < SAME


def test_the_stack_with_one_side_whitened_is_not_prediction():
    for a, b, name in ((1, 0, "CP"), (0, 1, "CP reversed")):
        _, _, found = built(NOISY, "stack", a, b)
        assert max(found.distances[name]) > 0.05
        _, _, cross = built(NOISY, "cross", a, b)
        assert max(cross.distances[name]) < SAME


def test_between_the_corners_a_member_is_none_of_them():
    for family in CORNERS:
        _, _, found = built(NOISY, family, 0.5, 0.5)
        assert min(max(pair) for pair in found.distances.values()) > 1e-3


def test_the_families_do_not_depend_on_the_means_of_the_views():
    data = generate(NOISY)
    moved = replace(data, X1=data.X1 + 100, X2=data.X2 - [7, 0, 0, 1])
    for family in CORNERS:
        found, other = (
            member(each, 2, family, 0.3, 0.8, corners(each, 2)) for each in (data, moved)
        )
        np.testing.assert_allclose(found.Z1, other.Z1, atol=1e-8)
        assert found.errors == pytest.approx(other.errors, rel=1e-6)


# --- A member ---


def test_the_errors_of_a_member_are_those_of_its_latents():
    data, _, found = built(replace(NOISY, n=600), "cross", 0.4, 0.6)
    assert found.errors == {
        "NCMAE": al.ncmae(found.Z1, found.Z2),
        "relative CMAE": al.relative_cmae(found.Z1, found.Z2),
        "pair retrieval": al.retrieval(found.Z1[:500], found.Z2[:500]),
    }
    X1, X2 = centred(data)
    plain = al.perfect_alignment(X1, X2, 2).embed(X1, X2)
    _, _, corner = built(replace(NOISY, n=600), "stack", 0, 0)
    assert corner.errors["NCMAE"] == pytest.approx(al.ncmae(*plain), rel=1e-9)


def test_latents_are_turned_only_where_the_true_one_is_known():
    data, ends, found = built(NOISY, "cross", 1, 1)
    blind = member(replace(data, Z=None), 2, "cross", 1, 1, ends)
    assert found.errors == pytest.approx(blind.errors)
    assert not np.allclose(found.Z1, blind.Z1)
    np.testing.assert_allclose(np.linalg.norm(found.Z1, axis=1), np.linalg.norm(blind.Z1, axis=1))
    Z = data.Z - data.Z.mean(axis=0)
    assert np.linalg.norm(found.Z1 - Z) < np.linalg.norm(blind.Z1 - Z)


def test_rank_deficient_views_are_aligned_within_what_varies():
    data = rank_deficient()
    ends = corners(data, 2)
    assert ends["CCA"].ranks == (3, 2)
    for family, a, b, name in ENDS:
        found = member(data, 2, family, a, b, ends)
        assert np.isfinite(found.Z1).all()
        if name != "plain PA":
            assert max(found.distances[name]) < SAME
    # plain PA takes directions that are null for one view alone; the stack leaves them out
    assert max(member(data, 2, "stack", 0, 0, ends).distances["plain PA"]) > 0.1
    with pytest.raises(ValueError, match=r"cca: k = 3 exceeds the rank of a view \(3 and 2"):
        corners(data, 3)


def test_maps_with_dependent_columns_have_no_distance():
    W = np.arange(6.0).reshape(3, 2)
    assert np.isnan(distance(W[:, [0, 0]], W))
    assert np.isnan(distance(W, 0 * W))
    assert distance(W, W @ [[1, 2], [3, 4]]) < 1e-12


# --- The path ---


@pytest.mark.parametrize("family", CORNERS)
def test_the_way_passes_the_corners_in_order(family):
    way = np.array(path(family))
    ends = list(CORNERS[family])
    assert (way[::STEPS] == [*ends, *ends[:1]][: len(way) // STEPS + 1]).all()
    assert len(way) == STEPS * {"stack": 1, "cross": 4}[family] + 1
    steps = np.abs(np.diff(way, axis=0)).max(axis=1)
    if family == "cross":
        np.testing.assert_allclose(steps, 1 / STEPS)
    else:  # they grow evenly from plain PA on
        np.testing.assert_allclose(way[:, 0], way[:, 1])
        np.testing.assert_allclose(steps, (2 * np.arange(STEPS) + 1) / STEPS**2)
    assert ((way >= 0) & (way <= 1)).all()
    assert tuple(way[-1]) == (ends[0] if family == "cross" else ends[-1])


# --- Words ---


def made(a=0.0, b=0.0, errors=None, **known):
    distances = dict.fromkeys(NAMES, (0.5, 0.6)) | {
        name.replace("_", " "): pair for name, pair in known.items()
    }
    errors = errors or {"NCMAE": 0.25, "relative CMAE": 1e-15, "pair retrieval": 1.0}
    Z = np.zeros((3, 2))
    return Member(a=a, b=b, Z1=Z, Z2=Z, distances=distances, errors=errors)


@pytest.mark.parametrize(
    ("distances", "said"),
    [
        ({"CCA": (1e-9, 2e-7)}, "**At a = 0.5, b = 0 the maps span the same subspaces as CCA.**"),
        ({"CCA": (1e-9, 1e-5), "CP": (0.1, 0.2)}, "nearest to CCA**: subspace distance 1.00 · 10"),
        ({"CP": (0.4, 0.2), "CCA": (0.1, 0.9)}, "nearest to CP**: subspace distance 0.4."),
        ({"CP": (1e-8, 1e-8), "CCA": (0.0, 0.0)}, "span the same subspaces as CP and CCA.**"),
        (dict.fromkeys(NAMES, (0.0, 0.0)), "as plain PA, PLS-SVD, CP, CP reversed and CCA.**"),
        ({"CCA": (np.nan, 0.0), "CP": (0.3, 0.3)}, "nearest to CP**: subspace distance 0.3."),
        (dict.fromkeys(NAMES, (np.nan, 0.1)), "no map has a subspace to compare"),
    ],
)
def test_a_member_is_said_to_be_what_both_of_its_maps_are(distances, said):
    words = bridge_words(made(0.5, 0.0, **distances), "cross")
    assert said in words
    assert words.endswith("NCMAE 0.25, relative CMAE 1.00 · 10⁻¹⁵, pair retrieval 1.")


@pytest.mark.parametrize(
    ("family", "a", "b", "said"),
    [
        ("stack", 1.0, 0.0, "CP"),
        ("stack", 0.4, 0.0, "CP"),
        ("stack", 0.0, 1.0, "CP reversed"),
        ("stack", 0.3, 0.7, None),
        ("stack", 0.0, 0.0, None),
        ("stack", 1.0, 1.0, None),
        ("cross", 1.0, 0.0, None),
    ],
)
def test_one_side_whitened_is_said_not_to_be_prediction(family, a, b, said):
    words = bridge_words(made(a, b), family)
    assert ("one side whitened" in words) == (said is not None)
    start = f"**The stack with one side whitened is not {said}**: subspace distance 0.6. **At a = "
    assert said is None or words.startswith(start)
    assert "one side" not in bridge_words(made(a, b, CP=(0.0, 0.0), CP_reversed=(0.0, 0.0)), family)


@pytest.mark.parametrize(
    ("distances", "hinted"),
    [
        (dict.fromkeys(NAMES, (0.0, 1e-9)), True),
        (dict.fromkeys(NAMES[1:], (0.0, 0.0)), False),
        (dict.fromkeys(NAMES[1:], (0.0, 0.0)) | {"plain PA": (0.0, np.nan)}, False),
        (dict.fromkeys(NAMES, (np.nan, 0.0)), False),
    ],
)
@pytest.mark.parametrize("family", CORNERS)
def test_corners_that_all_coincide_are_said_with_the_remedy(family, distances, hinted):
    words = bridge_words(made(0.5, 0.5, **distances), family)
    hint = " On these pairs all corners coincide: add noise, or choose a preset. NCMAE"
    assert (hint in words) == hinted
    assert ("choose a preset" in words) == hinted


def test_clean_pairs_of_as_many_features_as_dimensions_cannot_tell_the_corners_apart():
    _, _, found = built(replace(NOISY, k=2, d1=2, d2=2, noise=0.0), "cross", 0.5, 0.5)
    assert "all corners coincide" in bridge_words(found, "cross")
    _, _, found = built(NOISY, "cross", 0.5, 0.5)
    assert "corners coincide" not in bridge_words(found, "cross")


@pytest.mark.parametrize(("family", "a", "b", "name"), ENDS)
def test_the_words_at_a_corner_name_it(family, a, b, name):
    _, _, found = built(NOISY, family, float(a), float(b))
    words = bridge_words(found, family)
    assert f"**At a = {a}, b = {b} the maps span the same subspaces as {name}.**" in words
    assert f"NCMAE {number(found.errors['NCMAE'])}" in words


def test_whitened_perfect_alignment_is_said_to_be_cca_where_it_is():
    data, ends, white = built(NOISY, "stack", 1, 1)
    words = same_words(white, ends, data)
    assert "**Perfect alignment of whitened data is CCA.**" in words
    first, second = (number(each) for each in white.distances["CCA"])
    assert f"subspace distances {first} and {second}." in words
    assert "rank" not in words


def test_fewer_pairs_than_features_are_said_to_leave_the_directions_open():
    # several canonical correlations are 1 then
    data, ends, white = built(replace(NOISY, n=8, d1=6, d2=6), "stack", 1, 1)
    assert (ends["CCA"].spectrum[:3] > 1 - 1e-9).all()
    words = same_words(white, ends, data)
    assert "They differ here" in words
    assert "is CCA.**" not in words


def test_what_a_rank_deficient_view_leaves_out_is_said():
    data = rank_deficient()
    ends = corners(data, 2)
    words = same_words(member(data, 2, "stack", 1, 1, ends), ends, data)
    assert "**Perfect alignment of whitened data is CCA.**" in words
    assert "view 1 has rank 3 of 5 features and view 2 has rank 2 of 4 features" in words


def test_the_table_holds_distances_between_the_corners_and_from_here():
    _, ends, found = built(NOISY, "cross", 0.5, 0.5)
    table = corner_table(ends, found)
    assert list(table.index) == NAMES
    here = table[["here, W⁽¹⁾", "here, W⁽²⁾"]].to_numpy()
    np.testing.assert_array_equal(here, list(found.distances.values()))
    between = table[[f"{name}, W⁽¹⁾" for name in NAMES]].to_numpy()
    np.testing.assert_allclose(between, between.T, atol=1e-12)
    assert (np.diag(between) < 1e-7).all()
    assert between[0, 4] == al.subspace_distance(ends["plain PA"].W1, ends["CCA"].W1)
