"""Long computations report (done, total), to a function or a bar, and stop where it raises."""

import inspect
import threading

import numpy as np
import pytest

import alignlab as al
from alignlab.work import finish, reporter

rng = np.random.default_rng(0)
X, Y = rng.standard_normal((2, 40, 3))
MANY = rng.standard_normal((5000, 2))

CALLS = {
    "diagnose": lambda progress: al.diagnose(X, Y, resamples=2, progress=progress),
    "diagnose_chunks": lambda progress: al.diagnose_chunks(
        lambda: [(X[:20], Y[:20]), (X[20:], Y[20:])], resamples=2, progress=progress
    ),
    "sweep": lambda progress: al.sweep(
        al.SyntheticSpec(n=30), over="noise", values=[0, 1], seeds=range(3), aligners=["cca"],
        metrics=["cmae"], progress=progress,
    ),
    "monte_carlo": lambda progress: al.monte_carlo(
        [al.SpikedSpec(d=4, k=1)], n=50, seeds=range(3), progress=progress
    ),
    "contrastive": lambda progress: al.contrastive(X, Y, 1, steps=12, batch=8, progress=progress),
    "component_p_values": lambda progress: al.component_p_values(
        X, Y, permutations=100, progress=progress
    ),
    "partner_ranks": lambda progress: al.partner_ranks(MANY, MANY, progress=progress),
}  # fmt: skip
each = pytest.mark.parametrize("name", CALLS)


class Bar:
    """What alignlab asks of tqdm's bars."""

    def __init__(self):
        self.n, self.total, self.totals = 0, None, []

    def update(self, n):
        assert n >= 0
        self.n += n
        self.totals.append(self.total)


def test_every_public_function_with_progress_is_called():
    taking = {
        name
        for name in al.__all__
        if inspect.isfunction(getattr(al, name))
        and "progress" in inspect.signature(getattr(al, name)).parameters
    }
    assert taking == set(CALLS)


@each
def test_progress_counts_up_to_the_total(name):
    calls = []
    CALLS[name](lambda done, total: calls.append((done, total)))
    done, total = zip(*calls, strict=True)
    assert len(set(done)) > (1 if name in ("sweep", "monte_carlo") else 2)  # threads may be ahead
    assert list(done) == sorted(done)
    assert all(one <= most for one, most in calls)
    assert done[0] == 0
    assert done[-1] == total[-1] > 0


@each
def test_a_bar_is_filled(name):
    bar = Bar()
    CALLS[name](bar)
    assert bar.n == bar.total > 0
    assert None not in bar.totals


@each
def test_the_result_does_not_depend_on_who_watches(name):
    watched, alone = CALLS[name](lambda done, total: None), CALLS[name](None)
    for one in ("delta_ca", "pairing", "spectrum", "ca"):
        if hasattr(watched, one) and isinstance(getattr(watched, one), np.ndarray | float):
            np.testing.assert_array_equal(getattr(watched, one), getattr(alone, one))
    if hasattr(watched, "equals"):
        assert watched.equals(alone)


@each
def test_an_interruption_stops_the_work_and_its_threads(name):
    before, calls = threading.active_count(), []

    def interrupted(done, total):
        calls.append(done)
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        CALLS[name](interrupted)
    assert sum(one > 0 for one in calls) == 1
    assert threading.active_count() <= before


@each
@pytest.mark.parametrize("progress", ["bar", 3, Bar])
def test_what_cannot_be_called_is_refused_before_the_work(name, progress):
    with pytest.raises(ValueError, match=f"^{name}: progress = .* or a bar such as tqdm"):
        CALLS[name](progress)


def test_the_generator_is_closed_at_once():
    class Endless:
        done, total, closed = 1, 2, False

        def run(self):
            try:
                while True:
                    yield
            finally:
                self.closed = True

    work = Endless()

    def fails(done, total, calls=[]):  # noqa: B006
        calls.append(done)
        if len(calls) > 2:
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough") as raised:
        finish(work, fails, "test")
    assert work.closed
    assert raised.value.args == ("enough",)


def test_nobody_need_watch():
    assert reporter(None, "test")(1, 2) is None


@pytest.mark.parametrize("function", [al.diagnose, al.diagnose_chunks, al.contrastive])
def test_a_name_of_another_library_is_answered_with_ours(function):
    with pytest.raises(TypeError, match="random_state is called seed here: give seed=3"):
        function(X, Y, random_state=3)


def test_a_seed_of_another_kind_is_answered_with_the_remedy():
    for seed in (None, np.random.default_rng(0), 1.5):
        with pytest.raises(ValueError, match=r"diagnose: seed = .* give an int such as 0; from a"):
            al.diagnose(X, Y, seed=seed)
    with pytest.raises(TypeError, match="cca: n_components is called k here: give k=2"):
        al.cca(X, Y, n_components=2)
