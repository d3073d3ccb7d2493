from types import SimpleNamespace

import pytest

from alignlab.ui.files import quota
from alignlab.ui.files.quota import MB, refuse_excess


@pytest.fixture
def server(monkeypatch):
    """Uploads by session, in MB, and the files that were deleted."""
    held, deleted = {}, []

    def remove(session, file_id):
        del held[session][file_id]
        deleted.append(file_id)

    stored = SimpleNamespace(file_storage=held, remove_file=remove)
    instance = SimpleNamespace(uploaded_file_mgr=stored)
    monkeypatch.setattr(quota.runtime, "get_instance", lambda: instance)
    monkeypatch.setattr(quota, "session_id", lambda: "anna")
    monkeypatch.setenv("ALIGNLAB_SESSION_UPLOADS_MB", "10")
    monkeypatch.setenv("ALIGNLAB_UPLOADS_MB", "15")

    class Data:
        def __init__(self, mb):
            self.mb = mb

        def __len__(self):
            return int(self.mb * MB)

    def upload(session, **sizes):
        files = {name: SimpleNamespace(data=Data(mb)) for name, mb in sizes.items()}
        held.setdefault(session, {}).update(files)
        return [SimpleNamespace(file_id=name, name=name, size=len(Data(mb)))
                for name, mb in sizes.items()]  # fmt: skip

    return SimpleNamespace(upload=upload, held=held, deleted=deleted)


def test_files_within_the_limits_are_admitted(server):
    server.upload("bert", b=5)
    refuse_excess(server.upload("anna", x=6, y=4), ())
    assert server.deleted == []


def test_what_exceeds_the_limit_of_a_session_is_deleted_and_named(server):
    first = server.upload("anna", x=6)
    new = server.upload("anna", y=4.5)
    with pytest.raises(ValueError, match=r"^y: deleted unread\. This session .* 10 MB.*"):
        refuse_excess([*first, *new], {"x"})
    assert server.deleted == ["y"]
    refuse_excess(first, {"x"})


def test_what_exceeds_the_limit_of_all_is_deleted_and_named(server):
    server.upload("bert", b=9)
    with pytest.raises(ValueError, match=r"All sessions .* 16 MB .* limit is 15 MB.*UPLOADS_MB"):
        refuse_excess(server.upload("anna", x=4, y=3), ())
    assert sorted(server.deleted) == ["x", "y"]
    assert server.held["bert"]


def test_files_that_were_admitted_are_not_looked_at_again(server, monkeypatch):
    files = server.upload("anna", x=6)
    refuse_excess(files, ())
    server.upload("bert", b=14)
    refuse_excess(files, {"x"})
    assert server.deleted == []
