"""Every limit of the dashboard on what grows with its visitors, each with its figure.

A shared server sets those with a `variable` by environment. What a single file may hold is limited
in `alignlab.files.limits`.
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
REMEMBERED = Limit(what="results of jobs kept after their visitors have left", default=24)
REMEMBERED_OWN = Limit(what="the same of jobs on a visitor's own uploads", default=16)
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
CACHED = Limit(what="results that one kind of computation keeps for all sessions", default=32)

LIMITS = (JOBS, SESSIONS, UPLOADED, UPLOADED_OWN, REMEMBERED, REMEMBERED_OWN, CACHED)


def check() -> None:
    """ValueError for the first limit that the environment sets wrongly."""
    for limit in LIMITS:
        limit.value  # noqa: B018
