import numpy as np
import pandas as pd
import pytest

from alignlab.label_columns import LabelColumns


@pytest.mark.parametrize("kind", [object, str])
def test_names_of_any_length_are_told_apart_in_any_part(kind):
    names = np.array(["category"] * 3 + ["cat"] * 3, dtype=kind)
    parts = [part.astype(kind) for part in np.split(names.astype(object), [3])]
    scheme = LabelColumns.of(names)
    L, _ = scheme.columns(names)
    np.testing.assert_array_equal(L, np.repeat([[0, 1], [1, 0]], 3, axis=0))
    np.testing.assert_array_equal(np.vstack([scheme.columns(part)[0] for part in parts]), L)


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        (["a", "b"] * 3, "string"), (["a", "b"] * 3, "category"), ([True, False] * 3, "boolean"),
        ([3, 5] * 3, "Int64"), (np.linspace(0, 1, 6), "Float64"),
    ],
)  # fmt: skip
def test_missing_values_of_pandas_are_missing(values, dtype):
    whole = pd.Series(values, dtype=dtype)
    gaps = whole.mask(whole.index == 2)
    expected, _ = LabelColumns.of(whole).columns(whole)
    expected[2] = 0
    for labels in (gaps, gaps.astype(object), gaps.to_frame()):
        L, known = LabelColumns.of(labels).columns(labels)
        assert known.tolist() == [True, True, False, True, True, True]
        np.testing.assert_array_equal(L, expected)
