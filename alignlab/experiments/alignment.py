"""The alignment experiment: split the pairs, fit plain and informative alignment, measure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from alignlab import linalg, metrics
from alignlab.aligners.alignment import Alignment
from alignlab.aligners.perfect import informative_alignment, perfect_alignment
from alignlab.checks import as_count, as_pair, as_real, unbox
from alignlab.data.pairs import PairedData, split_rows
from alignlab.data.synthetic import pseudo_inverse_latents
from alignlab.metrics import RETRIEVAL_PAIRS

COLLAPSE = 0.5
"""The plain latent has collapsed if it keeps less than this share of the informative one."""


@dataclass(frozen=True, kw_only=True)
class StudySpec:
    """Settings of the alignment and of the held-out split.

    k : dimension of the aligned space, at least 1.
    rank : directions of each view that informative alignment keeps; None for k.
    holdout : share of the pairs held out from fitting, in [0, 0.9].
    split_seed : determines which pairs are held out.
    """

    k: int = 2
    rank: int | None = None
    holdout: float = 0.2
    split_seed: int = 0

    def __post_init__(self) -> None:
        unbox(self)
        as_count(self.k, "k", "StudySpec", 1)
        as_count(self.split_seed, "split_seed", "StudySpec", 0)
        if self.rank is not None:
            as_count(self.rank, "rank", "StudySpec", 1)
        as_real(self.holdout, "holdout", "StudySpec", 0, 0.9, closed=True)


@dataclass(frozen=True, kw_only=True, eq=False)
class Fitted:
    """One aligner on one split: its maps, its embeddings and the best linear map onto Z.

    train, test : (Z1, Z2), each (n_split, k).
    onto_latent : the two (k, k_latent) least-squares maps of Z1 and Z2 onto the true latent of
        the training pairs, or None if no latent is known.
    """

    alignment: Alignment
    train: tuple[np.ndarray, np.ndarray]
    test: tuple[np.ndarray, np.ndarray]
    onto_latent: tuple[np.ndarray, np.ndarray] | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Study:
    """The result of `study`.

    train_rows, test_rows : indices of the pairs in the data; train, test : the pairs themselves.
    plain, informative : the two aligners.
    table : one row per metric, columns (aligner, split); NaN where a metric is undefined.
    """

    spec: StudySpec
    train_rows: np.ndarray
    test_rows: np.ndarray
    train: PairedData
    test: PairedData
    plain: Fitted
    informative: Fitted
    table: pd.DataFrame

    @property
    def collapsed(self) -> bool:
        """Whether the plain latent keeps less than `COLLAPSE` of the informative one's length."""
        return self.kept("plain") < COLLAPSE * self.kept("informative")

    def kept(self, aligner: str) -> float:
        """Share of the length of the training data that a latent keeps, mean of both modalities."""
        return float(self.table.loc[["kept norm 1", "kept norm 2"], (aligner, "train")].mean())


Recovery = Literal["linear", "pinv"]
"""How a latent is estimated: by the best linear maps onto it, or by the true matrices."""


def recovered(study: Study, how: Recovery) -> tuple[Recovery, np.ndarray, np.ndarray]:
    """Two estimates (n, k_latent) of the latent of the training pairs, and how they were made.

    how : "linear" applies the best linear maps onto the latent to the plain latents, "pinv" the
        pseudo-inverses of the true matrices to the views. Each is replaced by the other if the
        quantities it needs are not known.
    """
    plain, train = study.plain, study.train
    known = train.S1 is not None and train.S2 is not None
    if plain.onto_latent is None or (how == "pinv" and known):
        return "pinv", *pseudo_inverse_latents(train)
    (M1, M2), (Z1, Z2) = plain.onto_latent, plain.train
    return "linear", Z1 @ M1, Z2 @ M2


def study(data: PairedData, spec: StudySpec) -> Study:
    """Fit both aligners on the training pairs of `data` and measure them on both splits.

    Raises ValueError as the aligners do, and when fewer than two pairs remain for fitting.
    """
    as_pair(data.X1, data.X2, "study")  # so that errors name rows of the data, not of a split
    train_rows, test_rows = split_rows(data.n, spec.holdout, spec.split_seed)
    train, test = data.rows(train_rows), data.rows(test_rows)
    plain = _fit(perfect_alignment(train.X1, train.X2, spec.k), train, test)
    informative = _fit(informative_alignment(train.X1, train.X2, spec.k, spec.rank), train, test)
    columns = {
        (name, split): measure(fitted, split, pairs)
        for name, fitted in (("plain", plain), ("informative", informative))
        for split, pairs in (("train", train), ("held out", test))
    }
    return Study(
        spec=spec,
        train_rows=train_rows,
        test_rows=test_rows,
        train=train,
        test=test,
        plain=plain,
        informative=informative,
        table=pd.DataFrame(columns),
    )


def measure(fitted: Fitted, split: str, data: PairedData) -> dict[str, float]:
    """All metrics of one aligner on one split, "train" or "held out"; NaN where undefined.

    MLRE up to a linear map uses the map fitted on the training pairs.
    """
    Z1, Z2 = fitted.train if split == "train" else fitted.test
    values = dict.fromkeys(METRICS, float("nan"))
    if data.n == 0:
        return values
    pool = slice(0, RETRIEVAL_PAIRS)
    values |= {
        "CMAE": metrics.cmae(Z1, Z2),
        "NCMAE": metrics.ncmae(Z1, Z2),
        "relative CMAE": metrics.relative_cmae(Z1, Z2),
        "kept norm 1": metrics.kept_norm(data.X1, Z1),
        "kept norm 2": metrics.kept_norm(data.X2, Z2),
        "pair retrieval": metrics.retrieval(Z1[pool], Z2[pool]),
        "chance of retrieval": 1 / min(data.n, RETRIEVAL_PAIRS),
        "zero latents": metrics.undirected(Z1, Z2),
    }
    if data.Z is not None and fitted.onto_latent is not None:
        for m, (Zhat, M) in enumerate(zip((Z1, Z2), fitted.onto_latent, strict=True), start=1):
            if Zhat.shape == data.Z.shape:
                values[f"MLRE {m}"] = metrics.mlre(data.Z, Zhat)
            values[f"MLRE {m}, up to linear"] = metrics.mlre(data.Z, Zhat @ M)
    if data.Z is not None and data.S1 is not None and data.S2 is not None:
        for m, Zhat in enumerate(pseudo_inverse_latents(data), start=1):
            values[f"MLRE {m}, pinv(S{m})"] = metrics.mlre(data.Z, Zhat)
    return values


METRICS = (
    "CMAE",
    "NCMAE",
    "relative CMAE",
    "kept norm 1",
    "kept norm 2",
    "pair retrieval",
    "chance of retrieval",
    "MLRE 1",
    "MLRE 2",
    "MLRE 1, up to linear",
    "MLRE 2, up to linear",
    "MLRE 1, pinv(S1)",
    "MLRE 2, pinv(S2)",
    "zero latents",
)
"""The rows of the table of a study."""


def _fit(alignment: Alignment, train: PairedData, test: PairedData) -> Fitted:
    Z1, Z2 = alignment.embed(train.X1, train.X2)
    return Fitted(
        alignment=alignment,
        train=(Z1, Z2),
        test=alignment.embed(test.X1, test.X2),
        onto_latent=None
        if train.Z is None
        else (linalg.least_squares_map(Z1, train.Z), linalg.least_squares_map(Z2, train.Z)),
    )
