"""Every limit of the dashboard on what grows with its visitors, each with its figure.

A shared server sets those with a `variable` by environment. The others hold elsewhere: what one
file may hold in `alignlab.files`, the caches where they are filled, closed sessions in Streamlit.
`tests/ui/test_limits.py` compares all of them, and README's table, with this one.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from alignlab.checks import InputError


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A limit: its figure unless the environment gives another one.

    what : as in README's table. unit : of the figure, "" for a count. variable : the name in the
    environment, "" for a limit that is fixed.
    """

    what: str
    default: int
    unit: str = ""
    variable: str = ""

    @property
    def value(self) -> int:
        """The figure that holds; ValueError if the environment gives no whole number from 1 on."""
        given = os.environ.get(self.variable, "").strip() if self.variable else ""
        if not given:
            return self.default
        if not (given.isascii() and given.isdigit() and int(given) > 0):
            raise InputError(
                "limits",
                f"{self.variable}={given!r} is no whole number from 1 on: correct or unset it "
                f"(default {self.default:,}), and start the server again",
            )
        return int(given)


JOBS = Limit(what="jobs that compute at once", default=4, variable="ALIGNLAB_JOBS")
SESSIONS = Limit(what="open sessions (browser tabs)", default=40, variable="ALIGNLAB_SESSIONS")
UPLOADED = Limit(
    what="uploaded files of all sessions", default=4000, unit="MB", variable="ALIGNLAB_UPLOADS_MB"
)
UPLOADED_OWN = Limit(
    what="uploaded files of one session",
    default=1000,
    unit="MB",
    variable="ALIGNLAB_SESSION_UPLOADS_MB",
)
FILE = Limit(what="one uploaded file", default=200, unit="MB")
UNPACKED = Limit(what="one file as numbers, unpacked", default=800, unit="MB")
READING = Limit(what="memory beyond its bytes while one file is read", default=4000, unit="MB")
REMEMBERED = Limit(what="results of jobs, beyond those that an open page shows", default=24)
REMEMBERED_OWN = Limit(what="the same of one session's own files", default=16)
CACHED = Limit(what="results of one kind of short computation", default=32)
CLOSED = Limit(what="closed sessions, kept for two minutes as they may reconnect", default=128)

LIMITS = (
    JOBS, SESSIONS, UPLOADED, UPLOADED_OWN, FILE, UNPACKED, READING, REMEMBERED, REMEMBERED_OWN,
    CACHED, CLOSED,
)  # fmt: skip


def check() -> None:
    """ValueError for the first limit that the environment sets wrongly."""
    for limit in LIMITS:
        limit.value  # noqa: B018
