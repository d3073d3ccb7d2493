"""The file formats that are read: one module each, found by the ending of a file's name."""

from __future__ import annotations

from pathlib import PurePath

from alignlab.files.formats import (
    anndata,
    arrow,
    csv,
    fits,
    hdf5,
    jsonl,
    matlab,
    npy,
    npz,
    parquet,
    safetensors,
    torch_file,
    tsv,
    txt,
    word_vectors,
)
from alignlab.files.formats.format import Format

FORMATS: tuple[Format, ...] = (
    npz.FORMAT,
    npy.FORMAT,
    csv.FORMAT,
    tsv.FORMAT,
    parquet.FORMAT,
    arrow.FORMAT,
    safetensors.FORMAT,
    jsonl.FORMAT,
    txt.FORMAT,
    word_vectors.FORMAT,
    hdf5.FORMAT,
    anndata.FORMAT,
    matlab.FORMAT,
    torch_file.FORMAT,
    fits.FORMAT,
)
"""All formats, in the order in which messages and samples name them."""

ENDINGS: dict[str, Format] = {ending: form for form in FORMATS for ending in form.endings}
"""The format of each ending, lower case, without the leading dot."""

_CONVERTED = {
    ("pkl", "pickle", "joblib", "dill"): "a pickle runs code when it is opened, which alignlab "
    "never does: load it where you trust it and save the arrays with numpy.savez",
    ("rds", "rdata", "rda"): "save the table in R with write.csv or arrow::write_parquet",
    ("xlsx", "xls", "ods"): "save the sheet as CSV",
    ("tar", "zip", "7z", "tgz", "rar", "gz", "bz2", "xz", "zst"): "unpack it and bring the "
    "files in it (of a WebDataset, save the embeddings as Parquet)",
    ("zarr",): "save the arrays with numpy.savez, or numpy.save for each",
    ("pb", "tfrecord", "tfrecords"): "save the arrays with numpy.savez",
    ("onnx", "gguf", "ckpt", "keras", "bin"): "a model holds no embeddings: run it on the samples "
    "and save its outputs with numpy.savez",
    ("png", "jpg", "jpeg", "gif", "tif", "tiff", "webp", "bmp", "svg", "mp4", "avi", "wav", "mp3"):
    "a picture or recording is no embedding: run an encoder on the samples and save its outputs "
    "with numpy.savez",
    ("json",): "save one object per line (pandas.DataFrame.to_json(orient='records', lines=True) "
    "as .jsonl), or a CSV or Parquet file",
    ("sav", "dta", "sas7bdat"): "save the table as CSV or Parquet (pandas.read_spss, read_stata)",
    ("sqlite", "db", "duckdb"): "save the table as Parquet or CSV",
    ("py", "ipynb", "r", "md", "pdf", "docx", "html"): "it holds no table: save the numbers with "
    "numpy.savez, or as CSV",
}  # fmt: skip
"""How to convert well-known files that are not read, by their endings."""

LABELS = tuple(dict.fromkeys(form.label for form in FORMATS))
"""The names of the formats, as the page lists them."""

_REMEDIES = {ending: remedy for endings, remedy in _CONVERTED.items() for ending in endings}


def split_name(name: str) -> tuple[str, str]:
    """Stem and ending of a file name, the ending as in `ENDINGS` if it is known: x, csv.gz."""
    pure = PurePath(name).name
    for at, sign in enumerate(pure):
        if at and sign == "." and pure[at + 1 :].lower() in ENDINGS:
            return pure[:at], pure[at + 1 :].lower()
    path = PurePath(pure)
    return path.stem, path.suffix.lower().lstrip(".")


def format_of(name: str) -> Format:
    """The format of a file, by the ending of its name.

    Raises ValueError for any other ending: what is read, and how to convert the file.
    """
    ending = split_name(name)[1]
    if ending in ENDINGS:
        return ENDINGS[ending]
    what = f"the ending .{ending} is not known" if ending else "it has no ending"
    last = ending.rpartition(".")[2]
    remedy = f"{_REMEDIES[last]}, or " if last in _REMEDIES else ""
    known = ", ".join(f".{one}" for one in ENDINGS)
    raise ValueError(f"{name}: {what}: {remedy}bring one of {known}")
