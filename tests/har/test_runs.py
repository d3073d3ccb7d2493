from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from alignlab.har import ProtocolSpec, run_protocol
from alignlab.har.pictures import FIGURE_6, PictureSpec, by_seed
from alignlab.har.runs import Estimation, KeptExperiment, cache_folder
from alignlab.har.shipped import KEPT, MAPPED, SPECS, shipped, shipped_maps
from alignlab.har.simulator import simulated_sequence
from alignlab.har.store import ResultCache, only, save_result
from tests.recordings import few, simulated

SPEC = ProtocolSpec(k=8, epochs=1, batch=64, seeds=(0, 1), methods=("ca", "ca_pa", "ceiling"))


@pytest.fixture(scope="module")
def result():
    return run_protocol(few(), SPEC)


def done(work):
    for _ in work.run():
        assert work.done <= work.total
    assert work.done == work.total
    return work


def test_an_experiment_is_kept_and_read_the_next_time(result, tmp_path):
    cache = ResultCache(tmp_path / "cache")
    assert not cache.holds(few(), SPEC)
    first = done(KeptExperiment(few(), SPEC, cache))
    assert not first.was_kept
    assert cache.holds(few(), SPEC)
    second = done(KeptExperiment(few(), SPEC, cache))
    assert second.was_kept
    columns = list(first.result.table().columns.drop("seconds"))
    for one in (first.result, second.result):
        assert one.table()[columns].equals(result.table()[columns])
    assert second.training is None


def test_a_damaged_file_is_trained_anew(tmp_path):
    cache = ResultCache(tmp_path / "cache")
    done(KeptExperiment(few(), SPEC, cache))
    next((tmp_path / "cache").iterdir()).write_bytes(b"damaged")
    assert not done(KeptExperiment(few(), SPEC, cache)).was_kept


def test_a_folder_that_cannot_be_written_costs_the_keeping_only(tmp_path):
    (tmp_path / "cache").write_bytes(b"a file, no folder")
    work = done(KeptExperiment(few(), SPEC, ResultCache(tmp_path / "cache")))
    assert work.not_kept
    assert len(work.result.runs) == 6


def test_results_are_there_while_it_runs(tmp_path):
    work = KeptExperiment(few(), SPEC, ResultCache(tmp_path / "cache"))
    seen = set()
    for _ in work.run():
        seen.add(len(work.result.runs))
    assert seen == set(range(7))


def test_an_estimate_is_a_positive_time_and_names_the_parts():
    work = done(Estimation(few(), SPEC))
    assert work.seconds > 0
    assert sum(work.sizes.values()) == len(few())


def test_the_cache_lies_in_the_folder_of_the_user(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "alignlab"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder().name == "alignlab"


def test_a_user_without_a_home_folder_has_no_cache(result, monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", lambda: (_ for _ in ()).throw(RuntimeError("no home")))
    assert cache_folder() is None
    cache = ResultCache(None)
    assert not cache.holds(few(), SPEC)
    assert cache.get(few(), SPEC) is None
    with pytest.raises(OSError, match="there is no home folder"):
        cache.put(few(), result)


def test_one_simulated_sequence_is_that_of_the_whole_data_set():
    one = simulated()[400]
    again = simulated_sequence(0, one.action, one.subject, one.trial)
    assert again.name == one.name
    for modality, array in one.modalities.items():
        np.testing.assert_array_equal(again.modalities[modality], array)


@pytest.mark.parametrize("group", ["held_out", "test", "align", "all"])
def test_the_rows_of_a_picture_are_of_its_group_and_actions(group, result):
    rows = PictureSpec(actions=(2, 4), group=group).rows(result)
    parts = result.splits[0].part_of(len(result.names))[rows]
    expected = {"held_out": {"val", "test"}, "test": {"test"}, "align": {"align"}}
    assert set(parts) == expected.get(group, {"har", "align", "val", "test"})
    assert set(result.actions[rows]) == {2, 4}
    assert (np.diff(rows) > 0).all()


def test_a_picture_draws_the_embeddings_of_its_rows(result):
    spec = PictureSpec(methods=("ca", "ca_cca"), actions=(1, 2, 3, 4, 5), run=1, perplexity=5)
    latents = spec.latents(result)
    assert list(latents) == ["ca"]  # CCA was no part of the experiment
    np.testing.assert_array_equal(latents["ca"][1], result.runs["ca", 1].target[spec.rows(result)])
    drawing = done(spec.drawing(result))
    assert by_seed(drawing.maps)["ca", 0].Y1.shape == (len(spec.rows(result)), 2)


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"methods": ()}, "no method"),
        ({"actions": ()}, "no method, action"),
        ({"methods": ("ceiling",)}, "'ceiling' has no embedding"),
        ({"group": "train"}, "'train' is not known"),
        ({"actions": (28,)}, "an action"),
        ({"perplexity": 0.5}, "perplexity"),
        ({"seeds": (0, 1)}, "2 seeds from principal components give the same map"),
    ],
)
def test_a_picture_that_cannot_be_is_refused(fields, cause):
    with pytest.raises(ValueError, match=cause):
        PictureSpec(**fields)


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"run": 7}, "no training with seed 7: use one of 0, 1"),
        ({"actions": (20,)}, "0 of the chosen sequences"),
        ({"methods": ("ca_cca",), "actions": (1, 2)}, "none of these methods"),
    ],
)
def test_a_picture_that_the_result_does_not_allow_is_refused(fields, cause, result):
    with pytest.raises(ValueError, match=cause):
        PictureSpec(**fields).drawing(result)


@pytest.mark.parametrize(("joint", "embeddings"), [(False, 1), (True, 2)])
def test_a_perplexity_that_the_marks_do_not_allow_is_lowered(joint, embeddings, result):
    spec = PictureSpec(methods=("ca", "ca_pa"), actions=(1, 2), perplexity=500, joint=joint)
    marks = 2 * embeddings * len(spec.rows(result))
    assert spec.within(result) == replace(spec, perplexity=(marks - 1) // 3)
    allowed = replace(spec, perplexity=5)
    assert allowed.within(result) == allowed


def test_a_thinned_result_says_what_it_lacks(result):
    thin = only(result, ("val", "test"), (0,))
    assert PictureSpec(actions=(1, 2)).latents(thin)
    for fields in ({"group": "align"}, {"run": 1}):
        with pytest.raises(ValueError, match="has no embeddings of these"):
            PictureSpec(actions=(1, 2), **fields).latents(thin)


def test_what_ships_is_found_by_its_spec_alone(result, tmp_path):
    assert shipped(tmp_path, SPECS["subject"]) is None
    save_result(result, tmp_path / "subject.npz")  # of another spec
    assert shipped(tmp_path, SPECS["subject"]) is None
    assert shipped_maps(tmp_path) == {}
    (tmp_path / "maps.npz").write_bytes(b"damaged")
    assert shipped_maps(tmp_path) == {}
    arrays = {}
    for method in MAPPED.methods:
        arrays |= {f"{Y}/{method}/0": np.ones((5, 2)) for Y in ("Y1", "Y2")}
        arrays[f"figures/{method}/0"] = np.arange(1.0, 1 + len(KEPT))
    np.savez(tmp_path / "maps.npz", **arrays)
    one = shipped_maps(tmp_path)["ca", 0]
    assert (one.trustworthiness, one.total, one.random, one.relative) == (1, 2, 3, 2 / 3)


def test_the_default_picture_is_of_the_five_classes_of_figure_6():
    assert PictureSpec().actions == FIGURE_6
    assert MAPPED.actions == FIGURE_6
