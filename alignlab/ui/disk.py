"""The app needs no space on disk: a full one costs the cached results and nothing else."""

from __future__ import annotations

import os
import sys

from starlette.formparsers import MultiPartParser

from alignlab.ui.folder import app_folder


def need_no_disk() -> None:
    """Let neither uploads nor trainings write temporary files; to be called before either.

    Streamlit reads each upload into memory, through a file above 1 MB. torch creates a folder for
    compiled code when it first trains; nothing is compiled here, and one that exists does.
    """
    MultiPartParser.spool_max_size = sys.maxsize
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(app_folder()))
