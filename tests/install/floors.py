"""README's example of `al.diagnose` against stored numbers, on whatever libraries are installed.

Run: `python -m tests.install.floors`; `--store` writes the numbers instead. LAPACK builds round
differently: the largest relative difference is printed, and must not exceed `MOST`.
"""

import json
import sys
from pathlib import Path

import alignlab as al

STORED = Path(__file__).with_name("readme_diagnosis.json")

MOST = 1e-12


def numbers() -> dict[str, float | str]:
    pairs = al.sample_spiked(al.SpikedSpec(kappa=2.0, nu=0.5), n=1000, seed=0)
    found = al.diagnose(pairs.X1, pairs.X2, labels=pairs.Z)
    advice = found.advice.both
    intervals = {
        f"{end} end of {name}": value
        for name, interval in found.intervals.items()
        for end, value in zip(("lower", "upper"), interval, strict=True)
    }
    return {
        "objective": advice.objective, "gain": advice.gain, "low": advice.low, "high": advice.high,
        "against": advice.against, "regime": found.regime, "delta_ca": found.delta_ca,
        "delta_cp": found.delta_cp, "delta_cp_reverse": found.delta_cp_reverse,
        "support": found.support, "recommendation": str(found.recommendation), **intervals,
    }  # fmt: skip


def main() -> None:
    found = {
        name: value if value is None or isinstance(value, str) else float(value)
        for name, value in numbers().items()
    }
    if "--store" in sys.argv:
        STORED.write_text(json.dumps(found, indent=2) + "\n")
        return
    stored = json.loads(STORED.read_text())
    assert stored.keys() == found.keys(), set(stored) ^ set(found)
    worst = 0.0
    for name, expected in stored.items():
        value = found[name]
        if isinstance(expected, float):
            worst = max(worst, abs(value - expected) / abs(expected) if expected else abs(value))
        else:
            assert value == expected, (name, value, expected)
    print(f"README's diagnosis: largest relative difference {worst:.1e}, allowed {MOST:g}")
    assert worst <= MOST
    optional = {"torch", "streamlit", "plotly", "dask"}
    assert not optional & set(sys.modules), optional & set(sys.modules)


if __name__ == "__main__":
    main()
