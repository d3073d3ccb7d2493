"""The terms of a diagnosis, each with a sentence and, where there is one, a formula."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Term:
    r"""A term of the diagnosis.

    meaning : one or two sentences of plain text. formula : LaTeX of symbols, `\text`, `_{}` and
        `^{}` alone, so that `html_formula` can write it too; "" if there is none.
    """

    name: str
    meaning: str
    formula: str = ""


TERMS = (
    Term(
        name="CA",
        meaning="Cross-modal alignment: one encoder per view, trained to map partners to the same "
        "point of a shared space. Linear CA is canonical correlation analysis: it keeps the "
        "leading singular directions of C.",
        formula=r"C = U Σ V^{T},  Z_{x} = X S_{xx}^{-1/2} U_{k},  Z_{y} = Y S_{yy}^{-1/2} V_{k}",
    ),
    Term(
        name="CP",
        meaning="Cross-modal prediction: x predicts y through a bottleneck of k dimensions. Linear "
        "CP is reduced-rank regression: it keeps the leading singular directions of A.",
        formula=r"\text{min}_{rank k} ‖Y - X B‖^{2}",
    ),
    Term(
        name="CP reversed",
        meaning="The same with y as the source and x as the target.",
        formula=r"A_{rev} = S_{yy}^{-1/2} S_{yx}",
    ),
    Term(
        name="C",
        meaning="The cross-covariance of x and y, both whitened. Its singular values are the "
        "canonical correlations.",
        formula=r"C = S_{xx}^{-1/2} S_{xy} S_{yy}^{-1/2}",
    ),
    Term(
        name="A",
        meaning="The cross-covariance of x and y with the source alone whitened. Its singular "
        "values are in units of the target.",
        formula=r"A = S_{xx}^{-1/2} S_{xy}",
    ),
    Term(
        name="Label subspace",
        meaning="The directions of the whitened views in which the labels can be predicted from "
        "both views: what the labels and both views have in common. Its dimension is the number of "
        "label directions.",
    ),
    Term(
        name="Signal",
        meaning="The singular values of C (for CA) or A (for CP) within the label subspace.",
        formula=r"σ_{1} ≥ … ≥ σ_{k}",
    ),
    Term(
        name="Nuisance",
        meaning="The singular values outside the label subspace: what the views share that the "
        "labels do not tell.",
        formula=r"τ_{1} ≥ τ_{2} ≥ …",
    ),
    Term(
        name="Δ",
        meaning="The separation ratio of an objective: the weakest signal value over the largest "
        "nuisance value. The objective recovers all label directions if Δ exceeds 1.",
        formula=r"Δ = \text{min signal} / \text{max nuisance} = σ_{k} / τ_{1}",
    ),
    Term(
        name="Regime",
        meaning="Both, CA only, CP only or Neither, by which of the Δ of CA and of CP (x → y) "
        "exceed 1; Undetermined if the data do not decide it.",
    ),
    Term(
        name="Population, and these pairs",
        meaning="The population's Δ is corrected for sampling noise: it holds for any number of "
        "pairs. The Δ of these pairs is uncorrected: it says what training on exactly these pairs "
        "would find, because their noise trains along.",
    ),
    Term(
        name="Support",
        meaning="The share of resamples (random halves of the rows) whose regime is that of all "
        "rows; 1 if all agree.",
        formula=r"\text{support} = \text{resamples in the same regime} / \text{resamples}",
    ),
    Term(
        name="Permutation null",
        meaning="The same statistic after the rows of y are permuted, so that no pair is right. A "
        "value above the 95th percentile of the null is rarely seen without pairing. With m "
        "permutations no p is below 1/(m + 1).",
        formula=r"p = (1 + \text{permutations at least as large}) / (1 + m)",
    ),
    Term(
        name="Mixed component",
        meaning="Where a signal and a nuisance value nearly agree, their singular directions are "
        "not determined one by one: a component then mixes both, and an encoder that keeps it "
        "keeps both.",
    ),
    Term(
        name="Held-out score",
        meaning="The score of a linear probe of the labels on the representation, each row scored "
        "by maps and a probe that were fitted on other rows. Balanced accuracy for classes, "
        "explained variance (R²) for numbers.",
        formula=r"R^{2} = 1 - \text{residual variance} / \text{variance}",
    ),
)  # fmt: skip
"""In the order in which a reader meets them."""


def html_formula(formula: str) -> str:
    """The formula as HTML, of a formula that `Term` allows."""
    text = re.sub(r"\\text\{([^}]*)\}", r"\1", formula)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace("-", "−")
    text = re.sub(r"_\{([^}]*)\}", r"<sub>\1</sub>", text)
    return re.sub(r"\^\{([^}]*)\}", r"<sup>\1</sup>", text)


def meanings(*names: str) -> str:
    """What these terms mean, one paragraph each, as Markdown."""
    known = {term.name: term.meaning for term in TERMS}
    return "\n\n".join(f"**{name}**: {known[name]}" for name in names)


def terms_markdown() -> str:
    """The terms as a Markdown list, with formulas for KaTeX."""
    return "\n".join(
        f"- **{term.name}**: {term.meaning}" + (f" ${_katex(term.formula)}$" * bool(term.formula))
        for term in TERMS
    )


def _katex(formula: str) -> str:
    """Two blanks separate formulas; a group after _ that is a word is upright."""
    return re.sub(r"_\{rank k\}", r"_{\\text{rank } k}", formula).replace("  ", r"\quad ")
