"""A term with its meaning and formula, and the ways to write them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain


@dataclass(frozen=True, kw_only=True)
class Term:
    r"""A symbol, an abbreviation or a technical term.

    name : as it is mostly written. full : what an abbreviation or a symbol stands for.
    meaning : one sentence of plain text, or a few.
    formula : LaTeX of symbols, `\text`, `_{}` and `^{}` alone, without groups in groups, so that
        `html_formula` and `plain_formula` can write it too; "" if there is none.
    spellings : what a text says for it; the name if None. A word in small letters may also begin
        with a capital one, a single letter may have an index.
    tex : commands of LaTeX that stand for the symbol in a formula.
    pages : paths of the pages on which the term has this meaning; all pages if empty.
    """

    name: str
    meaning: str
    full: str = ""
    formula: str = ""
    spellings: tuple[str, ...] | None = None
    tex: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()

    @property
    def written(self) -> tuple[str, ...]:
        """All spellings, with those that begin with a capital letter."""
        spellings = (self.name,) if self.spellings is None else self.spellings
        words = (one for one in spellings if re.match(r"[a-z][a-z-]", one))
        return (*spellings, *(one[0].upper() + one[1:] for one in words))

    @property
    def plain(self) -> str:
        """Full name, meaning and formula as one line of plain text."""
        full = f"{self.full}: " if self.full else ""
        return f"{full}{self.meaning} {plain_formula(self.formula)}".rstrip()


def html_formula(formula: str) -> str:
    """The formula as HTML, of a formula that `Term` allows."""
    text = re.sub(r"\\text\{([^}]*)\}", r"\1", formula)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace("-", "−")
    text = re.sub(r"_\{([^}]*)\}", r"<sub>\1</sub>", text)
    return re.sub(r"\^\{([^}]*)\}", r"<sup>\1</sup>", text)


def plain_formula(formula: str) -> str:
    """The formula as plain text, of a formula that `Term` allows: S_xx^(−1/2)."""
    text = re.sub(r"\\text\{([^}]*)\}", r"\1", formula).replace("-", "−")
    text = re.sub(r"([_^])\{(\w+|\([^}]*\))\}", r"\1\2", text)
    return re.sub(r"([_^])\{([^}]*)\}", r"\1(\2)", text)


def meanings(terms: Iterable[Term]) -> str:
    """What these terms mean, one paragraph each, as Markdown."""
    return "\n\n".join(f"**{term.name}**: {term.meaning}" for term in terms)


def terms_markdown(terms: Iterable[Term]) -> str:
    """The terms as a Markdown list, with formulas for KaTeX."""
    return "\n".join(
        f"- **{term.name}**: {term.meaning}" + (f" ${_katex(term.formula)}$" * bool(term.formula))
        for term in terms
    )


def on_page(terms: Iterable[Term], path: str) -> list[Term]:
    """The terms that texts of a page may hold, each spelling with its meaning on that page.

    A spelling that has a meaning on this page alone has no other one there.
    """
    known = [term for term in terms if not term.pages or path in term.pages]
    special = set(chain.from_iterable(term.written for term in known if term.pages))
    return [term for term in known if term.pages or not special.intersection(term.written)]


def _katex(formula: str) -> str:
    """Two blanks separate formulas; a group after _ that is a word is upright."""
    return re.sub(r"_\{rank k\}", r"_{\\text{rank } k}", formula).replace("  ", r"\quad ")
