import threading
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alignlab as al
from alignlab import linalg
from alignlab.aligners.contrastive import ContrastiveSpec
from alignlab.aligners.training import PAUSE
from alignlab.spiked.infonce import Trainings, TrainingSweep
from alignlab.spiked.model import SpikedSpec, sample_spiked
from alignlab.spiked.phase import varied

SPEC = SpikedSpec(
    d=6, k=2, kappa=(3.0, 2.0), gamma_x=0.5, gamma_y=0.05, gamma_tilde_x=1.0, gamma_tilde_y=50.0
)


def sweep(**fields):
    given_fields = {
        "spec": SPEC, "over": "nu", "values": (0.0, 0.9), "temperatures": (0.1, 0.5), "n": 60,
        "seeds": (4, 0), "training": ContrastiveSpec(steps=12, batch=32, seed=99, k=5),
    }  # fmt: skip
    return TrainingSweep(**given_fields | fields)


def finished(one):
    work = Trainings(one)
    for _ in work.run():
        pass
    return work


def alone(one, value, temperature, seed):
    """The distance of one training by itself."""
    spec, training = varied(one.spec, one.over, value), one.training
    data = sample_spiked(spec, one.n, seed)
    found = al.contrastive(
        data.X1, data.X2, spec.k, temperature=temperature, steps=training.steps, seed=seed,
        batch=training.batch, learning_rate=training.learning_rate, normalised=training.normalised,
    )  # fmt: skip
    return al.subspace_distance(found.W1, data.S1)


# --- Each training ---


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"over": "gamma_tilde_y", "values": (0.1, 5.0, 50.0), "seeds": (1,)},
        {"over": "kappa_ratio", "values": (0.3,), "temperatures": (0.05,)},
        {"training": ContrastiveSpec(steps=7, batch=500, normalised=False, learning_rate=0.003)},
        {"spec": SpikedSpec(d=2, k=1), "temperatures": (1.0,), "seeds": (0,)},
        {"spec": SpikedSpec(d=4, k=3, kappa=(2.0, 1.0, 0.5)), "temperatures": (1.0,)},
    ],
)
def test_each_number_is_that_of_a_training_alone(fields):
    one = sweep(**fields)
    found = finished(one).distances
    assert found.shape == (len(one.values), len(one.temperatures), len(one.seeds))
    for i, value in enumerate(one.values):
        for j, temperature in enumerate(one.temperatures):
            for number, seed in enumerate(one.seeds):
                expected = alone(one, value, temperature, seed)
                assert found[i, j, number] == pytest.approx(expected, rel=1e-6)


def test_the_same_sweep_gives_the_same_numbers():
    first, again = finished(sweep()).distances, finished(sweep()).distances
    np.testing.assert_array_equal(first, again)


def test_the_order_and_the_company_do_not_matter():
    turned = sweep(values=(0.9, 0.0), temperatures=(0.5, 0.1), seeds=(0, 4))
    np.testing.assert_allclose(
        finished(turned).distances[::-1, ::-1, ::-1], finished(sweep()).distances, rtol=1e-9
    )


def test_the_training_s_own_dimension_temperature_and_seed_are_of_no_account():
    other = replace(sweep().training, k=1, temperature=7.0, seed=3)
    np.testing.assert_array_equal(
        finished(sweep(training=other)).distances, finished(sweep()).distances
    )


def test_threads_are_of_no_account(monkeypatch):
    expected = finished(sweep()).distances
    for workers in (1, 5):
        monkeypatch.setattr(linalg, "threads", lambda workers=workers: workers)
        np.testing.assert_allclose(finished(sweep()).distances, expected, rtol=1e-9)


def test_correlated_nuisance_is_learnt_instead_of_the_signal():
    one = sweep(
        values=(0.0, 0.95), temperatures=(1.0,), n=400, seeds=(0, 1),
        training=ContrastiveSpec(steps=100, batch=128, learning_rate=0.05),
    )  # fmt: skip
    low, high = finished(one).distances[:, 0]
    assert (low < 0.4).all()
    assert (high > 0.8).all()


# --- Progress ---


def test_progress_counts_steps():
    work = Trainings(sweep())
    assert (work.done, work.total) == (0, 2 * 2 * 2 * 12)
    assert np.isnan(work.distances).all()
    seen = [work.done for _ in work.run()]
    assert seen == sorted(seen)
    assert len(seen) == 8 * -(-12 // PAUSE)
    assert work.done == work.total
    assert np.isfinite(work.distances).all()


def test_the_first_seed_comes_first(monkeypatch):
    monkeypatch.setattr(linalg, "threads", lambda: 1)
    work = Trainings(sweep())
    order = []
    for _ in work.run():
        known = np.argwhere(np.isfinite(work.distances)).tolist()
        new = [at for at in known if at not in order]  # several since the last look, on busy cores
        order += sorted(new, key=lambda at: at[2])
    first = [at for at in order if at[2] == 0]
    assert order[: len(first)] == first
    assert len(first) == 4


@pytest.mark.parametrize("pauses", [1, 4, 9])
def test_a_closed_run_stops(pauses):
    finished(sweep(values=(0.0,), seeds=(0,)))  # a thread that stays is begun by the first work
    work = Trainings(sweep(training=ContrastiveSpec(steps=200, batch=32)))
    before = threading.active_count()
    steps = work.run()
    for _ in range(pauses):
        next(steps)
    steps.close()
    assert threading.active_count() == before
    done = work.done
    assert 0 < done < work.total
    assert np.isnan(work.distances).any()
    assert list(steps) == []
    assert work.done == done


def test_what_is_known_when_it_stops_stays():
    one = sweep(temperatures=(0.1,))
    whole, work = finished(one).distances, Trainings(one)
    steps = work.run()
    while np.isnan(work.distances).all():
        next(steps)
    steps.close()
    known = np.isfinite(work.distances)
    np.testing.assert_allclose(work.distances[known], whole[known], rtol=1e-9)
    assert np.isfinite(work.mean()).any()


def test_a_training_that_diverges_says_so():
    one = sweep(training=ContrastiveSpec(batch=32, learning_rate=1e300, normalised=False))
    with pytest.raises(ValueError, match="diverged by step"):
        finished(one)


# --- Means and tables ---


@given(st.lists(st.none() | st.floats(0, 1), min_size=8, max_size=8))
@settings(max_examples=40)
def test_the_mean_is_over_the_seeds_so_far(numbers):
    work = Trainings(sweep())
    found = np.array([np.nan if at is None else at for at in numbers]).reshape(2, 2, 2)
    work.distances[:] = found
    for i in range(2):
        for j in range(2):
            known = found[i, j][np.isfinite(found[i, j])]
            expected = known.mean() if known.size else np.nan
            np.testing.assert_allclose(work.mean()[i, j], expected, atol=1e-15)


def test_the_table_holds_the_means_by_value_and_temperature():
    work = finished(sweep())
    table = work.table()
    assert list(table.columns) == ["InfoNCE, τ = 0.1", "InfoNCE, τ = 0.5"]
    assert (table.index.name, list(table.index)) == ("nu", [0.0, 0.9])
    np.testing.assert_array_equal(table, work.distances.mean(axis=2))
    pd.testing.assert_frame_equal(Trainings(sweep()).table().isna(), table.notna())


# --- Specs ---


@pytest.mark.parametrize("empty", ["values", "temperatures", "seeds"])
def test_a_sweep_of_nothing_is_refused(empty):
    with pytest.raises(ValueError, match="no values, temperatures or seeds"):
        Trainings(sweep(**{empty: ()}))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"values": (0.5, 1.5)}, "nu = 1.5"),
        ({"over": "weight"}, "'weight' is not a parameter"),
        ({"over": "gamma_tilde_x", "values": (0.0,)}, "gamma_tilde_x"),
    ],
)
def test_values_that_no_spec_has_are_refused_before_the_work(fields, reason):
    with pytest.raises(ValueError, match=reason):
        Trainings(sweep(**fields))


def test_encoders_with_a_hidden_layer_are_refused():
    with pytest.raises(ValueError, match="hidden"):
        finished(sweep(training=ContrastiveSpec(steps=5, batch=32, hidden=4)))


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan")])
def test_impossible_temperatures_are_refused(temperature):
    with pytest.raises(ValueError, match="temperature"):
        finished(sweep(temperatures=(temperature,)))


def test_too_few_pairs_are_refused():
    with pytest.raises(ValueError, match="at least 2 rows"):
        finished(sweep(n=1))


def test_what_is_printed_makes_the_same_sweep():
    known = {
        "TrainingSweep": TrainingSweep, "SpikedSpec": SpikedSpec,
        "ContrastiveSpec": ContrastiveSpec,
    }  # fmt: skip
    assert eval(repr(sweep()), known) == sweep()
    assert hash(eval(repr(sweep()), known)) == hash(sweep())
