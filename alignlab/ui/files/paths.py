"""Which files and folders of this machine a user may name: one rule for the whole app.

A path is a request to read with the server's rights. It is accepted when it lies under one of the
roots that the environment variable `ALIGNLAB_DATA_ROOTS` names; where that is not set, also when
the server listens on loopback only, where the user sits at the same machine. Behind a proxy it is
not so: set the variable there, to "none" if no path is to be read. Links are followed before the
rule is applied.
"""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path

import streamlit as st

ROOTS = "ALIGNLAB_DATA_ROOTS"
"""Name of the variable, which holds folders separated as in PATH."""


def only_loopback() -> bool:
    """Whether the server can be reached from its own machine only."""
    address = st.config.get_option("server.address")
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:  # no address, which means all of them, or a name
        return False


def anywhere() -> bool:
    """Whether all paths are accepted."""
    return only_loopback() and not os.environ.get(ROOTS, "").strip()


def roots() -> list[Path]:
    """The roots that the variable names, with links resolved; missing ones are left out."""
    named = [Path(part) for part in os.environ.get(ROOTS, "").split(os.pathsep) if part.strip()]
    return [root.resolve() for root in named if root.is_absolute() and root.is_dir()]


def paths_accepted() -> bool:
    """Whether `allowed` accepts any path at all."""
    return anywhere() or bool(roots())


def readable(path: Path) -> bool:
    """Whether the rule allows reading this path, which is absolute and has its links resolved."""
    return anywhere() or any(path.is_relative_to(root) for root in roots())


def allowed(text: str) -> Path:
    """The file or folder that a user named, absolute and with its links resolved.

    Raises
    ------
    ValueError
        A path that the rule refuses, whether or not it exists; one that is not absolute; one that
        is neither a file nor a folder.
    """
    path = Path(text.strip().strip("'\""))
    if path.parts[:1] == ("~",):  # not ~name, which would reveal the names of users
        path = path.expanduser()
    if "\0" in text or not path.is_absolute():
        raise ValueError(f"{text!r} is not an absolute path: begin with /, or with ~ for your home")
    try:
        path = path.resolve()
    except (OSError, RuntimeError) as error:  # a loop of links
        if anywhere():
            raise ValueError(f"{text!r} cannot be resolved ({error})") from error
        raise _refused(text) from None
    # apply the rule first: a refusal must not reveal which paths exist
    if not readable(path):
        raise _refused(text)
    try:
        known_kind = path.is_file() or path.is_dir()
    except OSError as error:
        raise ValueError(f"{text!r} cannot be read ({error.strerror})") from error
    if not known_kind:
        raise ValueError(f"{text!r} is neither a file nor a folder on this machine: check the path")
    return path


def _refused(text: str) -> ValueError:
    known = ", ".join(map(str, roots()))
    where = f"only paths under {known} are read" if known else "no path is read"
    return ValueError(
        f"{text!r} is refused: this server is open to others, so {where}. Upload "
        f"files instead, or ask its administrator to name a root in {ROOTS}"
    )
