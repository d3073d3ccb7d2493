"""What the app arranges in the server that it runs on."""

from __future__ import annotations

import warnings
from functools import cache

from alignlab.ui.disk import need_no_disk
from alignlab.ui.ending import end_in_time
from alignlab.ui.memory import give_back_memory
from alignlab.ui.whole_runs import keep_runs_whole


@cache
def arrange() -> None:
    """To be called at the start of every run; all but the first call do nothing."""
    give_back_memory()
    need_no_disk()
    end_in_time()
    keep_runs_whole()
    # what the package warns of, the pages say in their own words, and not the server's log
    warnings.filterwarnings("ignore", category=UserWarning, module=r"alignlab\.")
