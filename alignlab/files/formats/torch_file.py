"""Files of `torch.save`: tensors, alone or in dicts and lists. Python objects are never loaded.

A tensor (n, d) is a view and a tensor (n,) or a list of texts labels; a dict gives the names, those
in a dict within it joined by a dot.
"""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from alignlab.extras import needed
from alignlab.files.formats.arrays import (
    COMPLEX,
    Shape,
    as_columns,
    no_view,
    refuse_nothing,
    same_rows,
)
from alignlab.files.formats.format import Format
from alignlab.files.limits import (
    MAX_FOOTER_BYTES,
    TEXT_BYTES,
    UnreadableError,
    refuse_bomb,
    refuse_width,
)
from alignlab.files.reading_notes import annotated

_OLD = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
"""The first bytes of a file by PyTorch before version 1.6, whose sizes cannot be known first."""

_SAVE = "save tensors: torch.save({'image': x, 'text': y}, file)"

_WEIGHT = re.compile(r".+\.(weight|bias|running_mean|running_var|num_batches_tracked)")
_STATES = ("state_dict", "model_state_dict", "optimizer_state_dict")


def read_torch(content: bytes, stem: str) -> pd.DataFrame:
    """The tensors and labels of a file of `torch.save` that share their row count, as columns.

    Raises
    ------
    UnreadableError
        Another kind of file, Python objects, a model's weights, more columns or declared bytes
        than `alignlab.files.limits` allows, unequal row counts, or nothing that can be read. A
        damaged file may raise the errors of torch as well.
    """
    _check_archive(content)
    left_out: dict[str, str] = {}
    notes: list[str] = []
    found = _members(_loaded(content), stem, notes, left_out)
    shapes: dict[str, Shape] = {}
    for key, value in found.items():
        if reason := _refusal(value):
            left_out[key] = reason
        else:
            shapes[key] = tuple(value.shape)
    kept, others = same_rows(shapes)
    left_out |= others
    refuse_nothing("tensor", kept, left_out)
    if not kept:
        raise UnreadableError(f"it holds no tensors: {_SAVE}")
    width = sum(shapes[key][1] if len(shapes[key]) == 2 else 1 for key in kept)
    refuse_width(width)  # a tensor may repeat a single number without end
    refuse_bomb(sum(max(8, _item_bytes(found[key])) * math.prod(shapes[key]) for key in kept))
    arrays = {key: _array(key, found[key], notes) for key in kept}
    return annotated(as_columns(arrays), notes, left_out)


def _check_archive(content: bytes) -> None:
    """`UnreadableError` for anything but an archive of `torch.save` whose sizes are bounded."""
    if content.startswith(_OLD):
        raise UnreadableError(
            "it is in PyTorch's format from before version 1.6: load it where you trust it, and "
            "save it again with torch.save"
        )
    if content.startswith(b"\x80"):
        raise _objects()
    if not content.startswith(b"PK\x03\x04"):
        raise UnreadableError(
            "it does not begin like a file of torch.save: give it the ending of its true format, "
            f"or {_SAVE}"
        )
    refuse_width(content.count(b"PK\x01\x02"))  # zipfile reads the whole directory at once
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
    names = [entry.filename.partition("/")[2] for entry in entries]
    if "constants.pkl" in names:
        raise UnreadableError(
            "it holds a program of TorchScript, not embeddings: run the model on the samples and "
            f"{_SAVE}"
        )
    if "data.pkl" not in names:
        raise UnreadableError(f"it is an archive, but not one of torch.save: {_SAVE}")
    for entry, name in zip(entries, names, strict=True):
        if entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size:
            raise UnreadableError(
                f"its member {name!r} is compressed, which torch.save does not do: {_SAVE}"
            )
        if name == "data.pkl" and entry.file_size > MAX_FOOTER_BYTES:
            raise UnreadableError(
                f"what it holds besides tensors has {entry.file_size / 2**20:.0f} MB, the limit is "
                f"{MAX_FOOTER_BYTES // 2**20} MB: save labels as a tensor of numbers"
            )
    refuse_bomb(sum(entry.file_size for entry in entries))


def _loaded(content: bytes) -> Any:
    torch = needed("torch", "train", "a file of torch.save")
    try:
        return torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:
        if type(error).__name__ != "UnpicklingError":
            raise
        if re.search("GLOBAL|NEWOBJ|REDUCE|BUILD|allowed|blocked", str(error)):
            raise _objects() from error
        raise UnreadableError(
            "what it holds besides tensors is damaged: copy it again, or save it again"
        ) from error


def _objects() -> UnreadableError:
    return UnreadableError(f"it holds Python objects, which alignlab never loads: {_SAVE}")


def _members(value: Any, stem: str, notes: list[str], left_out: dict[str, str]) -> dict[str, Any]:
    """What a file holds by name: tensors, and lists of texts or numbers as arrays."""
    if isinstance(value, Mapping):
        _refuse_weights(value)
        found: dict[str, Any] = {}
        for key, part in value.items():
            if isinstance(part, Mapping):
                _refuse_weights(part)
                inner = {f"{key}.{name}": one for name, one in part.items()}
            else:
                inner = {str(key): part}
            for name, one in inner.items():
                if name in found or name in left_out:
                    raise UnreadableError(f"its member {name!r} occurs twice: rename one of them")
                _add(name, one, found, notes, left_out)
        return found
    if isinstance(value, (list, tuple)) and value and isinstance(value[0], Mapping):
        raise UnreadableError(
            "it is a list of dicts, one for each sample: save one tensor per field, "
            "torch.stack([sample[field] for sample in samples])"
        )
    found = {}
    if isinstance(value, (list, tuple)) and _several(value):
        for j, one in enumerate(value):
            _add(f"{stem}_{j + 1}", one, found, notes, left_out)
    else:
        _add(stem, value, found, notes, left_out)
    return found


def _refuse_weights(members: Mapping) -> None:
    names = [name for name in members if isinstance(name, str)]
    if any(_WEIGHT.fullmatch(name) for name in names) or set(names) & set(_STATES):
        raise UnreadableError(
            f"it holds a model's weights, not embeddings: run the model on the samples and {_SAVE}"
        )


def _several(values: Any) -> bool:
    """Whether a list holds tensors that are each a member, not one row of a view."""
    tensors = [one for one in values if hasattr(one, "layout")]
    rows = {tuple(one.shape) for one in tensors}
    return bool(tensors) and not (len(tensors) > 2 and len(rows) == 1 and len(rows.pop()) < 2)


def _add(
    name: str, value: Any, found: dict[str, Any], notes: list[str], left_out: dict[str, str]
) -> None:
    """Add a member to `found`, or its reason to `left_out`."""
    torch = needed("torch", "train", "a file of torch.save")
    if isinstance(value, (list, tuple)) and value:
        kinds = {type(one) for one in value}
        if kinds == {str}:
            refuse_bomb(sum(map(len, value)) + TEXT_BYTES * len(value))
            found[name] = np.array(value, dtype=object)
            return
        if kinds <= {int, float, bool} and (array := np.array(value)).dtype.kind in "bif":
            found[name] = array
            return
        if all(issubclass(kind, torch.Tensor) for kind in kinds) and not _several(value):
            refuse_bomb(8 * sum(one.numel() for one in value))
            found[name] = torch.stack(tuple(value))
            notes.append(f"{name!r} is a list of {len(value):,} tensors, read as one, row by row.")
            return
    if isinstance(value, (torch.Tensor, np.ndarray)):
        found[name] = value
    else:
        left_out[name] = (
            f"is of type {type(value).__name__}: save tensors, or names as a list of texts"
        )


def _refusal(value: Any) -> str | None:
    """Why a tensor or array cannot be a column; None if it can."""
    if isinstance(value, np.ndarray):
        return no_view(value.shape)
    if value.is_nested or str(value.layout) != "torch.strided":
        return "is sparse or nested: save it whole (x.to_dense())"
    if value.is_quantized:
        return "is quantized: save it as numbers (x.dequantize())"
    if value.device.type != "cpu":
        return f"is on the device {value.device.type}, without numbers: save x.cpu()"
    if value.is_complex():
        return COMPLEX
    return no_view(tuple(value.shape))


def _item_bytes(value: Any) -> int:
    return TEXT_BYTES if isinstance(value, np.ndarray) else value.element_size()


def _array(key: str, value: Any, notes: list[str]) -> np.ndarray:
    if isinstance(value, np.ndarray):
        return value
    kind = str(value.dtype).removeprefix("torch.")
    tensor = value.detach()
    if tensor.is_floating_point() and kind not in ("float64", "float32", "float16"):
        tensor = tensor.float()
        notes.append(f"{key!r} is of type {kind}, and is read as float32, without loss.")
    return tensor.resolve_neg().contiguous().numpy()


def sample(left: np.ndarray, right: np.ndarray, names: np.ndarray) -> bytes:
    """A dict of tensors left (n, d1) and right (n, d2), and class names (n,) as a list label."""
    torch = needed("torch", "train", "a file of torch.save")
    views = {"left": torch.tensor(left), "right": torch.tensor(right)}
    buffer = io.BytesIO()
    torch.save(views | {"label": list(map(str, names))}, buffer)
    return buffer.getvalue()


FORMAT = Format(
    label="PyTorch",
    endings=("pt", "pth"),
    read=read_torch,
    sample=sample,
    extra="train",
    modules=("torch",),
)
