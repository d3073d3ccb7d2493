import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import balanced_accuracy_score, r2_score
from sklearn.preprocessing import StandardScaler

from alignlab.data.digits import digits_halves
from alignlab.diagnosis.head_training import FLOOR, vicreg
from alignlab.diagnosis.heads import METHODS, TRAINED, Heads, HeadsSpec
from alignlab.diagnosis.probe import Targets, probe, split_labelled
from alignlab.diagnosis.reduction import Reducing
from alignlab.spiked.model import SpikedSpec
from alignlab.spiked.theory import separation_ratios
from tests.benchmarks.diagnose import problem

SPECS = {
    "CA only": SpikedSpec(
        kappa=2.0, gamma_x=0.5, gamma_y=0.05, gamma_tilde_x=1.0, gamma_tilde_y=50.0, nu=0.5
    ),
    "CP only": SpikedSpec(
        kappa=1.0, gamma_x=0.2, gamma_y=1.0, gamma_tilde_x=1.0, gamma_tilde_y=0.05, nu=0.85
    ),
    "Both": SpikedSpec(kappa=2.0, nu=0.3),
    "Neither": SpikedSpec(
        kappa=0.7, gamma_x=1.0, gamma_y=1.0, gamma_tilde_x=1.0, gamma_tilde_y=5.0, nu=0.8
    ),
}
LINEAR = HeadsSpec(k=3, hidden=0, steps=300, seeds=(0, 1))
QUICK = HeadsSpec(k=2, hidden=8, steps=20, seeds=(0, 1))


def finished(X, Y, labels, spec=QUICK, targets=None):
    work = Heads(X, Y, labels, spec, targets)
    for _ in work.run():
        pass
    return work


def means(work):
    return {method: work.summary()[method, "mean"].mean() for method in METHODS}


@pytest.fixture(scope="module")
def by_regime():
    return {
        regime: means(finished(*problem(spec, 1000, 0), LINEAR)) for regime, spec in SPECS.items()
    }


@pytest.fixture(scope="module")
def quick():
    X, Y, labels = problem(SPECS["Both"], 300, 0)
    return finished(X, Y, labels)


# --- What training finds is what the theory says ---


@pytest.mark.parametrize("regime", list(SPECS))
def test_the_regimes_are_those_of_the_theory(regime):
    assert separation_ratios(SPECS[regime]).regime == regime


def test_where_ca_alone_succeeds_its_probe_beats_that_of_cp(by_regime):
    found = by_regime["CA only"]
    assert min(found["CA (VICReg)"], found["CA (CCA)"]) > found["CP"] + 0.5


def test_where_cp_alone_succeeds_its_probe_beats_that_of_ca(by_regime):
    found = by_regime["CP only"]
    assert found["CP"] > max(found["CA (VICReg)"], found["CA (CCA)"]) + 0.4


def test_where_both_succeed_both_tell_the_labels(by_regime):
    found = by_regime["Both"]
    assert min(found[method] for method in ("CA (VICReg)", "CA (CCA)", "CP")) > 0.55


def test_prediction_of_a_smaller_view_carries_no_number_as_it_was_first_drawn():
    """Three columns of x determine three of y; the label column of y is not among them."""
    rng = np.random.default_rng(0)
    z, high = rng.standard_normal((600, 3)), rng.random(600) < 0.5
    x = z + 0.5 * rng.standard_normal((600, 3))
    other = np.hstack([z, np.zeros((600, 3))]) + 0.5 * rng.standard_normal((600, 6))
    y = np.column_stack([other, 3.0 * high + 0.5 * rng.standard_normal(600)])
    spec = HeadsSpec(k=3, hidden=0, steps=300, seeds=(0,))
    found = means(finished(x, y, np.where(high, "high", "low"), spec))
    assert found["y alone"] > 0.98
    assert found["CP reversed"] < 0.7


def test_where_neither_succeeds_a_view_alone_is_best(by_regime):
    found = by_regime["Neither"]
    trained = max(found[method] for method in METHODS[:4])
    assert trained < 0.05
    assert max(found["x alone"], found["y alone"]) > trained + 0.15


def test_vicreg_and_the_closed_form_agree_for_linear_heads(by_regime):
    for regime in ("CA only", "Both"):
        found = by_regime[regime]
        assert found["CA (VICReg)"] == pytest.approx(found["CA (CCA)"], abs=0.05)


def test_swapping_the_views_swaps_the_columns():
    X, Y, labels = problem(SPECS["CA only"], 600, 1)
    one, other = (means(finished(*views, labels, LINEAR)) for views in ((X, Y), (Y, X)))
    assert other["CP"] == pytest.approx(one["CP reversed"], abs=0.05)
    assert other["CP reversed"] == pytest.approx(one["CP"], abs=0.05)
    assert other["x alone"] == pytest.approx(one["y alone"], abs=1e-9)
    assert other["CA (CCA)"] == pytest.approx(one["CA (CCA)"], abs=1e-6)


def test_broken_pairs_leave_ca_near_chance():
    # the probe uses both projections: with shuffled pairs, arbitrary directions of 20
    X, Y, labels = problem(SPECS["CA only"], 1000, 2)
    torn = means(finished(X, np.random.default_rng(0).permutation(Y), labels, LINEAR))
    paired = means(finished(X, Y, labels, LINEAR))
    assert max(torn["CA (CCA)"], torn["CA (VICReg)"]) < 0.35
    assert min(paired["CA (CCA)"], paired["CA (VICReg)"]) > 0.75
    assert torn["x alone"] == paired["x alone"]


def test_labels_that_nothing_tells_score_chance():
    X, Y, _ = problem(SPECS["Both"], 600, 0)
    labels = np.random.default_rng(3).integers(0, 4, 600)
    work = finished(X, Y, labels)
    assert work.chance == 0.25
    for value in means(work).values():
        assert value == pytest.approx(0.25, abs=0.1)


def test_units_of_the_views_and_rotations_change_nothing():
    X, Y, labels = problem(SPECS["CA only"], 1000, 3)
    Q = np.linalg.qr(np.random.default_rng(3).standard_normal((20, 20)))[0]
    one = finished(X, Y, labels, LINEAR)
    other = finished(1e3 * X @ Q - 7, 1e-3 * Y, 5 * labels + 2, LINEAR)
    for method in ("CA (CCA)", "x alone", "y alone"):
        assert means(other)[method] == pytest.approx(means(one)[method], abs=1e-6)
    # with other signs of the components, training starts from other weights
    for method, spread in (("CA (VICReg)", 0.15), ("CP", 0.05), ("CP reversed", 0.05)):
        assert means(other)[method] == pytest.approx(means(one)[method], abs=spread)


def test_digits_in_the_papers_layout():
    digits = digits_halves()
    work = finished(digits.X1, digits.X2, digits.labels, HeadsSpec(steps=200, seeds=(0, 1)))
    summary = work.summary()
    assert list(summary.columns.get_level_values(0).unique()) == list(METHODS)
    assert (summary.xs("mean", axis=1, level=1) > 0.7).all(axis=None)
    assert (summary.xs("std", axis=1, level=1) < 0.06).all(axis=None)
    assert work.metric == "balanced accuracy"


# --- Nothing leaks ---


def test_test_rows_of_a_view_change_no_head():
    X, Y, labels = problem(SPECS["Both"], 200, 0)
    spec = HeadsSpec(k=2, hidden=4, steps=20, seeds=(5,))
    targets = Targets.of(labels, None, "test")
    train, test = split_labelled(targets, spec.holdout, np.random.default_rng([5, 11]))
    embedded = []
    for scale in (1.0, 50.0):
        moved = X.copy()
        moved[test] *= scale
        work = Heads(moved, Y, labels, spec)
        seen = []
        represent = work._representation

        def spied(*arguments, represent=represent, seen=seen):
            Z = yield from represent(*arguments)
            seen.append(Z[train])
            return Z

        work._representation = spied
        for _ in work.run():
            pass
        embedded.append(seen)
    assert len(embedded[0]) == len(METHODS)
    for one, other in zip(*embedded, strict=True):
        np.testing.assert_array_equal(one, other)


def test_labels_of_test_rows_are_scored_and_not_learnt():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((100, 3))
    labels = X[:, :1].copy()
    targets = Targets.of(labels, None, "test")
    rows = split_labelled(targets, 0.3, rng)
    turned = labels.copy()
    turned[rows[1]] *= -1
    other = Targets.of(turned, None, "test")
    good, bad = (probe(X[rows[0]], X[rows[1]], one, rows)[0] for one in (targets, other))
    assert good > 0.99
    assert bad < -2


def test_rows_without_label_train_the_heads_and_no_probe():
    X, Y, labels = problem(SPECS["CA only"], 1500, 0)
    few = labels.copy()
    few[60:] = np.nan
    alone = means(finished(X[:60], Y[:60], labels[:60], LINEAR))
    helped = means(finished(X, Y, few, LINEAR))
    assert helped["CA (CCA)"] > alone["CA (CCA)"] + 0.1
    work = Heads(X, Y, few, LINEAR)
    assert (work.n, work.labelled) == (1500, 60)


def test_splits_hold_out_every_class_and_no_row_without_label():
    labels = np.array([*"a" * 40, *"b" * 10, "c", *[None] * 9], dtype=object)
    targets = Targets.of(labels, None, "test")
    train, test = split_labelled(targets, 0.3, np.random.default_rng(0))
    assert sorted([*train, *test]) == list(range(60))
    assert [int((labels[test] == name).sum()) for name in "abc"] == [12, 3, 0]
    assert set(range(51, 60)) <= set(train)


# --- Probes ---


def test_x_alone_is_the_probe_of_the_view_itself(quick):
    X, _, labels = problem(SPECS["Both"], 300, 0)
    for seed in QUICK.seeds:
        targets = Targets.of(labels, None, "test")
        train, test = split_labelled(targets, QUICK.holdout, np.random.default_rng([seed, 11]))
        reducing = Reducing(X.shape[1])
        for _ in reducing.add(X[train]):
            pass
        Z = reducing.reduction("X").scores(X)
        scaler = StandardScaler().fit(Z[train])
        for column, target in enumerate(("label 1", "label 2", "label 3")):
            ridge = Ridge().fit(scaler.transform(Z[train]), labels[train, column])
            expected = r2_score(labels[test, column], ridge.predict(scaler.transform(Z[test])))
            table = quick.table()
            row = (table.method == "x alone") & (table.seed == seed) & (table.target == target)
            assert table.score[row].item() == pytest.approx(expected, abs=1e-9)


def test_classes_are_scored_by_balanced_accuracy():
    rng = np.random.default_rng(1)
    codes = (rng.random(400) < 0.15).astype(int)
    Z = codes[:, None] + rng.standard_normal((400, 2))
    targets = Targets.of(np.where(codes, "giant", "dwarf"), None, "test")
    rows = split_labelled(targets, 0.4, rng)
    scaler = StandardScaler().fit(Z[rows[0]])
    model = LogisticRegression(class_weight="balanced").fit(
        scaler.transform(Z[rows[0]]), codes[rows[0]]
    )
    expected = balanced_accuracy_score(codes[rows[1]], model.predict(scaler.transform(Z[rows[1]])))
    assert probe(Z[rows[0]], Z[rows[1]], targets, rows)[0] == pytest.approx(expected)


def test_a_column_that_does_not_vary_has_no_score():
    rng = np.random.default_rng(1)
    labels = np.column_stack([rng.standard_normal(60), np.full(60, 0.5)])
    targets = Targets.of(labels, ("age", "rest"), "test")
    rows = split_labelled(targets, 0.3, rng)
    scores = probe(labels[rows[0]], labels[rows[1]], targets, rows)
    assert scores[0] > 0.9
    assert np.isnan(scores[1])


# --- VICReg ---


def test_vicreg_is_its_formula():
    rng = np.random.default_rng(0)
    Z1, Z2 = rng.standard_normal((2, 30, 4)) * 0.5
    expected = 25 * ((Z1 - Z2) ** 2).mean()
    for Z in (Z1, Z2):
        S = np.cov(Z.T)
        expected += 12.5 * np.maximum(1 - np.sqrt(np.diag(S) + FLOOR), 0).mean()
        expected += 0.5 * (S[~np.eye(4, dtype=bool)] ** 2).sum() / 4
    loss = vicreg(torch.tensor(Z1), torch.tensor(Z2), (25.0, 25.0, 1.0))
    assert float(loss) == pytest.approx(expected)


def test_equal_white_views_have_no_vicreg_loss():
    Z = np.random.default_rng(0).standard_normal((50, 5))
    Z = torch.tensor(np.linalg.qr(Z - Z.mean(0))[0] * np.sqrt(49))
    assert float(vicreg(Z, Z, (1.0, 1.0, 1.0))) < 1e-12


# --- The work ---


def test_the_seed_decides_everything(quick):
    X, Y, labels = problem(SPECS["Both"], 300, 0)
    again = finished(X, Y, labels, HeadsSpec(k=2, hidden=8, steps=20, seeds=(1,)))
    table = quick.table()
    pd.testing.assert_frame_equal(
        table[table.seed == 1].reset_index(drop=True), again.table(), check_exact=True
    )
    assert table.score[table.seed == 0].tolist() != table.score[table.seed == 1].tolist()


def test_the_table_is_tidy_and_in_order(quick):
    table = quick.table()
    assert list(table.columns) == ["method", "seed", "target", "score", "metric"]
    assert len(table) == len(METHODS) * 2 * 3
    assert list(table.method.unique()) == list(METHODS)
    assert set(table.metric) == {"R²"}
    mean = table[(table.method == "CP") & (table.target == "label 2")].score.mean()
    assert quick.summary().loc["label 2", ("CP", "mean")] == pytest.approx(mean)


def test_work_can_be_watched_and_holds_no_data_in_the_end():
    X, Y, labels = problem(SPECS["Both"], 200, 0)
    work = Heads(X, Y, labels, QUICK, targets=("age", "mass", "spin"))
    assert work.summary().isna().all(axis=None)
    done, rows = [], []
    for _ in work.run():
        done.append(work.done)
        rows.append(len(work.table()))
    assert done == sorted(done)
    assert work.done == work.total == 2 * (len(TRAINED) * QUICK.steps + 4)
    assert rows[-1] == len(METHODS) * 2 * 3
    assert len(set(rows)) > 6
    assert list(work.summary().index) == ["age", "mass", "spin"]
    assert work._pairs is None


def test_it_can_be_stopped():
    work = Heads(*problem(SPECS["Both"], 200, 0), HeadsSpec(k=2, steps=10_000))
    steps = work.run()
    for _ in range(3):
        next(steps)
    steps.close()
    assert work.done < work.total
    assert work._pairs is None


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("rows", "X has 100 rows, Y has 99 and there are 100 labels"),
        ("no labels", "no labels to probe"),
        ("few labels", "15 rows have a label, at least 20"),
        ("one class", "one class only, star"),
        ("constant", "Y is constant"),
        ("nan", "row 7, column 3"),
        ("k", "k = 21 exceeds 20, the features of a view"),
        ("names", "2 names for 3 targets"),
    ],
)
def test_bad_input_is_named(what, message):
    X, Y, labels = problem(SPECS["Both"], 100, 0)
    spec, targets = QUICK, None
    if what == "rows":
        Y = Y[:-1]
    if what == "no labels":
        labels = None
    if what == "few labels":
        labels[15:] = np.nan
    if what == "one class":
        labels = np.full(100, "star")
    if what == "constant":
        Y = np.ones_like(Y)
    if what == "nan":
        X[7, 3] = np.nan
    if what == "k":
        spec = HeadsSpec(k=21)
    if what == "names":
        targets = ("age", "mass")
    with pytest.raises(ValueError, match=message):
        Heads(X, Y, labels, spec, targets)


def test_k_beyond_the_components_of_few_rows_is_named():
    X, Y, labels = problem(SPECS["Both"], 60, 0)
    with pytest.raises(ValueError, match="k = 10 exceeds 8, the principal components"):
        finished(X, Y, labels, HeadsSpec(k=10, steps=5, seeds=(0,)))


def test_a_training_that_diverges_is_named():
    X, Y, labels = problem(SPECS["Both"], 100, 0)
    with pytest.raises(ValueError, match="lower the learning rate"):
        finished(X, Y, labels, HeadsSpec(k=2, learning_rate=1e200, steps=30, seeds=(0,)))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"k": 0}, "k = 0"),
        ({"steps": 0}, "steps = 0"),
        ({"learning_rate": 0.0}, "learning_rate"),
        ({"invariance": -1.0}, "invariance"),
        ({"holdout": 0.9}, "holdout"),
        ({"seeds": ()}, "no seed"),
        ({"seeds": (1, 1)}, "contain repetitions"),
    ],
)
def test_bad_settings_are_named(fields, message):
    with pytest.raises(ValueError, match=message):
        HeadsSpec(**fields)
