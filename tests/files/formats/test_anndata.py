"""AnnData and MuData, written by their own libraries, read without them."""

import gzip
import io
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

from alignlab.data.synthetic import SyntheticSpec, generate
from alignlab.files import limits
from alignlab.files.columns import guess_columns
from alignlab.files.formats import anndata
from alignlab.files.formats.anndata import FORMAT, read_anndata
from alignlab.files.formats.missing import with_missing
from alignlab.files.limits import UnreadableError
from alignlab.files.reading_notes import left_out_of, notes_of

WRITTEN = Path(__file__).parent / "written"
N = 12


def content(name):
    return gzip.decompress((WRITTEN / f"{name}.gz").read_bytes())


def changed(name, change):
    """The file after a function has changed it."""
    file = io.BytesIO(content(name))
    with h5py.File(file, "r+") as h5:
        change(h5)
    return file.getvalue()


def matrix(table, name):
    return table[[c for c in table if c.startswith(f"{name}[")]].to_numpy()


def genes(rows, d, seed):
    """X as write_anndata.py makes it."""
    return (np.asarray(rows)[:, None] + np.arange(d) / 10 + seed / 100).astype("f4")


# --- AnnData ---


@pytest.mark.parametrize("name", ["dense.h5ad", "packed.h5ad"])
def test_arrays_are_read_as_written(name):
    table = read_anndata(content(name), "f")
    assert matrix(table, "X").tobytes() == genes(range(N), 3, 0).tobytes()
    assert matrix(table, "X_pca").tobytes() == (np.arange(2 * N).reshape(N, 2) / 7).tobytes()
    assert matrix(table, "protein").tolist() == np.arange(2 * N).reshape(N, 2).tolist()
    assert "protein is a frame, whose columns of numbers are read: CD3, CD19." in notes_of(table)


def test_columns_of_every_kind_are_read_with_their_missing_values():
    table = read_anndata(content("dense.h5ad"), "f")
    assert list(table)[:9] == [
        *("kind", "level", "text", "count", "score", "whole", "truth", "flag", "obs_names")
    ]
    assert table["obs_names"].tolist() == [f"cell{j}" for j in range(N)]
    kind = table["kind"]
    assert kind.dropna().tolist() == ["T", "B"] * 4
    assert kind.isna().tolist() == [False, False, True] * 4
    assert table["level"].tolist() == [3, 1, 2] * 4
    assert table["text"].tolist() == ["T", "B", "NK"] * 4
    assert table["count"].tolist() == list(range(N))
    assert table["score"].tolist() == [j / 8 for j in range(N)]
    np.testing.assert_array_equal(table["whole"], [1, np.nan, 3] * 4)
    pd.testing.assert_series_equal(
        table["truth"], pd.Series([True, None, False] * 4, dtype="boolean"), check_names=False
    )
    assert table["flag"].dtype == bool


def test_sparse_arrays_are_left_out_with_the_remedy():
    assert set(left_out_of(read_anndata(content("dense.h5ad"), "f"))) == {"counts"}
    table = read_anndata(content("sparse.h5ad"), "f")
    assert left_out_of(table)["X"].startswith("is sparse: save it whole (adata.X.toarray())")
    assert list(table) == ["obs_names", "X_pca[0]", "X_pca[1]"]
    alone = changed("sparse.h5ad", lambda h5: h5.__delitem__("obsm/X_pca"))
    with pytest.raises(UnreadableError, match="array 'X' is sparse: save it whole"):
        read_anndata(alone, "f")


def test_x_too_wide_is_left_out_beside_other_arrays(monkeypatch):
    monkeypatch.setattr(anndata, "MAX_COLUMNS", 13)
    table = read_anndata(content("dense.h5ad"), "f")
    assert "X[0]" not in table
    assert "X_pca[0]" in table
    assert left_out_of(table)["X"].startswith("has 3 columns, the limit is 13 for all: save its")


def test_categories_of_anndata_0_7_are_read():
    def older(h5):
        codes, names = h5["obs/kind/codes"][:], h5["obs/kind/categories"][:]
        del h5["obs/kind"]
        h5["obs/kind"] = codes
        h5.create_dataset("obs/__categories/kind", data=names, dtype=h5py.string_dtype())

    table = read_anndata(changed("dense.h5ad", older), "f")
    pd.testing.assert_series_equal(table["kind"], read_anndata(content("dense.h5ad"), "f")["kind"])


def test_the_guess_takes_the_arrays_of_obsm():
    def two(h5):  # there is a column called text, too
        h5["obsm/image"], h5["obsm/text"] = np.ones((N, 3)), np.ones((N, 2))
        for other in ("X_pca", "protein", "counts"):
            del h5[f"obsm/{other}"]

    choice = guess_columns(read_anndata(changed("dense.h5ad", two), "f"))
    assert (choice.view1[0], choice.view2[0], choice.labels) == (
        *("image[0]", "obsm/text[0]", "kind"),
    )


# --- MuData ---

COMMON = list(range(1, 11))


def test_modalities_are_read_for_the_observations_that_all_have():
    table = read_anndata(content("both.h5mu"), "f")
    order = [int(name.removeprefix("cell")) for name in table["obs_names"]]
    assert sorted(order) == COMMON
    assert matrix(table, "rna:X").tobytes() == genes(order, 3, 1).tobytes()
    assert matrix(table, "protein:X").tobytes() == genes(order, 2, 2).tobytes()
    pca = np.arange(2.0 * N).reshape(N, 2)
    np.testing.assert_array_equal(matrix(table, "rna:X_pca"), pca[order])
    assert table["rna:kind"].tolist() == [["T", "B", "NK"][j % 3] for j in order]
    assert table["donor"].tolist() == [f"d{j % 2}" for j in order]
    note = "10 of 12 observations are in all modalities (rna, protein); the others are left out."
    assert note in notes_of(table)


def test_the_guess_takes_one_array_of_each_modality():
    choice = guess_columns(read_anndata(content("both.h5mu"), "f"))
    assert (choice.view1[0], choice.view2[0]) == ("rna:X[0]", "protein:X[0]")


MAPS = {
    "no map": (lambda h5: h5.__delitem__("obsmap/rna"), "'rna' .obsmap.*with mudata"),
    "beyond": (lambda h5: h5["obsmap/rna"].__setitem__(0, 13), "map .* 'rna' is damaged: open"),
    "nothing in common": (
        lambda h5: h5["obsmap/rna"].__setitem__(slice(None), 0),
        r"no observation is in all of its modalities \(rna, protein\): remove",
    ),
    "shared variables": (lambda h5: h5.attrs.modify("axis", 1), "share variables, not obs.*obsm"),
}


@pytest.mark.parametrize("kind", MAPS)
def test_modalities_without_common_observations_are_refused(kind):
    change, words = MAPS[kind]
    with pytest.raises(UnreadableError, match=words):
        read_anndata(changed("both.h5mu", change), "f")


# --- What is refused ---


def broken_codes(h5):
    h5["obs/kind/codes"][0] = 7


def short(h5):
    del h5["obsm/X_pca"]
    h5["obsm/X_pca"] = np.ones((3, 2))


def odd_column(h5):
    del h5["obs/kind/codes"]


@pytest.mark.parametrize(
    ("change", "name", "reason"),
    [
        (broken_codes, "kind", "codes beyond its categories: save it again"),
        (short, "X_pca", "has 3 rows but there are 12 observations"),
        (odd_column, "kind", "in a way that alignlab does not know: save it as"),
    ],
)
def test_damaged_parts_are_left_out_by_name(change, name, reason):
    table = read_anndata(changed("dense.h5ad", change), "f")
    assert reason in left_out_of(table)[name]
    assert "X[0]" in table


def test_other_files_and_files_elsewhere_are_refused():
    with pytest.raises(UnreadableError, match="does not begin like an HDF5 file"):
        read_anndata(b"a,b\n1,2\n", "f")
    plain = changed("dense.h5ad", lambda h5: h5.__delitem__("obs"))
    with pytest.raises(UnreadableError, match=r"no AnnData .*ending \.h5 if it is a plain HDF5"):
        read_anndata(plain, "f")
    out = changed("dense.h5ad", lambda h5: h5.__setitem__("uns/x", h5py.ExternalLink("o", "/")))
    with pytest.raises(UnreadableError, match="'uns/x' points at another file"):
        read_anndata(out, "f")


def test_a_size_over_the_limit_is_refused(monkeypatch):
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 1000)
    with pytest.raises(UnreadableError, match="unpacks to"):
        read_anndata(content("dense.h5ad"), "f")


def test_the_sample_holds_the_pairs_and_their_classes():
    data = generate(SyntheticSpec(n=20, d1=4, d2=3))
    names = np.array(data.classes)[data.labels]
    table = read_anndata(FORMAT.sample(data.X1, data.X2, names), "f")
    np.testing.assert_array_equal(matrix(table, "left"), data.X1)
    np.testing.assert_array_equal(matrix(table, "right"), data.X2)
    assert table["label"].tolist() == names.tolist()
    assert table["obs_names"].is_unique


def test_large_whole_numbers_beside_missing_values_stay_exact():
    missing = np.array([False, True])
    found = with_missing(np.array([2**60 + 1, 0]), missing)
    assert found[0] == 2**60 + 1
    assert pd.isna(found[1])
    np.testing.assert_array_equal(with_missing(np.array([3, 0]), missing), [3, np.nan])
    assert with_missing(np.array([3, 0]), np.zeros(2, bool)).dtype == int
