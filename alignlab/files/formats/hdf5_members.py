"""The datasets of an HDF5 file, checked before they are read.

An HDF5 file can point at other files, declare far more data than it holds, unpack without limit,
and, damaged, send its library into an endless loop or beyond a buffer. All of that is looked for
before the library reads, so that such files are refused in words.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import numpy as np

from alignlab.extras import needed
from alignlab.files.formats.arrays import COMPLEX, array_bytes, no_view, plain
from alignlab.files.formats.hdf5_heaps import (
    PLACES,
    REFERENCE_BYTES,
    SIGNATURE,
    Heaps,
)
from alignlab.files.limits import (
    MAX_COLUMNS,
    TEXT_BYTES,
    LeftOutError,
    UnreadableError,
    refuse_bomb,
)

CACHE_BYTES = 64 * 2**20
"""Cache for the chunks of a dataset, in bytes: slices that share a chunk unpack it once."""

_NO_TEXT = "holds bytes that are not text: save names as text (utf-8)"

_DEFLATE, _FLETCHER, _SZIP, _LZF = 1, 3, 4, 32000
_FILTERS = {1: "gzip", 2: "shuffle", 3: "fletcher32", 4: "szip", 32000: "lzf"}
_LZF_RATIO = 90
"""Upper bound for unpacked over packed size of LZF, whose longest copy has 264 bytes in 3."""

_READ = 2**20
"""Number of bytes unpacked at a time."""

_AT_ONCE = 2**28
"""Memory in bytes of the texts read at a time."""


def starts_hdf5(content: bytes) -> bool:
    """Whether the bytes begin like an HDF5 file, also one behind a block of the user's."""
    return any(content[at : at + len(SIGNATURE)] == SIGNATURE for at in PLACES)


@contextmanager
def opened(file: IO[bytes], what: str = "an HDF5 file") -> Iterator[Any]:
    """The `h5py.File` in an open file, through which alone it is read.

    Raises `UnreadableError` for a file that is no HDF5 file.
    """
    h5py = needed("h5py", "hdf5", what)
    file.seek(0)
    if not starts_hdf5(file.read(2**21)):
        raise UnreadableError(
            "it does not begin like an HDF5 file: give it the ending of its true format, or save "
            "it again with h5py"
        )
    with h5py.File(file, "r", rdcc_nbytes=CACHE_BYTES) as h5:
        if h5.id.get_create_plist().get_sizes() != (8, 8):
            raise UnreadableError(
                "it counts bytes in an unusual width: save it again with h5py or h5repack"
            )
        yield h5


def datasets(group: Any, left_out: dict[str, str], without: tuple[str, ...] = ()) -> dict[str, Any]:
    """All datasets below a group, by their path from it; what cannot be followed is left out.

    without : paths of groups that are not entered.

    A dataset under two names counts once, under the first. Raises `UnreadableError` for anything
    that points at another file, and for more than `MAX_COLUMNS` members.
    """
    h5py = needed("h5py", "hdf5", "an HDF5 file")
    found: dict[str, Any] = {}
    soft: dict[str, tuple[Any, str]] = {}
    seen = {_address(group)}
    waiting = [("", group)]
    members = 0
    while waiting:  # a loop, since groups may be nested without end
        path, parent = waiting.pop()
        within = []
        for name in parent:
            if (members := members + 1) > MAX_COLUMNS:
                raise UnreadableError(
                    f"it has more than {MAX_COLUMNS:,} members: save each view as one dataset "
                    "(samples, features)"
                )
            full = f"{path}{name}"
            link = _link(parent, name)
            if isinstance(link, h5py.ExternalLink):
                raise UnreadableError(
                    f"its member {full!r} points at another file, which alignlab never follows: "
                    "copy the data into this file"
                )
            if isinstance(link, h5py.SoftLink):
                soft[full] = parent, name
            elif not isinstance(link, h5py.HardLink):
                left_out[full] = "is a link of an unknown kind: copy the data to its place"
            else:
                member = parent[name]
                if (address := _address(member)) in seen:
                    continue
                seen.add(address)
                if isinstance(member, h5py.Group) and full not in without:
                    within.append((f"{full}/", member))
                elif isinstance(member, h5py.Dataset):
                    refuse_elsewhere(full, member)
                    found[full] = member
        waiting += reversed(within)
    for full, (parent, name) in soft.items():  # no link to another file is left to pass through
        try:
            parent[name]
        except KeyError:
            target = parent.get(name, getlink=True).path
            left_out[full] = f"is a link to {target!r}, which the file does not hold: remove it"
    return found


def refusal(dataset: Any) -> str | None:
    """Why a dataset cannot be a view or labels by its type, shape or storage; None if it can."""
    h5py = needed("h5py", "hdf5", "an HDF5 file")
    try:
        dtype = dataset.dtype
    except (TypeError, ValueError):  # 8-bit floats, for example
        return "is of a type that numpy does not have: save it as float32"
    text = h5py.check_string_dtype(dtype)
    if text is None:
        if dtype.names is not None and dtype.kind == "V":
            return (
                "is a table of records (compound): save each field as a dataset of its own, or "
                "the table as Parquet"
            )
        if dtype.kind == "c":
            return COMPLEX
        if dtype.kind not in "biufS" or dtype.subdtype or h5py.check_vlen_dtype(dtype):
            return f"is of type {_type_name(dtype)}: save numbers, or names as text"
        if dataset.id.get_type().get_size() != dtype.itemsize:
            return "holds numbers of an unusual width: save it as float32 or int64"
    if dataset.shape is None:
        return "is empty: remove it"
    if reason := no_view(dataset.shape):
        return reason
    if dataset.chunks:
        expected = _chunks_of(dataset)
        stored = dataset.id.get_num_chunks() if expected else 0
        if 0 < stored < expected:
            return (
                f"was written in part ({stored:,} of {expected:,} chunks): write it whole, or "
                "shorten it to what was written"
            )
    else:
        expected, stored = dataset.size, dataset.id.get_storage_size()
    if expected and not stored:
        return "was never written: write the data, then close the file"
    return None


def need(dataset: Any) -> int:
    """Memory in bytes that a dataset takes as columns, by what it declares; check it first."""
    width = dataset.dtype
    if width.hasobject:  # texts of any length: `values` counts them
        return math.prod(dataset.shape) * TEXT_BYTES
    return array_bytes(math.prod(dataset.shape), width)


def check_stored(name: str, dataset: Any, heaps: Heaps | None) -> None:
    """`UnreadableError` if a dataset's stored chunks do not unpack to what it declares.

    HDF5's own filters unpack without limit, and read beyond the end of what a chunk unpacked to.
    heaps : those of the file, in which a dataset of texts must mean nothing longer than they hold;
        None if none was looked for, as without texts.
    """
    h5py = needed("h5py", "hdf5", "an HDF5 file")
    texts = h5py.check_string_dtype(dataset.dtype) and dataset.dtype.hasobject
    if not dataset.chunks:
        if texts and heaps and (start := dataset.id.get_offset()):
            heaps.check_run(start, dataset.size * REFERENCE_BYTES)
        return
    creation = dataset.id.get_create_plist()
    filters = [creation.get_filter(j) for j in range(creation.get_nfilters())]
    for code, _, _, label in filters:
        if code not in _FILTERS or not h5py.h5z.filter_avail(code):
            known = bytes(label).decode("utf-8", "replace")[:60]
            raise UnreadableError(
                f"its dataset {name!r} is compressed by a filter that alignlab does not use "
                f"({_FILTERS.get(code) or known or code}): save it with compression='gzip'"
            )
    packers = [code for code, *_ in filters if code in (_DEFLATE, _SZIP, _LZF)]
    if len(packers) > 1:
        raise UnreadableError(
            f"its dataset {name!r} is compressed twice: save it with compression='gzip'"
        )
    element = REFERENCE_BYTES if texts else dataset.dtype.itemsize
    size = math.prod(dataset.chunks) * element
    refuse_bomb(size)
    found: list[Any] = []
    dataset.id.chunk_iter(found.append)
    for chunk in found:
        rest: int | bytes = chunk.size
        for j in reversed(range(len(filters))):
            code, _, given, _ = filters[j]
            if chunk.filter_mask >> j & 1:  # this chunk did without it
                continue
            if code == _FLETCHER:
                rest = rest - 4 if isinstance(rest, int) else rest[:-4]
            elif code in (_DEFLATE, _SZIP, _LZF):
                if not isinstance(rest, int):
                    raise _damaged(name)
                packed = dataset.id.read_direct_chunk(chunk.chunk_offset)[1][:rest]
                rest = _unpacked(code, packed, size + 4 * len(filters), given)
        if rest != size:
            raise _damaged(name)
        if texts and heaps:
            heaps.check_chunk(_references(dataset, chunk))


def _references(dataset: Any, chunk: Any) -> bytes:
    """The bytes of a chunk that `check_stored` has found sound, as the filters unpack them.

    HDF5 itself does so in a file of its own, where the references are bytes without a meaning.
    """
    h5py = needed("h5py", "hdf5", "an HDF5 file")
    creation = dataset.id.get_create_plist()
    alike = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    alike.set_chunk(dataset.chunks)
    for j in range(creation.get_nfilters()):
        code, flags, given, _ = creation.get_filter(j)
        alike.set_filter(code, flags, given)
    kind = h5py.h5t.create(h5py.h5t.OPAQUE, REFERENCE_BYTES)
    with h5py.File("chunk", "w", driver="core", backing_store=False) as other:
        space = h5py.h5s.create_simple(dataset.chunks)
        copy = h5py.h5d.create(other.id, b"chunk", kind, space, alike)
        packed = dataset.id.read_direct_chunk(chunk.chunk_offset)[1]
        copy.write_direct_chunk((0,) * len(dataset.chunks), packed, chunk.filter_mask)
        found = np.empty(dataset.chunks, f"V{REFERENCE_BYTES}")
        copy.read(h5py.h5s.ALL, h5py.h5s.ALL, found)
        return found.tobytes()


def _unpacked(code: int, packed: bytes, most: int, given: tuple[int, ...]) -> int:
    """The size in bytes that a chunk unpacks to; -1 if it is damaged or over `most`."""
    if code == _SZIP:  # it states its size, and is read no further
        return int.from_bytes(packed[:4], "little")
    if code == _LZF:  # it is unpacked into a buffer of the size that the filter states
        refuse_bomb(len(packed) * _LZF_RATIO)
        return given[2] if len(given) > 2 else -1
    unpack, size, rest = zlib.decompressobj(), 0, packed
    while size <= most and not unpack.eof:
        try:
            part = unpack.decompress(rest, _READ)
        except zlib.error:
            return -1
        size, rest = size + len(part), unpack.unconsumed_tail
        if not part and not rest:
            break
    return size if unpack.eof else -1


def values(name: str, dataset: Any, longest: int, part: slice | None = None) -> np.ndarray:
    """The numbers or texts of a dataset, or of some of its rows, after `check_stored`.

    longest : as `check_heaps` found it. Raises `LeftOutError` for bytes that are not text.
    """
    h5py = needed("h5py", "hdf5", "an HDF5 file")
    first, last, _ = (part or slice(None)).indices(dataset.shape[0])
    if not dataset.dtype.hasobject:
        found = dataset[first:last]
        if names := h5py.check_enum_dtype(dataset.dtype):
            return _enumerated(found, names)
        try:
            return plain(found, name)
        except UnreadableError as error:
            raise LeftOutError(_NO_TEXT) from error
    texts: list[str] = []
    used = 0
    # many rows may mean the same long text
    width = math.prod(dataset.shape[1:])
    step = max(1, min(2**16, _AT_ONCE // ((longest + TEXT_BYTES) * max(1, width))))
    for start in range(first, last, step):
        for text in dataset[start : min(start + step, last)].ravel():
            used += len(text) + TEXT_BYTES
            refuse_bomb(used)
            try:
                texts.append(text.decode())
            except UnicodeDecodeError as error:
                raise LeftOutError(_NO_TEXT) from error
    return np.array(texts, dtype=object).reshape(last - first, *dataset.shape[1:])


def _enumerated(found: np.ndarray, names: dict[str, int]) -> np.ndarray:
    """The names of enumerated values, as text."""
    name_of = {value: name for name, value in names.items()}
    texts = [name_of.get(value, str(value)) for value in found.ravel().tolist()]
    return np.array(texts, dtype=object).reshape(found.shape)


def attribute(member: Any, name: str, default: Any = None) -> Any:
    """An attribute that holds numbers or texts; the default without one.

    Others are not read: on some whose type is damaged HDF5 ends the process. Call
    `hdf5_heaps.check_heaps` before, as texts are in heaps.
    """
    h5py = needed("h5py", "hdf5", "an HDF5 file")
    if name not in member.attrs:
        return default
    stored = h5py.h5a.open(member.id, name.encode())
    try:
        dtype, shape = stored.dtype, stored.shape
    except (TypeError, ValueError):
        return default
    if shape is None or (h5py.check_string_dtype(dtype) is None and dtype.kind not in "biuf"):
        return default
    refuse_bomb(math.prod(shape) * max(TEXT_BYTES, dtype.itemsize))
    return member.attrs[name]


def keeps_order(h5: Any) -> bool:
    """Whether a file remembers the order in which its members were made."""
    return bool(h5["/"].id.get_create_plist().get_link_creation_order())


def _link(parent: Any, name: str) -> Any:
    try:
        return parent.get(name, getlink=True)
    except TypeError:  # a kind of link that others defined
        return None


def _address(member: Any) -> int:
    h5py = needed("h5py", "hdf5", "an HDF5 file")
    return int(h5py.h5o.get_info(member.id).addr)


def refuse_elsewhere(name: str, dataset: Any) -> None:
    """`UnreadableError` if a dataset's values lie in other files."""
    creation = dataset.id.get_create_plist()
    if dataset.is_virtual or creation.get_external_count():
        raise UnreadableError(
            f"its dataset {name!r} lies in other files, which alignlab never opens: copy the data "
            "into this file (h5repack, or read it with h5py and save it again)"
        )


def _chunks_of(dataset: Any) -> int:
    """The number of chunks that cover a dataset."""
    return math.prod(
        -(-length // chunk) for length, chunk in zip(dataset.shape, dataset.chunks, strict=True)
    )


def _type_name(dtype: np.dtype) -> str:
    return "object" if dtype.hasobject else str(dtype)[:60]


def _damaged(name: str) -> UnreadableError:
    return UnreadableError(
        f"its dataset {name!r} does not unpack to the size that it declares: copy the file again, "
        "or save it again"
    )
