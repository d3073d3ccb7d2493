"""The registry: one format for each ending, and a refusal that helps for any other."""

import pytest

from alignlab.files.registry import ENDINGS, FORMATS, LABELS, format_of, split_name


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
