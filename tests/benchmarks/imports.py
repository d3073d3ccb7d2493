"""Importing alignlab here and in an older checkout, alternately: CPU time and peak memory.

Once by `import alignlab`, which loads nothing but names, and once with every public name.

Run: `python -m tests.benchmarks.imports FOLDER [ROUNDS]`, FOLDER being the older checkout.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]

CODE = """
import resource, sys
sys.path.insert(0, sys.argv[1])
import alignlab
if sys.argv[2] == "every name":
    from alignlab import *
assert alignlab.__file__.startswith(sys.argv[1]), alignlab.__file__
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
"""


WHAT = ("import alignlab", "every name")


def measured(checkout: Path, what: str) -> tuple[float, float]:
    """Seconds of CPU (user and system) and peak memory in MB of an interpreter that imports it."""
    command = [sys.executable, "-P", "-c", CODE, str(checkout), what]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, peak = run.stdout.split()
    return float(seconds), float(peak)


def main() -> None:
    older, rounds = Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 5
    checkouts = {"older": older, "here": ROOT}
    for what in WHAT:
        for checkout in checkouts.values():
            measured(checkout, what)  # files into the cache, bytecode onto the disk
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in checkouts}
        for _ in range(rounds):
            for name, checkout in checkouts.items():
                found[name].append(measured(checkout, what))
        medians = {name: np.median(values, axis=0) for name, values in found.items()}
        print(f"{what} (medians of {rounds})")
        for name, (seconds, peak) in medians.items():
            print(f"{name:>7} {seconds:6.2f} s CPU {peak:6.0f} MB  {checkouts[name]}")
        seconds, peak = medians["here"] / medians["older"]
        print(f"  ratio {seconds:6.2f}       {peak:6.2f}")


if __name__ == "__main__":
    main()
