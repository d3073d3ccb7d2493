"""Thumbnails of pictures at paths: the rule for paths, limits, formats, damaged files."""

import os
import re
import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
import streamlit as st
from PIL import Image

from alignlab.ui.files import images
from alignlab.ui.files.images import MAX_BYTES, MAX_PIXELS, SIDE, thumbnail
from alignlab.ui.files.paths import ROOTS

RED, BLUE = (255, 0, 0), (0, 0, 255)


@pytest.fixture(autouse=True)
def listening(monkeypatch):
    """Set the address that the server listens on, loopback at first."""
    monkeypatch.delenv(ROOTS, raising=False)

    def on(address):
        monkeypatch.setattr(st.config, "get_option", {"server.address": address}.get)

    on("127.0.0.1")
    return on


def seen(path):
    """The pixels of a thumbnail, (height, width, 3)."""
    with Image.open(BytesIO(thumbnail(str(path)))) as picture:
        assert picture.format == "WEBP"
        return np.asarray(picture.convert("RGB"), dtype=float)


def halves(size, left=RED, right=BLUE):
    picture = Image.new("RGB", size, left)
    picture.paste(right, (size[0] // 2, 0, *size))
    return picture


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "gif", "bmp"])
def test_every_format_is_made_small_and_keeps_its_shape_and_colours(ending, tmp_path):
    halves((600, 300)).save(tmp_path / f"a.{ending}")
    found = seen(tmp_path / f"a.{ending}")
    assert found.shape == (SIDE // 2, SIDE, 3)
    np.testing.assert_allclose(found[48, 20], RED, atol=8)
    np.testing.assert_allclose(found[48, -20], BLUE, atol=8)


def test_a_small_picture_is_not_enlarged(tmp_path):
    halves((8, 8)).save(tmp_path / "a.png")
    assert seen(tmp_path / "a.png").shape == (8, 8, 3)


def test_transparency_is_kept(tmp_path):
    Image.new("RGBA", (400, 400), (255, 0, 0, 0)).quantize(4).save(tmp_path / "a.png")
    with Image.open(BytesIO(thumbnail(str(tmp_path / "a.png")))) as picture:
        assert picture.getextrema()[3] == (0, 0)


def test_the_picture_is_turned_upright(tmp_path):
    turned = Image.Exif()
    turned[0x0112] = 6  # a camera held on its side
    halves((80, 40)).save(tmp_path / "a.jpg", exif=turned)
    found = seen(tmp_path / "a.jpg")
    assert found.shape == (80, 40, 3)
    np.testing.assert_allclose(found[5, 20], RED, atol=8)


def test_sixteen_bits_of_grey_are_scaled_not_cut(tmp_path):
    ramp = np.tile(np.linspace(0, 65535, 100).astype(np.uint16), (50, 1))
    Image.fromarray(ramp).save(tmp_path / "depth.png")
    found = seen(tmp_path / "depth.png")[25, :, 0]
    np.testing.assert_allclose(found, np.linspace(0, 255, 100), atol=6)


@pytest.mark.parametrize("ending", ["gif", "webp"])
def test_an_animation_shows_its_first_frame(ending, tmp_path):
    first, *others = [Image.new("RGB", (50, 50), colour) for colour in (RED, BLUE, BLUE)]
    first.save(tmp_path / f"a.{ending}", save_all=True, append_images=others, lossless=True)
    np.testing.assert_allclose(seen(tmp_path / f"a.{ending}")[25, 25], RED, atol=8)


def of_another_kind(folder):
    halves((9, 9)).save(folder / "a.tiff")
    (folder / "a.tiff").rename(folder / "a.png")


def cut_short(folder):
    halves((300, 300)).save(folder / "whole.png")
    (folder / "a.png").write_bytes((folder / "whole.png").read_bytes()[:-40])


def empty(folder):
    (folder / "a.png").write_bytes(b"")


def scanned_for_ever(folder):
    """A progressive JPEG file whose last scan, of a few bytes, is repeated."""
    with BytesIO() as file:
        halves((64, 64)).save(file, "JPEG", progressive=True)
        content = file.getvalue()
    last = content[content.rindex(b"\xff\xda") : -2]
    (folder / "a.png").write_bytes(content[:-2] + 200 * last + content[-2:])


@pytest.mark.parametrize("make", [of_another_kind, cut_short, empty, scanned_for_ever])
def test_a_damaged_file_and_one_of_another_format_are_named(make, tmp_path):
    make(tmp_path)
    with pytest.raises(ValueError, match=r"^a.png is damaged or not .* PNG, JPEG, WebP, GIF, BMP"):
        thumbnail(str(tmp_path / "a.png"))


def test_damaged_bytes_give_a_picture_or_a_refusal_and_no_other_error(tmp_path):
    random = np.random.default_rng(0)
    for kind in images.FORMATS:
        with BytesIO() as file:
            halves((40, 40)).save(file, kind)
            content = np.frombuffer(file.getvalue(), dtype=np.uint8)
        for _ in range(15):
            spoilt = content.copy()
            at = random.integers(len(spoilt), size=5)
            spoilt[at] = random.integers(256, size=5)
            (tmp_path / "a").write_bytes(spoilt.tobytes())
            try:
                found = thumbnail(str(tmp_path / "a"))[:4].decode()
            except ValueError as error:
                found = str(error)
            assert re.match("RIFF|a is damaged|a has more than", found)


def test_ordinary_progressive_pictures_and_their_previews_are_not_taken_for_endless(tmp_path):
    with BytesIO() as file:
        halves((64, 64)).save(file, "JPEG", progressive=True)
        preview = file.getvalue()
    halves((64, 64)).save(tmp_path / "a.jpg", progressive=True, comment=150 * b"\xff\xda" + preview)
    assert seen(tmp_path / "a.jpg").shape == (64, 64, 3)
    assert images._scans((tmp_path / "a.jpg").read_bytes()) == images._scans(preview) > 1


def header_only(width, height):
    """A PNG file that says how many pixels it has, and holds none."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))
        + struct.pack(">I", 10**6) + b"IDAT"
    )  # fmt: skip


@pytest.mark.parametrize("width", [6_001, 20_000, 2**31 - 1])
def test_too_many_pixels_are_refused_before_they_are_decoded(width, tmp_path):
    (tmp_path / "a.png").write_bytes(header_only(width, 5_000))
    with pytest.raises(ValueError, match=f"a.png has more than {MAX_PIXELS:,} pixels"):
        thumbnail(str(tmp_path / "a.png"))


def test_too_large_a_file_is_refused_without_reading_it_whole(tmp_path):
    with (tmp_path / "a.png").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(ValueError, match=r"a.png is larger than 20 MB"):
        thumbnail(str(tmp_path / "a.png"))


def test_a_folder_a_pipe_and_an_address_are_no_files(tmp_path):
    with pytest.raises(ValueError, match=r"cannot be read|is not a file"):
        thumbnail(str(tmp_path))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="neither a file nor a folder"):
        thumbnail(str(tmp_path / "pipe"))
    for text in ("https://example.org/a.png", "file:///a.png", "a.png", "", "x\0y"):
        with pytest.raises(ValueError, match="is not an absolute path"):
            thumbnail(text)


def test_a_pipe_put_in_the_place_of_a_file_does_not_hang(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "a.png")
    monkeypatch.setattr(images, "allowed", lambda text: tmp_path / "a.png")
    with pytest.raises(ValueError, match=r"a\.png is not a file"):
        thumbnail("anything")


def test_only_pictures_under_a_root_are_shown_and_links_are_followed(
    listening, tmp_path, monkeypatch
):
    listening("0.0.0.0")
    root, outside = tmp_path / "root", tmp_path / "a.png"
    root.mkdir()
    for path in (root / "a.png", outside):
        halves((9, 9)).save(path)
    (root / "link.png").symlink_to(outside)
    monkeypatch.setenv(ROOTS, str(root))
    assert seen(root / "a.png").shape == (9, 9, 3)
    for path in (outside, root / "link.png", root / ".." / "a.png"):
        with pytest.raises(ValueError, match="is refused"):
            thumbnail(str(path))


def test_a_refusal_is_the_same_whatever_lies_there(listening, tmp_path):
    halves((9, 9)).save(tmp_path / "picture", "PNG")
    (tmp_path / "damaged").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    listening("0.0.0.0")
    messages = set()
    for name in ("picture", "damaged", "folder", "loop", "absent"):
        with pytest.raises(ValueError, match="is refused") as refused:
            thumbnail(str(tmp_path / name))
        messages.add(str(refused.value).replace(name, ""))
    assert len(messages) == 1


def test_the_names_of_users_cannot_be_found_out(listening):
    for address in ("0.0.0.0", "127.0.0.1"):
        listening(address)
        for name in ("~root/a.png", "~no-such-user/a.png"):
            with pytest.raises(ValueError, match="is not an absolute path"):
                thumbnail(name)
