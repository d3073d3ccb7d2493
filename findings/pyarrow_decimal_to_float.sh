#!/usr/bin/env bash
# pyarrow 26.0.1: casting a decimal column to float64 does not give the nearest float64.
#
# decimal128(7, 2) 0.35 becomes 0.35000000000000003, while float(Decimal("0.35")) is 0.35: of the
# values 0.01 to 10.00, 129 come out one unit in the last place away, and so do 297 of 1,000 normal
# draws with six decimals. A table that DuckDB, Spark or a database wrote with DECIMAL columns
# is then not equal, bit for bit, to the same numbers written as DOUBLE.
#
# Seen with pyarrow 26.0.1, numpy 2.4.6, Python 3.11. Fails where that changes.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pyarrow==26.0.1 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
from decimal import Decimal

import numpy as np
import pyarrow as pa


def away(values, precision, scale):
    """How many casts differ from the nearest float64, and the largest distance in its spacing."""
    column = pa.array(values, pa.decimal128(precision, scale))
    cast = column.cast(pa.float64()).to_numpy()
    nearest = np.array([float(value) for value in values])
    apart = np.abs(cast - nearest) / np.spacing(np.abs(nearest))
    return int(np.count_nonzero(cast != nearest)), float(apart.max())


hundredths = [Decimal(number) / 100 for number in range(1, 1001)]
draws = [Decimal(f"{x:.6f}") for x in np.random.default_rng(0).standard_normal(1000)]
found = away(hundredths, 7, 2), away(draws, 18, 6)
print("0.01 to 10.00:", found[0], "| normal draws:", found[1])
first = pa.array([Decimal("0.35")], pa.decimal128(7, 2)).cast(pa.float64())[0].as_py()
print("0.35 becomes", first)
assert first == 0.35000000000000003, first
assert found == ((129, 1.0), (297, 1.0)), found
PYTHON
