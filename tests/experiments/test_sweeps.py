import threading
import warnings
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info

import alignlab as al
from alignlab import linalg
from alignlab.aligners.registry import ALIGNERS, CLOSED_FORM
from alignlab.data.synthetic import SyntheticSpec, generate
from alignlab.experiments import sweeps
from alignlab.experiments.sweeps import (
    HELD_OUT,
    IN_SAMPLE,
    METRICS,
    SWEPT,
    Embedded,
    Evaluation,
    point,
)
from alignlab.metrics import RETRIEVAL_PAIRS, mean_norm

FIGURE_4 = SyntheticSpec(n=1000, k=10, d1=10, d2=10)
PLAIN = ["perfect_alignment"]
SEEDS = range(20)


def evaluation(specs=None, seeds=range(6), aligners=("perfect_alignment", "cca"), metrics=METRICS):
    specs = [replace(FIGURE_4, n=n) for n in (5, 20, 100)] if specs is None else specs
    return Evaluation(specs, seeds, aligners, metrics)


def finished(begun):
    for _ in begun.run():
        pass
    return begun


def assert_same_values(found, expected):
    # which problems share a batch moves what is at rounding level
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-12)


# --- The same numbers as one at a time ---


def one_at_a_time(spec, aligner):
    """Every metric by the public functions, and the size of what its rounding is relative to.

    None where the aligner refuses.
    """
    data = generate(replace(spec, n=spec.n + HELD_OUT))
    fitted, held_out = (data.rows(rows) for rows in np.split(np.arange(data.n), [spec.n]))
    sizes = () if aligner == "least_squares" else (spec.k,)
    try:
        alignment = getattr(al, aligner)(fitted.X1, fitted.X2, *sizes)
    except ValueError:
        return None
    embedded = alignment.embed(fitted.X1, fitted.X2)
    onto = [linalg.least_squares_map(Z, fitted.Z) for Z in embedded]
    found = {}
    for prefix, rows in (("", fitted), ("held_out_", held_out)):
        Z1, Z2 = both = alignment.embed(rows.X1, rows.X2)
        mlre = np.nan
        if Z1.shape == rows.Z.shape:
            mlre = np.mean([al.mlre(rows.Z, Z) for Z in both])
        if prefix:  # the linear map is that of the fitted pairs
            linear = np.mean([al.mlre(rows.Z, Z @ M) for Z, M in zip(both, onto, strict=True)])
        else:
            linear = np.mean([al.mlre(rows.Z, Z, up_to="linear") for Z in both])
        kept = (al.kept_norm(rows.X1, Z1) + al.kept_norm(rows.X2, Z2)) / 2
        data_size = (mean_norm(rows.X1) + mean_norm(rows.X2)) / 2
        latent_size = mean_norm(rows.Z)
        values = {
            "cmae": (al.cmae(Z1, Z2), data_size),
            "ncmae": (al.ncmae(Z1, Z2), 1),
            "relative_cmae": (al.relative_cmae(Z1, Z2), 1),
            "mlre": (mlre, latent_size),
            "mlre_up_to_linear": (linear, latent_size),
            "retrieval": (al.retrieval(Z1[:RETRIEVAL_PAIRS], Z2[:RETRIEVAL_PAIRS]), 1),
            "kept_norm": (kept, kept),
            "latent_norm": (latent_size, latent_size),
        }
        found |= {f"{prefix}{name}": value for name, value in values.items()}
    return found


def assert_as_one_at_a_time(spec, over, values, seeds):
    frame = al.sweep(spec, over, values, seeds, list(CLOSED_FORM), list(METRICS))
    rows = iter(frame.to_dict("records"))
    for value, seed, aligner in product(values, seeds, CLOSED_FORM):
        there = point(spec, over, value)
        expected = there and one_at_a_time(replace(there, seed=seed), aligner)
        if expected is None:
            continue
        row = next(rows)
        assert (row[over], row["seed"], row["aligner"]) == (value, seed, aligner)
        assert list(row)[3:] == list(expected) == list(METRICS)
        for name, (number, size) in expected.items():
            tolerance = 1e-9 * max(abs(number), size)
            case = f"{name} of {aligner} at {over} = {value}, seed {seed} of {spec}"
            np.testing.assert_allclose(row[name], number, rtol=0, atol=tolerance, err_msg=case)
    assert next(rows, None) is None


CHANGES = {
    "n": [2, 9, 33],
    "k": [1, 2, 3, 5, 8],
    "d": [3, 4, 7],
    "d1": [1, 6],
    "d1_share": [0.0, 0.3, 0.8],
    "noise": [0.0, 1.0],
    "condition": [1, 30.0],
    "components": [1, 4],
    "correlation": [0.0, -0.6],
}


@given(st.data(), st.sampled_from(sorted(CHANGES)))
@settings(max_examples=60)
def test_every_number_is_that_of_the_one_at_a_time_functions(data, over):
    d1, d2 = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 6))
    latent = data.draw(st.sampled_from(["gmm", "uniform"]))
    assume(d1 + d2 > 2 or latent == "gmm")
    spec = SyntheticSpec(
        latent=latent,
        n=data.draw(st.integers(2, 40)),
        k=data.draw(st.integers(1 + (latent == "uniform"), min(8, d1 + d2))),
        d1=d1,
        d2=d2,
        noise=data.draw(st.sampled_from([0.0, 1e-3, 1.0, 1e3])),
        components=data.draw(st.integers(1, 6)),
        condition=data.draw(st.sampled_from([None, None, 1.0, 20.0])),
        correlation=data.draw(st.sampled_from([0.0, 0.5, -0.9])),
    )
    values = data.draw(st.lists(st.sampled_from(CHANGES[over]), min_size=1, max_size=3))
    seeds = data.draw(st.lists(st.integers(0, 99), min_size=1, max_size=2))
    assert_as_one_at_a_time(spec, over, values, seeds)


@pytest.mark.parametrize(
    "spec",
    [
        SyntheticSpec(n=2, k=1, d1=1, d2=1),
        SyntheticSpec(n=2, k=6, d1=2, d2=4, noise=1e3),
        SyntheticSpec(n=700, k=7, d1=4, d2=3),
        SyntheticSpec(n=700, k=7, d1=4, d2=3, noise=1e3),
        SyntheticSpec(n=30, k=3, d1=5, d2=5, condition=1e14),  # of numerical rank 1 or 2
        SyntheticSpec(n=30, k=2, d1=40, d2=50, noise=1.0),
    ],
    ids=["the least", "n = 2, k = d", "k = d", "k = d, noise", "rank-deficient", "n < d"],
)
def test_extremes_are_as_one_at_a_time(spec):
    assert_as_one_at_a_time(spec, "noise", [spec.noise], [3])


def test_several_batches_of_many_points_are_as_one_at_a_time(monkeypatch):
    monkeypatch.setattr("alignlab.experiments.sweeps.BATCH_NUMBERS", 15_000)
    monkeypatch.setattr("alignlab.experiments.sweeps.SEED_NUMBERS", 60_000)
    spec = SyntheticSpec(n=30, k=2, d1=3, d2=3, noise=1.0)
    assert_as_one_at_a_time(spec, "noise", [0.0, 0.1, 1.0, 10.0], [7, 1, 4, 0, 9])


# --- The frame ---


def test_rows_come_by_value_seed_and_aligner_in_the_order_given():
    values, seeds, aligners = [20, 5, 11], [8, 0, 3], ["pls_svd", "perfect_alignment", "cca"]
    frame = al.sweep(SyntheticSpec(), "n", values, seeds, aligners, ["retrieval", "cmae"])
    assert list(frame.columns) == ["n", "seed", "aligner", "retrieval", "cmae"]
    assert list(zip(*(frame[c] for c in frame.columns[:3]), strict=True)) == list(
        product(values, seeds, aligners)
    )
    assert list(frame.index) == list(range(27))
    assert np.isfinite(frame[["retrieval", "cmae"]]).all(axis=None)


def test_one_value_one_seed_one_metric_is_one_row():
    frame = al.sweep(SyntheticSpec(seed=5), "n", [50], [3], PLAIN, ["cmae"])
    data = generate(SyntheticSpec(n=50, seed=3))
    alignment = al.perfect_alignment(data.X1, data.X2, 2)
    assert frame.drop(columns="cmae").to_dict("records") == [
        {"n": 50, "seed": 3, "aligner": "perfect_alignment"}
    ]
    expected = al.cmae(*alignment.embed(data.X1, data.X2))
    assert frame["cmae"].item() == pytest.approx(expected, abs=1e-13)


@pytest.mark.parametrize(
    ("over", "values"),
    [
        ("n", [1, 0, -3]),
        ("k", [0, 5]),
        ("d", [0, 1]),
        ("d1_share", [0.0, 1.0, 1.5, -0.2]),
        ("noise", [-1.0]),
        ("components", [0, 7]),
        ("imbalance", [1.0]),
        ("condition", [0.5]),
        ("n", []),
    ],
)
def test_values_that_cannot_be_give_an_empty_frame_with_all_columns(over, values):
    frame = al.sweep(SyntheticSpec(), over, values, [0, 1], list(CLOSED_FORM), ["cmae", "mlre"])
    assert frame.shape == (0, 5)
    assert list(frame.columns) == [over, "seed", "aligner", "cmae", "mlre"]


def test_values_beyond_the_limit_of_one_aligner_leave_the_others():
    frame = al.sweep(
        SyntheticSpec(n=4, d1=5, d2=2),
        "k",
        [1, 2, 3, 5, 7, 8],
        [0],
        ["perfect_alignment", "informative_alignment", "cca", "procrustes", "least_squares"],
        [],
    )
    allowed = frame.groupby("aligner")["k"].agg(list).to_dict()
    assert allowed == {
        "perfect_alignment": [1, 2, 3, 5, 7],
        "informative_alignment": [1, 2, 3, 5],  # 4 pairs and 2 features hold 6 directions
        "cca": [1, 2],
        "procrustes": [1, 2],
        "least_squares": [1, 2, 3, 5, 7],
    }


def test_mlre_is_undefined_where_the_space_has_another_dimension_than_z():
    spec = SyntheticSpec(n=50, k=2)
    metrics = ["mlre", "held_out_mlre", "mlre_up_to_linear", "cmae"]
    frame = al.sweep(spec, "d1", [2, 3], [0], ["least_squares"], metrics)
    assert np.isfinite(frame.iloc[0][metrics].astype(float)).all()
    assert frame.iloc[1][metrics].isna().tolist() == [True, True, False, False]


def test_d_is_shared_out_to_both_modalities_and_d1_share_keeps_their_sum():
    spec = SyntheticSpec(d1=3, d2=7)
    assert [(s.d1, s.d2) for s in (point(spec, "d", d) for d in (4, 5, 6))] == [
        (2, 2),
        (3, 2),
        (3, 3),
    ]
    shares = (point(spec, "d1_share", share) for share in (0.1, 0.5, 0.9))
    assert [(s.d1, s.d2) for s in shares] == [(1, 9), (5, 5), (9, 1)]


@pytest.mark.parametrize("over", [name for name in SWEPT if name not in ("d", "d1_share")])
def test_a_point_changes_one_field_alone(over):
    spec = SyntheticSpec(n=30, k=2, d1=3, d2=3, condition=5.0)
    value = 0.5 if over in ("imbalance", "correlation") else 4
    there = point(spec, over, value + (over == "separation"))
    assert getattr(there, over) != getattr(spec, over)
    assert replace(there, **{over: getattr(spec, over)}) == spec


# --- Refusals ---


def asked(**changes):
    arguments = {
        "spec": SyntheticSpec(),
        "over": "n",
        "values": [20],
        "seeds": [0],
        "aligners": PLAIN,
        "metrics": ["cmae"],
    }
    return al.sweep(**arguments | changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"over": "seed"}, "over = 'seed' is not known: use one of n, k, d, "),
        ({"aligners": ["PCA"]}, "aligner 'PCA' is not known: use perfect_alignment, "),
        ({"metrics": ["cmae", "held_out"]}, "metric 'held_out' is not known: use cmae, "),
        ({"values": [20, "30"]}, "n = '30' is not a finite number"),
        ({"values": [None]}, "n = None is not a finite number"),
        ({"values": [True]}, "n = True is not a finite number"),
        ({"values": [2j]}, "n = 2j is not a finite number"),
        ({"values": [np.nan]}, "n = nan is not a finite number"),
        ({"over": "noise", "values": [np.inf]}, "noise = inf is not a finite number"),
        ({"values": [20.5]}, "n = 20.5 is not a whole number: round the values"),
        ({"seeds": []}, "there are no seeds: give at least one"),
        ({"seeds": [0, -1]}, "seed = -1 is out of range: it must be at least 0"),
        ({"seeds": [1.5]}, "seed = 1.5 is not a whole number"),
    ],
)
def test_what_is_not_known_is_refused_by_name(changes, message):
    with pytest.raises(ValueError, match=f"^sweep: {message}"):
        asked(**changes)


@pytest.mark.parametrize("values", [np.array([20, 30]), np.array([20.0, 30.0]), (20, 30)])
def test_numbers_of_any_kind_are_welcome(values):
    assert asked(values=values, seeds=np.arange(2))["n"].tolist() == [20, 20, 30, 30]


# --- Progress and stopping ---


def test_progress_counts_the_problems_that_can_be():
    specs = [None, *(replace(FIGURE_4, n=n) for n in (10, 11)), replace(FIGURE_4, k=11)]
    begun = evaluation(specs, aligners=["cca"], metrics=["cmae"])
    assert (begun.done, begun.total) == (0, 6)  # centring takes one of the 10 directions
    assert begun.impossible[:, 0].tolist() == [True, True, False, True]
    seen = [begun.done for _ in begun.run()]
    assert seen == sorted(seen)
    assert begun.done == begun.total == seen[-1]
    np.testing.assert_array_equal(begun.measured.all(axis=1), ~begun.impossible)
    assert np.isfinite(begun.values[begun.measured]).all()
    assert np.isnan(begun.values[~begun.measured]).all()


def test_the_first_seed_is_measured_at_all_points_before_the_others(monkeypatch):
    monkeypatch.setattr(linalg, "threads", lambda: 1)
    begun = evaluation()
    for _ in begun.run():
        if begun.measured[:, 1:].any():
            assert begun.measured[:, 0].sum() == 5  # CCA of 5 pairs cannot be
    assert begun.done == begun.total


@pytest.mark.parametrize("workers", [1, 2, 5, 50])
def test_the_number_of_threads_changes_nothing(monkeypatch, workers):
    expected = finished(evaluation())
    monkeypatch.setattr(linalg, "threads", lambda: workers)
    found = finished(evaluation())
    assert_same_values(found.values, expected.values)
    np.testing.assert_array_equal(found.measured, expected.measured)


def thread_limits():
    np.linalg.eigh(np.eye(2))  # so that the library is loaded
    return sorted(
        (info["filepath"], info["num_threads"])
        for info in threadpool_info()
        if info["user_api"] == "blas"
    )


@pytest.mark.parametrize("workers", [1, 3])
def test_closing_early_stops_the_threads_and_leaves_what_was_measured(monkeypatch, workers):
    before = thread_limits()
    whole = finished(evaluation(seeds=range(40)))
    assert thread_limits() == before
    alive = threading.active_count()

    monkeypatch.setattr(linalg, "threads", lambda: workers)
    begun = evaluation(seeds=range(40))
    steps = begun.run()
    next(steps)
    steps.close()

    assert threading.active_count() == alive
    assert thread_limits() == before
    assert 0 < begun.done < begun.total == whole.total == 120
    frozen = begun.values.copy()
    assert begun.measured.any(axis=2).sum() == begun.done
    assert_same_values(begun.values[begun.measured], whole.values[begun.measured])
    assert np.isnan(begun.values[~begun.measured]).all()
    frame = begun.frame({"n": [5, 20, 100]})
    assert len(frame) == begun.measured.sum()
    np.testing.assert_array_equal(begun.values, frozen)


def test_what_is_measured_so_far_can_be_read_at_any_time_while_the_work_goes_on(monkeypatch):
    monkeypatch.setattr(linalg, "threads", lambda: 8)
    monkeypatch.setattr("alignlab.experiments.sweeps.BATCH_NUMBERS", 300)
    ns = list(range(3, 43))
    specs = [SyntheticSpec(n=n, k=1, d1=1, d2=1, noise=1.0) for n in ns]
    begun = evaluation(specs, range(100), ["perfect_alignment", "cca"], ["cmae", "mlre"])
    assert begun.total == 4000
    worker = threading.Thread(target=finished, args=(begun,))
    worker.start()
    rows, seeds = [], []
    while worker.is_alive():
        frame = begun.frame({"n": ns})
        rows.append(len(frame))
        assert frame[["n", "seed", "cmae", "mlre"]].notna().all(axis=None)
        summary = begun.summary()
        seeds.append(int(summary.seeds.sum()))
        known = np.isfinite(summary.mean)
        assert (np.isfinite(summary.low) == known).all()
        assert (np.isfinite(summary.high) == known).all()
        assert (summary.low[known] <= summary.high[known]).all()
    worker.join()
    for seen in (rows, seeds):
        assert seen == sorted(seen)
        assert len(set(seen)) > 2  # it was looked at in between
    assert len(begun.frame({"n": ns})) == begun.summary().seeds.sum() == 8000


def test_a_summary_is_mean_and_percentiles_of_the_seeds_that_are_known():
    begun = evaluation([FIGURE_4] * 2, range(4), PLAIN, ["cmae", "mlre"])
    begun.values[0, :, 0, 0] = [1.0, 2.0, 4.0, 9.0]
    begun.values[0, :2, 0, 1] = [1.0, 3.0]
    begun.measured[0, :2] = True
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        summary = begun.summary()
    undefined = [[np.nan, np.nan]]
    np.testing.assert_allclose(summary.mean, [[[4.0, 2.0]], undefined])
    np.testing.assert_allclose(summary.low, [[[1.3, 1.2]], undefined])
    np.testing.assert_allclose(summary.high, [[[7.5, 2.8]], undefined])
    assert summary.seeds.tolist() == [[2], [0]]


@pytest.mark.parametrize("specs", [[], [None], [FIGURE_4], [None, FIGURE_4]])
@pytest.mark.parametrize("metrics", [[], ["cmae", "mlre"]])
def test_a_summary_of_nothing_is_nan_without_a_warning(specs, metrics):
    begun = evaluation(specs, range(3), ["cca", "procrustes"], metrics)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        summary = begun.summary()
        frame = begun.frame({"n": [0] * len(specs)})
    for part in (summary.mean, summary.low, summary.high):
        assert part.shape == (len(specs), 2, len(metrics))
        assert np.isnan(part).all()
    assert summary.seeds.tolist() == [[0, 0]] * len(specs)
    assert len(frame) == 0


def test_closing_early_stops_within_a_seed(monkeypatch):
    monkeypatch.setattr(linalg, "threads", lambda: 1)
    begun = evaluation([replace(FIGURE_4, n=n) for n in range(20, 220)], seeds=[0])
    steps = begun.run()
    next(steps)
    steps.close()
    assert 0 < begun.done < begun.total == 200


def test_an_evaluation_that_was_closed_can_run_again_to_the_end():
    begun = evaluation()
    steps = begun.run()
    next(steps)
    steps.close()
    assert_same_values(finished(begun).values, finished(evaluation()).values)


def test_an_error_in_a_thread_is_raised_and_the_limits_are_lifted(monkeypatch):
    def break_down(X1, X2, k):
        raise MemoryError("the matrices are too large")

    before, alive = thread_limits(), threading.active_count()
    monkeypatch.setitem(ALIGNERS, "cca", replace(ALIGNERS["cca"], fit=break_down))
    with pytest.raises(MemoryError, match="too large"):
        finished(evaluation())
    assert thread_limits() == before
    assert threading.active_count() <= alive + 1  # the one that keeps the limits


def test_evaluations_that_overlap_do_not_disturb_each_other():
    before = thread_limits()
    expected = finished(evaluation()).values
    barrier, found = threading.Barrier(3), {}

    def measure(name, seeds):
        begun = evaluation(seeds=seeds)
        steps = begun.run()
        next(steps)
        barrier.wait()  # now all are within
        for _ in steps:
            pass
        found[name] = begun.values

    threads = [
        threading.Thread(target=measure, args=(i, seeds))
        for i, seeds in enumerate([range(6), range(2), range(6)])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert thread_limits() == before
    for i, seeds in ((0, 6), (1, 2), (2, 6)):
        assert_same_values(found[i], expected[:, :seeds])


# --- Small evaluations, and values of n ---


def threads_of(begun):
    """The names of the threads that take draws while an evaluation runs, first to last."""
    names, original = [], sweeps.NestedDraws

    def drawing(*args):
        names.append(threading.current_thread().name)
        return original(*args)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sweeps, "NestedDraws", drawing)
        finished(begun)
    return names


def test_a_small_evaluation_runs_in_the_thread_of_its_caller():
    specs = [replace(FIGURE_4, n=n) for n in (5, 20, 100)]
    here = threading.current_thread().name
    assert threads_of(evaluation(specs, range(20), PLAIN, ["cmae"])) == [here]


@pytest.mark.parametrize(
    "changes",
    [
        {"seeds": range(400)},
        {"specs": [replace(FIGURE_4, n=1000)]},
        {"specs": [replace(FIGURE_4, n=700)] * 90},
        {"metrics": ["cmae", "retrieval"]},
        {"metrics": ["held_out_cmae"], "specs": [replace(FIGURE_4, n=400)]},
        {"aligners": ["contrastive"], "seeds": [0], "specs": [SyntheticSpec(n=20, d1=2, d2=2)]},
    ],
    ids=["many problems", "large problems", "much in all", "retrieval", "held out", "trained"],
)
def test_what_takes_longer_is_given_to_threads(changes):
    base = {
        "specs": [replace(FIGURE_4, n=n) for n in (5, 20, 500)],
        "seeds": range(3),
        "aligners": PLAIN,
        "metrics": ["cmae"],
    }
    here = threading.current_thread().name
    assert threads_of(evaluation(**base)) == [here]
    names = threads_of(evaluation(**base | changes))
    assert names
    assert here not in names


def test_closing_a_small_evaluation_leaves_what_was_measured():
    begun = evaluation(metrics=["cmae"])
    steps = begun.run()
    next(steps)
    steps.close()
    assert begun.done == begun.measured.any(axis=2).sum() == 6 < begun.total


@pytest.mark.parametrize("noise", [0.0, 1.0])
@pytest.mark.parametrize("values", [[400, 3, 8, 40, 8, 20], [6, 7]], ids=str)
def test_all_n_of_a_draw_are_as_one_at_a_time(noise, values):
    spec = SyntheticSpec(k=4, d1=10, d2=10, noise=noise)
    assert_as_one_at_a_time(spec, "n", values, [5, 0, 2])


def test_all_n_of_a_draw_share_a_null_space_and_its_embeddings(monkeypatch):
    embedded = []
    monkeypatch.setattr(sweeps, "Embedded", lambda *args: embedded.append(args) or Embedded(*args))
    specs = [SyntheticSpec(n=n, k=4, d1=10, d2=10) for n in (3, 40, 8, 400)]
    finished(evaluation(specs, range(20), PLAIN, ["cmae", "held_out_cmae"]))
    sizes = sorted({X1.shape[1] for _, X1, _, _ in embedded})
    assert sizes == [HELD_OUT + 3, HELD_OUT + 400]  # three pairs have fewer directions


# --- The findings of Figure 4 ---


def means(spec, over, values, *metrics):
    frame = al.sweep(spec, over, values, SEEDS, PLAIN, metrics)
    assert len(frame) == len(values) * len(SEEDS)
    return [frame.groupby(over)[metric].mean().to_numpy() for metric in metrics]


@pytest.mark.parametrize("k", [1, 5, 9, 10])
def test_clean_pairs_align_to_rounding_at_every_n_while_k_is_at_most_half_of_d(k):
    values = [2, 3, 5, 9, 10, 11, 12, 19, 20, 21, 50, 200, 1000, 2000]
    frame = al.sweep(replace(FIGURE_4, k=k), "n", values, SEEDS, PLAIN, ["cmae"])
    assert len(frame) == len(values) * len(SEEDS)
    assert frame["cmae"].max() < 1e-10


@pytest.mark.parametrize(("k", "d1", "d2"), [(10, 10, 10), (4, 6, 3)])
def test_noisy_pairs_align_to_rounding_until_n_passes_d1_plus_d2_less_k(k, d1, d2):
    last = d1 + d2 - k
    spec = replace(FIGURE_4, k=k, d1=d1, d2=d2, noise=1.0)
    few, many = [2, last - 1, last], [last + 1, 2 * last, 1000]
    cmae, held_out = means(spec, "n", few + many, "cmae", "held_out_cmae")
    assert cmae[:3].max() < 1e-12
    assert np.log10(cmae[3] / cmae[2]) > 8
    assert (np.diff(cmae[3:]) > 0).all()
    assert held_out[:3].min() > 1.5 * held_out[-1]  # the fit of few does not carry over
    assert held_out[-1] == pytest.approx(cmae[-1], rel=0.05)


@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_the_latent_is_recovered_worse_the_more_coordinates_it_has(noise):
    values = list(range(1, 21))
    mlre, cmae = means(replace(FIGURE_4, noise=noise), "k", values, "mlre", "cmae")
    assert (np.diff(mlre) > 0).all()
    if noise:
        assert (np.diff(cmae) > 0).all()
    else:
        assert cmae[:10].max() < 1e-12
        assert cmae[10:].min() > 1


def test_clean_pairs_align_to_rounding_from_d_of_twice_k_on():
    values = [10, 14, 18, 19, 20, 21, 24, 40]
    cmae, linear = means(FIGURE_4, "d", values, "cmae", "mlre_up_to_linear")
    assert (np.diff(cmae[:4]) < 0).all()
    assert cmae[3] > 1
    assert cmae[4:].max() < 1e-12
    assert linear[3] > 0.1
    assert linear[4] < 1e-9  # up to a linear map the latent itself is found


def test_every_metric_has_a_label_of_its_own():
    labels = [metric.label for metric in IN_SAMPLE.values()]
    assert len(set(labels)) == len(labels) == len(METRICS) / 2


def test_the_contrastive_aligner_is_trained_at_every_point():
    spec = SyntheticSpec(n=30, d1=3, d2=2, noise=0.5)
    frame = al.sweep(spec, "noise", [0.5, 1.0], [0, 4], ["contrastive"], ["cmae", "held_out_ncmae"])
    assert len(frame) == 4
    for row in frame.itertuples():
        drawn = al.generate(replace(spec, noise=row.noise, seed=row.seed, n=30 + HELD_OUT))
        found = al.contrastive(drawn.X1[:30], drawn.X2[:30], 2)
        Z1, Z2 = found.embed(drawn.X1, drawn.X2)
        assert row.cmae == pytest.approx(al.cmae(Z1[:30], Z2[:30]), rel=1e-9)
        assert row.held_out_ncmae == pytest.approx(al.ncmae(Z1[30:], Z2[30:]), rel=1e-9)


def test_a_sweep_with_a_training_pauses_after_every_problem():
    specs = [SyntheticSpec(n=20, noise=noise) for noise in (0.1, 0.2)]
    evaluation = Evaluation(specs, range(2), ["perfect_alignment", "contrastive"], ["cmae"])
    assert sum(1 for _ in evaluation.run()) == evaluation.total == 4
