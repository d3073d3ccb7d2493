"""FITS by astropy: every kind of column, with what a table declares as undefined missing."""

import gzip
import io

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits
from astropy.table import Table

from alignlab.data.synthetic import SyntheticSpec, generate
from alignlab.files import limits
from alignlab.files.columns import guess_columns
from alignlab.files.formats import fits as reader
from alignlab.files.formats.fits import FORMAT, read_fits
from alignlab.files.limits import UnreadableError
from alignlab.files.reading_notes import left_out_of, notes_of

RNG = np.random.default_rng(0)
A, B = RNG.standard_normal((40, 5)), RNG.standard_normal((40, 3))
NAMES = [f"kind {j % 3}" for j in range(40)]


def written(*parts):
    """A file of these extensions behind an empty first part."""
    first = [] if isinstance(parts[0], fits.PrimaryHDU) else [fits.PrimaryHDU()]
    content = io.BytesIO()
    fits.HDUList([*first, *parts]).writeto(content)
    return content.getvalue()


def table(name=None, **columns):
    return fits.BinTableHDU(Table(columns), name=name)


def column(kind, array, ascii_table=False, **how):
    made = fits.Column("x", kind, array=np.asarray(array), ascii=ascii_table, **how)
    return (fits.TableHDU if ascii_table else fits.BinTableHDU).from_columns([made])


def with_cards(content, **cards):
    """The file with cards added to the header of its last part, which is not rewritten."""
    with fits.open(io.BytesIO(content)) as file:
        info = file[-1].fileinfo()
        header = file[-1].header.copy()
    header.update(cards)
    return content[: info["hdrLoc"]] + header.tostring().encode() + content[info["datLoc"] :]


def matrix(found, name):
    return found[[c for c in found if c.startswith(f"{name}[")]].to_numpy()


def read(*parts):
    return read_fits(written(*parts), "f")


# --- What is read ---


@pytest.mark.parametrize("packed", [False, True])
def test_columns_of_vectors_and_texts_are_read_as_written(packed):
    content = written(table(image=A, text=B.astype("f4"), label=NAMES))
    found = read_fits(gzip.compress(content) if packed else content, "f")
    assert matrix(found, "image").tobytes() == A.tobytes()
    assert matrix(found, "text").tobytes() == B.astype("f4").tobytes()
    assert found["label"].tolist() == NAMES
    choice = guess_columns(found)
    assert (choice.view1[0], choice.view2[0], choice.labels) == ("image[0]", "text[0]", "label")


@pytest.mark.parametrize("kind", ["f4", "f8", "u1", "i2", "i4", "i8", "u2", "u4", "u8", "?"])
def test_numbers_keep_their_type_in_native_order(kind):
    X = (A * 5).astype(kind)
    found = read(table(x=X, y=X[:, 0]))
    assert matrix(found, "x").dtype == X.dtype
    np.testing.assert_array_equal(matrix(found, "x"), X)
    np.testing.assert_array_equal(found["y"], X[:, 0])


def test_texts_lose_their_padding():
    made = column("6A", [b"ab", b"c   ", b""])
    assert read(made)["x"].tolist() == ["ab", "c", ""]


def test_several_tables_of_equal_length_lie_side_by_side():
    found = read(table("IMG", emb=A, kind=NAMES), table("TXT", emb=B), table("ODD", x=A[:9]))
    assert matrix(found, "IMG.emb").tobytes() == A.tobytes()
    assert matrix(found, "TXT.emb").tobytes() == B.tobytes()
    assert "kind" in found
    assert "has 9 rows but the views have 40" in left_out_of(found)["x"]


def test_images_of_two_axes_are_views():
    found = read(fits.PrimaryHDU(A), fits.ImageHDU(B.astype("i2"), name="TXT"))
    assert matrix(found, "f").tobytes() == A.tobytes()
    np.testing.assert_array_equal(matrix(found, "TXT"), B.astype("i2"))


# --- What is undefined is missing ---

STORED = np.array([1, -99, 3, 5], ">i2")


@pytest.mark.parametrize(
    ("cards", "expected"),
    [
        ({}, [1, np.nan, 3, 5]),
        ({"TSCAL1": 0.5}, [0.5, np.nan, 1.5, 2.5]),
        ({"TSCAL1": 0.5, "TZERO1": 10.0}, [10.5, np.nan, 11.5, 12.5]),
        ({"TZERO1": 32768}, [32769, np.nan, 32771, 32773]),
    ],
    ids=["plain", "scaled", "scaled and shifted", "unsigned"],
)
def test_undefined_integers_are_missing_also_where_they_are_scaled(cards, expected):
    content = with_cards(written(column("I", STORED)), TNULL1=-99, **cards)
    np.testing.assert_array_equal(read_fits(content, "f")["x"], expected)


def test_undefined_integers_of_vectors_are_missing():
    stored = np.array([[1, -1], [-1, 4]], ">i2")
    for cards, factor in (({}, 1), ({"TSCAL1": 2.0}, 2)):
        found = read_fits(with_cards(written(column("2I", stored)), TNULL1=-1, **cards), "f")
        expected = factor * np.array([[1, np.nan], [np.nan, 4]])
        np.testing.assert_array_equal(matrix(found, "x"), expected)


def test_large_integers_stay_exact_beside_undefined_ones():
    stored = np.array([2**60 + 1, -1], ">i8")
    found = read_fits(with_cards(written(column("K", stored)), TNULL1=-1), "f")["x"]
    assert found[0] == 2**60 + 1
    assert pd.isna(found[1])
    whole = read_fits(with_cards(written(column("K", stored)), TNULL1=-7), "f")["x"]
    assert whole.dtype == np.int64


def test_masked_columns_of_astropy_are_missing():
    made = Table({"x": A})
    made["n"] = np.ma.array(np.arange(40), mask=np.arange(40) % 4 == 0)
    found = read(fits.BinTableHDU(made))
    assert found["n"].isna().tolist() == (np.arange(40) % 4 == 0).tolist()
    assert found["n"].dropna().tolist() == [j for j in range(40) if j % 4]


def test_undefined_truth_is_missing():
    content = written(column("L", [True, False, True]))
    at = content.index(b"TFT")
    found = read_fits(content[:at] + b"TF\0" + content[at + 3 :], "f")["x"]
    pd.testing.assert_series_equal(
        found, pd.Series([True, False, None], dtype="boolean"), check_names=False
    )
    with pytest.raises(UnreadableError, match="'x' holds values that are neither true nor false"):
        read_fits(content[:at] + b"T\5T" + content[at + 3 :], "f")  # as astropy writes int8


def test_ascii_tables_are_read_and_undefined_text_is_no_zero():
    made = fits.TableHDU.from_columns(
        [
            fits.Column("x", "E15.7", array=np.array([1.5, 2.0, -3.0])),
            fits.Column("n", "I6", null="---", array=np.array([1, 222222, 3])),
            fits.Column("blank", "I6", array=np.array([1, 333333, 3])),
            fits.Column("kind", "A4", array=np.array(["ab", "c", "d"])),
        ]
    )
    content = written(made).replace(b"222222", b"   ---").replace(b"333333", b"      ")
    found = read_fits(content, "f")
    assert found["x"].tolist() == [1.5, 2.0, -3.0]
    np.testing.assert_array_equal(found["n"], [1, np.nan, 3])
    np.testing.assert_array_equal(found["blank"], [1, np.nan, 3])
    assert found["kind"].tolist() == ["ab", "c", "d"]


@pytest.mark.parametrize("cards", [{}, {"BSCALE": 2.0}])
def test_blank_pixels_are_missing_also_where_they_are_scaled(cards):
    image = fits.PrimaryHDU(np.array([[1, -1], [3, 4]], ">i2"))
    found = read_fits(with_cards(written(image), BLANK=-1, **cards), "f")
    expected = np.array([[1, np.nan], [3, 4]]) * cards.get("BSCALE", 1)
    np.testing.assert_array_equal(matrix(found, "f"), expected)


# --- What is left out ---

OTHERS = {
    "bits": (fits.Column("z", "10X", array=np.zeros((40, 10), bool)), "holds bits: save them as"),
    "lists": (
        fits.Column("z", "PE()", array=np.array([np.ones(j % 3) for j in range(40)], object)),
        "lists of different lengths: give every row the same",
    ),
    "complex": (fits.Column("z", "C", array=np.ones(40) * 1j), "complex numbers: save real"),
    "matrices": (
        fits.Column("z", "4E", dim="(2,2)", array=np.zeros((40, 2, 2))),
        "has shape (40, 2, 2)",
    ),
    "nothing": (fits.Column("z", "0E", array=np.zeros((40, 0))), "is empty: remove it"),
    "latin": (fits.Column("z", "1A", array=np.array([b"\xe9"] * 40)), "bytes that are not text"),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_columns_that_are_no_views_are_left_out_by_name(kind):
    other, reason = OTHERS[kind]
    made = fits.BinTableHDU.from_columns([fits.Column("x", "5D", array=A), other])
    found = read(made)
    assert matrix(found, "x").tobytes() == A.tobytes()
    assert reason in left_out_of(found)["z"]


def test_pictures_are_left_out_by_name():
    found = read(fits.PrimaryHDU(np.zeros((2, 3, 4))), table(x=A))
    assert "has shape (2, 3, 4)" in left_out_of(found)["f"]
    packed = fits.CompImageHDU(np.zeros((40, 50), "i2"), name="PICTURE")
    found = read(table(x=A), packed)
    assert left_out_of(found)["PICTURE"] == "is a compressed image: unpack it (funpack)"


# --- What is refused ---


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", gzip.compress(b"a,b\n1,2\n", mtime=0)])
def test_other_files_are_refused_by_name(content):
    with pytest.raises(UnreadableError, match="does not begin like a FITS file: give it"):
        read_fits(content, "f")


def test_truncated_files_are_refused():
    content = written(table("IMG", x=np.ones((400, 5))))
    with (
        pytest.warns(Warning, match="truncated"),
        pytest.raises(UnreadableError, match=r"'IMG' declares .* bytes but .*truncated; copy"),
    ):
        read_fits(content[:-2880], "f")
    with pytest.raises(UnreadableError, match="holds no table and no image: save the views"):
        read_fits(content[:2880], "f")
    with pytest.raises(UnreadableError, match="cannot be unpacked"):
        read_fits(gzip.compress(content)[:-100], "f")


def test_sizes_are_refused_before_data_is_read(monkeypatch):
    large = with_cards(written(table(x=A)), NAXIS2=10**12)
    with (
        pytest.warns(Warning, match="truncated"),
        pytest.raises(UnreadableError, match=r"declares .* bytes but the file has"),
    ):
        read_fits(large, "f")
    content = written(table(x=np.zeros((500, 100), "u1")))  # a byte takes eight as a column
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 2**18)
    with pytest.raises(UnreadableError, match="unpacks to"):
        read_fits(content, "f")
    with pytest.raises(UnreadableError, match="unpacks to more than"):
        read_fits(gzip.compress(bytes(2**19)), "f")


def test_too_many_parts_are_refused(monkeypatch):
    monkeypatch.setattr(reader, "MOST_PARTS", 3)
    with pytest.raises(UnreadableError, match="more than 3 extensions: save the table"):
        read(*(table(x=A[:2]) for _ in range(5)))


def cards(*lines):
    return b"".join(line.ljust(80) for line in lines).ljust(2880)


def test_bytes_behind_the_last_part_are_refused_or_said():
    content = written(table(x=A))
    assert notes_of(read_fits(content + bytes(2880), "f")) == ()
    with pytest.raises(UnreadableError, match="part number 3 is damaged: copy the file again"):
        read_fits(content + cards(b"garbage", b"END"), "f")
    with pytest.warns(Warning, match="extra bytes"):
        found = read_fits(content + cards(b"XTENSION= 'BINTABLE'", b"NAXIS   = x", b"END"), "f")
    assert notes_of(found)[0].startswith("The file's last 2,880 bytes are not read")


def test_repeated_and_absent_rows_are_refused():
    with pytest.raises(UnreadableError, match=r"'A\.x' is repeated: give each its own name"):
        read(table("A", x=A), table("A", x=B))
    with pytest.raises(UnreadableError, match="unequal row counts"):
        read(table("A", x=A), table("B", y=B[:9]))


def test_the_sample_holds_the_pairs_and_their_classes():
    data = generate(SyntheticSpec(n=20, d1=4, d2=3))
    names = np.array(data.classes)[data.labels]
    found = read_fits(FORMAT.sample(data.X1, data.X2, names), "f")
    np.testing.assert_array_equal(matrix(found, "left"), data.X1)
    np.testing.assert_array_equal(matrix(found, "right"), data.X2)
    assert found["label"].tolist() == names.tolist()
