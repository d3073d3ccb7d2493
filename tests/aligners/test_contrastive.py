from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp

import alignlab as al
from alignlab import linalg
from alignlab.aligners.alignment import Alignment
from alignlab.aligners.contrastive import (
    ContrastiveSpec,
    Encoders,
    Training,
    contrastive,
    trained,
)
from alignlab.aligners.training import PAUSE, SNAPSHOTS, WATCHED
from alignlab.data.pairs import PairedData
from alignlab.data.synthetic import SyntheticSpec, generate

DATA = generate(SyntheticSpec(n=300, d1=4, d2=3))
SHORT = ContrastiveSpec(steps=22, batch=64)


def weights(encoders):
    if isinstance(encoders, Alignment):
        return [encoders.W1, encoders.W2]
    return [*encoders.weights1, *encoders.weights2]


def run(spec, data=DATA, pauses=None):
    """A training after a number of yields, or after all."""
    training = Training(data.X1, data.X2, spec)
    steps = training.run()
    for count, _ in enumerate(steps, start=1):
        if count == pauses:
            steps.close()
    return training


def scores(Z1, Z2, spec):
    if spec.normalised:
        Z1, Z2 = (Z / np.linalg.norm(Z, axis=1, keepdims=True) for Z in (Z1, Z2))
    return Z1 @ Z2.T / spec.temperature


def info_nce(Z1, Z2, spec):
    """The mean over rows and over columns of -log softmax at the partner."""
    S = scores(Z1, Z2, spec)
    rows, columns = (
        -np.mean([row[i] - logsumexp(row) for i, row in enumerate(each)]) for each in (S, S.T)
    )
    return (rows + columns) / 2


def loss_and_gradients(Z1, Z2, spec):
    """What the training takes a step by."""
    Z1, Z2 = (torch.tensor(Z, requires_grad=True) for Z in (Z1, Z2))
    loss = Training(DATA.X1, DATA.X2, spec)._backward(Z1, Z2)
    return loss.item(), Z1.grad.numpy(), Z2.grad.numpy()


# --- Table 1 ---


def test_table_1_is_an_ordinary_draw_and_perfect_alignment_wins_by_ten_orders_of_magnitude():
    ours, perfect = [], []
    for seed in range(4):  # the fewer draws, the narrower the range to lie in
        data = generate(SyntheticSpec(seed=seed))
        Z1, Z2 = contrastive(data.X1, data.X2, 2, seed=seed).embed(data.X1, data.X2)
        errors = al.cmae(Z1, Z2), al.ncmae(Z1, Z2)
        ours.append([*errors, al.mlre(data.Z, Z1), al.mlre(data.Z, Z2)])
        Z1, Z2 = al.perfect_alignment(data.X1, data.X2, 2).embed(data.X1, data.X2)
        perfect.append([al.cmae(Z1, Z2), al.ncmae(Z1, Z2)])
    low, high = np.min(ours, axis=0), np.max(ours, axis=0)
    published = np.array([5.44, 0.0298, 8.73, 4.34])
    assert (low < published).all()
    assert (published < high).all()
    assert (np.array(perfect) < 1e-10 * np.array(ours)[:, :2]).all()


def test_the_defaults_are_the_recipe():
    assert ContrastiveSpec() == ContrastiveSpec(
        k=2, temperature=0.1, steps=500, batch=512, learning_rate=0.01, normalised=True, hidden=0
    )
    found = contrastive(DATA.X1, DATA.X2, 3, steps=5)
    expected = trained(DATA.X1, DATA.X2, ContrastiveSpec(k=3, steps=5))
    np.testing.assert_array_equal(found.W1, expected.W1)


# --- The loss ---


@given(
    n=st.integers(2, 12), k=st.integers(1, 4), seed=st.integers(0, 1000),
    temperature=st.floats(0.01, 10), normalised=st.booleans(),
)  # fmt: skip
@settings(max_examples=40)
def test_the_loss_is_the_mean_of_both_directions(n, k, seed, temperature, normalised):
    rng = np.random.default_rng(seed)
    Z1, Z2 = rng.standard_normal((2, n, k))
    spec = ContrastiveSpec(k=k, temperature=temperature, normalised=normalised)
    loss = loss_and_gradients(Z1, Z2, spec)[0]
    assert loss == pytest.approx(info_nce(Z1, Z2, spec), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("normalised", [True, False])
@pytest.mark.parametrize("hidden", [0, 5])
def test_the_history_holds_the_loss_of_the_last_batch_and_the_error_of_all_pairs(
    normalised, hidden
):
    data = DATA.rows(np.arange(40))  # one batch holds all rows: their order does not matter
    spec = ContrastiveSpec(steps=6, normalised=normalised, hidden=hidden)
    training, before = run(spec, data), run(replace(spec, steps=5), data)
    (_, first, start), (step5, _, _), (step, loss, error) = training.history
    assert (step5, step) == (5, 6)
    assert np.isnan(first)
    last = before.snapshots[-1]  # the sixth loss is that of the weights after five steps
    assert loss == pytest.approx(info_nce(last.Z1, last.Z2, spec), rel=1e-9)
    begun, ended = training.snapshots[0], training.snapshots[-1]
    assert start == pytest.approx(al.cmae(begun.Z1, begun.Z2))
    assert error == pytest.approx(al.cmae(ended.Z1, ended.Z2))


def test_only_unnormalised_scores_depend_on_the_length_of_the_latents():
    rng = np.random.default_rng(0)
    Z1, Z2 = rng.standard_normal((2, 20, 3))
    for normalised in (True, False):
        spec = ContrastiveSpec(normalised=normalised)
        longer, found = (loss_and_gradients(Z, Z2, spec)[0] for Z in (3 * Z1, Z1))
        assert (longer == pytest.approx(found)) == normalised


@pytest.mark.parametrize("normalised", [True, False])
@pytest.mark.parametrize("hidden", [0, 16])
def test_training_lowers_the_loss_and_more_partners_score_above_all_others(normalised, hidden):
    rng = np.random.default_rng(0)
    X1 = rng.standard_normal((100, 4))
    data = PairedData(X1=X1, X2=X1 @ rng.standard_normal((4, 5)))
    spec = ContrastiveSpec(
        k=4, steps=300, normalised=normalised, hidden=hidden, temperature=0.1 if normalised else 1.0
    )
    training = run(spec, data)
    losses = [loss for _, loss, _ in training.history[1:]]
    assert losses[-1] < 0.8 * losses[0]
    hits = [
        np.mean(scores(at.Z1, at.Z2, spec).argmax(axis=1) == np.arange(100))
        for at in training.snapshots
    ]
    assert hits[-1] > 5 * hits[0]


def test_the_first_weights_are_gaussian_of_variance_one_over_d():
    rng = np.random.default_rng(0)
    X1, X2 = rng.standard_normal((2, 10, 400))
    training = Training(X1, X2, ContrastiveSpec(k=50))
    for W in weights(training.encoders()):
        assert W.shape == (400, 50)
        assert 400 * W.var() == pytest.approx(1, abs=0.05)
    assert not np.array_equal(*weights(training.encoders()))
    U, b, V = Training(X1, X2, ContrastiveSpec(k=50, hidden=100)).encoders().weights1
    assert (U.shape, b.shape, V.shape) == ((400, 100), (100,), (100, 50))
    assert not b.any()
    assert 100 * V.var() == pytest.approx(1, abs=0.1)


# --- Determinism ---


@pytest.mark.parametrize("hidden", [0, 8])
def test_the_same_seed_gives_the_same_encoders_whatever_else_is_drawn(hidden):
    spec = replace(SHORT, hidden=hidden)
    torch.manual_seed(1)
    first = weights(trained(DATA.X1, DATA.X2, spec))
    torch.manual_seed(2)
    state = torch.random.get_rng_state()
    again = weights(trained(DATA.X1.copy(), DATA.X2.copy(), spec))
    assert torch.equal(torch.random.get_rng_state(), state)
    for W, expected in zip(again, first, strict=True):
        np.testing.assert_array_equal(W, expected)
    other = weights(trained(DATA.X1, DATA.X2, replace(spec, seed=1)))
    assert not any(np.array_equal(W, V) for W, V in zip(other, first, strict=True) if W.any())


def test_the_batches_depend_on_the_seed_and_change_from_step_to_step():
    spec = replace(SHORT, learning_rate=1e-6, steps=15)
    losses = [loss for _, loss, _ in run(spec).history[1:]]
    assert np.std(losses) > 1e-3  # the maps hardly moved: the rows did
    whole = [loss for _, loss, _ in run(replace(spec, batch=300)).history[1:]]
    assert np.std(whole) < 1e-3


def test_a_batch_larger_than_the_pairs_takes_them_all():
    fitted = [trained(DATA.X1, DATA.X2, replace(SHORT, batch=batch)) for batch in (300, 512)]
    np.testing.assert_array_equal(weights(fitted[0])[0], weights(fitted[1])[0])
    assert contrastive(DATA.X1[:2], DATA.X2[:2], 2, steps=3).k == 2


# --- Progress ---


@pytest.mark.parametrize("steps", [1, 4, 5, 22])
def test_a_training_pauses_every_few_steps_and_at_the_end(steps):
    training = run(replace(SHORT, steps=steps))
    at = [*range(0, steps, PAUSE), steps]
    assert [step for step, _, _ in training.history] == at
    assert training.done == training.total == steps
    assert [one.step for one in training.snapshots] == at


@pytest.mark.parametrize("steps", [500, 333])
def test_snapshots_are_few_evenly_spread_and_show_the_first_pairs_from_first_to_last(steps):
    data = DATA.rows(np.arange(WATCHED + 20))
    training = run(replace(SHORT, steps=steps, batch=2), data)
    at = np.array([one.step for one in training.snapshots])
    assert len(at) == SNAPSHOTS
    assert (at[0], at[-1]) == (0, steps)
    assert abs(np.diff(at) - steps / SNAPSHOTS).max() <= PAUSE
    assert {one.Z1.shape for one in training.snapshots} == {(WATCHED, 2)}
    Z1, Z2 = training.encoders().embed(data.X1, data.X2)
    np.testing.assert_allclose(training.snapshots[-1].Z1, Z1[:WATCHED], atol=1e-12)
    np.testing.assert_allclose(training.snapshots[-1].Z2, Z2[:WATCHED], atol=1e-12)


@pytest.mark.parametrize("hidden", [0, 8])
def test_a_training_that_is_closed_early_gives_what_was_learnt_so_far(hidden):
    spec = replace(SHORT, hidden=hidden)
    training = run(spec, pauses=2)
    assert (training.done, training.total) == (10, 22)
    expected = weights(trained(DATA.X1, DATA.X2, replace(spec, steps=10)))
    for W, V in zip(weights(training.encoders()), expected, strict=True):
        np.testing.assert_array_equal(W, V)
    assert [step for step, _, _ in training.history] == [0, 5, 10]


def test_what_a_training_hands_out_does_not_change_with_it():
    training = Training(DATA.X1, DATA.X2, SHORT)
    steps = training.run()
    next(steps)
    early, snapshot = training.encoders(), training.snapshots[-1]
    W1, Z1 = early.W1.copy(), snapshot.Z1.copy()
    for _ in steps:
        pass
    np.testing.assert_array_equal(early.W1, W1)
    np.testing.assert_array_equal(snapshot.Z1, Z1)
    assert not np.array_equal(training.encoders().W1, W1)


# --- Encoders ---


def test_nonlinear_encoders_embed_as_the_training_did_and_by_their_formula():
    training = run(replace(SHORT, hidden=8, k=3))
    encoders = training.encoders()
    assert isinstance(encoders, Encoders)
    assert encoders.method == "nonlinear_contrastive"
    Z1, Z2 = encoders.embed(DATA.X1, DATA.X2)
    np.testing.assert_allclose(Z1[:WATCHED], training.snapshots[-1].Z1, atol=1e-12)
    np.testing.assert_allclose(Z2[:WATCHED], training.snapshots[-1].Z2, atol=1e-12)
    U, b, V = encoders.weights2
    assert b.any()  # the thresholds learn too
    np.testing.assert_allclose(Z2, np.maximum(DATA.X2 @ U + b, 0) @ V, atol=1e-12)


def test_linear_encoders_are_an_alignment_that_neither_centres_nor_scales():
    found = contrastive(DATA.X1, DATA.X2, 3, steps=5)
    assert (found.method, found.k, found.rank, found.ranks) == ("contrastive", 3, 3, (4, 3))
    assert not found.mean1.any()
    assert not found.mean2.any()
    stacked = np.concatenate([found.W1, found.W2])
    np.testing.assert_allclose(found.spectrum, np.linalg.svd(stacked, compute_uv=False))
    Z1, Z2 = found.embed(DATA.X1, DATA.X2)
    np.testing.assert_allclose(Z1, DATA.X1 @ found.W1)
    np.testing.assert_allclose(Z2, DATA.X2 @ found.W2)


@pytest.mark.parametrize("hidden", [0, 8])
def test_embed_refuses_views_that_were_not_fitted_and_names_them(hidden):
    encoders = trained(DATA.X1, DATA.X2, replace(SHORT, steps=1, hidden=hidden))
    with pytest.raises(ValueError, match=r"embed: X1 has shape \(300, 3\).*4 features.*same col"):
        encoders.embed(DATA.X2, DATA.X2)
    with pytest.raises(ValueError, match=r"embed: X2 has shape \(300, 4\).*3 features"):
        encoders.embed(DATA.X1, DATA.X1)
    with pytest.raises(ValueError, match=r"embed: X1 has shape \(4,\)"):
        encoders.embed(DATA.X1[0], DATA.X2)
    with pytest.raises(ValueError, match="embed: X1 has 300 rows and X2 has 299"):
        encoders.embed(DATA.X1, DATA.X2[1:])


# --- Refusals ---


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"k": 0}, "k = 0 is out of range: it must be at least 1"),
        ({"k": 2.0}, "k = 2.0 is not a whole number"),
        ({"temperature": 0}, r"temperature = 0 is out of range: it must be in \[1e-06, inf"),
        ({"temperature": float("nan")}, "temperature = nan is out of range"),
        ({"temperature": "warm"}, "temperature = 'warm' is not a number"),
        ({"learning_rate": -0.1}, r"learning_rate = -0.1 is out of range: it must be in \[1e-06"),
        ({"learning_rate": float("inf")}, "learning_rate = inf is out of range"),
        ({"steps": 0}, "steps = 0 is out of range: it must be at least 1"),
        ({"batch": 1}, "batch = 1 is out of range: it must be at least 2"),
        ({"seed": -1}, "seed = -1 is out of range: it must be at least 0"),
        ({"hidden": -1}, "hidden = -1 is out of range: it must be at least 0"),
    ],
)
def test_a_setting_out_of_range_is_refused_by_name(setting, message):
    with pytest.raises(ValueError, match=f"^contrastive: {message}"):
        ContrastiveSpec(**setting)
    if "hidden" not in setting:
        with pytest.raises(ValueError, match=f"^contrastive: {message}"):
            contrastive(DATA.X1, DATA.X2, **({"k": 2} | setting))


@pytest.mark.parametrize(
    ("X1", "X2", "message"),
    [
        (DATA.X1[:-1], DATA.X2, "X1 has 299 rows and X2 has 300.*drop the rows without a partner"),
        (DATA.X1, 0 * DATA.X2, "X2 is constant.*check which columns"),
        (np.where(DATA.X1 > 9, np.nan, DATA.X1), DATA.X2, "X1 holds .* NaN.*drop these rows"),
        (DATA.X1[:1], DATA.X2[:1], r"X1 has shape \(1, 4\): at least 2 rows"),
    ],
)
def test_views_that_are_no_pairs_are_refused_with_a_remedy(X1, X2, message):
    with pytest.raises(ValueError, match=f"^contrastive: {message}"):
        contrastive(X1, X2, 2)


@pytest.mark.parametrize("hidden", [0, 8])
def test_a_training_that_diverges_says_so_and_what_to_do(hidden):
    spec = replace(SHORT, hidden=hidden, learning_rate=1e300, normalised=False)
    with pytest.raises(ValueError, match="diverged by step 5: lower the learning rate or raise"):
        trained(DATA.X1, DATA.X2, spec)


@pytest.mark.skipif(linalg.device() == "cpu", reason="no GPU here")
def test_a_gpu_trains_the_same_way_twice_and_begins_where_the_cpu_does(monkeypatch):
    first, again = (weights(trained(DATA.X1, DATA.X2, SHORT)) for _ in range(2))
    for W, V in zip(first, again, strict=True):
        np.testing.assert_array_equal(W, V)
    begun = weights(Training(DATA.X1, DATA.X2, SHORT).encoders())
    monkeypatch.setenv("ALIGNLAB_DEVICE", "cpu")
    for W, V in zip(begun, weights(Training(DATA.X1, DATA.X2, SHORT).encoders()), strict=True):
        np.testing.assert_array_equal(W, V)
