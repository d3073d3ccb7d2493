import os

import numpy as np
import pandas as pd
import pytest

import alignlab as al


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder in which commands run."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def files(here):
    """Files x.npy, y.npy and labels.csv of 60 pairs, and the pairs."""
    data = al.sample_spiked(al.SpikedSpec(d=4, k=2, kappa=2.0), n=60, seed=0)
    np.save("x.npy", data.X1)
    np.save("y.npy", data.X2)
    pd.DataFrame(data.Z, columns=["z1", "z2"]).to_csv("labels.csv", index=False)
    return data


@pytest.fixture
def unchanged():
    """At the end, the folder holds the files it held, and no temporary ones."""
    before = sorted(os.listdir())
    yield
    assert sorted(os.listdir()) == before
