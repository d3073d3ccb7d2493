"""How often `diagnose` finds the regime: accuracy tables on spiked data, nulls, and its speed.

Run: `python -m tests.benchmarks.diagnose [draws]`, 600 draws a size by default; or name parts of
`clear near heterogeneous components permuted independent speed large` after it. `large` runs by
name only: it writes 2 x 5 GB into the folder for temporary files, which TMPDIR names, one after the
other.

Draws: kappa homogeneous or one a coordinate, log-uniform in 0.3-4; gamma_x, gamma_y log-uniform in
0.05-2; gamma_tilde_x, gamma_tilde_y log-uniform in 0.05-50; nu uniform in 0-0.98, one for all
nuisance coordinates ("heterogeneous": one each); d = 20, k = 3; as many of every regime. Labels are
the shared coordinates with noise, R^2 = 0.8. "Undetermined" is not right.
"""

import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.stats import chi2

from alignlab.diagnosis.run import diagnose, diagnose_chunks, work_of
from alignlab.files.large_tables import chunks_of, open_large
from alignlab.spiked.model import SpikedSpec, sample_spiked
from alignlab.spiked.theory import REGIMES, regime_codes, separation_ratios

SIZES = (500, 2000)
D, K, R2 = 20, 3, 0.8


def drawn(rng: np.random.Generator, heterogeneous: bool) -> SpikedSpec:
    def spread(low: float, high: float) -> float:
        return float(np.exp(rng.uniform(np.log(low), np.log(high))))

    each = rng.random() < 0.5
    return SpikedSpec(
        d=D,
        k=K,
        kappa=tuple(spread(0.3, 4) for _ in range(K)) if each else spread(0.3, 4),
        gamma_x=spread(0.05, 2),
        gamma_y=spread(0.05, 2),
        gamma_tilde_x=spread(0.05, 50),
        gamma_tilde_y=spread(0.05, 50),
        nu=tuple(rng.uniform(0, 0.98, D - K)) if heterogeneous else float(rng.uniform(0, 0.98)),
    )


def margin(spec: SpikedSpec) -> float:
    """How far the nearer of Delta_CA and Delta_CP is from 1, as a factor."""
    found = separation_ratios(spec)
    return min(max(delta, 1 / max(delta, 1e-9)) for delta in (found.ca, found.cp))


def grid(
    draws: int, seed: int, low: float = 1.25, high: float = np.inf, heterogeneous: bool = False
) -> list[SpikedSpec]:
    """As many specs of every regime, with margins in [low, high)."""
    rng, cells = np.random.default_rng(seed), {regime: [] for regime in REGIMES}
    while min(map(len, cells.values())) < draws // 4:
        spec = drawn(rng, heterogeneous)
        cell = cells[separation_ratios(spec).regime]
        if low <= margin(spec) < high and len(cell) < draws // 4:
            cell.append(spec)
    return [spec for specs in zip(*cells.values(), strict=True) for spec in specs]


def problem(spec: SpikedSpec, n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Views, and labels that explain R2 of themselves by the shared coordinates."""
    data = sample_spiked(spec, n, seed)
    noise = np.random.default_rng([9, seed]).standard_normal(data.Z.shape)
    return data.X1, data.X2, data.Z + noise * data.Z.std(0) * np.sqrt(1 / R2 - 1)


def verdicts(specs: list[SpikedSpec], n: int) -> list[str]:
    return [diagnose(*problem(spec, n, seed)).regime for seed, spec in enumerate(specs)]


def accuracy(specs: list[SpikedSpec], n: int, title: str) -> None:
    truth = [separation_ratios(spec).regime for spec in specs]
    found = verdicts(specs, n)
    right = np.mean([a == b for a, b in zip(truth, found, strict=True)])
    undetermined = found.count("Undetermined") / len(found)
    print(f"\n{title}, n = {n}, {len(specs)} draws")
    print(f"right {right:.1%}, undetermined {undetermined:.1%}, "
          f"wrong {1 - right - undetermined:.1%}")  # fmt: skip
    columns = [*REGIMES, "Undetermined"]
    print("| truth | " + " | ".join(columns) + " |\n" + "|---" * 6 + "|")
    for regime in REGIMES:
        row = [b for a, b in zip(truth, found, strict=True) if a == regime]
        print(f"| {regime} | " + " | ".join(str(row.count(name)) for name in columns) + " |")
    sys.stdout.flush()


def elbow(r2: np.ndarray) -> np.ndarray:
    """Which components are signal: those before the break of two lines fitted to the sorted R^2."""
    order = np.argsort(-r2)
    curve, at = r2[order], np.arange(len(r2))

    def misfit(part: slice) -> float:
        line = np.polyfit(at[part], curve[part], 1)
        return float(((np.polyval(line, at[part]) - curve[part]) ** 2).sum())

    breaks = range(2, len(r2) - 1)
    best = min(breaks, key=lambda b: misfit(slice(None, b)) + misfit(slice(b, None)))
    return np.isin(at, order[:best])


def tested(r2: np.ndarray, n: int) -> np.ndarray:
    """Which components are signal: those that tell the labels at the 5 % level, all together."""
    return chi2.sf(n * r2, K) < 0.05 / len(r2)


def by_components(specs: list[SpikedSpec], n: int) -> None:
    """The paper's way on the same draws: singular components judged by their R^2."""
    right = {"elbow": 0, "test": 0, "diagnose": 0}
    for seed, spec in enumerate(specs):
        truth, found = separation_ratios(spec).regime, diagnose(*problem(spec, n, seed))
        for name in ("elbow", "test"):
            deltas = []
            for objective in ("ca", "cp"):
                values, r2 = found.spectra[objective].values, found.spectra[objective].r2
                signal = elbow(r2) if name == "elbow" else tested(r2, n)
                deltas.append(
                    values[signal].min() / values[~signal].max()
                    if signal.any() and not signal.all()
                    else 0.0
                )
            right[name] += REGIMES[int(regime_codes(*deltas))] == truth
        right["diagnose"] += found.regime == truth
    print(f"\nsingular components judged one by one, margins of at least 1.25, n = {n}, "
          f"{len(specs)} draws, right: "
          + ", ".join(f"{name} {count / len(specs):.1%}" for name, count in right.items()),
          flush=True)  # fmt: skip


def permuted(draws: int) -> None:
    """Partners shuffled: no regime is to be claimed."""
    for n in SIZES:
        found = []
        for seed, spec in enumerate(grid(draws, seed=7)):
            X, Y, labels = problem(spec, n, seed)
            order = np.random.default_rng([5, seed]).permutation(n)
            found.append(diagnose(X, Y[order], labels).regime)
        _print_null(f"permuted pairs, n = {n}", found)


def independent(draws: int) -> None:
    """Independent Gaussian views with d = n / 2, labels seen in x."""
    for n in (60, 200, 500):
        found = []
        for seed in range(draws):
            rng = np.random.default_rng([6, seed])
            X, Y = rng.standard_normal((2, n, n // 2))
            labels = X[:, :2] + 0.5 * rng.standard_normal((n, 2))
            found.append(diagnose(X, Y, labels).regime)
        _print_null(f"independent Gaussians, d = n / 2, n = {n}", found)


def _print_null(title: str, found: list[str]) -> None:
    claimed = 1 - (found.count("Undetermined") + found.count("Neither")) / len(found)
    print(f"\n{title}, {len(found)} draws: CA or CP claimed {claimed:.1%}, "
          f"undetermined {found.count('Undetermined') / len(found):.1%}", flush=True)  # fmt: skip


def speed() -> None:
    """10,000 pairs of 1024 + 1024 features, 100 classes, 50 resamples."""
    # each in a process of its own: a new one starts from the peak of its parent
    processes = multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1)
    with tempfile.TemporaryDirectory() as folder, processes as pool:
        path = pool.apply(_many_classes, (Path(folder),))
        print("\n10,000 x 1024 + 1024, 100 classes, 50 resamples: "
              f"{pool.apply(_timed, (path,))}", flush=True)  # fmt: skip


def _many_classes(folder: Path) -> Path:
    """Views of 30 dimensions of class centres and 20 more that they share, in noise."""
    rng, n, path = np.random.default_rng(0), 10_000, folder / "pairs.npz"
    labels, centres = rng.integers(0, 100, n), rng.standard_normal((100, 30))
    shared = rng.standard_normal((n, 20))
    X, Y = (
        np.hstack([centres[labels] + 0.7 * rng.standard_normal((n, 30)),
                   shared + 0.5 * rng.standard_normal((n, 20))])
        @ rng.standard_normal((50, 1024)) + rng.standard_normal((n, 1024))
        for _ in range(2)
    )  # fmt: skip
    np.savez(path, X=X, Y=Y, labels=np.char.add("class ", labels.astype(str)))
    return path


def _timed(path: Path) -> str:
    """Seconds and CPU seconds of all and of the first verdict, and the peak above the imports."""
    diagnose(*problem(SpikedSpec(), 200, 0), resamples=2)  # what is imported late
    baseline = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with np.load(path) as file:
        X, Y, labels = file["X"], file["Y"], file["labels"]
    clocks = time.perf_counter, time.process_time
    start, first = [clock() for clock in clocks], None
    work = work_of(X, Y, labels)
    for _ in work.run():
        if work.ready and first is None:
            work.result()
            first = [clock() - begun for clock, begun in zip(clocks, start, strict=True)]
    elapsed = [clock() - begun for clock, begun in zip(clocks, start, strict=True)]
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - baseline) * 2**10
    return (
        f"{elapsed[0]:.1f} s, {elapsed[1]:.1f} s of CPU; first verdict after {first[0]:.1f} s, "
        f"{first[1]:.1f} s of CPU; peak {peak / (X.nbytes + Y.nbytes):.1f} times the input above "
        f"the imports, {work.result().regime}"
    )


def large(rows: int = 5_000_000, d: int = 128) -> None:
    """Files of 5 million pairs of 128 + 128 features, float32, labels of 1 in 100 rows."""
    for ending in ("npy", "parquet"):
        with tempfile.TemporaryDirectory() as folder:
            # each in a process of its own: a new one starts from the peak of its parent
            with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
                paths = pool.apply(_written, (Path(folder), ending, rows, d))
                elapsed, peak, regime = pool.apply(_read, (paths, d))
            size = sum(path.stat().st_size for path in paths)
            print(f"\n{rows:,} x {d} + {d} from {ending}, {size / 1e9:.1f} GB: {elapsed:.0f} s, "
                  f"{peak / 2**10:.0f} MB above the start, {regime}", flush=True)  # fmt: skip


def _written(folder: Path, ending: str, rows: int, d: int) -> list[Path]:
    """Both views in one file, labels in another; written block by block."""
    pairs, labels = folder / f"pairs.{ending}", folder / "label.npy"
    X, Y, Z = problem(SpikedSpec(d=D, k=K, kappa=2.0, nu=0.3), rows, 0)
    rng = np.random.default_rng(0)
    Z[rng.random(rows) > 0.01] = np.nan
    mixing = rng.standard_normal((2, D, d))
    schema = pa.schema([(f"pairs[{j}]", pa.float32()) for j in range(2 * d)])
    if ending == "npy":
        array = np.lib.format.open_memmap(pairs, "w+", np.float32, (rows, 2 * d))
    else:
        # values that all differ: neither a dictionary nor compression would help
        writer = pq.ParquetWriter(pairs, schema, use_dictionary=False, compression="none")
    step = 100_000
    for first in range(0, rows, step):
        part = slice(first, first + step)
        block = np.hstack([X[part] @ mixing[0], Y[part] @ mixing[1]])
        block = (block + 0.3 * rng.standard_normal(block.shape)).astype(np.float32)
        if ending == "npy":
            array[part] = block
        else:
            columns = [pa.array(np.ascontiguousarray(column)) for column in block.T]
            batch = pa.RecordBatch.from_arrays(columns, schema=schema)
            writer.write_batch(batch, row_group_size=1_000_000)
    if ending == "parquet":
        writer.close()
    np.save(labels, Z)
    return [pairs, labels]


def _read(paths: list[Path], d: int) -> tuple[float, int, str]:
    """Seconds, peak memory in kB above that of the imports, and the regime."""
    baseline = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    names = [f"pairs[{j}]" for j in range(2 * d)]
    labels = tuple(f"label[{j}]" for j in range(K))
    tables = [open_large(path) for path in paths]
    found = diagnose_chunks(chunks_of(tables, tuple(names[:d]), tuple(names[d:]), labels))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return time.perf_counter() - start, peak - baseline, found.regime


def main(draws: int, parts: list[str]) -> None:
    for n in SIZES:
        if "clear" in parts:
            accuracy(grid(draws, seed=1), n, "margins of at least 1.25")
        if "near" in parts:
            accuracy(grid(draws, seed=2, low=1, high=1.05), n, "margins below 1.05")
        if "heterogeneous" in parts:
            specs = grid(draws // 3, seed=3, heterogeneous=True)
            accuracy(specs, n, "heterogeneous nu, margins of at least 1.25")
        if "components" in parts:
            by_components(grid(draws // 3, seed=1), n)
    if "permuted" in parts:
        permuted(draws // 3)
    if "independent" in parts:
        independent(draws // 3)
    if "speed" in parts:
        speed()
    if "large" in parts:
        large()


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
    named = [argument for argument in sys.argv[1:] if not argument.isdigit()]
    everything = [
        "clear",
        "near",
        "heterogeneous",
        "components",
        "permuted",
        "independent",
        "speed",
    ]
    main(numbers[0] if numbers else 600, named or everything)
