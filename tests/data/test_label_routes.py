"""One reading of labels from every route: arrays, chunks, Dask, files read whole and by blocks."""

from decimal import Decimal

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest

from alignlab.data.features import Changes, Features, changed, label_summary
from alignlab.diagnosis.heads import Heads, HeadsSpec
from alignlab.diagnosis.probe import Targets
from alignlab.diagnosis.run import diagnose, diagnose_chunks
from alignlab.diagnosis.sensitivity import Checks, CheckSpec
from alignlab.diagnosis.spec import DiagnosisSpec
from alignlab.diagnosis.tables import numbers
from alignlab.files.chosen import features_from_table, pairs_from_table
from alignlab.files.columns import ColumnChoice
from alignlab.files.large_tables import chunks_of, open_large
from alignlab.files.tables import read_table
from alignlab.words.diagnose import diagnosis_words

N, D = 360, 5
X_NAMES, Y_NAMES = (tuple(f"{name}{j}" for j in range(D)) for name in "xy")


@pytest.fixture(scope="module")
def views():
    """Two views, and the codes of 36 classes that both predict."""
    rng = np.random.default_rng(0)
    codes = rng.permutation(np.arange(N) % 36)
    Z = rng.standard_normal((36, 2))[codes] + 0.2 * rng.standard_normal((N, 2))
    X, Y = (Z @ rng.standard_normal((2, D)) + rng.standard_normal((N, D)) for _ in "xy")
    return X, Y, codes, Z[:, 0]


def _gap(values, missing):
    found = np.array(values, dtype=object)
    found[3] = missing
    return found


KINDS = {
    "codes": lambda codes, z: codes,
    "codes as floats": lambda codes, z: codes.astype(float),
    "small codes": lambda codes, z: codes.astype(np.uint8),
    "codes from 1 with a gap": lambda codes, z: pd.array(_gap(codes + 1, pd.NA), dtype="Int64"),
    "text of codes": lambda codes, z: codes.astype(str).astype(object),
    "names": lambda codes, z: np.array([f"class {code}" for code in codes], dtype=object),
    "names with a gap": lambda codes, z: _gap([f"class {code}" for code in codes], None),
    "names with nan": lambda codes, z: _gap([f"class {code}" for code in codes], "nan"),
    "strings": lambda codes, z: pd.array([f"class {code}" for code in codes], dtype="string"),
    "categories": lambda codes, z: pd.Categorical(
        [f"c{code:02d}" for code in codes], categories=[f"c{code:02d}" for code in range(50)]
    ),
    "truth values": lambda codes, z: codes < 18,
    "truth values with a gap": lambda codes, z: pd.array(_gap(codes < 18, pd.NA), dtype="boolean"),
    "decimals": lambda codes, z: np.array([Decimal(f"{v:.3f}") for v in z], dtype=object),
    "numbers": lambda codes, z: z,
    "numbers with a gap": lambda codes, z: np.where(np.arange(N) == 3, np.nan, z),
    "text of numbers": lambda codes, z: np.array([f"{v:.4f}" for v in z], dtype=object),
    "years": lambda codes, z: 1980 + codes,
    "unlabelled as -1": lambda codes, z: np.where(codes == 7, -1, codes),
}  # fmt: skip


def read_whole(content, name, columns=("label",)):
    table = read_table(content, name)
    choice = ColumnChoice(
        view1=X_NAMES, view2=Y_NAMES, labels=columns[0], more_labels=tuple(columns[1:])
    )
    return features_from_table(table, choice), pairs_from_table(table, choice)


def _facts(found):
    return [
        # some readers return booleans with missing values as 1, 0 and NaN
        (c.kind, c.cells.replace("truth values", "whole numbers"), c.rows, c.different,
         c.ambiguous, c.notes)
        for c in found.labels_read.columns
    ]  # fmt: skip


def same(found, whole):
    assert _facts(found) == _facts(whole)
    assert (found.regime, found.labelled, found.directions) == (
        whole.regime, whole.labelled, whole.directions,
    )  # fmt: skip
    assert found.delta_ca == pytest.approx(whole.delta_ca, rel=1e-6, nan_ok=True)


@pytest.mark.parametrize("kind", KINDS)
def test_every_route_reads_labels_alike(kind, views, tmp_path):
    X, Y, codes, z = views
    labels = KINDS[kind](codes, z)
    whole = diagnose(X, Y, labels, resamples=2)
    frame = pd.DataFrame(np.hstack([X, Y]), columns=[*X_NAMES, *Y_NAMES])
    frame["label"] = labels
    series = frame["label"]

    def chunks():
        for first in range(0, N, 100):
            rows = slice(first, first + 100)
            yield X[rows], Y[rows], series[rows]

    same(diagnose_chunks(chunks, resamples=2), whole)
    arrays = (da.from_array(V, chunks=(110, D)) for V in (X, Y))
    same(diagnose(*arrays, labels, resamples=2), whole)
    with dask.config.set({"dataframe.convert-string": False}):  # it converts decimals to text
        parted = dd.from_pandas(frame, npartitions=3)
        same(diagnose(parted[[*X_NAMES]], parted[[*Y_NAMES]], parted["label"], resamples=2), whole)
    path = tmp_path / "all.parquet"
    frame.to_parquet(path, index=False, row_group_size=90)
    blocks = chunks_of([open_large(path)], X_NAMES, Y_NAMES, ("label",))
    same(diagnose_chunks(blocks, resamples=2), whole)
    features, pairs = read_whole(path.read_bytes(), "all.parquet")
    same(diagnose(features.X, features.Y, features.labels, resamples=2), whole)
    assert features.reading.words(("label",)) in label_summary(features)
    if whole.labels_read.kind == "classes":
        known = len(pairs.classes) - ("no label" in pairs.classes)
        assert known == whole.labels_read.columns[0].different
        targets = Targets.of(features.labels, None, "test")
        assert targets.columns[0].chance == 1 / known
    assert f"Labels are read as {whole.labels_read.words()}." in " ".join(diagnosis_words(whole))
    assert numbers(whole)["labels read"][0]["kind"] == whole.labels_read.kind


@pytest.mark.parametrize("kind", [k for k in KINDS if k not in ("names with nan",)])
def test_a_csv_reads_labels_as_arrays_do(kind, views):
    X, Y, codes, z = views
    labels = KINDS[kind](codes, z)
    frame = pd.DataFrame(np.hstack([X, Y]), columns=[*X_NAMES, *Y_NAMES])
    frame["label"] = labels
    features, _ = read_whole(frame.to_csv(index=False).encode(), "all.csv")
    found = features.reading.columns[0]
    whole = diagnose(X, Y, labels, resamples=2).labels_read.columns[0]
    if kind == "text of codes":  # not distinguishable in a CSV file
        assert found.kind == whole.kind
    elif kind == "truth values with a gap":
        assert (found.kind, found.different) == (whole.kind, whole.different)
    elif kind == "text of numbers":
        assert found.kind == "numbers"
    else:
        assert (found.kind, found.rows, found.different) == (
            whole.kind, whole.rows, whole.different,
        )  # fmt: skip


# --- The other reading ---


def test_kind_takes_the_other_reading_from_every_route(views, tmp_path):
    X, Y, codes, _ = views
    frame = pd.DataFrame(np.hstack([X, Y]), columns=[*X_NAMES, *Y_NAMES]).assign(label=codes)
    path = tmp_path / "all.parquet"
    frame.to_parquet(path, index=False)
    blocks = chunks_of([open_large(path)], X_NAMES, Y_NAMES, ("label",))
    arrays = [da.from_array(V, chunks=(110, D)) for V in (X, Y)]
    for kind in ("numbers", "classes"):
        whole = diagnose(X, Y, codes, resamples=2, kind=kind)
        assert whole.labels_read.kind == kind
        same(diagnose_chunks(blocks, resamples=2, kind=kind), whole)
        same(diagnose(*arrays, codes, resamples=2, kind=kind), whole)
        heads = Heads(X, Y, codes, HeadsSpec(k=2), kind=kind)
        assert heads.chance == (1 / 36 if kind == "classes" else 0)
        assert heads.metric == ("balanced accuracy" if kind == "classes" else "R²")
        checks = Checks(X, Y, codes, (CheckSpec(kind="coarser"),), DiagnosisSpec(kind=kind))
        assert checks._labels.classes == (kind == "classes")
        for _ in checks.run():
            pass
        assert checks.points[0, 0].found.labels_read.kind == kind


def test_names_and_numbers_side_by_side_are_the_same_from_every_route(views, tmp_path):
    X, Y, codes, z = views
    frame = pd.DataFrame(np.hstack([X, Y]), columns=[*X_NAMES, *Y_NAMES])
    frame["kind"], frame["size"] = [f"c{code}" for code in codes % 4], z
    frame.loc[5, "size"] = np.nan
    labels = frame[["kind", "size"]]
    whole = diagnose(X, Y, labels, resamples=2)
    assert whole.labels_read.kinds == ("classes", "numbers")
    assert whole.labelled == N - 1
    path = tmp_path / "all.parquet"
    frame.to_parquet(path, index=False)
    blocks = chunks_of([open_large(path)], X_NAMES, Y_NAMES, ("kind", "size"))
    same(diagnose_chunks(blocks, resamples=2), whole)
    features, _ = read_whole(path.read_bytes(), "all.parquet", ("kind", "size"))
    same(diagnose(features.X, features.Y, features.labels, resamples=2), whole)
    parted = dd.from_pandas(frame, npartitions=3)
    views_of = (parted[[*X_NAMES]], parted[[*Y_NAMES]])
    same(diagnose(*views_of, parted[["kind", "size"]], resamples=2), whole)
    same(diagnose(X, Y, labels.to_numpy().tolist(), resamples=2), whole)
    work = Heads(
        features.X, features.Y, features.labels, HeadsSpec(k=2, steps=5, seeds=(0,)),
        features.targets,
    )  # fmt: skip
    for _ in work.run():
        pass
    assert work.chances == {"kind": 0.25, "size": 0.0}
    table = work.table().groupby("target")["metric"].unique()
    assert table.map(list).to_dict() == {"kind": ["balanced accuracy"], "size": ["R²"]}
    scores = work.summary().xs("mean", axis=1, level=1)
    assert (scores.loc["size", ["x alone", "y alone"]] > 0.3).all()


def test_two_columns_tell_more_than_either(views):
    X, Y, codes, z = views
    both = pd.DataFrame({"kind": codes % 2, "size": z})
    found = diagnose(X, Y, both, resamples=2)
    assert found.directions >= max(
        diagnose(X, Y, both[column], resamples=2).directions for column in both
    )


# --- A few labels are read like all of them ---


def test_labels_put_aside_change_no_reading(views):
    X, Y, codes, _ = views
    whole = Features(X=X, Y=Y, labels=codes, targets=("class",))
    few = changed(whole, Changes(kept=50))  # hardly any of 36 codes occurs twice
    assert few.reading.kind == whole.reading.kind == "classes"
    years = changed(Features(X=X, Y=Y, labels=codes + 1980, targets=("year",)), Changes(kept=15))
    assert years.reading.kind == "numbers"


def test_a_kind_is_kept_with_the_features(views):
    X, Y, codes, _ = views
    whole = Features(X=X, Y=Y, labels=codes, targets=("class",))
    assert changed(whole, Changes(kind="numbers")).reading.kind == "numbers"
    assert (
        changed(whole, Changes(kept=100, shuffled=True, kind="numbers")).reading.kind == "numbers"
    )
    assert changed(whole, Changes()) is whole
