"""Streamlit with a count of what is computed: `python -m tests.load.counting run app.py ...`.

Each value that a cache of the whole server computes, and each job that starts, is a line of the
file that ALIGNLAB_TEST_COUNT names.
"""

import os
import sys
from threading import Lock

from streamlit.runtime.caching.cache_utils import CachedFunc
from streamlit.web.cli import main

_lock = Lock()


def note(line: str) -> None:
    with _lock, open(os.environ["ALIGNLAB_TEST_COUNT"], "a") as file:
        file.write(line + "\n")


def count() -> None:
    from alignlab.ui.jobs import Job

    stored, start = CachedFunc._store_computed_value, Job.start

    def counted(self, cache, value_key, *arguments, **named):
        if self._info.scope != "session":
            note(f"{self._info.func.__qualname__} {value_key}")
        return stored(self, cache, value_key, *arguments, **named)

    def started(self):
        note(f"job {type(self.work).__qualname__}")
        return start(self)

    CachedFunc._store_computed_value, Job.start = counted, started


if __name__ == "__main__":
    count()
    sys.exit(main(prog_name="streamlit"))
