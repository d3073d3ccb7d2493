"""Write the AnnData and MuData files beside this script.

In an environment of their own, since they do not run beside pandas 3:

    pip install anndata==0.12.19 mudata==0.3.10 "pandas<3"
    python write_anndata.py
"""

from pathlib import Path

import anndata as ad
import mudata as md
import numpy as np
import pandas as pd
from scipy import sparse

HERE = Path(__file__).parent
N = 12


def cells(n: int, d: int, seed: int, first: int = 0) -> ad.AnnData:
    """n cells with d genes; the number at (i, j) is i + first + j / 10 + seed / 100."""
    X = np.arange(first, first + n)[:, None] + np.arange(d) / 10 + seed / 100
    names = [f"cell{j}" for j in range(first, first + n)]
    return ad.AnnData(X.astype("f4"), obs=pd.DataFrame(index=names))


def dense() -> ad.AnnData:
    """All kinds of columns and arrays that AnnData knows, with some missing values."""
    data = cells(N, 3, 0)
    kinds = np.array(["T", "B", "NK"] * 4)
    data.obs["kind"] = pd.Categorical.from_codes([0, 1, -1] * 4, ["T", "B"])
    data.obs["level"] = pd.Categorical([3, 1, 2] * 4, ordered=True)
    data.obs["text"] = kinds
    data.obs["count"] = np.arange(N)
    data.obs["score"] = np.arange(N) / 8
    data.obs["whole"] = pd.array([1, None, 3] * 4, dtype="Int64")
    data.obs["truth"] = pd.array([True, None, False] * 4, dtype="boolean")
    data.obs["flag"] = np.arange(N) % 2 == 0
    data.obsm["X_pca"] = np.arange(N * 2, dtype="f8").reshape(N, 2) / 7
    data.obsm["protein"] = pd.DataFrame(
        np.arange(N * 2, dtype="i4").reshape(N, 2), data.obs_names, ["CD3", "CD19"]
    )
    data.obsm["counts"] = sparse.csr_matrix(np.eye(N, 4, dtype="f4"))
    data.layers["raw"] = data.X.copy()
    data.uns["colors"] = ["#000000"]
    data.varm["PCs"] = np.zeros((3, 2))
    return data


dense().write_h5ad(HERE / "dense.h5ad")
dense().write_h5ad(HERE / "packed.h5ad", compression="gzip")
thin = cells(N, 3, 0)
thin.X = sparse.csr_matrix(thin.X)
thin.obsm["X_pca"] = np.arange(N * 2, dtype="f8").reshape(N, 2) / 7
thin.write_h5ad(HERE / "sparse.h5ad")

rna, protein = cells(N, 3, 1), cells(N - 2, 2, 2, first=1)  # cells 1 to 10 are in both
protein = protein[::-1].copy()  # in another order
rna.obsm["X_pca"] = np.arange(N * 2, dtype="f8").reshape(N, 2)
rna.obs["kind"] = pd.Categorical(["T", "B", "NK"] * 4)
both = md.MuData({"rna": rna, "protein": protein})
both.obs["donor"] = pd.Categorical([f"d{j % 2}" for j in range(both.n_obs)])
both.write(HERE / "both.h5mu")
