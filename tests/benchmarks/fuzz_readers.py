"""Damaged files of every format: only named errors may come out, and little memory be taken.

`python -m tests.benchmarks.fuzz_readers 10000 [ENDING ...]` reads so many damaged files a format,
whole and, where the format has blocks, by blocks. Inputs follow from their number; each format has
a process of its own, one after the other, so that a crash is seen and named by the number of its
input.
"""

from __future__ import annotations

import decimal
import gzip
import io
import json
import multiprocessing
import resource
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from alignlab.files import limits
from alignlab.files.chosen import pairs_from_table
from alignlab.files.columns import join_tables
from alignlab.files.guess_notes import guess_notes
from alignlab.files.large_tables import chunks_of, head_of, open_large
from alignlab.files.registry import ENDINGS, FORMATS
from alignlab.files.samples import SAMPLED, sample_file
from alignlab.files.tables import read_table

UNPACKED = 2**25
"""What a file may unpack to here."""

ROOM = 8 * 2**30
"""Address space of the process, most of which libraries take when they are loaded."""


def samples(ending: str) -> list[bytes]:
    """Valid files of a format, of many types of columns."""
    rng = np.random.default_rng(0)
    X, names = rng.standard_normal((30, 4)), np.array(["cat", "dog", "eel"] * 10)
    frame = pd.DataFrame(X, columns=["a0", "a1", "b0", "b1"]).assign(kind=names)
    found = [sample_file(ending)] if ending in SAMPLED else []
    buffer = io.BytesIO()
    if ending == "npy":
        for array in (X.astype(">f4"), np.asfortranarray(X), names, X[:, 0], X.astype("f2")):
            buffer = io.BytesIO()
            np.save(buffer, array)
            found.append(buffer.getvalue())
        found.append(found[-1].replace(b"'<f2'", b"'|V2'"))
    elif ending == "npz":
        for save in (np.savez, np.savez_compressed):
            buffer = io.BytesIO()
            save(buffer, x=X, y=X[:, :2], kind=names, scale=np.float64(3), names=names[:3])
            found.append(buffer.getvalue())
    elif ending == "csv":
        texts = [
            frame.to_csv(index=False, sep=";", decimal=","), frame.to_csv(header=False),
            frame.to_csv(sep="\t"), "# a,b\n" + frame.round(3).to_csv(index=False) * 2,
            "\n".join(",".join(f'"{v * 1e4:,.2f}"' for v in row) for row in X),
            frame.to_csv(index=False).replace(",cat", ",?").replace(",", ", "),
        ]  # fmt: skip
        found += [text.encode() for text in texts] + [texts[0].encode("utf-16")]
    elif ending == "parquet":
        columns = arrow_columns(X, names)
        for how in ({}, {"compression": "zstd", "row_group_size": 7}, {"use_dictionary": False}):
            buffer = io.BytesIO()
            pq.write_table(pa.table(columns), buffer, **how)
            found.append(buffer.getvalue())
    elif ending == "safetensors":
        import torch
        from safetensors.torch import save as save_tensors

        tensor = torch.tensor(X)
        found.append(save_tensors({"a": tensor.bfloat16(), "b": tensor.half(), "c": tensor[0, 0]}))
        found.append(save_tensors({"a": tensor.to(torch.float8_e4m3fn), "b": tensor > 0}))
    elif ending == "feather":
        table = pa.table(arrow_columns(X, names))
        for how in (None, "lz4", "zstd"):
            for new in (pa.ipc.new_file, pa.ipc.new_stream):
                buffer = io.BytesIO()
                options = pa.ipc.IpcWriteOptions(compression=how)
                with new(buffer, table.schema, options=options) as writer:
                    writer.write_table(table, max_chunksize=11)
                found.append(buffer.getvalue())
    elif ending == "tsv":
        found += [frame.to_csv(sep="\t").encode(), "\n".join(names).encode()]
        found.append(gzip.compress(found[0]))
    elif ending == "jsonl":
        rows = [{"x": x.tolist(), "k": {"n": j, "t": bool(j % 2)}} for j, x in enumerate(X)]
        found.append("\n".join(map(json.dumps, rows)).encode())
        found.append(json.dumps(X.tolist()).replace("], ", "]\n").strip("[]").encode())
        found.append(gzip.compress(found[0]))
    elif ending in ("txt", "vec"):
        lines = [f"w{j} " + " ".join(map(str, x)) for j, x in enumerate(X)]
        found += ["\n".join(["30 4", *lines]).encode(), "\n".join(lines).encode()]
        found.append(gzip.compress(found[-1]))
    return found


def arrow_columns(X: np.ndarray, names: np.ndarray) -> dict[str, pa.Array]:
    """Columns of X (30, d) and names (30,) in many Arrow types."""
    return {
        "d": pa.array([decimal.Decimal(j) / 4 for j in range(30)], pa.decimal128(9, 2)),
        "v": pa.array(names).cast(pa.string_view()),
        "w": pa.array(X.tolist(), pa.list_view(pa.float32())),
        "f": pa.FixedSizeListArray.from_arrays(pa.array(X.ravel().astype("f4")), 4),
        "s": pa.array([{"bytes": b"x", "path": "p"}] * 30),
        "l": pa.array([[["a"]]] * 30),
        "c": pa.array(names).dictionary_encode(),
        "t": pa.array([True, None, False] * 10),
    }


def damaged(content: bytes, others: list[bytes], rng: np.random.Generator) -> bytes:
    """A file with some of its bytes changed, moved, doubled, cut off, or taken from another."""
    found = bytearray(content)
    for _ in range(int(rng.integers(1, 7))):
        at = int(rng.integers(0, len(found) + 1))
        if rng.random() < 0.3:  # headers and footers are small and decide most
            at = int(min(len(found), rng.integers(0, 200)))
            at = len(found) - at if rng.random() < 0.5 else at
        size = int(rng.integers(1, 24))
        match int(rng.integers(0, 9)):
            case 0 if found:
                found[at % len(found)] ^= 1 << int(rng.integers(0, 8))
            case 1:
                found[at : at + size] = rng.bytes(size)
            case 2:
                del found[at : at + size]
            case 3:
                found[at:at] = rng.bytes(size)
            case 4:
                found[at:at] = found[at : at + 10 * size]
            case 5 if rng.random() < 0.2:
                del found[at:]
            case 6:
                other = others[int(rng.integers(len(others)))]
                start = int(rng.integers(0, len(other)))
                found[at : at + 10 * size] = other[start : start + 10 * size]
            case 7:  # another digit, as sizes and shapes are written with
                digits = [j for j, byte in enumerate(found[:4000]) if 48 <= byte < 58]
                if digits:
                    found[digits[int(rng.integers(len(digits)))]] = int(rng.integers(48, 58))
            case 8:
                marks = b",;\t\n\r\"'#. |-?\x00\xff{}[]()"
                found[at : at + 1] = bytes([marks[int(rng.integers(len(marks)))]])
    return bytes(found)


def damaged_member(content: bytes, rng: np.random.Generator) -> bytes:
    """An archive with one member damaged and all check sums right, which would hide the damage."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        entries = old.infolist()
        changed = int(rng.integers(len(entries)))
        for j, entry in enumerate(entries):
            member = old.read(entry)
            new.writestr(entry.filename, damaged(member, [member], rng) if j == changed else member)
    return buffer.getvalue()


def read_whole(content: bytes, name: str) -> None:
    """Read, guess, choose."""
    table = read_table(content, name, 1)
    whole, guess = join_tables({name: table})
    guess_notes({name: table}, guess)
    pairs_from_table(whole, guess)


def read_blocks(path: Path) -> None:
    """Open, look at the head, read the views and labels and all columns by blocks."""
    table = open_large(path)
    _, guess = join_tables({table.name: head_of(table, 10)})
    for _ in table.blocks(table.columns, 7):
        pass
    for _ in chunks_of([table], guess.view1, guess.view2, guess.label_columns)():
        pass


def work(ending: str, count: int, at: object) -> None:
    """Read `count` damaged files and print how they ended; `at` holds the number of the last."""
    warnings.simplefilter("ignore")
    limits.MAX_UNPACKED_BYTES = UNPACKED
    resource.setrlimit(resource.RLIMIT_AS, (ROOM, ROOM))
    files, ends, before = samples(ending), Counter(), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"some.{ending}"
        for number in range(count):
            at.value = number  # type: ignore[attr-defined]
            rng = np.random.default_rng([*ending.encode(), number])
            content = files[number % len(files)]
            if ending == "npz" and rng.random() < 0.7:
                content = damaged_member(content, rng)
            else:
                content = damaged(content, files, rng)
            readers = [lambda content=content: read_whole(content, path.name)]
            if ENDINGS[ending].opened:
                path.write_bytes(content)
                readers.append(lambda: read_blocks(path))
            for read in readers:
                ends[_end(read, number)] += 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    seconds = time.perf_counter() - before
    print(f"{ending}: {dict(ends)}, {seconds:.0f} s, peak {peak:,.0f} MB", flush=True)
    if ends["unnamed"]:
        sys.exit(1)


def _end(read: object, number: int) -> str:
    try:
        read()  # type: ignore[operator]
    except ValueError as error:
        if ": " in str(error) and len(str(error)) < 1000:
            return "named"
        print(f"input {number}: no cause and remedy in {error!s:.300}", flush=True)
    except BaseException:
        print(f"input {number}: {traceback.format_exc(limit=-4)}", flush=True)
    else:
        return "read"
    return "unnamed"


def main() -> None:
    """Every format, one after the other."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    spawn = multiprocessing.get_context("spawn")
    failed = False
    for ending in sys.argv[2:] or [form.endings[0] for form in FORMATS]:
        at = spawn.Value("q", -1)
        process = spawn.Process(target=work, args=(ending, count, at))
        process.start()
        process.join()
        failed |= bool(process.exitcode)
        if (process.exitcode or 0) < 0:
            print(f"{ending}: ended by signal {-process.exitcode} at input {at.value}", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
