"""Broken stretches are found where rows are lost or reordered, and nowhere in intact pairs."""

import numpy as np
import plotly.graph_objects as go
import pytest
from scipy.signal import lfilter

import alignlab as al
from alignlab.data.digits import digits_halves
from alignlab.diagnosis.stretch_profile import coupling_along
from alignlab.diagnosis.stretch_words import broken_words
from alignlab.diagnosis.stretches import Along, Stretch, broken_stretches
from alignlab.diagnosis.tables import numbers
from alignlab.report.figures import pictures
from alignlab.words.diagnose import diagnosis_words, headline, picture_words, without_noise

N, D = 600, 8


def smooth(noise):
    """Series with the spread of white noise that remember 20 rows."""
    return lfilter([(1 - 0.95**2) ** 0.5], [1, -0.95], noise, axis=0)


def drawn(kind, n=N, d=D, seed=0):
    """Intact pairs of a kind, and classes that are sorted where the kind has any."""
    rng = np.random.default_rng(seed)
    z, A, B = rng.standard_normal((n, 2)), *rng.standard_normal((2, 2, d))
    noise = rng.standard_normal((2, n, d))
    classes = np.sort(rng.integers(0, 4, n))
    centres = 2 * rng.standard_normal((2, 4, d))[:, classes]
    if kind == "weak":
        z = 0.4 * z
    elif kind == "Student":
        noise = rng.standard_t(3, (2, n, d))
    elif kind == "Student rows":
        noise = rng.standard_t(3, (2, n, 1)) * noise
    elif kind == "smooth":
        z, noise = smooth(z), np.array([smooth(one) for one in noise])
    elif kind == "smooth signal":
        z = smooth(z)
    elif kind == "classes alone":
        return *(centres + noise), classes
    elif kind == "classes":
        noise = centres + noise
    elif kind == "one class":
        z = np.where(classes == 1, 1.5, 0.1)[:, None] * z
    elif kind == "counts":
        return *(rng.poisson(0.3 * np.exp(0.7 * z @ M)).astype(float) for M in (A, B)), classes
    elif kind == "sessions":
        noise[1, n // 2 :] *= 5
    else:
        assert kind == "normal"
    return z @ A + noise[0], z @ B + noise[1], classes


KINDS = (
    "normal", "weak", "Student", "Student rows", "smooth", "smooth signal", "classes alone",
    "classes", "one class", "counts", "sessions",
)  # fmt: skip


def found(x, y, seed=0):
    return broken_stretches(x, y, Along.all(len(x)), seed)


def test_intact_pairs_raise_no_alarm_whatever_their_distribution():
    draws = [(kind, seed) for kind in KINDS for seed in range(19)]
    assert len(draws) >= 200
    alarms = [draw for draw in draws if found(*drawn(draw[0], 200, 5, draw[1])[:2], draw[1])]
    assert len(alarms) <= 0.01 * len(draws), alarms


@pytest.mark.parametrize(
    ("kind", "at"),
    [*((kind, at) for kind in ("normal", "weak", "Student") for at in (60, 150, 300, 450)),
     ("classes", 150), ("classes", 450)],
)  # fmt: skip
def test_a_lost_row_is_found_where_it_was_lost_with_the_lag_that_restores_the_pairs(kind, at):
    x, y, _ = drawn(kind)
    (one,) = found(x[:-1], np.delete(y, at, 0))
    assert abs(one.first - at) <= 20
    assert (one.last, one.lag) == (N - 2, -1)
    (one,) = found(np.delete(x, at, 0), y[:-1])
    assert abs(one.first - at) <= 20
    assert (one.last, one.lag) == (N - 2, 1)


def test_each_of_two_lost_rows_shifts_the_rest_further():
    x, y, _ = drawn("normal")
    one, two = found(x[:-2], np.delete(y, [150, 350], 0))
    assert (one.lag, two.lag, two.last) == (-1, -2, N - 3)
    np.testing.assert_allclose([one.first, one.last, two.first], [150, 349, 350], atol=10)


def test_a_row_lost_from_each_view_breaks_the_rows_between():
    x, y, _ = drawn("normal")
    (one,) = found(np.delete(x, 400, 0), np.delete(y, 200, 0))
    assert one.lag == -1
    np.testing.assert_allclose([one.first, one.last], [200, 399], atol=10)


@pytest.mark.parametrize("kind", ["normal", "Student"])
def test_rows_in_another_order_are_found_without_a_lag(kind):
    x, y, _ = drawn(kind)
    shuffled = np.r_[:200, np.random.default_rng(1).permutation(150) + 200, 350:N]
    for order, ends in ((shuffled, (200, 349)), (np.r_[:300, N - 1 : 299 : -1], (300, N - 1))):
        (one,) = found(x, y[order])
        assert one.lag is None
        np.testing.assert_allclose([one.first, one.last], ends, atol=20)


def test_rows_that_are_all_one_off_are_found():
    x, y, _ = drawn("normal")
    assert found(x[1:], y[:-1]) == (Stretch(0, N - 2, 1),)


def test_permuted_pairs_have_no_stretch_where_pairing_holds():
    x, y, _ = drawn("normal")
    assert found(x, np.random.default_rng(1).permutation(y)) == ()


def test_a_class_without_coupling_is_not_taken_for_broken_rows_if_labels_tell_it():
    x, y, classes = drawn("normal", 1500)
    y[classes != 1] = np.random.default_rng(1).permutation(y[classes != 1])
    labels = (classes[:, None] == np.arange(4)).astype(float)
    assert found(x, y)
    assert broken_stretches(x, y, Along(np.arange(1500), labels)) == ()
    labels[::2] = np.nan
    assert broken_stretches(x, y, Along(np.arange(1500), labels)) == ()


def test_in_a_sample_of_the_rows_the_place_and_the_lag_are_those_of_all_rows():
    x, y, _ = drawn("normal", 4000)
    x, y = x[:-1], np.delete(y, 1000, 0)
    keep = np.sort(np.random.default_rng(1).choice(3999, 1500, replace=False))
    (one,) = broken_stretches(x[keep], y[keep], Along(keep, np.empty((1500, 0))))
    assert one.lag == -1
    np.testing.assert_allclose([one.first, one.last], [1000, 3998], atol=30)


@pytest.mark.parametrize("sort", [False, True])
def test_real_pairs_are_intact_until_a_row_is_lost_also_sorted_by_class(sort):
    data = digits_halves()
    order = np.argsort(data.labels, kind="stable") if sort else np.arange(len(data.labels))
    x, y = data.X1[order], data.X2[order]
    assert found(x, y) == ()
    (one,) = found(x[:-1], np.delete(y, 400, 0))
    assert (one.last, one.lag) == (len(x) - 2, -1)
    assert abs(one.first - 400) <= 20


def test_few_rows_have_no_stretches():
    x, y, _ = drawn("normal", 39)
    assert found(x[1:], y[:-1]) == ()


# --- In a diagnosis ---


@pytest.fixture(scope="module")
def lost():
    x, y, _ = drawn("normal", 400, 5)
    x, y = x[:-1], np.delete(y, 100, 0)
    return x, y, x[:, :2] > 0


def parts(data, size=70):
    return [tuple(V[i : i + size] for V in data) for i in range(0, len(data[0]), size)]


@pytest.fixture(scope="module")
def diagnosis(lost):
    return al.diagnose(*lost, resamples=2)


def test_nothing_is_recommended_on_mispaired_rows(diagnosis):
    (one,) = diagnosis.pairing.broken
    assert one.lag == -1
    assert abs(one.first - 100) <= 20
    assert not diagnosis.pairing.intact
    assert (diagnosis.regime, diagnosis.advice) == ("Undetermined", None)
    assert diagnosis.recommendation.objective == "none"
    for reason in (diagnosis.reason, diagnosis.recommendation.reason):
        assert f"the pairing is broken in rows {one.first} to 398, where row i of x" in reason
        assert "al.match_rows" in reason


def test_chunks_and_dask_find_the_same(lost, diagnosis):
    found = al.diagnose_chunks(lambda: parts(lost), resamples=2)
    assert found.pairing.broken == diagnosis.pairing.broken
    da = pytest.importorskip("dask.array")
    lazy = [da.from_array(V, chunks=(150, *V.shape[1:])) for V in lost]
    assert al.diagnose(*lazy, resamples=2).pairing.broken == diagnosis.pairing.broken


def test_the_page_says_it_and_shows_no_ratios_of_mispaired_rows(diagnosis):
    (one,) = diagnosis.pairing.broken
    assert headline(diagnosis).startswith("**Undetermined**: the pairing is broken in rows")
    assert any("Any Δ would be that of mispaired rows" in word for word in
               diagnosis_words(diagnosis))  # fmt: skip
    caption = picture_words(diagnosis)["pairing"]
    assert caption.endswith(f"Broken in rows {one.first} to 398 (lag -1), counted from 0.")
    assert without_noise(diagnosis).population is None


def test_without_labels_broken_rows_are_the_reason(lost):
    assert "broken" in al.diagnose(*lost[:2], resamples=2).reason


def test_the_stretches_are_kept_as_json(diagnosis):
    (one,) = diagnosis.pairing.broken
    assert numbers(diagnosis)["broken pairing"] == [
        {"first": one.first, "last": one.last, "lag": -1}
    ]
    assert al.Diagnosis.from_json(diagnosis.to_json()).pairing.broken == (one,)


def test_the_coupling_along_the_rows_falls_where_the_pairing_breaks(diagnosis):
    row, coupling = diagnosis.pairing.along.T
    assert (np.diff(row) > 0).all()
    np.testing.assert_allclose(coupling[row < 95].mean(), 1, atol=0.2)
    np.testing.assert_allclose(coupling[row > 105].mean(), 0, atol=0.2)
    x, y, _ = drawn("normal")
    shuffled = np.r_[:200, np.random.default_rng(1).permutation(150) + 200, 350:N]
    row, coupling = coupling_along(x, y[shuffled], Along.all(N), [Stretch(200, 349)]).T
    inside = (row > 200) & (row < 350)
    np.testing.assert_allclose(coupling[inside].mean(), 0, atol=0.2)
    np.testing.assert_allclose(coupling[~inside].mean(), 1, atol=0.1)


def test_the_picture_marks_the_broken_rows(diagnosis):
    (one,) = diagnosis.pairing.broken
    figure = diagnosis.plot("pairing along the rows")
    assert go.Figure(figure.to_dict()) == figure  # validated by Plotly
    np.testing.assert_array_equal(figure.data[0].y, diagnosis.pairing.along[:, 1])
    assert (figure.layout.shapes[0].x0, figure.layout.shapes[0].x1) == (one.first - 0.5, 398.5)
    assert "pairing along the rows" in pictures(diagnosis)
    assert "pairing along the rows" in picture_words(diagnosis)


def test_intact_pairs_have_no_picture_of_broken_ones():
    x, y, _ = drawn("normal", 120, 3)
    found = al.diagnose(x, y, resamples=2)
    assert found.pairing.along is None
    with pytest.raises(ValueError, match="no stretch of rows is known"):
        found.plot("pairing along the rows")


# --- Words ---


@pytest.mark.parametrize(
    ("stretch", "words"),
    [
        (Stretch(150, 599, 1), "rows 150 to 599, where row i of x matches row i + 1 of y: one row "
         "of x seems to be lost at or before row 150 "),
        (Stretch(5, 1599, -2), "rows 5 to 1,599, where row i of x matches row i - 2 of y: 2 rows "
         "of y seem to be lost at or before row 5 "),
        (Stretch(0, 1599, 3), "all rows, where row i of x matches row i + 3 of y: 3 rows of x"),
        (Stretch(7, 99), "rows 7 to 99, where x and y are not coupled as elsewhere: "),
    ],
)  # fmt: skip
def test_a_stretch_is_named_with_its_cause(stretch, words):
    told = broken_words([stretch], 1600)
    assert told.startswith(f"the pairing is broken in {words}")
    assert "(rows are counted from 0); bring both views into the same order" in told
    assert "counted from 0, approximately)" in broken_words([stretch], 1600, sampled=True)


def test_many_stretches_are_told_in_number():
    told = broken_words([Stretch(j, j + 9) for j in range(0, 100, 20)], 1600)
    assert "rows 40 to 49" in told
    assert "; and 2 more stretches (rows" in told
