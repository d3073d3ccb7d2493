from dataclasses import replace

import numpy as np
import pytest

import alignlab as al
from alignlab import linalg
from alignlab.aligners.contrastive import ContrastiveSpec, contrastive, trained
from alignlab.aligners.deep_cca import DeepSpec, deep_cca
from alignlab.aligners.fourier import fourier_cca, fourier_informative
from alignlab.aligners.kernel_cca import kernel_cca
from alignlab.data.pairs import PairedData, split_rows
from alignlab.data.synthetic import SyntheticSpec, generate
from alignlab.experiments import methods
from alignlab.experiments.compare import FIGURES, Comparison, ComparisonSpec, compare
from alignlab.experiments.gaussian_transfer import aligned_transfer
from alignlab.experiments.methods import HIDDEN, METHODS, Swapped
from alignlab.metrics import RETRIEVAL_PAIRS

DATA = generate(SyntheticSpec(n=150, d1=4, d2=3, noise=0.5))
SHORT = ContrastiveSpec(steps=12, batch=64, seed=3)
CLOSED = tuple(name for name, method in METHODS.items() if method.fit is not None)
EVERY = ComparisonSpec(methods=tuple(METHODS), contrastive=SHORT, ridge=0.1)

SINGLE = {
    "perfect_alignment": lambda X1, X2: al.perfect_alignment(X1, X2, 2),
    "informative_alignment": lambda X1, X2: al.informative_alignment(X1, X2, 2),
    "cca": lambda X1, X2: al.cca(X1, X2, 2, ridge=0.1),
    "reduced_rank_regression": lambda X1, X2: al.reduced_rank_regression(X1, X2, 2),
    "pls_svd": lambda X1, X2: al.pls_svd(X1, X2, 2),
    "procrustes": lambda X1, X2: al.procrustes(X1, X2, 2),
    "least_squares": al.least_squares,
    "contrastive": lambda X1, X2: contrastive(X1, X2, 2, steps=12, batch=64, seed=3),
    "nonlinear_contrastive": lambda X1, X2: trained(X1, X2, replace(SHORT, hidden=HIDDEN)),
    "fourier_cca": lambda X1, X2: fourier_cca(X1, X2, 2, ridge=0.1),
    "fourier_informative": lambda X1, X2: fourier_informative(X1, X2, 2),
    "kernel_cca": lambda X1, X2: kernel_cca(X1, X2, 2),
    "deep_cca": lambda X1, X2: deep_cca(
        X1, X2, DeepSpec(k=2, steps=12, batch=64, hidden=HIDDEN, seed=3)
    ),
    "reduced_rank_reversed": lambda X2, X1: al.reduced_rank_regression(X1, X2, 2),
    "least_squares_reversed": lambda X2, X1: al.least_squares(X1, X2),
}


@pytest.fixture(scope="module")
def measured():
    return compare(DATA, EVERY)


# --- The table ---


@pytest.mark.parametrize("name", METHODS)
def test_the_table_holds_what_the_single_functions_give(measured, name):
    parts = split_rows(DATA.n, EVERY.holdout, EVERY.split_seed)
    train, test = (DATA.rows(rows) for rows in parts)
    found = SINGLE[name](train.X1, train.X2)
    if name.endswith("reversed"):
        found = Swapped(inner=found)
    onto = None
    for split, pairs in (("train", train), ("held out", test)):
        Z1, Z2 = found.embed(pairs.X1, pairs.X2)
        row = measured.table(split).loc[METHODS[name].label]
        figures = {
            "CMAE": al.cmae(Z1, Z2),
            "NCMAE": al.ncmae(Z1, Z2),
            "correlation": np.mean(
                [np.corrcoef(*pair)[0, 1] for pair in zip(Z1.T, Z2.T, strict=True)]
            ),
            "relative CMAE": al.relative_cmae(Z1, Z2),
            "R@1": al.retrieval(Z1, Z2),
            "R@5": al.retrieval(Z1, Z2, top=5),
            "kept norm 1": al.kept_norm(pairs.X1, Z1),
            "kept norm 2": al.kept_norm(pairs.X2, Z2),
        }
        if Z1.shape[1] == 2:
            figures |= {"MLRE 1": al.mlre(pairs.Z, Z1), "MLRE 2": al.mlre(pairs.Z, Z2)}
        else:
            assert np.isnan(row[["MLRE 1", "MLRE 2"]].to_numpy(float)).all()
        ones = np.column_stack([Z1, np.ones(len(Z1))])
        onto = np.linalg.lstsq(ones, train.Z)[0] if onto is None else onto
        figures["MLRE 1 affine"] = al.mlre(pairs.Z, ones @ onto)
        if split == "held out":
            predicted = aligned_transfer(found, train.X1, train.labels, test.X2)
            figures["transfer"] = np.mean(predicted == test.labels)
        else:
            assert np.isnan(row["transfer"])
        for figure, value in figures.items():
            assert row[figure] == pytest.approx(value, rel=1e-9, abs=1e-12), figure
    for Z, expected in zip(measured.results[name].test, (Z1, Z2), strict=True):
        np.testing.assert_array_equal(Z, expected)


def test_every_method_has_a_row_in_the_order_asked_for_and_every_figure_a_column(measured):
    assert measured.failures == {}
    assert list(measured.results) == list(METHODS)
    for split in ("train", "held out"):
        table = measured.table(split)
        assert list(table.index) == [METHODS[name].label for name in METHODS]
        assert list(table.columns) == [*FIGURES, "seconds"]
        assert (table["seconds"] > 0).all()
    assert measured.table().equals(measured.table("held out"))
    turned = compare(DATA, ComparisonSpec(methods=("pls_svd", "cca")))
    assert list(turned.table().index) == ["PLS-SVD", "CCA"]


def test_fitted_pairs_and_held_out_ones_are_kept_apart(measured):
    train, test = measured.train_rows, measured.test_rows
    assert sorted([*train, *test]) == list(range(150))
    assert len(test) == 30
    changed = replace(DATA, X1=DATA.X1.copy())
    changed.X1[test] += 100
    moved = compare(changed, EVERY)
    for name, one in measured.results.items():
        np.testing.assert_array_equal(moved.results[name].train[0], one.train[0])
        assert not np.allclose(moved.results[name].test[0], one.test[0])


def test_a_comparison_is_the_same_every_time(measured):
    again = compare(DATA, EVERY)
    for split in ("train", "held out"):
        first, second = (each.table(split).drop(columns="seconds") for each in (measured, again))
        assert first.equals(second)


def test_retrieval_is_that_among_the_first_pairs():
    data = generate(SyntheticSpec(n=1100, d1=4, d2=3, noise=0.5))
    found = compare(data, ComparisonSpec(methods=("cca",), holdout=0.5))
    Z1, Z2 = (Z[:RETRIEVAL_PAIRS] for Z in found.results["cca"].test)
    assert found.table().loc["CCA", "R@1"] == al.retrieval(Z1, Z2)


# --- Views exchanged ---


def test_exchanged_views_give_each_modality_its_own_latent():
    alignment = al.least_squares(DATA.X2, DATA.X1)
    Z1, Z2 = Swapped(inner=alignment).embed(DATA.X1, DATA.X2)
    np.testing.assert_allclose(Z2, DATA.X2)  # modality 1 predicts modality 2
    np.testing.assert_allclose(Z1, DATA.X1 @ alignment.W2)
    with pytest.raises(ValueError, match="embed: X"):
        Swapped(inner=alignment).embed(DATA.X2, DATA.X1)


# --- Progress ---


def test_progress_counts_each_aligner_as_one_and_a_training_by_its_steps():
    spec = replace(EVERY, methods=("cca", "contrastive", "pls_svd", "nonlinear_contrastive"))
    running = Comparison(DATA, spec)
    assert (running.done, running.total) == (0, 26)
    seen = []
    for _ in running.run():
        seen.append((running.done, len(running.results), running.training is not None))
    assert [done for done, _, _ in seen] == [1, 6, 11, 13, 13, 14, 19, 24, 26, 26]
    assert [count for _, count, _ in seen] == [1, 1, 1, 1, 2, 3, 3, 3, 3, 4]
    assert [watched for _, _, watched in seen] == [False, *[True] * 3, False] * 2


def test_a_training_can_be_watched_while_it_runs_and_afterwards():
    running = Comparison(DATA, replace(EVERY, methods=("nonlinear_contrastive",)))
    steps = running.run()
    next(steps)
    assert running.training.done == 5
    assert running.training.spec == replace(SHORT, k=EVERY.k, hidden=HIDDEN)
    assert running.table().empty
    for _ in steps:
        pass
    kept = running.results["nonlinear_contrastive"].training
    assert [step for step, _, _ in kept.history] == [0, 5, 10, 12]
    np.testing.assert_allclose(kept.snapshots[-1].Z1, running.results["nonlinear_contrastive"]
                               .train[0][:250], atol=1e-12)  # fmt: skip


def test_a_comparison_that_is_stopped_keeps_what_is_finished():
    running = Comparison(DATA, replace(EVERY, methods=("cca", "contrastive", "pls_svd")))
    steps = running.run()
    for _ in range(3):
        next(steps)
    steps.close()
    assert list(running.results) == ["cca"]
    assert (running.done, running.failures) == (11, {})


# --- Failures ---


def test_an_aligner_that_cannot_be_fitted_is_kept_with_its_reason_and_stops_no_other():
    found = compare(DATA, replace(EVERY, k=4))
    assert {name: why.split(":")[0] for name, why in found.failures.items()} == {
        "cca": "cca", "reduced_rank_regression": "reduced_rank_regression",
        "reduced_rank_reversed": "reduced_rank_regression", "pls_svd": "pls_svd",
        "procrustes": "procrustes",
    }  # fmt: skip
    assert "k = 4 exceeds min(d1, d2) = 3: lower k" in found.failures["cca"]
    assert set(found.results) == set(METHODS) - set(found.failures)
    assert found.done == found.total
    assert len(found.table()) == len(found.results)


def test_a_training_that_diverges_is_a_failure_like_others():
    wild = replace(SHORT, learning_rate=1e300, normalised=False)
    methods = ("contrastive", "cca")
    found = compare(DATA, ComparisonSpec(methods=methods, contrastive=wild))
    assert "diverged by step 5: lower the learning rate" in found.failures["contrastive"]
    assert found.training is None
    assert list(found.results) == ["cca"]
    assert found.done == found.total == 13


def test_a_fault_of_the_program_is_not_taken_for_a_bad_input(monkeypatch):
    def broken(X1, X2, spec):
        raise TypeError("a fault")

    monkeypatch.setitem(METHODS, "cca", replace(METHODS["cca"], fit=broken))
    with pytest.raises(TypeError, match="a fault"):
        compare(DATA, ComparisonSpec(methods=("cca",)))


# --- What cannot be measured ---


def test_figures_that_the_data_do_not_settle_are_nan():
    bare = PairedData(X1=DATA.X1, X2=DATA.X2)
    found = compare(bare, replace(EVERY, methods=CLOSED))
    unknown = ["MLRE 1", "MLRE 2", "MLRE 1 affine", "transfer"]
    assert found.table()[unknown].isna().all(axis=None)
    assert found.table().drop(columns=unknown).notna().all(axis=None)
    assert found.unclassified == ""
    other = compare(DATA, ComparisonSpec(k=3, methods=("cca", "contrastive"), contrastive=SHORT))
    assert other.table()[["MLRE 1", "MLRE 2"]].isna().all(axis=None)
    assert other.table()["MLRE 1 affine"].notna().all()


def test_a_collapsed_latent_has_no_normalised_error():
    # the first modality has a feature that is always zero: plain PA takes that direction
    X1 = np.column_stack([DATA.X1, np.zeros(150)])
    data = replace(DATA, X1=X1, Z=None)
    found = compare(data, ComparisonSpec(k=1, methods=("perfect_alignment", "cca")))
    assert np.isnan(found.table().loc["plain PA", "NCMAE"])
    assert found.table().loc["plain PA", "kept norm 1"] == 0
    assert found.table().loc["CCA"].drop(["MLRE 1", "MLRE 2", "MLRE 1 affine"]).notna().all()


def test_with_nothing_held_out_only_the_fitted_pairs_are_measured():
    found = compare(DATA, replace(EVERY, methods=CLOSED, holdout=0))
    assert len(found.train_rows) == 150
    assert found.test_rows.size == 0
    assert found.table("held out").drop(columns="seconds").isna().all(axis=None)
    assert found.table("train")["CMAE"].notna().all()
    assert found.unclassified == "no pairs are held out to be classified"


def labelled(labels, classes=()):
    data = replace(DATA, labels=labels, classes=classes)
    return compare(data, ComparisonSpec(methods=("cca", "perfect_alignment")))


TRAIN, TEST = split_rows(150, 0.2, 0)


def test_a_class_that_is_missing_in_training_is_named_with_a_remedy():
    labels = DATA.labels.copy()
    labels[TEST[:2]] = 2
    found = labelled(labels, ("run", "sit", "walk"))
    assert found.unclassified == (
        "compare: no training pair is of class walk, so the classifier cannot predict it: hold out "
        "fewer pairs or use another split seed"
    )
    assert (found.table()["transfer"] <= 28 / 30).all()
    assert "of class 2," in labelled(labels).unclassified


def test_a_class_that_is_missing_among_the_held_out_pairs_is_no_trouble():
    labels = DATA.labels.copy()
    labels[TRAIN[:5]] = 2
    found = labelled(labels)
    assert found.unclassified == ""
    assert found.table()["transfer"].notna().all()


def test_a_single_class_or_a_class_of_one_pair_leaves_transfer_unmeasured_and_says_why():
    for labels, why in [
        (
            0 * DATA.labels,
            "compare: all labelled rows have one class, run: add rows of another class",
        ),
        ((np.arange(150) == TRAIN[0]).astype(int), "compare: class sit has one labelled row: lab"),
    ]:
        found = labelled(labels, ("run", "sit"))
        assert found.unclassified.startswith(why)
        assert found.table()["transfer"].isna().all()
        assert found.failures == {}
        assert found.table()["CMAE"].notna().all()


def test_few_held_out_pairs_and_small_classes_are_measured():
    data = replace(DATA.rows(np.arange(12)), labels=np.arange(12) % 3, classes=())
    spec = ComparisonSpec(k=3, methods=CLOSED, holdout=0.1)
    found = compare(data, spec)
    assert found.failures == {}
    assert len(found.test_rows) == 1
    assert (found.table()["R@5"] == 1).all()
    assert found.table()["transfer"].isin([0, 1]).all()


def test_the_best_affine_map_is_found_where_an_aligner_centres():
    data = generate(SyntheticSpec(n=200, d1=4, d2=3))
    found = compare(data, ComparisonSpec(methods=("cca", "perfect_alignment", "pls_svd")))
    assert (found.table()["MLRE 1 affine"] < 1e-9).all()
    Z1, _ = found.results["cca"].test
    Z = data.Z[found.test_rows]
    assert np.linalg.norm(Z - Z1 @ linalg.least_squares_map(Z1, Z)) > 1  # a linear one is not it


# --- Refusals ---


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"methods": ()}, "no method is chosen: choose at least one"),
        ({"methods": ("cca", "magic")}, "'magic' is not known: use perfect_alignment, .*cca"),
        ({"methods": "cca"}, "'c' is not known"),
        ({"k": 0}, "k = 0 is out of range: it must be at least 1"),
        ({"k": True}, "k = True is not a whole number"),
        ({"ridge": -1.0}, "ridge = -1.0 is out of range"),
        ({"holdout": 0.95}, r"holdout = 0.95 is out of range: it must be in \[0, 0.9\]"),
        ({"split_seed": -1}, "split_seed = -1 is out of range"),
    ],
)
def test_a_setting_out_of_range_is_refused_by_name(setting, message):
    with pytest.raises(ValueError, match=f"^ComparisonSpec: {message}"):
        ComparisonSpec(**setting)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (replace(DATA, X2=DATA.X2[1:]), "compare: X1 has 150 rows and X2 has 149.*drop the rows"),
        (replace(DATA, X1=0 * DATA.X1), "compare: X1 is constant.*check which columns"),
        (replace(DATA, X1=DATA.X1 + np.nan), "compare: X1 holds 600 NaN.*drop these rows"),
        (DATA.rows(np.arange(2)), "split_rows: holding out 1 of 2 pairs leaves fewer than 2"),
    ],
)
def test_data_that_are_no_pairs_or_too_few_are_refused_before_anything_is_fitted(data, message):
    with pytest.raises(ValueError, match=message):
        Comparison(data, ComparisonSpec(holdout=0.5))


def test_the_methods_fit_by_the_functions_of_their_names():
    for name, method in METHODS.items():
        assert (method.fit is None) == (name.endswith("contrastive") or name == "deep_cca")
        if name in SINGLE and hasattr(methods, name):
            assert method.fit(DATA.X1, DATA.X2, ComparisonSpec()).method == name
    assert len({method.label for method in METHODS.values()}) == len(METHODS)


def test_what_is_read_while_the_work_goes_on_does_not_change_under_the_reader():
    comparison = Comparison(DATA, replace(EVERY, methods=CLOSED))
    seen = []
    for _ in comparison.run():
        seen.append((comparison.results, len(comparison.results)))
    assert [len(results) for results, _ in seen] == [count for _, count in seen]
    assert seen[0][1] < seen[-1][1]
