"""Scenes, their images, captions and distortions."""

from dataclasses import replace

import numpy as np
import pytest

from alignlab.data.captions import distortion, texts
from alignlab.data.captions.distortion import NAMES, active, distorted
from alignlab.data.captions.images import COLOUR_VALUES, SIZE, drawn
from alignlab.data.captions.outlines import noun_outlines
from alignlab.data.captions.scenes import COLOURS, GROUNDS, LARGEST, NOUNS, SMALLEST, scenes
from alignlab.data.captions.spec import CaptionSpec
from alignlab.data.captions.texts import WORDS, captions, common_pairs, pair_counts, word_counts
from alignlab.data.stereo.outlines import area

SPEC = CaptionSpec(n=200)


def test_outlines_have_the_order_and_the_edges_that_the_renderer_needs():
    found = noun_outlines()
    assert len(found) == len(NOUNS)
    assert (area(found) > 0).all()
    assert np.abs(found).max() <= 1
    edges = np.hypot(*np.moveaxis(np.roll(found, -1, axis=1) - found, -1, 0))
    assert edges.max() * LARGEST[1] * SIZE <= 1  # pixels


def test_the_first_object_is_the_largest_and_its_noun_the_class():
    found = scenes(SPEC)
    assert SMALLEST[1] < LARGEST[0]
    assert (found.size[:, 0] > found.size[:, 1:].max(axis=1)).all()
    np.testing.assert_array_equal(found.labels, found.nouns[:, 0])
    assert np.bincount(found.labels, minlength=8).min() > 0


def test_colour_and_ground_are_half_tied_to_the_noun():
    found = scenes(CaptionSpec(n=20_000))
    for tied in (found.colours[:, 0], found.ground):
        share = np.mean(tied == found.labels)
        assert share == pytest.approx(0.5 + 0.5 / 8, abs=0.02)
    assert np.mean(found.colours[:, 1] == found.nouns[:, 1]) == pytest.approx(1 / 8, abs=0.01)


@pytest.mark.parametrize("objects", [1, 2, 3])
def test_there_are_as_many_objects_as_allowed(objects):
    found = scenes(CaptionSpec(n=300, objects=objects))
    assert set(found.count) == set(range(min(2, objects), objects + 1))


def test_a_larger_n_keeps_the_first_pairs_and_parts_have_nothing_in_common():
    few, many = scenes(SPEC), scenes(replace(SPEC, n=300))
    np.testing.assert_array_equal(few.place, many.place[:200])
    assert captions(few) == captions(many)[:200]
    np.testing.assert_array_equal(drawn(few), drawn(many)[:200])
    heavy = replace(SPEC, level=0.5)
    first, second = scenes(heavy), scenes(replace(heavy, n=300))
    np.testing.assert_array_equal(
        distorted(drawn(first), first), distorted(drawn(second), second)[:200]
    )
    places = [
        set(map(tuple, scenes(SPEC, part).place[:, 0])) for part in ("train", "probe", "test")
    ]
    assert not places[0] & places[1]
    assert not places[1] & places[2]


def test_images_are_the_same_every_time_and_within_their_range():
    one, two = drawn(scenes(SPEC)), drawn(scenes(SPEC))
    np.testing.assert_array_equal(one, two)
    assert one.shape == (200, SIZE, SIZE, 3)
    assert one.dtype == np.float32
    assert one.min() >= 0
    assert one.max() <= 1


def test_the_middle_of_a_ball_has_its_colour():
    found = scenes(CaptionSpec(n=400, objects=1))
    balls = np.flatnonzero(found.labels == NOUNS.index("ball"))
    x, y = (found.place[balls, 0] * SIZE).astype(int).T
    middle = drawn(found)[balls, y, x]
    np.testing.assert_allclose(middle, COLOUR_VALUES[found.colours[balls, 0]], atol=0.2)


def test_a_caption_names_what_the_scene_holds():
    found = scenes(replace(SPEC, vague=0.0))
    for i, text in enumerate(captions(found)):
        words = text.split()
        colour, noun = COLOURS[found.colours[i, 0]], NOUNS[found.labels[i]]
        at = words.index(noun)
        assert words[at - 1] == colour
        told = {word for word in words if word in NOUNS}
        assert told <= {NOUNS[code] for code in found.nouns[i, : found.count[i]]}
        assert set(words) & set(GROUNDS) <= {GROUNDS[found.ground[i]]}


def test_some_captions_say_thing():
    vague = captions(scenes(CaptionSpec(n=4000, objects=1)))
    assert np.mean([texts.THING in text for text in vague]) == pytest.approx(0.12, abs=0.02)


def test_captions_of_other_scenes_name_another_object():
    found = scenes(replace(SPEC, n=2000, vague=0.0, shared=False))
    right = [NOUNS[found.labels[i]] in text for i, text in enumerate(captions(found))]
    alone = scenes(replace(SPEC, n=2000, vague=0.0, objects=1, shared=False))
    lone = [NOUNS[alone.labels[i]] in text for i, text in enumerate(captions(alone))]
    assert np.mean(lone) == pytest.approx(1 / 8, abs=0.03)
    assert np.mean(right) < 0.5


def test_captions_of_other_scenes_are_not_those_of_any_image():
    twin = replace(SPEC, shared=False)
    told = captions(scenes(twin))
    assert told == captions(scenes(replace(twin, n=300)))[:200]
    assert told == captions(scenes(replace(twin, level=0.5)))
    images, others = scenes(twin), scenes(twin, other=True)
    np.testing.assert_array_equal(images.place, scenes(SPEC).place)  # only captions differ
    assert not set(map(tuple, images.place[:, 0])) & set(map(tuple, others.place[:, 0]))
    probe = scenes(twin, "probe", 200, other=True)
    assert not set(map(tuple, others.place[:, 0])) & set(map(tuple, probe.place[:, 0]))


def test_words_and_their_neighbours_are_counted():
    said = ["a picture of a red ball", "a red cup beside a red ball"]
    counts = word_counts(said)
    at = WORDS.index("red")
    assert counts[:, at].tolist() == [1, 2]
    assert counts.sum(axis=1).tolist() == [6, 7]
    assert 40 < len(WORDS) < 55
    pairs = common_pairs(said, 2)
    assert pairs == [("a", "red"), ("red", "ball")]
    assert pair_counts(said, pairs).tolist() == [[1, 1], [2, 1]]


def test_at_level_0_images_stay_as_they_are():
    found = scenes(SPEC)
    images = drawn(found)
    assert distorted(images, found) is images


@pytest.mark.parametrize(("level", "groups"), [(0.2, 1), (0.5, 3), (1.0, 6)])
def test_a_level_is_the_share_of_active_groups(level, groups):
    found = scenes(replace(SPEC, level=level))
    strengths = active(found)
    assert ((strengths > 0).sum(axis=1) == groups).all()
    assert strengths[strengths > 0].min() >= distortion.LEAST
    assert strengths.max() <= 1
    less = active(scenes(replace(SPEC, level=0.1)))
    kept = less > 0
    np.testing.assert_array_equal(strengths[kept], less[kept])
    images = drawn(found)
    changed = distorted(images, found)
    assert changed.min() >= 0
    assert changed.max() <= 1
    assert not np.shares_memory(changed, images)
    assert (np.abs(changed - images).mean(axis=(1, 2, 3)) > 1e-3).mean() > 0.95


def test_each_group_does_what_its_name_says():
    random = np.random.default_rng(0)
    X = random.random((50, SIZE, SIZE, 3), dtype=np.float32)

    def alone(name):
        strengths = np.zeros((50, len(NAMES)), dtype=np.float32)
        strengths[:, NAMES.index(name)] = 1
        ways, noise = random.uniform(-1, 1, (50, 7)), random.standard_normal(X.shape)
        return distortion._distorted(X, strengths, ways, noise)

    assert np.ptp(alone("saturation"), axis=3).max() < 1e-6  # grey
    assert alone("contrast").std() < 0.3 * X.std()
    assert np.abs(alone("texture") - X).mean() > 0.1
    moved = alone("spatial")
    assert np.abs(np.sort(moved.ravel()).mean() - X.mean()) < 0.02
    assert np.abs(moved - X).mean() > 0.1
    cast = alone("colour cast").mean(axis=(1, 2))
    assert np.ptp(cast, axis=1).mean() > 0.1
    brightness = alone("exposure").mean(axis=(1, 2, 3))
    assert np.abs(brightness - X.mean()).min() > 0.1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"n": 1}, "n = 1 is out of range"),
        ({"level": 1.5}, "level = 1.5"),
        ({"objects": 4}, "objects = 4 is out of range"),
        ({"vague": -0.1}, "vague = -0.1"),
        ({"shared": 1}, "neither True nor False"),
        ({"seed": -1}, "seed"),
    ],
)
def test_settings_that_cannot_be_used_are_named(given, said):
    with pytest.raises(ValueError, match=said):
        CaptionSpec(**given)
