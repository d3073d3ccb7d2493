"""What an alignment study shows, in sentences computed from the numbers they name."""

from __future__ import annotations

import numpy as np

from alignlab.experiments.alignment import Study
from alignlab.linalg import RCOND
from alignlab.metrics import RETRIEVAL_PAIRS
from alignlab.units import drowned_words
from alignlab.words.numbers import ROUNDING, number, share


def verdict_words(study: Study) -> str:
    """The verdict in one short line: whether the pairs align exactly, and what that is worth."""
    plain, verdict = study.plain.alignment, _verdict(study)
    if _all_zero(study):
        return f"**{verdict}**."
    if _fit_is_lost(study):
        _, outside = study.table.loc["CMAE", [("plain", "train"), ("plain", "held out")]]
        return f"**{verdict}**: CMAE is {number(outside)} on {study.test.n:,} held-out pairs."
    if study.collapsed:
        kept = share(study.kept("plain"))
        return f"**{verdict}; the plain latent has shrunk** to {kept} of the data's length."
    errors = [study.table.loc["NCMAE", (name, "train")] for name in ("plain", "informative")]
    first, second = ("≈ 0" if error < ROUNDING else number(error) for error in errors)
    return (
        f"**{verdict}**: {plain.null_dim} null direction{'s' * (plain.null_dim != 1)}, "
        f"k = {plain.k}; NCMAE {first}, informative {second}."
    )


def _verdict(study: Study) -> str:
    if _all_zero(study):
        return "Perfect alignment exists but is trivial: every plain latent is zero"
    if not study.plain.alignment.is_exact:
        return "No perfect alignment"
    only = ", in the sample only" if _fit_is_lost(study) else ""
    return f"Perfect alignment exists{only}"


def headline(study: Study) -> str:
    """Whether the pairs align exactly, and the scale-free errors."""
    plain, verdict = study.plain.alignment, _verdict(study)
    relation = "≥" if plain.is_exact else "<"
    to = f", to the precision of {plain.precision}" if _narrow(study) else ""
    return (
        f"**{verdict}**{to}: {plain.null_dim} null direction{'s' * (plain.null_dim != 1)} "
        f"{relation} k = {plain.k}. NCMAE {_pick(study, 'NCMAE', 'plain')} plain, "
        f"{_pick(study, 'NCMAE', 'informative')} informative.{_shrunken(study)}"
    )


def _shrunken(study: Study) -> str:
    if not study.collapsed or _all_zero(study):
        return ""
    return f" The plain latent has shrunk to {share(study.kept('plain'))} of the data's length."


def study_words(study: Study) -> list[str]:
    """The findings on plain and informative alignment, one string each."""
    sentences = [
        _existence(study),
        _precision(study),
        _units(study),
        _collapse(study),
        _held_out(study),
        _recovery(study),
    ]
    if study.spec.k == 1:
        sentences.append("With k = 1 NCMAE compares signs only: read the relative CMAE instead.")
    return [sentence for sentence in sentences if sentence]


def picture_words(study: Study, recovery: str) -> dict[str, str]:
    """A caption for each figure of a study, by name; also its alternative text."""
    plain = study.plain.alignment
    words = {
        name: f"{name.capitalize()}: NCMAE {_pick(study, 'NCMAE', name)}, "
        f"{share(study.kept(name))} of the data's length kept, on {study.train.n:,} fitted pairs."
        for name in ("plain", "informative")
    }
    words["spectrum"] = (
        f"{plain.null_dim} of {plain.spectrum.size} singular values count as zero"
        f"{f' at the precision of {plain.precision}' if _narrow(study) else ''}; the stars are "
        f"the k = {plain.k} directions taken by the plain solution."
    )
    words["latent"] = f"The true latent of {study.train.n:,} pairs, which no method uses."
    if recovery == "pinv":
        words["recovered"] = (
            f"Table 2's sanity check: with the true S, MLRE is {_pick(study, 'MLRE 1, pinv(S1)')} "
            f"and {_pick(study, 'MLRE 2, pinv(S2)')}."
        )
    else:
        words["recovered"] = (
            "After the best linear map of each modality onto z, MLRE on these fitted pairs is "
            f"{_pick(study, 'MLRE 1, up to linear')} and {_pick(study, 'MLRE 2, up to linear')}."
        )
    return words


def retrieval_words(study: Study) -> str:
    """The number of pairs that retrieval was measured on, and the chance level."""
    parts = []
    for name, data in (("in the sample", study.train), ("held out", study.test)):
        pool = min(data.n, RETRIEVAL_PAIRS)
        if not pool:
            continue
        among = f"all {pool:,}" if pool == data.n else f"the first {pool:,} of {data.n:,}"
        parts.append(f"{name} among {among} pairs (chance {1 / pool:.2g})")
    return (
        "Pair retrieval: how often the nearest neighbour is the partner, " + ", ".join(parts) + "."
    )


def _existence(study: Study) -> str:
    plain = study.plain.alignment
    d, k, null_dim = plain.spectrum.size, plain.k, plain.null_dim
    facts = (
        f"The stack [X₁, −X₂] of the {study.train.n:,} fitted pairs has rank {plain.rank} of {d}: "
        f"its null space has {null_dim} dimension{'s' * (null_dim != 1)}"
    )
    error = number(study.table.loc["CMAE", ("plain", "train")])
    if plain.is_exact:
        return (
            f"**Perfect alignment exists** (Theorem 2.2). {facts}, of which k = {k} are used. "
            f"CMAE in the sample is {error}."
        )
    return (
        f"**No perfect alignment** (Corollary 2.3). {facts}, fewer than k = {k}. The k directions "
        f"with the smallest singular values are the best choice of orthonormal maps: CMAE in the "
        f"sample is {error}."
    )


def _narrow(study: Study) -> bool:
    return study.plain.alignment.precision != "float64"


def _precision(study: Study) -> str:
    if not _narrow(study):
        return ""
    plain = study.plain.alignment
    exact = (
        f"exact to the precision of {plain.precision}, but not beyond it" if plain.is_exact else ""
    )
    return (
        f"**The data arrived as {plain.precision}**, so the rank is decided at that precision: "
        f"singular values up to {number(plain.cutoff)} times the largest may be rounding errors "
        f"of the stored values and count as zero (for float64 the limit is {number(RCOND)})."
        + (f" The alignment is {exact}." if exact else "")
    )


def _units(study: Study) -> str:
    lost = zip(study.plain.alignment.drowned, ("X₁", "X₂"), strict=True)
    words = "; ".join(filter(None, (drowned_words(columns, view) for columns, view in lost)))
    return f"**Columns of very different units**: {words}." if words else ""


def _collapse(study: Study) -> str:
    table = study.table
    if _all_zero(study):
        dead = sum(int((X == 0).all(axis=0).sum()) for X in (study.train.X1, study.train.X2))
        cause = (
            f" They are the {dead} features that are zero in every pair."
            if dead == study.plain.alignment.null_dim
            else ""
        )
        return (
            f"**Collapse to zero.** The plain maps send all {study.train.n:,} pairs to the origin: "
            f"the null directions used send each view to zero separately.{cause} CMAE is 0 but "
            "carries no information, NCMAE is undefined, retrieval is at chance "
            f"({_pick(study, 'chance of retrieval', 'plain')}). Informative alignment removes such "
            f"directions first: its NCMAE is {_pick(study, 'NCMAE', 'informative')}."
        )
    if not study.collapsed:
        return ""
    ranks = study.informative.alignment.ranks
    widths = study.train.X1.shape[1], study.train.X2.shape[1]
    ncmae = {name: table.loc["NCMAE", (name, "train")] for name in ("plain", "informative")}
    figures = f"NCMAE {number(ncmae['plain'])} against {number(ncmae['informative'])}"
    if max(ncmae.values()) < ROUNDING:
        scale_free = (
            f"In the scale-free error nothing is lost: both are rounding error ({figures})."
        )
    elif ncmae["informative"] < ncmae["plain"]:
        scale_free = (
            f"Its scale-free error is larger: {figures}. Its CMAE is small only because the latent "
            "is."
        )
    else:
        scale_free = (
            f"Its scale-free error is still smaller: {figures}. The views agree in directions "
            "that the informative solution left out; raise its rank to keep them."
        )
    return (
        f"**The plain latent has shrunk**: it keeps {share(study.kept('plain'))} of the data's "
        f"length; the informative one keeps {share(study.kept('informative'))} and uses only the "
        f"{ranks[0]} and {ranks[1]} leading of {widths[0]} and {widths[1]} directions. In the "
        "others each view is itself small, so CMAE is small there whether or not the views "
        "agree. "
        f"{scale_free}"
    )


def _held_out(study: Study) -> str:
    if study.test.n == 0:
        return "No pairs are held out, so the error on new pairs is unknown."
    inside, outside = study.table.loc["CMAE", [("plain", "train"), ("plain", "held out")]]
    if _fit_is_lost(study):
        free = study.plain.alignment.spectrum.size - study.plain.alignment.k
        reason = (
            f": {study.train.n} pairs do not exceed d₁ + d₂ − k = {free}, so k null directions "
            "exist for any data"
            if study.train.n <= free
            else ""
        )
        return (
            f"**The fit does not generalise**: CMAE is {number(inside)} on the fitted pairs and "
            f"{number(outside)} on {study.test.n:,} held-out ones{reason}."
        )
    return (
        f"On {study.test.n:,} held-out pairs CMAE is {number(outside)}, against {number(inside)} "
        "in the sample."
    )


def _all_zero(study: Study) -> bool:
    return bool(study.table.loc["zero latents", ("plain", "train")] == study.train.n)


def _fit_is_lost(study: Study) -> bool:
    """Whether held-out pairs are far worse aligned than fitted ones, beyond rounding."""
    inside, outside = study.table.loc["CMAE", [("plain", "train"), ("plain", "held out")]]
    relative = study.table.loc["relative CMAE", ("plain", "held out")]
    return bool(inside > 0 and outside > 1e3 * inside and relative > ROUNDING)


def _recovery(study: Study) -> str:
    if study.train.Z is None:
        return ""
    split, where = ("train", "in the sample") if study.test.n == 0 else ("held out", "held out")
    raw, linear = study.table.loc[["MLRE 1", "MLRE 1, up to linear"], ("plain", split)]
    other = study.table.loc["MLRE 1, up to linear", ("informative", split)]
    scale = float(np.linalg.norm(study.train.Z, axis=1).mean())
    if linear < ROUNDING * scale:
        return (
            f"The estimate differs from the latent (MLRE {number(raw)} {where}) but determines it: "
            f"after the best linear map MLRE is {number(linear)}. No method can recover more from "
            "the pairs."
        )
    return (
        f"After the best linear map onto the true latent, fitted on the training pairs, MLRE of "
        f"modality 1 {where} is {number(linear)} for the plain estimate "
        f"({share(linear / scale)} of the latent's mean length) and {number(other)} for the "
        "informative one."
    )


def _pick(study: Study, metric: str, aligner: str = "plain") -> str:
    return number(study.table.loc[metric, (aligner, "train")])
