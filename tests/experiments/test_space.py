from dataclasses import replace

import numpy as np
import pytest
from sklearn.decomposition import PCA

from alignlab.aligners.contrastive import ContrastiveSpec
from alignlab.aligners.deep_cca import DeepSpec
from alignlab.data.pairs import PairedData, split_rows
from alignlab.data.synthetic import SyntheticSpec, generate
from alignlab.experiments.degenerate import degeneracies, different_rows
from alignlab.experiments.methods import HIDDEN, METHODS, Fitting
from alignlab.experiments.space import FEWEST, SPACES, Spaces, SpaceSpec, space, unseen
from alignlab.spaces.measures import Measures, MeasureSpec
from alignlab.work import finish

DATA = generate(SyntheticSpec(n=80, d1=4, d2=4, noise=0.5))
SHORT = ContrastiveSpec(steps=12, batch=32)
TRAIN, TEST = split_rows(80, 0.2, 0)
NORMAL = np.random.default_rng(0).standard_normal((2, 50, 4))


def spec(how, **settings):
    return SpaceSpec(how=how, **{"k": 2, "contrastive": SHORT} | settings)


# --- How modalities come into one space ---


def test_common_dimensions_are_the_views_as_they_are_and_nothing_is_held_out():
    found = space(DATA, spec("common"))
    np.testing.assert_array_equal(found.Z1, DATA.X1)
    np.testing.assert_array_equal(found.Z2, DATA.X2)
    assert not found.held_out.any()
    assert not found.fitted
    assert (found.n, found.notes) == (80, ())


def test_views_of_unequal_width_have_no_common_dimensions_and_the_remedy_is_named():
    with pytest.raises(ValueError, match=r"4 and 3 features.*choose each by its own PCA"):
        space(replace(DATA, X2=DATA.X2[:, :3]), spec("common"))


def test_pca_is_that_of_each_view_fitted_without_the_held_out_pairs():
    found = space(DATA, spec("pca"))
    for Z, X in ((found.Z1, DATA.X1), (found.Z2, DATA.X2)):
        expected = PCA(2).fit(X[TRAIN]).transform(X)
        signs = np.sign((Z * expected).sum(axis=0))
        np.testing.assert_allclose(Z, expected * signs, atol=1e-9)
    assert (np.flatnonzero(found.held_out) == TEST).all()


@pytest.mark.parametrize("how", METHODS)
def test_an_aligner_is_fitted_on_the_training_pairs_and_embeds_all(how):
    found = space(DATA, spec(how))
    fitting = Fitting(DATA.X1[TRAIN], DATA.X2[TRAIN], how, spec(how))
    for _ in fitting.run():
        pass
    for Z, expected in zip(
        (found.Z1, found.Z2), fitting.found.embed(DATA.X1, DATA.X2), strict=True
    ):
        np.testing.assert_array_equal(Z, expected)
    assert (np.flatnonzero(found.held_out) == TEST).all()
    if fitting.training is not None:
        expected = replace(SHORT, k=2, hidden=HIDDEN if how == "nonlinear_contrastive" else 0)
        if how == "deep_cca":
            expected = DeepSpec(k=2, hidden=HIDDEN, steps=SHORT.steps, batch=SHORT.batch)
        assert fitting.training.spec == expected


def test_unit_length_keeps_directions_and_rows_of_zeros_stay_and_are_counted():
    X1 = DATA.X1.copy()
    X1[[3, 7]] = 0
    found = space(replace(DATA, X1=X1), spec("common", unit=True))
    lengths = np.linalg.norm(found.Z1, axis=1)
    np.testing.assert_allclose(np.delete(lengths, [3, 7]), 1)
    assert (lengths[[3, 7]] == 0).all()
    np.testing.assert_allclose((found.Z2 * DATA.X2).sum(axis=1), np.linalg.norm(DATA.X2, axis=1))
    assert found.notes[0].startswith("Modality 1: 2 rows are zero")
    assert not any(note.startswith("Modality 2") for note in found.notes)


# --- Settings ---


@pytest.mark.parametrize("how", SPACES)
def test_a_setting_that_the_canonical_form_leaves_out_changes_nothing(how):
    first = spec(how, ridge=0.1)
    assert first.canonical() == first.canonical().canonical()
    base = space(DATA, first)
    others = {
        "k": 3, "unit": True, "holdout": 0.3, "split_seed": 1, "ridge": 5.0,
        "contrastive": replace(SHORT, seed=1),
    }  # fmt: skip
    used = set()
    for name, value in others.items():
        other = replace(first, **{name: value})
        if other.canonical() != first.canonical():
            used.add(name)
            continue
        found = space(DATA, other)
        np.testing.assert_array_equal(found.Z1, base.Z1)
        np.testing.assert_array_equal(found.held_out, base.held_out)
    assert "unit" in used
    assert ("ridge" in used) == (how in ("cca", "fourier_cca"))
    assert ("contrastive" in used) == (how.endswith("contrastive") or how == "deep_cca")
    assert ("k" in used) == (how != "common" and not how.startswith("least_squares"))
    assert {"holdout", "split_seed"} <= used or how == "common"


def test_width_and_hidden_layer_of_a_training_are_those_of_the_space():
    first = spec("nonlinear_contrastive")
    other = replace(first, contrastive=replace(SHORT, k=7, hidden=3))
    assert other.canonical() == first.canonical()
    np.testing.assert_array_equal(space(DATA, other).Z1, space(DATA, first).Z1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"how": "magic"}, "how = 'magic' is not known: use common, pca, perfect_alignment"),
        ({"k": 0}, "k = 0 is out of range"),
        ({"holdout": 0.95}, "holdout = 0.95 is out of range"),
        ({"ridge": -1.0}, "ridge = -1.0 is out of range"),
        ({"split_seed": -1}, "split_seed = -1 is out of range"),
    ],
)
def test_a_setting_out_of_range_is_refused_by_name(settings, message):
    with pytest.raises(ValueError, match=f"^SpaceSpec: {message}"):
        SpaceSpec(**settings)


# --- Work ---


def test_progress_counts_trainings_by_their_steps_and_others_as_one():
    specs = [spec("cca"), spec("contrastive"), spec("pca"), spec("cca")]
    work = Spaces(DATA, specs)
    assert (work.done, work.total, work.specs) == (0, 14, tuple(specs[:3]))
    seen = [
        (work.done, len(work.spaces), work.training is not None, id(work.spaces))
        for _ in work.run()
    ]
    assert [done for done, *_ in seen] == [1, 6, 11, 13, 13, 14]
    assert [count for _, count, *_ in seen] == [1, 1, 1, 1, 2, 3]
    assert [training for *_, training, _ in seen] == [False, True, True, True, False, False]
    assert len({kept for *_, kept in seen}) == 3  # a new dictionary each time


def test_a_space_that_cannot_be_made_is_kept_with_its_reason_and_stops_no_other():
    work = Spaces(DATA, [spec("cca", k=9), spec("pls_svd")])
    for _ in work.run():
        pass
    assert "k = 9 exceeds" in work.failures[spec("cca", k=9)]
    assert list(work.spaces) == [spec("pls_svd")]
    assert work.done == work.total


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"X1": DATA.X1 + np.nan}, "inspect: X1 holds 320 NaN.*drop these rows"),
        ({"X2": DATA.X2[:-1]}, "inspect: X1 has 80 rows and X2 has 79"),
    ],
)
def test_what_is_no_pair_of_finite_views_is_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        Spaces(replace(DATA, **changed), [SpaceSpec()])


# --- Degenerate spaces are named ---


def test_a_constant_modality_is_shown_with_a_note_and_refused_by_an_aligner():
    flat = PairedData(X1=DATA.X1, X2=np.full((80, 4), 0.1))
    for how in ("common", "pca"):
        notes = space(flat, spec(how)).notes
        assert notes == (
            "Modality 2 is a single point: all 80 rows are equal up to rounding, so no row can be "
            "told from another.",
        )
    with pytest.raises(ValueError, match="X2 is constant"):
        space(flat, spec("cca"))


def test_values_that_are_not_finite_after_alignment_are_a_failure_with_its_cause(monkeypatch):
    class Broken:
        def embed(self, X1, X2):
            return X1, np.where(np.arange(len(X2))[:, None] < 3, np.nan, X2)

    broken = replace(METHODS["cca"], fit=lambda X1, X2, settings: Broken())
    monkeypatch.setitem(METHODS, "cca", broken)
    with pytest.raises(ValueError, match=r"CCA maps 3 of 80 rows of modality 2 to NaN.*rescale"):
        space(DATA, spec("cca"))


def test_pca_has_as_many_dimensions_as_there_are_and_says_so():
    found = space(DATA, spec("pca", k=6))
    assert found.Z1.shape == found.Z2.shape == (80, 4)
    assert found.notes[0].startswith("PCA gives 4 instead of 6 dimensions: 64 fitted pairs")
    few = space(DATA.rows(np.arange(3)), spec("pca", k=4, holdout=0))
    assert few.Z1.shape == (3, 2)


def test_ordinary_clouds_are_not_degenerate():
    assert degeneracies(*NORMAL) == ()
    assert degeneracies(NORMAL[0] + 1e9, NORMAL[1]) == ()


def test_copied_rows_are_counted():
    Z = NORMAL[0].copy()
    Z[10:20] = Z[0]
    assert different_rows(Z) == 40
    assert degeneracies(Z, NORMAL[1]) == (
        "Modality 1: 10 of 50 rows are exact copies of others, whose partners cannot be told "
        "apart.",
    )
    assert different_rows(np.array([[0.0], [-0.0]])) == 1


def test_missing_dimensions_are_counted_where_the_rest_is_rounding_error():
    for Z in (NORMAL[1] @ np.diag([1, 1, 1e-11, 0]), NORMAL[1] @ np.diag([1, 1, 0, 0]) + 1e5):
        assert degeneracies(NORMAL[0], Z) == ("Modality 2 spans only 2 of the 4 dimensions.",)
    wide = np.random.default_rng(0).standard_normal((2, 100, 50))
    wide[1, :, :2] = 0.0
    assert degeneracies(*wide) == ()


def test_a_modality_that_shrinks_to_a_point_beside_the_other_is_named():
    (note,) = degeneracies(NORMAL[0], NORMAL[1] / 100)
    assert note.startswith("Modality 1 is ")
    assert "times as wide as modality 2" in note
    assert degeneracies(NORMAL[0], NORMAL[1] / 10) == ()


# --- The pairs that count ---


def test_an_aligner_fitted_to_unrelated_rows_finds_partners_among_those_alone():
    def p_value(found, rows):
        measures = Measures(found.Z1[rows], found.Z2[rows], MeasureSpec(draws=50))
        finish(measures, None, "test")
        return measures.found["cka"].p

    fitted, held_out = [], []
    for seed in range(4):
        X1, X2 = np.random.default_rng(seed).standard_normal((2, 200, 60))
        found = space(PairedData(X1=X1, X2=X2), spec("cca", k=8))
        rows = unseen([found])
        np.testing.assert_array_equal(rows, found.held_out)
        fitted.append(p_value(found, ~rows))
        held_out.append(p_value(found, rows))
    assert max(fitted) < 0.05  # not what a null promises for unrelated rows
    assert np.mean(held_out) > 0.2


def test_the_pairs_that_count_are_held_out_of_every_aligner_of_which_enough_are():
    raw = space(DATA, spec("common"))
    one, other = (space(DATA, spec("cca", holdout=0.5, split_seed=seed)) for seed in (0, 1))
    assert unseen([raw, space(DATA, spec("pca"))]).all()
    np.testing.assert_array_equal(unseen([raw, one]), one.held_out)
    both = one.held_out & other.held_out
    assert both.sum() < FEWEST
    assert unseen([one, other]).all()
    assert unseen([space(DATA, spec("cca", holdout=0.0))]).all()
