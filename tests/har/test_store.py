import os
from dataclasses import replace
from errno import EROFS

import numpy as np
import pytest

from alignlab.har import ProtocolSpec, run_protocol
from alignlab.har.store import ResultCache, load_result, only, save_result
from tests.recordings import few

SPEC = ProtocolSpec(k=8, epochs=1, batch=64, seeds=(0, 1), methods=("ca", "ca_pa", "ceiling"))


@pytest.fixture(scope="module")
def result():
    return run_protocol(few(), SPEC)


def same(one, other, rtol=0.0):
    assert one.spec == other.spec
    assert one.names == other.names
    assert set(one.runs) == set(other.runs)
    for key, run in one.runs.items():
        assert run.figures == pytest.approx(other.runs[key].figures, nan_ok=True, abs=0)
        np.testing.assert_array_equal(run.predicted, other.runs[key].predicted)
        if run.source is None:
            assert other.runs[key].source is None
        else:
            np.testing.assert_allclose(run.source, other.runs[key].source, rtol=rtol)
    for seed in one.splits:
        np.testing.assert_array_equal(one.splits[seed].test, other.splits[seed].test)


def test_a_result_comes_back_as_it_was(result, tmp_path):
    save_result(result, tmp_path / "one.npz")
    stored = load_result(tmp_path / "one.npz")
    same(result, stored.result)
    assert stored.result.losses == result.losses
    assert stored.result.table().equals(result.table())
    assert set(stored.made) >= {"date", "alignlab", "torch", "device"}
    assert [path.name for path in tmp_path.iterdir()] == ["one.npz"]


def test_a_file_that_travels_is_small(result, tmp_path):
    save_result(result, tmp_path / "all.npz")
    save_result(only(result, ("val", "test"), (0,)), tmp_path / "some.npz", half=True)
    sizes = [(tmp_path / f"{name}.npz").stat().st_size for name in ("all", "some")]
    assert sizes[1] < sizes[0] / 2
    back, split = load_result(tmp_path / "some.npz").result, result.splits[0]
    mine, theirs = result.runs["ca", 0].source, back.runs["ca", 0].source
    np.testing.assert_allclose(theirs[split.test], mine[split.test], rtol=2e-3, atol=1e-3)
    assert np.isnan(theirs[split.har]).all()
    assert back.runs["ca", 1].source is None
    assert back.table().equals(result.table())


def test_what_is_no_result_is_refused(tmp_path):
    path = tmp_path / "odd.npz"
    np.savez(path, other=np.zeros(3))
    with pytest.raises(ValueError, match=r"odd\.npz is not a valid result"):
        load_result(path)
    np.savez(path, about=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ValueError, match="not a valid result"):
        load_result(path)
    path.write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(ValueError, match="not a valid result"):
        load_result(path)


def test_the_cache_knows_data_and_spec_apart(result, tmp_path):
    dataset, cache = few(), ResultCache(tmp_path / "cache")
    assert cache.get(dataset, SPEC) is None
    cache.put(dataset, result)
    same(result, cache.get(dataset, SPEC))
    assert cache.get(dataset, replace(SPEC, temperature=0.2)) is None
    assert cache.get(dataset.subset(range(len(dataset) - 1)), SPEC) is None


def test_damaged_and_deleted_files_are_as_if_never_kept(result, tmp_path):
    dataset, cache = few(), ResultCache(tmp_path)
    cache.put(dataset, result)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:500])
    assert cache.get(dataset, SPEC) is None
    assert not path.exists()


def test_a_folder_that_is_read_only_is_read(result, tmp_path, monkeypatch):
    dataset, cache = few(), ResultCache(tmp_path)
    cache.put(dataset, result)
    (path,) = tmp_path.iterdir()

    def refused(*_, **__):
        raise OSError(EROFS, os.strerror(EROFS))

    monkeypatch.setattr(os, "utime", refused)
    monkeypatch.setattr(type(path), "unlink", refused)
    same(result, cache.get(dataset, SPEC))
    path.write_bytes(b"damaged")
    assert cache.get(dataset, SPEC) is None


def test_the_cache_keeps_to_its_limit(result, tmp_path):
    dataset, cache = few(), ResultCache(tmp_path)
    specs = [replace(SPEC, temperature=t) for t in (0.1, 0.2, 0.3)]
    for age, spec in enumerate(specs):
        cache.put(dataset, replace(result, spec=spec))
        for path in tmp_path.iterdir():
            if path.stat().st_mtime > 1e9:
                os.utime(path, (1000 + age, 1000 + age))
    size = max(path.stat().st_size for path in tmp_path.iterdir())
    assert cache.get(dataset, specs[0]) is not None  # used just now
    small = ResultCache(tmp_path, limit=int(2.5 * size))
    small.put(dataset, replace(result, spec=replace(SPEC, temperature=0.4)))
    assert [small.get(dataset, spec) is None for spec in specs] == [False, True, True]


def test_a_file_cut_or_zeroed_anywhere_is_as_if_never_kept(result, tmp_path):
    dataset, cache = few(), ResultCache(tmp_path)
    cache.put(dataset, result)
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    for cut in range(0, len(whole), len(whole) // 20):
        zeroed = whole[:cut].ljust(len(whole), b"\0")
        for damaged in {whole[:cut], zeroed} - {whole}:  # the last bytes are zero anyhow
            path.write_bytes(damaged)
            assert cache.get(dataset, SPEC) is None, cut
            assert not path.exists()


def test_memory_that_runs_out_does_not_cost_the_file(result, tmp_path, monkeypatch):
    dataset, cache = few(), ResultCache(tmp_path)
    cache.put(dataset, result)
    with monkeypatch.context() as patch:
        patch.setattr(np, "load", lambda *_, **__: (_ for _ in ()).throw(MemoryError()))
        with pytest.raises(MemoryError):
            cache.get(dataset, SPEC)
    assert cache.get(dataset, SPEC) is not None


def test_what_a_killed_process_left_half_written_goes(result, tmp_path):
    dataset, cache = few(), ResultCache(tmp_path)
    cache.put(dataset, result)
    (path,) = tmp_path.iterdir()
    now = path.stat().st_mtime
    ages = {"old": now - 7200, "of a clock since set back": now + 7200, "being written": now}
    for name, time in ages.items():
        left = path.with_name(f".{path.name}.{name}")
        left.write_bytes(b"PK")
        os.utime(left, (time, time))
    cache.put(dataset, result)
    assert {other.name for other in tmp_path.iterdir()} == {
        path.name, f".{path.name}.being written",
    }  # fmt: skip


def test_half_written_files_count_towards_the_limit(result, tmp_path):
    dataset = few()
    (tmp_path / ".har-0.npz.1").write_bytes(bytes(10**6))
    ResultCache(tmp_path, limit=10**6).put(dataset, result)
    assert [path.name[:4] for path in tmp_path.iterdir()] == ["har-"]
