"""Tables as text under other endings: the same table as from CSV, or a refusal with its remedy."""

import gzip
import io

import numpy as np
import pandas as pd
import pytest

from alignlab.files import limits
from alignlab.files.columns import join_tables
from alignlab.files.reading_notes import notes_of
from alignlab.files.tables import read_table

X = np.random.default_rng(0).standard_normal((60, 6))
FRAME = pd.DataFrame(X, columns=[f"{view}_{j}" for view in "ab" for j in range(3)]).assign(
    label=["cat", "dog", "eel"] * 20
)
EXPECTED = read_table(FRAME.to_csv(index=False).encode(), "wide.csv")


def text(**how):
    return FRAME.to_csv(index=False, **how).encode()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("wide.tsv", text(sep="\t")),
        ("wide.tab", text(sep="\t")),
        ("wide.txt", text(sep="\t")),
        ("wide.txt", text(sep=";", decimal=",")),
        ("wide.csv", text(sep=";", decimal=",")),
        ("wide.tsv", text(sep="\t", decimal=",")),
        ("wide.tsv", text(sep="\t").decode().encode("utf-16")),
        ("wide.tsv", text(sep="\t").replace(b"\n", b"\r\n")),
        ("wide.csv.gz", gzip.compress(text())),
        ("wide.tsv.gz", gzip.compress(text(sep="\t"))),
        ("wide.txt.gz", gzip.compress(text(sep=";", decimal=","))),
        ("WIDE.CSV.GZ", gzip.compress(text()[:500]) + gzip.compress(text()[500:])),
        ("unpacked.csv.gz", text()),
    ],
)
def test_a_text_gives_the_table_that_csv_gives(name, content):
    pd.testing.assert_frame_equal(read_table(content, name), EXPECTED, rtol=1e-15)


@pytest.mark.parametrize("delimiter", [",", "\t", " ", ";"])
@pytest.mark.parametrize("ending", ["txt", "tsv", "csv"])
def test_a_file_of_savetxt_keeps_its_first_row(ending, delimiter):
    buffer = io.BytesIO()
    A = np.random.default_rng(1).standard_normal((600, 12))
    np.savetxt(buffer, A, delimiter=delimiter)
    table = read_table(buffer.getvalue(), f"x.{ending}")
    assert table.shape == (600, 12)
    np.testing.assert_allclose(table.to_numpy(), A, rtol=1e-15)
    assert "The first line holds no names" in notes_of(table)[0]


# --- gzip ---


def test_a_packed_text_is_unpacked_up_to_the_limit_only(monkeypatch):
    packed = gzip.compress(b"a,b\n" + b"1,2\n" * 500_000)
    assert len(packed) < 10_000
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 1_000_000)
    unpacked = []
    read = gzip.GzipFile.read
    monkeypatch.setattr(
        gzip.GzipFile, "read", lambda file, size: unpacked.append(size) or read(file, size)
    )
    for name in ("f.csv.gz", "f.tsv.gz", "f.txt.gz", "f.jsonl.gz", "f.vec.gz"):
        with pytest.raises(ValueError, match=rf"^{name}: it unpacks to more than .*: use fewer"):
            read_table(packed, name)
    assert sum(unpacked) <= 5 * 2**21


@pytest.mark.parametrize(
    "content", [gzip.compress(text())[:200], gzip.compress(text())[:-9] + b"x" * 9, b"\x1f\x8bno"]
)
def test_a_damaged_packed_text_is_refused(content):
    with pytest.raises(ValueError, match=r"^f\.csv\.gz: it cannot be unpacked \(.*: copy it again"):
        read_table(content, "f.csv.gz")


# --- Embedding Projector ---


@pytest.mark.parametrize(
    ("metadata", "names"),
    [
        ("\n".join(f"word {i}, really" for i in range(60)), ["label"]),
        ("\n".join(["cat", "dog", "eel"] * 20) + "\n", ["label"]),
        ("\n".join(map(str, list(range(5)) * 12)), ["label"]),
        ("label\n" + "\n".join(["cat", "dog", "eel"] * 20), ["label"]),
        ("word\tkind\n" + "\n".join(f"w{i}\t{i % 3}" for i in range(60)), ["word", "kind"]),
    ],
)
def test_a_pair_of_the_projector_has_a_row_of_metadata_for_every_vector(metadata, names):
    buffer = io.BytesIO()
    np.savetxt(buffer, X, delimiter="\t")
    files = {"vectors.tsv": buffer.getvalue(), "metadata.tsv": metadata.encode()}
    tables = {name: read_table(content, name, 1) for name, content in files.items()}
    assert list(tables["metadata.tsv"]) == names
    whole, guess = join_tables(tables)
    assert whole.shape == (60, 6 + len(names))
    if "kind" not in names:
        assert len(guess.view1) == len(guess.view2) == 3
        assert guess.labels == (None if "really" in metadata else "label")


def test_numbers_of_a_single_column_of_metadata_are_numbers():
    table = read_table(b"3\n1\n\n2\n", "metadata.tsv", 1)
    assert table["label"].fillna(-1).tolist() == [3, 1, -1, 2]
    assert "every line is a row" in notes_of(table)[0]


def test_a_first_line_that_occurs_again_is_a_row_of_metadata():
    assert len(read_table(b"name\nclass\nname\n", "metadata.tsv", 1)) == 3
    assert len(read_table(b"name\nclass\nclass\n", "metadata.tsv", 1)) == 2


# --- Content that its ending does not tell ---


@pytest.mark.parametrize("name", ["f.tsv", "f.txt", "metadata.tsv", "f.csv.gz"])
@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02\n\x03", b"PAR1\x00\x00"])
def test_what_is_no_text_is_refused(name, content):
    with pytest.raises(ValueError, match=rf"^{name}(: it holds a zero byte.*: save| holds 0 rows)"):
        read_table(content, name)
