"""UMAP: optional, watched and cancelled as t-SNE is."""

import sys
from contextlib import closing
from itertools import pairwise
from threading import active_count

import numpy as np
import pytest

from alignlab.maps import Maps, MapSpec, umap
from tests.maps.test_points import clusters

SPEC = MapSpec(method="umap", neighbours=10)


def test_without_the_library_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    monkeypatch.setitem(sys.modules, "umap.umap_", None)
    work = Maps({"a": clusters()}, (SPEC,))
    with pytest.raises(ValueError, match=r"UMAP needs umap.*pip install 'alignlab\[umap\]'"):
        for _ in work.run():
            pass
    assert work.forming["a", SPEC].step == 0


def test_where_compiled_code_cannot_be_cached_it_is_compiled_each_time(monkeypatch):
    numba = pytest.importorskip("numba")
    caching = pytest.importorskip("numba.core.caching")
    tries = []

    def needed(*_):  # an import that decorates a function
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError("cannot cache function 'rdist': no locator available for file 'x'")
        return numba.njit(cache=True)(lambda x: x)

    monkeypatch.setattr(umap, "needed", needed)
    assert isinstance(umap._library()._cache, caching.NullCache)
    assert isinstance(caching.FunctionCache(clusters), caching.FunctionCache)


def test_more_neighbours_than_points_are_refused_before_the_library_is_asked():
    spec = MapSpec(method="umap", neighbours=120)
    with pytest.raises(ValueError, match="neighbours 120 of 120 points: lower it"):
        next(Maps({"a": clusters()}, (spec,)).run())


def test_epochs_are_watched_cancelled_and_the_same_again():
    pytest.importorskip("umap")
    work = Maps({"a": clusters()}, (SPEC,))
    done = [work.done for _ in work.run()]
    assert done[-1] == work.total == 500
    assert max(np.diff(done)) == 1
    course, found = work.courses["a", SPEC], work.maps["a", SPEC]
    assert [now.step for now in course] == [*range(0, 500, 9), 500]
    assert all((a.Y1 != b.Y1).any() for a, b in pairwise(course))
    assert found.trustworthiness > 0.9
    assert found.relative < 0.5
    again, threads = Maps({"a": clusters()}, (SPEC,)), active_count()
    with closing(again.run()) as steps:
        for _ in steps:
            if again.done == 18:
                break
    assert active_count() == threads  # the library's thread has stopped too
    np.testing.assert_array_equal(again.forming["a", SPEC].Y1, course[2].Y1)
    assert again.maps == {}
