import numpy as np
import pandas as pd
import pytest

from alignlab.data.label_columns import LabelColumns
from alignlab.diagnosis.reduction import Reducing
from alignlab.diagnosis.run import diagnose, work_of
from alignlab.diagnosis.tables import all_numbers
from tests.benchmarks.diagnose import problem
from tests.diagnosis.test_work import BOTH, broken

dask = pytest.importorskip("dask", reason="Dask is optional: pip install alignlab[dask]")
distributed = pytest.importorskip("distributed", reason="Dask's clusters are optional")

import dask.array as da  # noqa: E402
import dask.dataframe as dd  # noqa: E402

CUTS = (5, 130, 1, 464, 100)


@pytest.fixture(scope="module", params=["threads", "cluster"])
def where(request):
    """Dask's default scheduler, or a cluster of two processes on this machine."""
    if request.param == "threads":
        with dask.config.set(scheduler="threads"):
            yield
        return
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
        ) as cluster,
        distributed.Client(cluster),
    ):
        yield


@pytest.fixture(scope="module")
def data():
    X, Y, labels = problem(BOTH, sum(CUTS), 0)
    labels[::3] = np.nan
    return X, Y, labels


def same(found, whole):
    assert (found.regime, found.reason) == (whole.regime, whole.reason)
    assert (found.n, found.labelled) == (whole.n, whole.labelled)
    assert (found.components, found.axes) == (whole.components, whole.axes)
    names = ("delta_ca", "delta_cp", "delta_cp_reverse", "support")
    for name in names:
        wanted = pytest.approx(getattr(whole, name), rel=1e-8, nan_ok=True)
        assert getattr(found, name) == wanted
    for name, interval in whole.intervals.items():
        assert found.intervals[name] == pytest.approx(interval, rel=1e-8, nan_ok=True)
    for told in (found, whole):
        assert (told.advice is None) == (told.labelled == 0)
    np.testing.assert_allclose(
        all_numbers(found)["value"], all_numbers(whole)["value"], rtol=1e-8, atol=1e-9
    )
    assert (found.scale, found.scaled, found.constant) == (
        whole.scale, whole.scaled, whole.constant
    )  # fmt: skip
    assert found.rescaled == whole.rescaled
    assert found.pairing.held_out.z == pytest.approx(whole.pairing.held_out.z, rel=1e-6)
    # of nearest rows of the same rows
    assert found.pairing.knn.value == whole.pairing.knn.value
    assert found.pairing.coupling.z == pytest.approx(whole.pairing.coupling.z, rel=1e-6)


def named(labels):
    """Class names, None where labels are missing."""
    names = np.where(labels[:, 0] > 0, "giant", "dwarf")
    return np.where(np.isnan(labels[:, 0]), None, names)


@pytest.mark.parametrize("scale", ["as given", "standardised"])
def test_the_scale_of_columns_is_that_of_arrays(where, data, scale):
    X, Y, labels = data
    X = X * np.r_[1e3, np.ones(X.shape[1] - 1)]
    parts = (da.from_array(one, chunks=(200, -1)) for one in (X, Y, labels))
    found = diagnose(*parts, resamples=4, scale=scale)
    assert found.scale == scale
    same(found, diagnose(X, Y, labels, resamples=4, scale=scale))


@pytest.mark.parametrize("kind", ["real", "one column", "names", "integers", "none"])
def test_arrays_give_the_same_verdict(where, data, kind):
    X, Y, labels = data
    given = {
        "real": labels,
        "one column": labels[:, 0],
        "names": named(labels),
        "integers": (X[:, 0] + X[:, 1] > 0).astype(int),
        "none": None,
    }[kind]
    whole = diagnose(X, Y, given)
    rows = None if given is None else da.from_array(given, chunks=(200, *given.shape[1:]))
    # columns are partitioned as well, and the rows of each input differently
    cut = diagnose(da.from_array(X, (CUTS, 7)), da.from_array(Y, (250, 20)), rows)
    same(cut, whole)


@pytest.mark.parametrize("kind", ["real", "names"])
def test_dataframes_give_the_same_verdict(where, data, kind):
    X, Y, labels = data
    table = pd.DataFrame(np.hstack([X, Y])).add_prefix("c")
    given = labels if kind == "real" else named(labels)
    if kind == "real":
        table[["l0", "l1", "l2"]] = labels
    else:
        table["l0"] = pd.array(given, dtype="string")
    frame = dd.from_pandas(table, npartitions=4)
    x, y = (list(table.columns[part]) for part in (slice(20), slice(20, 40)))
    chosen = frame[["l0", "l1", "l2"]] if kind == "real" else frame["l0"]
    same(diagnose(frame[x], frame[y], chosen), diagnose(X, Y, given))


def test_rows_that_a_filter_leaves_give_the_same_verdict(where, data):
    X, Y, labels = data
    table = pd.DataFrame(np.hstack([X, Y, labels])).add_prefix("c")
    table["part"] = np.repeat(range(5), CUTS)
    frame = dd.from_pandas(table, npartitions=7)
    frame = frame[frame["part"] == 3]  # its first and last partitions are empty
    parts = [frame[list(table.columns[part])] for part in (slice(20), slice(20, 40), slice(40, 43))]
    rows = table["part"] == 3
    same(diagnose(*parts), diagnose(X[rows], Y[rows], labels[rows]))
    arrays = [part.to_dask_array() for part in parts]
    assert np.isnan(arrays[0].shape[0])
    same(diagnose(*arrays), diagnose(X[rows], Y[rows], labels[rows]))


def test_labels_in_memory_go_to_the_workers(where, data):
    X, Y, labels = data
    same(diagnose(da.from_array(X, (CUTS, 20)), Y, labels), diagnose(X, Y, labels))


def test_more_features_than_rows_give_the_same_verdict(where, data):
    rng = np.random.default_rng(2)
    X, Y, labels = problem(BOTH, 150, 3)
    X, Y = (Z @ rng.standard_normal((20, 200)) for Z in (X, Y))
    whole = diagnose(X, Y, labels)
    cut = diagnose(*(da.from_array(part, (40, -1)) for part in (X, Y)), labels)
    assert cut.delta_ca == pytest.approx(whole.delta_ca, rel=1e-6)
    assert (cut.regime, cut.components) == (whole.regime, whole.components)


def test_rows_stay_with_the_workers(data, monkeypatch):
    """Only sums and the scores of the rows of the null are transferred to the caller."""
    X, Y, labels = data
    work = work_of(*(da.from_array(part, (100, -1)) for part in (X, Y, labels)))
    came = []
    delayed = type(dask.delayed(len)([]))
    compute = delayed.compute

    def watched(self, **settings):
        found = compute(self, **settings)
        came.append(type(found).__name__)
        return found

    monkeypatch.setattr(delayed, "compute", watched)
    monkeypatch.setattr(da.Array, "compute", lambda *_: pytest.fail("rows were brought here"))
    seen = 0
    for _ in work.run():
        seen += 1
        assert work.done <= work.total
    assert came == ["Survey", "Gatherings"]
    assert seen == work.total


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("rows", "X has 100 rows and Y has 99"),
        ("nan", r"row 7, column 3.*\(in the partition of rows 0 to 29\)"),
        ("few", "29 pairs are too few"),
        ("constant view", "Y is constant"),
        ("identical", "X and Y are identical"),
        ("one class", "one class only, star"),
        ("constant labels", "labels are constant"),
        ("label rows", "99 labels for 100 rows"),
        ("few labels", "10 rows have a label"),
        ("no label", "every label is missing"),
        ("infinite label", r"infinite value in row 4, column 1: .* \(in the partition of rows"),
        ("text", "X is not numeric"),
    ],
)
def test_bad_input_is_named(where, what, message):
    X, Y, labels = (
        da.from_array(part, chunks=(30, *part.shape[1:])) for part in map(np.asarray, broken(what))
    )
    with pytest.raises(ValueError, match=message):
        diagnose(X, Y, labels)


def test_an_array_that_is_no_matrix_is_refused(data):
    with pytest.raises(ValueError, match=r"X has shape \(700,\), a matrix"):
        diagnose(da.from_array(data[0][:, 0]), data[1])


# --- Sums of parts ---


@pytest.mark.parametrize("cuts", [(0, 300), (100, 200), (250, 50), (3, 297), (10, 15)])
def test_moments_of_parts_add_up(cuts):
    X = 1e3 + np.random.default_rng(0).standard_normal((sum(cuts), 20)) * np.arange(1, 21)
    whole, total = Reducing(20), Reducing(20)
    list(whole.add(X))
    for part in np.split(X, [cuts[0]]):
        other = Reducing(20)
        list(other.add(part))
        total.merge(other)
    one, two = whole.reduction("X"), total.reduction("X")
    np.testing.assert_allclose(one.mean, two.mean, rtol=1e-12)
    np.testing.assert_allclose(one.scores(X), two.scores(X), atol=1e-9)
    assert one.explained == pytest.approx(two.explained, rel=1e-9)


@pytest.mark.parametrize(
    ("first", "second", "classes"),
    [
        ([1.0, 2.0], [3.0], [1, 2, 3]),
        ([1.0, 2.0], [0.5], None),
        (range(20), range(15, 45), None),
        (["a"], [None, "b"], ["a", "b"]),
        ([None, None], ["b", "a"], ["a", "b"]),
    ],
)
def test_labels_of_parts_are_learnt_together(first, second, classes):
    one, two = LabelColumns(), LabelColumns()
    one.see(np.array(first))
    two.see(np.array(second))
    one.merge(two)
    assert one.classes == classes
    together = LabelColumns()
    together.see(np.concatenate([np.array(first), np.array(second)]))
    assert together.classes == classes


def test_a_part_of_names_makes_names_of_the_numbers_in_others():
    one, two = LabelColumns(), LabelColumns()
    one.see(np.array(["a", "1"]))
    two.see(np.array([1.0, 2.0]))
    one.merge(two)
    assert one.classes == ["1", "2", "a"]


def test_another_number_of_columns_does_not_go_together():
    one, two = LabelColumns(), LabelColumns()
    one.see(np.array(["a"]))
    two.see(np.zeros((1, 2)))
    with pytest.raises(ValueError, match="labels change from 1 to 2 columns"):
        one.merge(two)
