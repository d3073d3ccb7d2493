from streamlit.testing.v1 import AppTest

from alignlab.ui import sessions
from alignlab.ui.sessions import Sessions
from tests.server import ROOT


class Server:
    """Sessions of which some are connected."""

    def __init__(self):
        self.sessions, self.connected = Sessions(), set()

    def opens(self, session, limit=2):
        self.connected.add(session)
        return self.sessions.admit(session, limit, self.connected.__contains__)


def test_sessions_beyond_the_limit_are_not_admitted_until_one_leaves():
    server = Server()
    assert [server.opens(name) for name in ("anna", "bert", "cleo")] == [True, True, False]
    assert server.opens("anna")  # again
    server.connected.discard("bert")
    assert server.opens("cleo")
    assert not server.opens("bert")  # who comes back later waits as anybody does
    assert server.opens("bert", limit=3)


def test_a_session_that_was_not_admitted_takes_no_room():
    server = Server()
    for name in "abcde":
        server.opens(name)
    server.connected.discard("a")
    assert server.opens("e")
    assert not server.opens("c")


FULL = """
from unittest.mock import patch
from alignlab.ui import sessions

with patch.object(sessions, "_admit", lambda: {admitted}):
    if sessions.admitted():
        import streamlit as st
        st.markdown("the page")
"""


def page(admitted):
    return AppTest.from_string(FULL.format(admitted=admitted), default_timeout=60).run()


def test_a_full_server_says_so_and_what_to_do(monkeypatch):
    monkeypatch.setenv("ALIGNLAB_SESSIONS", "20")
    app = page(admitted=False)
    assert app.title[0].value == "This server is full"
    assert app.markdown[0].value.startswith("20 of 20 open sessions (browser tabs) are in use.")
    assert "ALIGNLAB_SESSIONS" in app.markdown[0].value
    assert [button.label for button in app.button] == ["Try again"]
    assert not app.exception
    assert [m.value for m in page(admitted=True).markdown] == ["the page"]


def test_a_limit_that_is_set_wrongly_is_named_on_every_page(monkeypatch):
    monkeypatch.setenv("ALIGNLAB_SESSIONS", "many")
    app = page(admitted=True)
    assert "ALIGNLAB_SESSIONS='many'" in app.error[0].value
    assert not app.markdown


def test_the_app_asks_before_it_runs_a_page(monkeypatch):
    monkeypatch.setattr(sessions, "_admit", lambda: False)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    assert app.title[0].value == "This server is full"
    assert not app.exception
