from dataclasses import replace
from typing import get_args

import numpy as np
import pandas as pd
import pytest

from alignlab.data.cone import ConeSpec
from alignlab.data.digits import digits_halves
from alignlab.data.inspected import Inspected
from alignlab.data.metadata import Metadata
from alignlab.data.pairs import PairedData
from alignlab.experiments.inspect import EXAMPLES, Example, activity_inspected, inspect_example
from alignlab.har.dataset import ACTIONS
from alignlab.har.protocol import MethodRun, ProtocolResult, ProtocolSpec
from alignlab.har.splits import Split

SPEC = ProtocolSpec(methods=("ca",), seeds=(3,))
Z = np.random.default_rng(0).standard_normal((6, 4)).astype(np.float32)
RUN = MethodRun(
    method="ca", seed=3, figures={}, source=np.where(np.arange(6)[:, None] == 2, np.nan, Z),
    target=-Z, predicted=np.zeros(0, dtype=int), seconds=0.0,
)  # fmt: skip
RESULT = ProtocolResult(
    spec=SPEC,
    dataset="digest",
    names=tuple("abcdef"),
    actions=np.array([1, 1, 2, 3, 27, 27]),
    subjects=np.arange(6) + 1,
    trials=np.array([1, 2, 3, 4, 1, 2]),
    splits={3: Split(har=np.array([0]), align=np.array([1, 2]), val=np.array([3]),
                     test=np.array([4, 5]))},
    runs={("ca", 3): RUN},
)  # fmt: skip


def test_every_example_has_a_label_and_metadata_of_each_pair():
    assert set(EXAMPLES) == set(get_args(Example))
    for case in EXAMPLES:
        found = inspect_example(case, RESULT)
        assert found.metadata.n == found.data.n == len(found.file_rows)
        assert found.metadata.columns
    assert len({inspect_example(case, RESULT).key for case in EXAMPLES}) == 3


def test_the_toy_is_that_of_its_defaults():
    assert inspect_example("clip").key == ("cones", ConeSpec())


def test_digits_have_their_digit_and_their_ink():
    found, halves = inspect_example("digits"), digits_halves()
    table = found.metadata.table
    assert table["digit"].tolist() == halves.labels.tolist()
    mean = (halves.X1.sum(axis=1) + halves.X2.sum(axis=1)) / 64
    np.testing.assert_allclose(table["ink"], mean)
    assert [found.metadata.kind(name) for name in table] == ["category", "number", "number"]


def test_activity_shows_the_embeddings_that_are_kept_with_what_is_known_of_them():
    found = inspect_example("activity", RESULT)
    assert found.file_rows.tolist() == [0, 1, 3, 4, 5]
    np.testing.assert_array_equal(found.data.X1, Z[found.file_rows])
    np.testing.assert_array_equal(found.data.X2, -Z[found.file_rows])
    assert found.metadata.table.to_dict("list") == {
        "action": [ACTIONS[a - 1] for a in (1, 1, 3, 27, 27)],
        "subject": [1, 2, 4, 5, 6],
        "trial": [1, 2, 4, 1, 2],
        "part": ["D_HAR", "D_Align", "D_Val", "D_Test", "D_Test"],
        "sequence": list("abdef"),
    }


def test_activity_without_embeddings_is_refused_with_the_remedy():
    with pytest.raises(ValueError, match="embeddings of human activity are trained: give result"):
        inspect_example("activity")
    for result, seed in ((RESULT, 4), (replace(RESULT, runs={}), None)):
        with pytest.raises(ValueError, match=r"no embeddings of contrastive training with seed"):
            activity_inspected(result, seed)
    thin = replace(RESULT, runs={("ca", 3): replace(RUN, source=None)})
    with pytest.raises(ValueError, match="seed 3: run the experiment with the method CA"):
        activity_inspected(thin)
    with pytest.raises(ValueError, match="'cats' is not known: use clip, digits, activity"):
        inspect_example("cats")


def test_metadata_have_one_row_per_pair():
    data = PairedData(X1=Z, X2=Z)
    table = pd.DataFrame({"a": range(5)})
    with pytest.raises(ValueError, match=r"unequal numbers of rows.*'metadata': 5"):
        Inspected(data=data, metadata=Metadata(table), key="")
    whole = Metadata(pd.DataFrame({"a": range(6)}))
    with pytest.raises(ValueError, match="'rows': 2"):
        Inspected(data=data, metadata=whole, key="", rows=np.arange(2))
    assert Inspected(data=data, metadata=whole, key="").file_rows.tolist() == list(range(6))
