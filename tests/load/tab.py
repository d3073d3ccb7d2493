"""Streamlit's protocol from the side of the browser: what a tab sends, and how it takes answers."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.state.session_state import STREAMLIT_INTERNAL_KEY_PREFIX
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.load.panels import Desk, part
from tests.load.tree import Node, Tree
from tests.load.widgets import field_of, first_value, has_state, identity, is_set, kind_of, state

QUIET = 0.05
"""Seconds without a message after the end of a run that count as idle."""

LONG = 3600.0
"""Seconds: a timer that is due later than this waits for no work under way."""

DRAWN = ("alignlab_charts", "alignlab_points")
"""The components that draw charts."""


class LostError(Exception):
    """The server closed the connection or does not answer."""


class Tab:
    """A connection and the page behind it, with the rules of Streamlit's front end.

    Acts and what is seen are those of `tests.load.client.Client`.
    """

    def __init__(self, address: str, page: str = "", query: str = "", seconds: float = 60) -> None:
        self.address, self.page, self.query = address, page, query
        self.seconds = seconds
        self.session = ""
        self.received = 0
        self.forbidden: list[bytes] = []
        self.overheard: set[bytes] = set()
        self.lag: float | None = None
        self._http = requests.Session()
        self._http.get(f"{address}/_stcore/host-config", timeout=30)
        self._http.get(f"{address}/_stcore/health", timeout=30)
        self._begin()

    def settle(self, seconds: float | None = None) -> None:
        """Wait until nothing runs, jobs included: timers are sent as a browser does."""
        deadline = time.monotonic() + (seconds or self.seconds)
        while True:
            self._until_idle(deadline)
            if self._next_timer() - time.monotonic() > LONG:
                return
            self._pump(min(0.1, max(self._next_timer() - time.monotonic(), 0.005)))
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.page}: work still runs after {seconds} s")

    def rest(self, seconds: float) -> None:
        """Do nothing for some seconds, as a person who looks at the page."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._pump(min(left, 0.25))

    def _begin(self) -> None:
        self._tree = Tree()
        self._desk = Desk()
        self._told_query = self.query  # what Streamlit's front end sends, which is not told of ours
        self._values: dict[str, tuple[str, Any]] = {}
        self._timers: dict[str, list[float]] = {}
        self._seen: dict[str, bytes] = {}
        self._failures: list[str] = []
        self._before: list[tuple[str, str]] = []
        self._pages: dict[str, str] = {}
        self._urls: Any = None
        self._run = self._script = self._router = ""
        self._awaited: set[str] = set()
        self._running = self._leaving = False
        self._history = False
        self._sent = time.monotonic()
        self._connect()
        self._act("", page=self.page)

    def _connect(self, session: str = "") -> None:
        token = self._http.cookies.get("_streamlit_xsrf") or "PLACEHOLDER_AUTH_TOKEN"
        place = urlsplit(self.address)
        self._socket: ClientConnection = connect(
            f"ws://{place.netloc}/_stcore/stream",
            subprotocols=["streamlit", token, *([session] if session else [])],
            additional_headers={"Cookie": f"_streamlit_xsrf={token}"},
            max_size=None,
            max_queue=None,
            open_timeout=60,
            compression=None,
        )

    def _go(self, page: str, query: str, history: bool = False) -> None:
        script = self._pages.get(page)
        if script is None:
            raise ValueError(f"{page!r} is not one of the pages {', '.join(self._pages)}")
        self.page, self.query = page, query
        self._told_query = query
        self._timers.clear()
        if script != self._script:
            self._tree.leave_page(self._router)
            self._forget_values()
            self._leaving = True
        self._act("", script=script, history=history)

    def _remember(self) -> None:
        self._before.append((self.page, self.query))

    def _act(
        self,
        fragment: str,
        extra: list | None = None,
        page: str = "",
        script: str = "",
        history: bool = False,
        wait: bool = True,
    ) -> None:
        self._history = history
        self.lag, self._sent = None, time.monotonic()
        self._awaited.add(fragment)
        self._rerun(fragment, extra or [], page, script, history)
        if wait:
            self._until_idle(time.monotonic() + self.seconds)

    def _change(
        self,
        values: dict[str, str],
        whole: bool = False,
        moving: bool = False,
        wait: bool = True,
    ) -> None:
        self._desk.change(values, whole, moving)
        self._act("", extra=[self._changes()], wait=wait)

    def _changes(self) -> WidgetState:
        """What the component of the controls tells: all changes that were not heard."""
        self._desk.connection = self._desk.now and self._desk.now["connection"]
        message = WidgetState(id=f"{STREAMLIT_INTERNAL_KEY_PREFIX}_{self._address_id}__events")
        told = [{"event": "changes", "value": self._desk.changes}]
        message.json_trigger_value = orjson.dumps(told).decode()
        return message

    def _on_address(self, node: Node, told: dict[str, Any]) -> None:
        """The last part of a page has come, with its address."""
        self._address_id = identity(node)
        if self._desk.arrived(told):
            self._awaited.add("")
            self._rerun(extra=[self._changes()])
        if self._desk.changes:
            return
        replaces = self._desk.replaces()
        if told["address"] != self.query:
            if not replaces:
                self._before.append((self.page, self.query))
            self.query = told["address"]

    def _rerun(
        self,
        fragment: str = "",
        extra: list | None = None,
        page: str = "",
        script: str = "",
        history: bool = False,
        timer: bool = False,
    ) -> None:
        message = BackMsg()
        rerun = message.rerun_script
        rerun.query_string = self._told_query
        changed = {one.id for one in extra or []}
        for id, (field, value) in self._values.items():
            if id not in changed:
                rerun.widget_states.widgets.append(state(id, field, value))
        rerun.widget_states.widgets.extend(extra or [])
        rerun.page_script_hash = script or self._script
        rerun.page_name = "" if rerun.page_script_hash else page
        rerun.fragment_id = fragment
        rerun.is_auto_rerun = timer
        rerun.is_history_navigation = history
        rerun.context_info.timezone = "UTC"
        rerun.context_info.locale = "en-US"
        rerun.context_info.url = f"{self.address}/{self.page}"
        self._send(message)

    def _send(self, message: BackMsg) -> None:
        try:
            self._socket.send(message.SerializeToString())
        except ConnectionClosed as error:
            raise LostError(str(error)) from error

    def _until_idle(self, deadline: float) -> None:
        asked = time.monotonic()
        while True:
            heard = self._pump(QUIET)
            now = time.monotonic()
            if not heard and not self._running:
                if not self._awaited:
                    return
                # a run of a fragment that a full run has just removed is never answered
                if "" not in self._awaited and now - asked > 2:
                    self._awaited.clear()
                    return
            if now > deadline:
                raise TimeoutError(f"{self.page}: the page is not idle in time")

    def _next_timer(self) -> float:
        return min((due for _, due in self._timers.values()), default=float("inf"))

    def _pump(self, seconds: float) -> bool:
        """Send due timers, take in what arrives within some seconds; whether anything did."""
        now = time.monotonic()
        for fragment, timer in self._timers.items():
            if timer[1] <= now:
                timer[1] = now + timer[0]
                self._rerun(fragment, timer=True)
        heard = False
        try:
            data = self._socket.recv(timeout=max(seconds, 0))
            while True:
                heard = True
                self._take(data)
                data = self._socket.recv(timeout=0)
        except TimeoutError:
            return heard
        except ConnectionClosed as error:
            raise LostError(str(error)) from error

    def _take(self, data: Any) -> None:
        self.received += len(data)
        self.overheard |= {word for word in self.forbidden if word in data}
        message = ForwardMsg.FromString(data)
        if message.metadata.cacheable:  # a browser would hold it, and be told by reference later
            raise LostError(f"{self.page}: a message that a browser may have dropped by then")
        kind = message.WhichOneof("type")
        handler = getattr(self, f"_on_{kind}", None)
        if handler is not None:
            handler(message)

    def _on_new_session(self, message: ForwardMsg) -> None:
        new, fragments = message.new_session, set(message.metadata.run.fragment_ids)
        self.session = new.initialize.session_id or self.session
        self._router = new.main_script_hash
        if fragments:
            self._awaited -= fragments
        else:
            self._timers.clear()
            self._awaited.clear()
            self._failures.clear()
            self._leaving = False
        if self._script and new.page_script_hash != self._script:
            self._tree.leave_page(self._router)
            self._forget_values()
        self._script = new.page_script_hash
        self._run = message.metadata.run.script_run_id
        self._running = True

    def _on_delta(self, message: ForwardMsg) -> None:
        if self._leaving:  # the rest of what a run of the page before has sent
            return
        node = self._tree.apply(message, self._run)
        if node is None:
            return
        if has_state(node):
            self._learn(node)
        if (told := part(node)) and told["kind"] == "address":
            self._on_address(node, told)
        if node.kind == "bidi_component" and node.proto.bidi_component.component_name in DRAWN:
            raw = node.proto.bidi_component
            if self._seen.get(raw.id) != raw.bytes:
                self._seen[raw.id] = raw.bytes
                if self.lag is None:
                    self.lag = time.monotonic() - self._sent

    def _learn(self, node: Node) -> None:
        """A widget that is drawn anew, or set by the page, tells the browser its value."""
        id, kind = identity(node), kind_of(node)
        if kind in ("button", "bidi_component"):
            return
        if id not in self._values or is_set(node):
            self._values[id] = (field_of(node), first_value(node))

    def _forget_values(self) -> None:
        alive = {identity(node) for node in self._tree.nodes()}
        self._values = {id: value for id, value in self._values.items() if id in alive}

    def _on_script_finished(self, message: ForwardMsg) -> None:
        run = message.metadata.run
        if message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            return  # another run follows
        if run.script_run_id == self._run:
            self._running = self._history = False
        if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            return
        fragments = list(run.fragment_ids)
        if fragments or run.script_run_id == self._run:
            self._tree.remove_stale(run.script_run_id, fragments)
            self._forget_values()

    def _on_session_event(self, message: ForwardMsg) -> None:
        if message.session_event.WhichOneof("type") == "script_compilation_exception":
            failure = message.session_event.script_compilation_exception
            self._failures.append(f"{failure.type}: {failure.message}")

    def _on_page_info_changed(self, message: ForwardMsg) -> None:
        query = message.page_info_changed.query_string
        if query != self.query and not self._history:
            self._before.append((self.page, self.query))
        self.query = self._told_query = query

    def _on_navigation(self, message: ForwardMsg) -> None:
        self._pages = {
            "" if page.is_default else page.url_pathname: page.page_script_hash
            for page in message.navigation.app_pages
        }
        self._script = script = message.navigation.page_script_hash
        named = [name for name, known in self._pages.items() if known == script]
        self.page = named[0] if named else self.page

    def _on_auto_rerun(self, message: ForwardMsg) -> None:
        timer = message.auto_rerun
        known = self._timers.get(timer.fragment_id)
        if known is None or known[0] != timer.interval:
            self._timers[timer.fragment_id] = [timer.interval, time.monotonic() + timer.interval]

    def _on_stop_auto_rerun(self, message: ForwardMsg) -> None:
        for fragment in message.stop_auto_rerun.fragment_ids:
            self._timers.pop(fragment, None)

    def _on_file_urls_response(self, message: ForwardMsg) -> None:
        self._urls = list(message.file_urls_response.file_urls)
