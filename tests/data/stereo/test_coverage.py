import numpy as np
import pytest

from alignlab.data.stereo.coverage import coverage
from alignlab.data.stereo.outlines import AREA, SHAPES, area, outlines
from alignlab.data.stereo.scenes import turned

SIZES = (32, 64)
ANGLES = np.linspace(0, 2 * np.pi, 12, endpoint=False)


def drawn(shape, size, x=0.0, y=0.0, angle=0.0):
    """Coverage (size, size) of a shape at (x, y) pixels from the middle, turned by an angle."""
    corners = turned(outlines(size)[SHAPES.index(shape)], np.array(angle)) * size / 2
    return coverage((corners + size / 2 + [x, y])[None], size)[0]


def counted(shape, size, x, y, angle, fine=16):
    """The same by counting points inside the polygon, fine x fine in every pixel."""
    corners = turned(outlines(size)[SHAPES.index(shape)], np.array(angle)) * size / 2
    at = (np.arange(size * fine) + 0.5) / fine - size / 2
    px, py = np.meshgrid(at - x, at - y)
    inside = np.zeros(px.shape, dtype=bool)
    for (ax, ay), (bx, by) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if ay != by:
            crosses = ax + (py - ay) / (by - ay) * (bx - ax)
            inside ^= ((ay > py) != (by > py)) & (px < crosses)
    return inside.reshape(size, fine, size, fine).mean(axis=(1, 3))


@pytest.mark.parametrize("size", SIZES)
def test_outlines_have_one_area_and_edges_shorter_than_a_pixel(size):
    corners = outlines(size)
    np.testing.assert_allclose(area(corners), AREA, rtol=1e-12)
    edges = np.hypot(*np.moveaxis(np.roll(corners, -1, axis=1) - corners, -1, 0)) * size / 2
    assert edges.max() < 1
    # the heart is as wide as it is high, to a tenth, its notch above and its tip below
    heart = corners[SHAPES.index("heart")]
    assert np.ptp(heart[:, 1]) == pytest.approx(np.ptp(heart[:, 0]), rel=0.1)
    on_axis = heart[np.abs(heart[:, 0]) < 1e-9][:, 1]
    assert on_axis.max() == heart[:, 1].max()
    assert heart[:, 1].min() < on_axis.min() < 0


@pytest.mark.parametrize("shape", SHAPES)
def test_polygons_are_close_to_the_curves_that_they_stand_for(shape):
    fine, coarse = (outlines(size)[SHAPES.index(shape)] for size in (1024, 32))
    nearest = np.linalg.norm(coarse[:, None] - fine, axis=2).min(axis=1)
    assert nearest.max() * 16 < 0.06  # pixels of the smaller image


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shape", SHAPES)
def test_the_area_of_a_shape_within_the_image_is_exact(shape, size):
    random = np.random.default_rng(0)
    for angle in ANGLES:
        x, y = random.uniform(-size / 5, size / 5, 2)
        found = drawn(shape, size, x, y, angle).sum() * (2 / size) ** 2
        assert found == pytest.approx(AREA, rel=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("x", "y"), [(0.3, -2.7), (13.2, 4.0), (-16.0, 15.5), (60.0, -40.0)])
def test_every_pixel_is_as_bright_as_the_share_of_it_that_is_covered(shape, x, y):
    for angle in (0.0, 0.4, 2.5):
        found = drawn(shape, 32, x, y, angle)
        np.testing.assert_allclose(found, counted(shape, 32, x, y, angle), atol=0.07)
        assert found.min() > -1e-9
        assert found.max() < 1 + 1e-9


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shift_by_whole_pixels_shifts_the_image(shape):
    still, moved = drawn(shape, 32, 0.37, -0.21, 0.3), drawn(shape, 32, 5.37, -3.21, 0.3)
    np.testing.assert_allclose(moved, np.roll(still, (-3, 5), axis=(0, 1)), atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_quarter_turn_turns_the_image(shape):
    still = drawn(shape, 32, 2.37, -1.21, 0.3)
    # x right, y down: from x towards y is clockwise as seen
    turn = drawn(shape, 32, 1.21, 2.37, 0.3 + np.pi / 2)
    np.testing.assert_allclose(turn, np.rot90(still, -1), atol=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_move_smoothly_within_a_pixel(shape):
    steps = np.linspace(0, 1, 101)
    frames = np.stack([drawn(shape, 32, 3.3 + t, -1.7, 0.3) for t in steps])
    # no pixel changes faster than the boundary sweeps over it
    assert np.abs(np.diff(frames, axis=0)).max() <= 0.01 * np.sqrt(2)
    columns = np.arange(32) + 0.5
    centres = (frames.sum(axis=1) @ columns) / frames.sum(axis=(1, 2))
    np.testing.assert_allclose(centres, centres.mean() + steps - 0.5, atol=0.01)
    turns = np.stack([drawn(shape, 32, angle=0.3 + 0.001 * t) for t in range(50)])
    longest = np.linalg.norm(outlines(32), axis=2).max() * 16
    assert np.abs(np.diff(turns, axis=0)).max() <= 0.001 * np.sqrt(2) * longest


def test_what_is_off_the_image_leaves_it_black():
    for x, y in ((200, 0), (-200, 0), (0, 200), (0, -200)):
        assert np.abs(drawn("heart", 32, x, y, 0.2)).max() < 1e-9
