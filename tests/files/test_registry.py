"""The registry: one format for each ending, and a refusal that helps for any other."""

import re

import numpy as np
import pandas as pd
import pytest

import alignlab as al
from alignlab.files import tables
from alignlab.files.large_tables import open_large
from alignlab.files.registry import ENDINGS, FORMATS, LABELS, format_of, split_name
from alignlab.files.samples import sample_file
from alignlab.files.source import open_source, open_tables, read_source
from alignlab.files.tables import read_table
from tests.server import ROOT


def test_an_ending_belongs_to_one_format():
    endings = [ending for form in FORMATS for ending in form.endings]
    assert len(endings) == len(set(endings)) == len(ENDINGS)
    assert all(ending == ending.lower().lstrip(".") for ending in endings)
    assert {form.label for form in FORMATS} == set(LABELS)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.label)
def test_a_format_is_found_by_its_endings_in_any_case(form):
    for ending in form.endings:
        for name in (f"a.b.{ending}", f"a.b.{ending.upper()}", f"folder.npz/a.b.{ending}"):
            assert format_of(name) is form
            assert split_name(name) == ("a.b", ending)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.label)
def test_a_library_outside_the_package_comes_with_an_extra(form):
    assert bool(form.modules) <= bool(form.extra)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a.pkl", "the ending .pkl is not known: a pickle runs code when it is opened"),
        ("a.JOBLIB", "the ending .joblib is not known: a pickle runs code"),
        ("a.rds", "save the table in R with write.csv"),
        ("a.xlsx", "save the sheet as CSV"),
        ("a.tar.gz", "unpack it"),
        ("shard-000.tar", "of a WebDataset, save the embeddings as Parquet"),
        ("a.zarr", "numpy.savez"),
        ("model.onnx", "run it on the samples"),
        ("image.png", "run an encoder on the samples"),
        ("a.json", "one object per line"),
        ("a.unheard", "the ending .unheard is not known: bring one of"),
        ("csv", "csv: it has no ending: bring one of"),
        (".npz", ".npz: it has no ending: bring one of"),
    ],
)
def test_an_unknown_ending_is_refused_with_a_way_to_convert_it(name, words):
    with pytest.raises(ValueError, match=r"bring one of \.npz, \.npy, \.csv, ") as refusal:
        format_of(name)
    assert words in str(refusal.value)


def test_the_table_of_formats_in_the_readme_is_that_of_the_registry():
    text = (ROOT / "README.md").read_text()
    table = text.split("<!-- formats -->\n")[1].split("<!-- end of formats -->")[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]
    assert [(label, endings, extra, blocks) for label, endings, _, extra, blocks in rows] == [
        (
            form.label,
            ", ".join(f".{ending}" for ending in form.endings),
            f"`{form.extra}`" if form.modules else "none",
            "in blocks" if form.opened else "no",
        )
        for form in FORMATS
    ]
    assert all(what for _, _, what, _, _ in rows)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.label)
@pytest.mark.parametrize(
    "content", [b"", b"neither this\nnor that, at all\n\x00", b"PK\x03\x04" + bytes(40)]
)
def test_content_of_another_kind_is_refused_with_cause_and_remedy(form, content, tmp_path):
    name = f"f.{form.endings[0]}"
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=rf"^{re.escape(name)}.*[:;] \S"):
        read_table(content, name)
    if form.opened:
        with pytest.raises(ValueError, match=rf"^{re.escape(name)}.*[:;] \S"):
            open_large(tmp_path / name)


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.label)
def test_a_file_over_the_limit_is_refused_before_it_is_read(form, monkeypatch):
    monkeypatch.setattr(tables, "MAX_BYTES", 100)
    with pytest.raises(ValueError, match=r"MB, the limit is 0 MB: use a sample of its rows"):
        read_table(b"x" * 101, f"f.{form.endings[0]}")


@pytest.mark.parametrize("form", [f for f in FORMATS if f.modules], ids=lambda form: form.label)
def test_a_missing_library_is_named_with_the_command_that_installs_it(form, monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr("alignlab.extras.import_module", missing)
    name = f"f.{form.endings[0]}"
    with pytest.raises(ValueError, match=rf"^{name}: .* pip install 'alignlab\[{form.extra}\]'"):
        read_table(b"", name)


@pytest.mark.parametrize("form", [f for f in FORMATS if f.sample], ids=lambda form: form.label)
def test_upload_path_and_package_read_the_same_to_the_bit(form, tmp_path):
    path = tmp_path / f"sample.{form.endings[0]}"
    path.write_bytes(sample_file(form.endings[0]))
    uploaded = read_source({path.name: path.read_bytes()})
    opened = open_source([path])
    pd.testing.assert_frame_equal(uploaded.head, opened.head)
    assert (uploaded.guess, uploaded.files) == (opened.guess, opened.files)
    features, found = al.read(path), uploaded.features(uploaded.guess)
    np.testing.assert_array_equal(features.X, found.X)
    np.testing.assert_array_equal(features.Y, found.Y)
    if form.opened:
        (table,) = open_tables([path])
        blocks = pd.concat(table.blocks(table.columns, 77), ignore_index=True)
        views = [*uploaded.guess.view1, *uploaded.guess.view2]
        np.testing.assert_array_equal(blocks[views], uploaded.head[views])
