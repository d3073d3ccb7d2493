"""A sample file for each supported format, with the same labelled pairs."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd

from alignlab.checks import InputError
from alignlab.data.synthetic import SyntheticSpec, generate
from alignlab.files.tables import FORMATS

SAMPLE = SyntheticSpec(n=200, d1=4, d2=4, noise=0.5)


def sample_file(ending: str) -> bytes:
    """200 pairs of 4 + 4 features in one of `FORMATS`, as the bytes of a file.

    Classes are stored by name, in safetensors by number; an NPY file is one matrix, without labels.
    """
    data = generate(SAMPLE)
    assert data.labels is not None
    names = np.array(data.classes)[data.labels]
    columns = {f"left_{j}": data.X1[:, j] for j in range(SAMPLE.d1)}
    columns |= {f"right_{j}": data.X2[:, j] for j in range(SAMPLE.d2)}
    table = pd.DataFrame(columns | {"label": names})
    buffer = io.BytesIO()
    if ending == "npz":
        np.savez(buffer, left=data.X1, right=data.X2, label=names)
    elif ending == "npy":
        np.save(buffer, np.column_stack([data.X1, data.X2]))
    elif ending == "csv":
        table.to_csv(buffer, index=False)
    elif ending == "parquet":
        table.to_parquet(buffer, index=False)
    elif ending == "safetensors":
        from safetensors.numpy import save

        arrays = {"left": data.X1, "right": data.X2, "label": data.labels}
        # safetensors writes an array's memory as it is, so it must be in C order
        buffer.write(save({name: np.ascontiguousarray(array) for name, array in arrays.items()}))
    else:
        raise InputError("sample_file", f"{ending!r} is not known: use one of {', '.join(FORMATS)}")
    return buffer.getvalue()
