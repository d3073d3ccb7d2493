"""How much uploaded files may take, of one session and of all: what exceeds it is deleted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from streamlit import runtime
from streamlit.runtime.uploaded_file_manager import UploadedFile

from alignlab.ui.limits import UPLOADED, UPLOADED_OWN, Limit
from alignlab.ui.sessions import session_id

MB = 2**20


def refuse_excess(received: Sequence[UploadedFile], read: Collection[str]) -> None:
    """Delete new files that exceed a limit on uploads; ValueError names the limit.

    received : the files of the widget. read : the ids of those that were admitted before.
    """
    new = [file for file in received if file.file_id not in read]
    if not new:
        return
    session, elsewhere = _held()
    for limit, held, whose in (
        (UPLOADED_OWN, session or sum(file.size for file in received), "This session"),
        (UPLOADED, session + elsewhere, "All sessions of this server together"),
    ):
        if held > limit.value * MB:
            _delete(new)
            raise ValueError(excess(limit, held, whose, [file.name for file in new]))


def excess(limit: Limit, held: int, whose: str, names: Sequence[str]) -> str:
    """Why files were refused, and what helps."""
    if limit is UPLOADED:
        remedy = "Try again when others have closed theirs, or upload smaller files"
    else:
        remedy = "Remove files with ✕, or upload smaller ones"
    return (
        f"{', '.join(names)}: deleted unread. {whose} would hold {held / MB:,.0f} MB of uploaded "
        f"files, the limit is {limit.value:,} MB. {remedy}. Whoever runs the server can allow more "
        f"by {limit.variable}"
    )


def _held() -> tuple[int, int]:
    """Bytes of uploads that the server holds: of this session, and of all others."""
    storage = getattr(_uploads(), "file_storage", None)
    if not isinstance(storage, dict):  # a page run without a server
        return 0, 0
    sizes = {
        session: sum(len(file.data) for file in list(files.values()))
        for session, files in list(storage.items())
    }
    own = sizes.pop(session_id(), 0)
    return own, sum(sizes.values())


def _delete(files: Sequence[UploadedFile]) -> None:
    for file in files:
        _uploads().remove_file(session_id(), file.file_id)


def _uploads() -> Any:
    """Streamlit's store of uploads, `MemoryUploadedFileManager`."""
    return runtime.get_instance().uploaded_file_mgr
