"""Fuzzed addresses of every page: what is wrong with one is named on the page, never a traceback.

`python -m tests.benchmarks.fuzz_addresses 10000 26` reads so many addresses by the pages' own
`Page.read`, and runs some of them as whole pages. With `--server`, these are opened by the protocol
of a browser on a running server. Addresses follow from their number.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Iterator
from urllib.parse import quote_plus

import numpy as np

from alignlab.ui.catalog import PAGES
from alignlab.ui.controls import Choice, Control, Number, Several
from alignlab.ui.state import Page

LONGEST = 600
"""Maximum length of a note on one parameter."""

SECRET = "elsewhere.invalid"
"""The host in the links and pictures of hostile texts."""

TEXTS = (
    "", " ", "0", "-0", "1e999", "-1e999", "nan", "inf", "0x10", "1_000", "１２", "9" * 5000,
    "0-99999999", "0-2,5", "5-2", ",", "None", "True", "[]", "{}", "()", "../../../etc/passwd",
    "/dev/zero", "/proc/self/mem", "\\\\host\\share", "file:///etc/passwd", "~root", "a\0b", "a\nb",
    "\u202egnp.exe", "\ud83d".encode("utf-8", "replace").decode(), "\U0001f408" * 50, "é" * 300,
    "x" * 20_000, f"[a](https://{SECRET})", f"![a](https://{SECRET}/a.png)", f"https://{SECRET}",
    f"<img src=https://{SECRET}/a.png onerror=alert(1)>", "<script>alert(1)</script>", "$x^2$",
    ":red[a]", ":material/home:", "**a**", "`a`", "# a", "{0.__class__}", "%s%n", "${7*7}", "'; --",
)  # fmt: skip


def query_of(page: Page, number: int) -> dict[str, str]:
    """The parameters of a fuzzed address, by its number."""
    rng = np.random.default_rng([number, *page.path.encode()])
    query: dict[str, str] = {}
    for control in rng.permutation(np.array(page.controls, dtype=object)):
        if rng.random() < min(0.5, 4 / len(page.controls)):
            query[control.name] = _value(control, rng)
    if rng.random() < 0.3:
        name = str(rng.choice([text for text in TEXTS if text]))
        query[name] = str(rng.choice(TEXTS))
    if rng.random() < 0.02:
        query |= {f"unknown{j}": "1" for j in range(1000)}
    return query


def _value(control: Control, rng: np.random.Generator) -> str:
    """A value of a control: right, at an end, beside it, or nonsense."""
    kind = rng.random()
    if kind < 0.45:
        return str(rng.choice(TEXTS))
    if isinstance(control, Number):
        limit = control.high if control.limit is None else control.limit
        ends = [control.low, limit, control.low - 1, limit + 1, np.nextafter(limit, np.inf)]
        ends += [float(rng.uniform(control.low, control.high)), int(control.low)]
        value = ends[int(rng.integers(len(ends)))]
        return str(value if isinstance(control.low, float) or rng.random() < 0.1 else int(value))
    if isinstance(control, (Choice, Several)):
        names = [str(option) for option in control.options]
        return ",".join(rng.choice(names, int(rng.integers(1, 3)))) if names else ""
    whole = control.format(control.default)
    at = int(rng.integers(0, len(whole) + 1))
    return whole[:at] + str(rng.choice(TEXTS))[:40] + whole[at:]


def wrong_with(page: Page, query: dict[str, str]) -> str:
    """What is wrong with how a page reads an address; "" if nothing."""
    try:
        values, notes = page.read(query)
        again, further = page.read(page.address(values))
    except BaseException:
        return traceback.format_exc(limit=-3)
    if long := [note for note in notes if len(note) > LONGEST]:
        return f"a note of {len(long[0]):,} characters: {long[0][:100]}"
    if len(notes) > len(page.controls) + 10:
        return f"{len(notes):,} notes"
    # once around: a control that has a meaning only by another one's default is then gone
    kept = page.address(again)
    last, none = page.read(kept)
    if further or none or page.address(last) != kept:
        return f"what was accepted does not survive its address: {kept} {further}"
    return ""


def opened() -> tuple[Page, ...]:
    """The pages that have an address of their own."""
    return tuple(page for page in PAGES if page.controls)


def addresses(count: int, first: int = 0) -> Iterator[tuple[int, Page, dict[str, str]]]:
    """So many addresses, over all pages in turn."""
    pages = opened()
    for number in range(first, first + count):
        page = pages[number % len(pages)]
        yield number, page, query_of(page, number)


def runs_wrong(page: Page, query: dict[str, str]) -> str:
    """What is wrong with a page that is run with an address; "" if nothing."""
    from tests.apptest import open_page

    try:
        return leaks(_shown(open_page(page, **query)))
    except BaseException:
        return traceback.format_exc(limit=-4)


def _shown(app: object) -> list[str]:
    kinds = ("error", "warning", "info", "caption", "markdown", "title", "subheader")
    return [str(one.value) for kind in kinds for one in getattr(app, kind)]


def leaks(texts: list[str]) -> str:
    """The first text in which Markdown would follow a hostile text; "" if there is none."""
    for text in texts:
        for live in (f"](https://{SECRET}", f"<img src=https://{SECRET}", f" https://{SECRET}"):
            at = text.find(live)
            while at >= 0:
                before = text[:at].rstrip("\\")
                opening = text.rfind("[", 0, at)
                escaped = live[0] == "]" and opening > 0 and text[opening - 1] == "\\"
                if len(text[:at]) == len(before) and not escaped:
                    return f"{live!r} in {text[max(0, at - 60) : at + 60]!r}"
                at = text.find(live, at + 1)
    return ""


def served_wrong(client: object, page: Page, query: dict[str, str]) -> str:
    """The same on a running server, by the client of a browser's protocol."""
    text = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in query.items())
    try:
        client.visit(page.path, text)  # type: ignore[attr-defined]
    except BaseException:
        return traceback.format_exc(limit=-4)
    errors = list(client.errors)  # type: ignore[attr-defined]
    return errors[0][:500] if errors else leaks([*client.texts, *client.boxes])  # type: ignore[attr-defined]


def main() -> None:
    """All addresses read, then some of them run; exits with 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=10_000)
    parser.add_argument("runs", type=int, nargs="?", default=26)
    parser.add_argument("--server", action="store_true")
    asked = parser.parse_args()
    wrong = 0

    def tell(number: int, page: Page, what: str) -> int:
        if what:
            print(f"address {number} of {page.path}: {what}", flush=True)
        return bool(what)

    for number, page, query in addresses(asked.count):
        wrong += tell(number, page, wrong_with(page, query))
    print(f"{asked.count:,} addresses read, {wrong} wrong", flush=True)
    before = wrong
    if asked.server:
        from tests.load.client import Client
        from tests.load.server import started

        with started() as server:
            tab = Client(server.address)
            for number, page, query in addresses(asked.runs, 10**6):
                wrong += tell(number, page, served_wrong(tab, page, query))
            log = server.log()
        if "Traceback" in log:
            wrong += 1
            print(log[-3000:], flush=True)
    else:
        for number, page, query in addresses(asked.runs, 10**6):
            wrong += tell(number, page, runs_wrong(page, query))
    print(f"{asked.runs:,} pages run, {wrong - before} wrong", flush=True)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
