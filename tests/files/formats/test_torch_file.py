"""Files of torch.save: tensors to the bit, Python objects and model weights refused in words."""

import io
import pickle
import warnings
import zipfile

import numpy as np
import pytest
import torch

from alignlab.data.synthetic import SyntheticSpec, generate
from alignlab.files import limits
from alignlab.files.columns import guess_columns
from alignlab.files.formats import torch_file
from alignlab.files.formats.torch_file import FORMAT, read_torch
from alignlab.files.limits import UnreadableError
from alignlab.files.reading_notes import left_out_of, notes_of

RNG = np.random.default_rng(0)
A, B = torch.tensor(RNG.standard_normal((40, 5))), torch.tensor(RNG.standard_normal((40, 3)))
NAMES = [f"kind {j % 3} é" for j in range(40)]


def saved(value, **how):
    content = io.BytesIO()
    torch.save(value, content, **how)
    return content.getvalue()


def read(value):
    return read_torch(value if isinstance(value, bytes) else saved(value), "f")


def matrix(table, name):
    return table[[c for c in table if c.startswith(f"{name}[")]].to_numpy()


# --- What is read ---


def test_a_dict_of_tensors_and_texts_is_read_as_saved():
    table = read({"image": A, "text": B.float(), "label": NAMES, "fold": [0, 1] * 20})
    assert matrix(table, "image").tobytes() == A.numpy().tobytes()
    assert matrix(table, "text").tobytes() == B.float().numpy().tobytes()
    assert table["label"].tolist() == NAMES
    assert table["fold"].tolist() == [0, 1] * 20
    choice = guess_columns(table)
    assert (choice.view1[0], choice.view2[0], choice.labels) == ("image[0]", "text[0]", "label")


@pytest.mark.parametrize("kind", ["float16", "float64", "int8", "uint8", "uint16", "int64", "bool"])
def test_tensors_keep_their_type(kind):
    X = (A.abs() * 5).to(getattr(torch, kind))
    found = matrix(read(X), "f")
    assert str(found.dtype) == kind
    np.testing.assert_array_equal(found, X.numpy())


@pytest.mark.parametrize("kind", ["bfloat16", "float8_e4m3fn", "float8_e5m2"])
def test_narrow_types_are_read_as_float32_without_loss(kind):
    X = A.to(getattr(torch, kind))
    table = read({"x": X})
    found = matrix(table, "x")
    assert found.dtype == np.float32
    assert torch.equal(torch.tensor(found).to(X.dtype).float(), torch.tensor(found))
    np.testing.assert_array_equal(found, X.float().numpy())
    assert notes_of(table) == (f"'x' is of type {kind}, and is read as float32, without loss.",)


@pytest.mark.parametrize(
    "X",
    [A.T.contiguous().T, A[:, ::2], A.clone().requires_grad_(), torch.nn.Parameter(A)],
    ids=["by column", "every second", "with gradient", "a parameter"],
)
def test_tensors_are_read_whatever_their_memory(X):
    np.testing.assert_array_equal(matrix(read({"x": X}), "x"), X.detach().numpy())


def test_dicts_are_read_one_level_deep():
    table = read({"train": {"image": A, "text": B}, "test": {"image": A[:9], "text": B[:9]}})
    assert matrix(table, "train.image").tobytes() == A.numpy().tobytes()
    assert set(left_out_of(table)) == {"test.image", "test.text"}
    deeper = read({"a": {"b": A, "c": {"d": B}}})
    assert left_out_of(deeper) == {
        "a.c": "is of type dict: save tensors, or names as a list of texts"
    }


@pytest.mark.parametrize("kind", [list, tuple])
def test_a_list_of_two_tensors_is_two_views(kind):
    table = read(kind([A, B]))
    np.testing.assert_array_equal(matrix(table, "f_1"), A)
    np.testing.assert_array_equal(matrix(table, "f_2"), B)


def test_a_list_of_rows_is_one_view():
    table = read({"x": list(A), "y": [torch.tensor(j) for j in range(40)]})
    np.testing.assert_array_equal(matrix(table, "x"), A)
    assert table["y"].tolist() == list(range(40))
    assert "'x' is a list of 40 tensors, read as one, row by row." in notes_of(table)
    np.testing.assert_array_equal(matrix(read(list(A)), "f"), A)


with warnings.catch_warnings(action="ignore"):  # they are deprecated, and lie in files still
    QUANTIZED = torch.quantize_per_tensor(A.float(), 0.1, 0, torch.qint8)

OTHERS = {
    "a number": (3, "is of type int: save tensors, or names"),
    "a text": ("ViT-B/32", "is of type str: save tensors"),
    "nothing": (None, "is of type NoneType: save tensors"),
    "one tensor": (torch.tensor(3.0), r"has shape ()"),
    "pictures": (torch.zeros(40, 2, 2), "has shape (40, 2, 2)"),
    "another split": (A[:30], "has 30 rows but the views have 40"),
    "complex": (A * 1j, "complex numbers: save real"),
    "sparse": (A.to_sparse(), "is sparse or nested: save it whole (x.to_dense())"),
    "quantized": (QUANTIZED, "is quantized: save"),
    "without numbers": (torch.zeros(40, 2, device="meta"), "device meta, without numbers"),
    "mixed": ([1, "a"] * 20, "is of type list: save tensors"),
    "large numbers": ([2**70] * 40, "is of type list: save tensors"),
}


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.filterwarnings("ignore")
def test_members_that_are_no_views_are_left_out_by_name(name):
    member, reason = OTHERS[name]
    table = read({"image": A, "text": B, "z": member})
    assert {c.split("[")[0] for c in table} == {"image", "text"}
    assert reason in left_out_of(table)["z"]


def test_the_sample_holds_the_pairs_and_their_classes():
    data = generate(SyntheticSpec(n=20, d1=4, d2=3))
    names = np.array(data.classes)[data.labels]
    table = read(FORMAT.sample(data.X1, data.X2, names))
    np.testing.assert_array_equal(matrix(table, "left"), data.X1)
    np.testing.assert_array_equal(matrix(table, "right"), data.X2)
    assert table["label"].tolist() == names.tolist()


# --- What is refused ---

MODEL = torch.nn.Linear(3, 2)
WEIGHTS = {
    "a state dict": torch.nn.Sequential(MODEL).state_dict(),
    "a checkpoint": {"epoch": 3, "state_dict": MODEL.state_dict()},
    "within another": {"model": torch.nn.Sequential(MODEL).state_dict(), "epoch": 3},
}


@pytest.mark.parametrize("kind", WEIGHTS)
def test_a_models_weights_are_refused_in_words(kind):
    with pytest.raises(UnreadableError, match="holds a model's weights, not embeddings: run the"):
        read(WEIGHTS[kind])


class Object:
    """Says whether it was ever made again."""

    made = False

    def __reduce__(self):
        return Object.make, ()

    @staticmethod
    def make():
        Object.made = True
        return Object()


@pytest.mark.parametrize(
    "value",
    [Object(), {"image": A, "of": Object()}, MODEL, {"x": A.numpy()}, {"x": np.float64(3)}],
    ids=["an object", "beside a tensor", "a model", "an array", "a number of numpy"],
)
def test_python_objects_are_refused_and_never_made(value):
    with pytest.raises(UnreadableError, match="Python objects, which alignlab never loads: save"):
        read(value)
    assert not Object.made


def test_pickles_and_the_old_format_are_refused():
    with pytest.raises(UnreadableError, match="Python objects, which alignlab never loads"):
        read(pickle.dumps({"x": 1}))
    with pytest.raises(UnreadableError, match=r"from before version 1\.6: load it where you trust"):
        read(saved({"x": A}, _use_new_zipfile_serialization=False))


def npz():
    content = io.BytesIO()
    np.savez(content, x=A)
    return content.getvalue()


def program():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("m/constants.pkl", b"")
        archive.writestr("m/data.pkl", b"")
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "does not begin like a file of torch.save: give it the ending"),
        (b"a,b\n1,2\n", "does not begin like a file of torch.save"),
        (npz(), "an archive, but not one of torch.save: save tensors"),
        (program(), "a program of TorchScript, not embeddings: run the model"),
    ],
)
def test_other_files_are_refused_by_name(content, words):
    with pytest.raises(UnreadableError, match=words):
        read(content)


def test_a_list_of_dicts_is_refused_with_the_remedy():
    with pytest.raises(UnreadableError, match=r"one for each sample: .*torch\.stack"):
        read([{"image": A[j], "text": B[j]} for j in range(3)])


def test_a_file_without_tensors_is_refused():
    with pytest.raises(UnreadableError, match="holds no tensors: save tensors"):
        read({})


# --- Sizes ---


def rezipped(content, change):
    """The archive with another content or compression of its members."""
    new = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(new, "w") as archive:
        for entry in old.infolist():
            archive.writestr(entry.filename, *change(entry.filename, old.read(entry)))
    return new.getvalue()


def test_compressed_archives_are_refused():
    content = rezipped(saved({"x": A}), lambda name, data: (data, zipfile.ZIP_DEFLATED))
    with pytest.raises(UnreadableError, match=r"is compressed, which torch.save does not do"):
        read(content)


def test_one_number_repeated_without_end_is_refused_before_it_is_laid_out(monkeypatch):
    endless = saved({"x": torch.zeros(1, 1).expand(2**40, 2)})
    assert len(endless) < 2000
    with pytest.raises(UnreadableError, match=r"unpacks to 16384\.0 GB"):
        read(endless)
    with pytest.raises(UnreadableError, match="columns, the limit is"):
        read({"x": torch.zeros(1, 1).expand(2, 2**40)})
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 2**10)
    with pytest.raises(UnreadableError, match="unpacks to"):
        read({"x": A})


def test_much_besides_tensors_is_refused(monkeypatch):
    monkeypatch.setattr(torch_file, "MAX_FOOTER_BYTES", 100)
    with pytest.raises(UnreadableError, match=r"besides tensors has 0 MB.*labels as a tensor"):
        read({"x": A, "label": NAMES})


def test_a_truncated_storage_raises_a_named_error():
    content = rezipped(
        saved({"x": A}), lambda name, data: (data[:9] if name.endswith("data/0") else data,)
    )
    with pytest.raises((RuntimeError, ValueError)):
        read(content)
