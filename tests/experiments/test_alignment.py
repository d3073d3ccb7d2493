from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alignlab as al
from alignlab.data.digits import digits_halves
from alignlab.data.pairs import PairedData, split_rows
from alignlab.data.synthetic import SyntheticSpec, generate, pseudo_inverse_latents
from alignlab.experiments.alignment import METRICS, StudySpec, recovered, study
from alignlab.metrics import RETRIEVAL_PAIRS

COLUMNS = [
    ("plain", "train"),
    ("plain", "held out"),
    ("informative", "train"),
    ("informative", "held out"),
]
LATENT_METRICS = [metric for metric in METRICS if metric.startswith("MLRE")]


# --- The split ---


@given(st.integers(20, 400), st.floats(0, 0.9), st.integers(0, 10_000))
def test_a_split_is_disjoint_complete_sorted_and_of_the_asked_size(n, holdout, seed):
    train, test = split_rows(n, holdout, seed)
    assert len(test) == round(holdout * n)
    assert sorted([*train, *test]) == list(range(n))
    assert (np.diff(train) > 0).all()
    assert (np.diff(test) > 0).all()


@given(st.integers(0, 1000))
def test_a_split_is_settled_by_its_seed_and_grows_with_the_share(seed):
    train, test = split_rows(200, 0.2, seed)
    np.testing.assert_array_equal(split_rows(200, 0.2, seed)[1], test)
    assert not np.array_equal(split_rows(200, 0.2, seed + 1)[1], test)
    assert set(test) < set(split_rows(200, 0.4, seed)[1])
    assert not np.isin(train, test).any()


@pytest.mark.parametrize("seed", range(5))
def test_most_rows_keep_their_place_when_n_grows_a_little(seed):
    before, after = (set(split_rows(n, 0.3, seed)[1].tolist()) for n in (1000, 1010))
    assert len(before ^ {row for row in after if row < 1000}) <= 20


def test_held_out_rows_are_a_fair_sample():
    shares = [np.mean(split_rows(1000, 0.5, seed)[1] < 500) for seed in range(20)]
    # share of the first half among 500 of 1000 drawn without replacement
    standard_error = np.sqrt(0.25 / 500 * 500 / 999 / 20)
    assert abs(np.mean(shares) - 0.5) < 4 * standard_error


@pytest.mark.parametrize(("n", "holdout"), [(2, 0.5), (5, 0.9), (10, 0.9), (1, 0.0)])
def test_a_split_that_leaves_too_few_to_fit_is_refused(n, holdout):
    with pytest.raises(ValueError, match=f"of {n} pairs leaves fewer than 2 to fit.*lower the"):
        split_rows(n, holdout, 0)


# --- The table ---


@pytest.mark.parametrize(
    "data",
    [generate(SyntheticSpec(n=60, k=2, d1=4, d2=3, noise=0.3)), digits_halves()],
    ids=["synthetic", "digits"],
)
def test_the_table_has_every_metric_for_both_aligners_on_both_splits(data):
    table = study(data, StudySpec(k=2)).table
    assert list(table.index) == list(METRICS)
    assert list(table.columns) == COLUMNS
    known = table.index if data.Z is not None else table.index.difference(LATENT_METRICS)
    assert table.loc[known, "informative"].notna().all(axis=None)
    if data.Z is None:
        assert table.loc[LATENT_METRICS].isna().all(axis=None)


@pytest.mark.parametrize("rank", [None, 3])
def test_the_table_holds_what_the_aligners_give_on_the_rows_of_the_split(rank):
    data = generate(SyntheticSpec(n=80, k=2, d1=4, d2=3, noise=0.3))
    result = study(data, StudySpec(k=2, rank=rank, holdout=0.25, split_seed=3))
    train_rows, test_rows = split_rows(80, 0.25, 3)
    np.testing.assert_array_equal(result.train_rows, train_rows)
    np.testing.assert_array_equal(result.test_rows, test_rows)
    X1, X2 = data.X1[train_rows], data.X2[train_rows]
    alignments = {
        "plain": al.perfect_alignment(X1, X2, 2),
        "informative": al.informative_alignment(X1, X2, 2, rank),
    }
    for name, alignment in alignments.items():
        for split, rows in (("train", train_rows), ("held out", test_rows)):
            Z1, Z2 = alignment.embed(data.X1[rows], data.X2[rows])
            expected = {
                "CMAE": al.cmae(Z1, Z2),
                "NCMAE": al.ncmae(Z1, Z2),
                "relative CMAE": al.relative_cmae(Z1, Z2),
                "kept norm 1": al.kept_norm(data.X1[rows], Z1),
                "kept norm 2": al.kept_norm(data.X2[rows], Z2),
                "pair retrieval": al.retrieval(Z1, Z2),
                "chance of retrieval": 1 / len(rows),
                "MLRE 1": al.mlre(data.Z[rows], Z1),
                "MLRE 2": al.mlre(data.Z[rows], Z2),
                "zero latents": 0,
            }
            found = result.table[name, split]
            pd.testing.assert_series_equal(
                found[list(expected)], pd.Series(expected, dtype=float), check_names=False
            )


@pytest.mark.parametrize("name", ["plain", "informative"])
def test_the_map_onto_the_latent_is_fitted_on_training_pairs_only(name):
    data = generate(SyntheticSpec(n=24, k=2, d1=4, d2=3, noise=2.0))
    result = study(data, StudySpec(k=2, holdout=0.5))
    fitted = getattr(result, name)
    for m, (Z_train, Z_test) in enumerate(zip(fitted.train, fitted.test, strict=True), start=1):
        M = np.linalg.lstsq(Z_train, result.train.Z)[0]
        own = np.linalg.lstsq(Z_test, result.test.Z)[0]
        expected = al.mlre(result.test.Z, Z_test @ M)
        leaked = al.mlre(result.test.Z, Z_test @ own)
        assert abs(expected - leaked) > 1e-3
        found = result.table.loc[f"MLRE {m}, up to linear"]
        assert found[name, "held out"] == pytest.approx(expected, rel=1e-9)
        in_sample = al.mlre(result.train.Z, Z_train, up_to="linear")
        assert found[name, "train"] == pytest.approx(in_sample, rel=1e-9)


def test_held_out_figures_are_undefined_where_nothing_is_held_out():
    result = study(generate(SyntheticSpec(n=50)), StudySpec(holdout=0))
    assert result.test.n == 0
    assert result.train.n == 50
    assert result.table.xs("held out", axis=1, level=1).isna().all(axis=None)
    assert result.table.xs("train", axis=1, level=1).notna().all(axis=None)


def test_mlre_is_undefined_where_the_aligned_space_has_another_dimension():
    result = study(generate(SyntheticSpec(n=50, k=2, d1=4, d2=4)), StudySpec(k=3))
    assert result.table.loc[["MLRE 1", "MLRE 2"]].isna().all(axis=None)
    assert (result.table.loc["MLRE 1, up to linear"] < 1e-12).all()


def test_mlre_with_the_true_maps_is_at_rounding_without_noise():
    table = study(generate(SyntheticSpec()), StudySpec()).table
    assert (table.loc[["MLRE 1, pinv(S1)", "MLRE 2, pinv(S2)"]] < 1e-13).all(axis=None)


def test_held_out_pairs_of_noiseless_data_align_as_well_as_the_fitted_ones():
    result = study(generate(SyntheticSpec()), StudySpec(holdout=0.5))
    assert (result.table.loc["CMAE"] < 1e-12).all()


def test_the_exact_fit_of_few_noisy_pairs_is_exact_in_the_sample_only():
    data = generate(SyntheticSpec(n=20, k=10, d1=10, d2=10, noise=1.0))
    table = study(data, StudySpec(k=10, holdout=0.5)).table
    assert table.loc["CMAE", ("plain", "train")] < 1e-12
    assert table.loc["CMAE", ("plain", "held out")] > 1


@pytest.mark.parametrize("features", [2, 32])
@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_collapse_is_seen_at_32_features_and_not_at_2(features, noise):
    data = generate(SyntheticSpec(d1=features, d2=features, noise=noise))
    assert study(data, StudySpec()).collapsed == (features == 32)


def test_a_latent_of_zeros_counts_as_collapsed():
    result = study(digits_halves(), StudySpec(k=2))
    assert result.collapsed
    assert result.table.loc["zero latents", ("plain", "train")] == result.train.n
    assert result.table.loc["zero latents", ("plain", "held out")] == result.test.n
    assert np.isnan(result.table.loc["NCMAE", ("plain", "train")])


def test_retrieval_is_measured_among_the_first_pairs_of_a_split():
    data = generate(SyntheticSpec(n=1500, noise=1.0))
    result = study(data, StudySpec(holdout=0.2))
    Z1, Z2 = result.plain.train
    assert len(Z1) == 1200 > RETRIEVAL_PAIRS
    found = result.table.loc["pair retrieval"]
    assert found["plain", "train"] == al.retrieval(Z1[:RETRIEVAL_PAIRS], Z2[:RETRIEVAL_PAIRS])
    assert found["plain", "held out"] == al.retrieval(*result.plain.test)
    chance = result.table.loc["chance of retrieval"]
    assert chance["plain", "train"] == 1 / RETRIEVAL_PAIRS
    assert chance["informative", "held out"] == 1 / 300


# --- Refusals ---


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"k": 0}, "k = 0 is out of range"),
        ({"k": 1.5}, "k = 1.5 is not a whole number"),
        ({"rank": 0}, "rank = 0 is out of range"),
        ({"split_seed": -1}, "split_seed = -1 is out of range"),
        ({"holdout": -0.1}, r"holdout = -0.1 is out of range: it must be in \[0, 0.9\]"),
        ({"holdout": 0.95}, "holdout = 0.95 is out of range"),
        ({"holdout": float("nan")}, "holdout = nan is out of range"),
    ],
)
def test_a_spec_out_of_range_is_refused_by_field(fields, message):
    with pytest.raises(ValueError, match=f"^StudySpec: {message}"):
        StudySpec(**fields)


def test_a_study_refuses_what_its_aligners_refuse():
    data = generate(SyntheticSpec(n=50, d1=3, d2=3))
    with pytest.raises(ValueError, match=r"perfect_alignment: k = 7 .* between 1 and 6"):
        study(data, StudySpec(k=7))
    with pytest.raises(ValueError, match="informative_alignment: k = 3 exceeds the r1"):
        study(data, StudySpec(k=3, rank=1))


@pytest.mark.parametrize("row", [1, 2])
def test_a_missing_value_is_refused_by_its_row_in_the_data_in_whichever_split_it_falls(row):
    data = generate(SyntheticSpec(n=50, noise=1.0))
    assert 1 in split_rows(50, 0.2, 0)[1]
    assert 2 in split_rows(50, 0.2, 0)[0]
    data.X1[row, 0] = np.nan
    with pytest.raises(ValueError, match=f"row {row}"):
        study(data, StudySpec())


def test_a_known_latent_without_known_maps_is_measured_but_for_the_pseudo_inverse():
    data = generate(SyntheticSpec(n=50))
    table = study(PairedData(X1=data.X1, X2=data.X2, Z=data.Z), StudySpec()).table
    assert table.loc["MLRE 1"].notna().all()
    assert table.loc["MLRE 1, pinv(S1)"].isna().all()


def test_each_way_to_estimate_the_latent_takes_the_place_of_the_other():
    known = generate(SyntheticSpec(n=60, noise=0.5))
    found = study(known, StudySpec(holdout=0.0))
    how, Z1, Z2 = recovered(found, "linear")
    assert how == "linear"
    best = np.linalg.lstsq(found.plain.train[0], known.Z, rcond=None)[0]
    np.testing.assert_allclose(Z1, found.plain.train[0] @ best, atol=1e-8)
    assert Z2.shape == known.Z.shape
    how, *estimates = recovered(found, "pinv")
    assert how == "pinv"
    for estimate, expected in zip(estimates, pseudo_inverse_latents(known), strict=True):
        np.testing.assert_array_equal(estimate, expected)
    unknown = study(replace(known, S1=None, S2=None), StudySpec(holdout=0.0))
    assert recovered(unknown, "pinv")[0] == "linear"
