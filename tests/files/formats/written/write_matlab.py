"""Write v73.mat beside this script, in the layout of MATLAB 7.3, by hdf5storage.

In an environment of its own:

    pip install hdf5storage==0.2.2
    python write_matlab.py
"""

from pathlib import Path

import hdf5storage
import numpy as np

PATH = Path(__file__).parent / "v73.mat"
N = 12
PATH.unlink(missing_ok=True)
views = np.empty((1, 2), dtype=object)
views[0] = [np.arange(3.0 * N).reshape(N, 3) / 7, np.arange(2.0 * N).reshape(N, 2) / 3]
names = np.array([["run"], ["café"], ["walk"]] * 4, dtype=object)
hdf5storage.savemat(
    str(PATH),
    {
        "X": np.arange(3.0 * N).reshape(N, 3) / 7,
        "Y": np.arange(2 * N, dtype="i4").reshape(N, 2),
        "views": views,
        "names": names,
        "gt": np.arange(N, dtype="f8")[:, None] % 3,
        "ok": (np.arange(N) % 2 == 0)[:, None],
        "title": "a title",
        "about": {"seed": 1.0},
    },
    format="7.3",
    oned_as="row",
)
