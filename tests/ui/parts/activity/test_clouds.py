"""The pictures of the t-SNE maps at each moment: to come, forming, finished, cancelled."""

import numpy as np

from alignlab.har.pictures import PictureSpec
from alignlab.maps import PairMap, Snapshot
from alignlab.ui.parts.activity.clouds import Drawing, clouds

PICTURE = PictureSpec(methods=("ca", "ca_pa", "ca_cca"))
FIRST, SECOND, THIRD = ((method, 0) for method in PICTURE.methods)


def positions(seed):
    return np.random.default_rng(seed).normal(size=(2, 5, 2)).astype(np.float32)


def snapshot(step):
    Y1, Y2 = positions(step)
    return Snapshot(step=step, exaggerated=step < 250, divergence=1.5, Y1=Y1, Y2=Y2)


def finished():
    Y1, Y2 = positions(750)
    return PairMap(
        Y1=Y1, Y2=Y2, trustworthiness=0.9, continuity=0.9, total=8.0, random=16.0, divergence=0.1
    )


COURSES = {FIRST: [snapshot(0), snapshot(750)], SECOND: [snapshot(0)]}


def drawing(coming):
    return Drawing(
        maps={FIRST: finished()},
        forming={FIRST: snapshot(750), SECOND: snapshot(130)},
        courses=COURSES,
        coming=coming,
    )


def test_every_map_has_its_place_from_the_start():
    shown = clouds(drawing(coming=True), PICTURE, 5)
    assert [one.title for one in shown] == ["CA", "CA+PA (plain)", "CA+CCA (ridge)"]
    assert [one.forming for one in shown] == [False, True, True]
    done, forming, to_come = shown
    np.testing.assert_array_equal(done.Y1, finished().Y1)
    assert "0.500 of that of random pairs" in done.caption
    np.testing.assert_array_equal(forming.Y2, snapshot(130).Y2)
    assert "step 130 of 750, with early exaggeration" in forming.caption
    assert to_come.Y1 is to_come.Y2 is None
    assert "not begun yet" in to_come.caption


def test_only_a_finished_map_is_played_back():
    done, forming, _ = clouds(drawing(coming=True), PICTURE, 5)
    assert [label for label, _, _ in done.frames] == ["step 0", "step 750"]
    np.testing.assert_array_equal(done.frames[0][1], snapshot(0).Y1)
    assert forming.frames == ()


def test_after_a_cancel_only_the_maps_begun_are_left():
    assert [one.title for one in clouds(drawing(coming=False), PICTURE, 5)] == [
        "CA", "CA+PA (plain)",
    ]  # fmt: skip


def test_maps_of_several_seeds_are_told_apart():
    several = PictureSpec(methods=("ca",), seeds=(4, 5), random_start=True)
    shown = clouds(Drawing(maps={}, coming=True), several, 5)
    assert [one.name for one in shown] == ["CA, t-SNE seed 4", "CA, t-SNE seed 5"]
    assert [one.title for one in shown] == ["CA, t-SNE seed 4", "CA, t-SNE seed 5"]
    assert len({one.keep for one in shown}) == 2
