"""A folder of shards against one NPY file a view, of the same pairs: time and memory of `diagnose`.

`python -m tests.benchmarks.shards [SHARDS [ROWS [WIDTH [REPEATS]]]]`, by default 1,000 shards of
1,000 x 512 float16 pairs, which take 4 GB in the folder for temporary files (TMPDIR names it).
Each run is a process of its own, in turns; the last line gives the ratio of the median times, and
the peak of memory above what the process took before it opened a file.
"""

from __future__ import annotations

import multiprocessing
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from alignlab.diagnosis.run import diagnose_chunks
from alignlab.files.columns import ColumnChoice
from alignlab.files.large_tables import chunks_of
from alignlab.files.source import open_tables

VIEWS = ("img_emb", "text_emb")


def write(folder: Path, shards: int, rows: int, width: int) -> None:
    """Pairs with a shared part, in shards and again in one file a view."""
    rng = np.random.default_rng(0)
    mixing = rng.standard_normal((2, 3, width))
    (folder / "shards").mkdir()
    (folder / "whole").mkdir()
    whole = [
        np.lib.format.open_memmap(
            folder / "whole" / f"{name}.npy", mode="w+", dtype=np.float16,
            shape=(shards * rows, width),
        )
        for name in VIEWS
    ]  # fmt: skip
    for number in range(shards):
        Z = rng.standard_normal((rows, 3))
        for name, M, file in zip(VIEWS, mixing, whole, strict=True):
            X = (Z @ M + rng.standard_normal((rows, width))).astype(np.float16)
            np.save(folder / "shards" / f"{name}_{number}.npy", X)
            file[number * rows : (number + 1) * rows] = X


def highest() -> int:
    """The most memory that this program has taken so far, in kB.

    `ru_maxrss` would count that of the parent, which a new program inherits.
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def measured(path: Path, answer: Any) -> None:
    """Seconds, peak memory above the beginning in MB, and the regime, of one diagnosis."""
    before = highest()
    start = time.perf_counter()
    tables = open_tables([path])
    names = {table.name: table.columns for table in tables}
    choice = ColumnChoice(view1=names["img_emb.npy"], view2=names["text_emb.npy"])
    found = diagnose_chunks(chunks_of(tables, choice.view1, choice.view2))
    seconds = time.perf_counter() - start
    peak = highest() - before
    answer.put((seconds, peak / 2**10, found.regime))


def main() -> None:
    """Both ways in turns."""
    shards, rows, width, repeats = (
        int(given) if given else usual
        for given, usual in zip(
            [*sys.argv[1:], *[None] * 4], (1000, 1000, 512, 3), strict=False
        )
    )  # fmt: skip
    spawn = multiprocessing.get_context("spawn")
    found: dict[str, list[tuple[float, float, str]]] = {"shards": [], "whole": []}
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), shards, rows, width)
        for _ in range(repeats):
            for way, each in found.items():
                answer = spawn.Queue()
                process = spawn.Process(target=measured, args=(Path(name) / way, answer))
                process.start()
                each.append(answer.get())
                process.join()
                print(
                    f"{way}: {each[-1][0]:.1f} s, {each[-1][1]:,.0f} MB, {each[-1][2]}", flush=True
                )
    times = {way: statistics.median(run[0] for run in each) for way, each in found.items()}
    peaks = {way: max(run[1] for run in each) for way, each in found.items()}
    print(
        f"{shards:,} shards of {rows:,} x {width} float16 pairs: {times['shards']:.1f} s, one file "
        f"a view {times['whole']:.1f} s, ratio {times['shards'] / times['whole']:.2f} (limit 1.5); "
        f"peak memory above the beginning {peaks['shards']:,.0f} MB and {peaks['whole']:,.0f} MB"
    )


if __name__ == "__main__":
    main()
