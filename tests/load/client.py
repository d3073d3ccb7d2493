"""One browser tab without a browser: Streamlit's own protocol over a websocket.

It holds the page as the front end does, sends what a browser sends (all widget values with each
act, the timers of fragments), and tells what a user sees: widgets by label, charts by name.
"""

from __future__ import annotations

import socket
import time
from typing import Any
from urllib.parse import urlsplit

import orjson
import requests
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import UploadedFileInfo
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.state.session_state import STREAMLIT_INTERNAL_KEY_PREFIX
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.load.tree import Node, Tree
from tests.load.widgets import (
    Widget,
    field_of,
    first_value,
    has_state,
    identity,
    is_set,
    kind_of,
    plain,
    sent,
    state,
    widget,
)
from tests.points import read

QUIET = 0.05
"""Seconds without a message after the end of a run that count as idle."""

DRAWN = ("alignlab_charts", "alignlab_points")
"""The components that draw charts."""


class LostError(Exception):
    """The server closed the connection or does not answer."""


class Client:
    """A tab that has opened a page; it waits until the page is idle.

    query : the address's parameters as the server last set them.
    lag : seconds from the last act to the first message with new chart data; None if there was
        none. received : bytes since the start.
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

    # ---- acts of a user ----

    def visit(self, page: str, query: str = "") -> None:
        """Another page through the menu or a link, in the same session."""
        self._remember()
        self._go(page, query)

    def press(self, label: str, wait: bool = True) -> None:
        """Press a button by its label."""
        one = self._find(label)
        if one.disabled:
            raise ValueError(f"{label}: the button is disabled")
        self._act(one.fragment, extra=[state(one.id, one.field, True)], wait=wait)

    def set(self, label: str, value: Any, wait: bool = True) -> None:
        """Set a control, as the user sees its value: a number, a label, a list of labels.

        wait : False sends the act and returns, as a hand does that moves on.
        """
        one = self._find(label)
        if one.disabled:
            raise ValueError(f"{label}: the control is disabled")
        self._values[one.id] = (one.field, sent(one, value))
        self._act(one.fragment, wait=wait)

    def select(self, chart: str, rows: list[int], wait: bool = True) -> None:
        """A lasso on a chart that is linked: its row ids, none to clear the selection."""
        node = self._grids[chart]
        if node.proto.bidi_component.component_name == "alignlab_points":
            self.trigger(chart, "selected", rows, wait)
        elif not rows:
            self.trigger(chart, "dropped", 1, wait)
        else:
            held = orjson.loads(self._values.get(identity(node), ("", "{}"))[1])
            self._values[identity(node)] = (
                "json_value",
                orjson.dumps(held | {"selected": rows}).decode(),
            )
            self._act(node.fragment, wait=wait)

    def trigger(self, chart: str, event: str, value: Any, wait: bool = True) -> None:
        """An event of the grid that this chart stands in, such as "picked"."""
        node = self._grids[chart]
        message = WidgetState(id=f"{STREAMLIT_INTERNAL_KEY_PREFIX}_{identity(node)}__events")
        message.json_trigger_value = orjson.dumps([{"event": event, "value": value}]).decode()
        self._act(node.fragment, extra=[message], wait=wait)

    def upload(self, label: str, files: dict[str, bytes], wait: bool = True) -> None:
        """Put files, bytes by name, into the uploader with this label (all replaced)."""
        one = self._find(label)
        request = BackMsg()
        request.file_urls_request.request_id = str(time.monotonic())
        request.file_urls_request.file_names.extend(files)
        request.file_urls_request.session_id = self.session
        self._urls = None
        self._send(request)
        deadline = time.monotonic() + self.seconds
        while self._urls is None:
            self._pump(0.05)
            if time.monotonic() > deadline:
                raise LostError("the server names no place for an upload")
        infos = []
        token = self._http.cookies.get("_streamlit_xsrf") or ""
        for urls, (name, content) in zip(self._urls, files.items(), strict=True):
            answer = self._http.put(
                self.address + urls.upload_url,
                files={"file": (name, content)},
                headers={"X-Xsrftoken": token},
                timeout=self.seconds,
            )
            answer.raise_for_status()
            infos.append(
                UploadedFileInfo(name=name, size=len(content), file_id=urls.file_id, file_urls=urls)
            )
        self._values[one.id] = (one.field, infos)
        self._act(one.fragment, wait=wait)

    def back(self) -> None:
        """The browser's Back; ValueError if there is nothing before."""
        if not self._before:
            raise ValueError("there is no page before this one")
        page, query = self._before.pop()
        self._go(page, query, history=True)

    def reload(self) -> None:
        """The browser's reload: the address in a new session; the old one is closed."""
        self.close()
        self._begin()

    def drop(self) -> None:
        """Lose the connection without closing it, as a laptop that goes to sleep."""
        self._socket.socket.shutdown(socket.SHUT_RDWR)

    def resume(self) -> None:
        """Connect again with the same session, as the front end does, and wait."""
        self._connect(self.session)
        self._act("")

    def close(self) -> None:
        """Close the tab."""
        self._socket.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- waiting ----

    def settle(self, seconds: float | None = None) -> None:
        """Wait until nothing runs, jobs included: timers are sent as a browser does."""
        deadline = time.monotonic() + (seconds or self.seconds)
        while True:
            self._until_idle(deadline)
            if not self._timers:
                return
            self._pump(min(0.1, max(self._next_timer() - time.monotonic(), 0.005)))
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.page}: work still runs after {seconds} s")

    def rest(self, seconds: float) -> None:
        """Do nothing for some seconds, as a person who looks at the page."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._pump(min(left, 0.25))

    # ---- what the user sees ----

    @property
    def widgets(self) -> dict[str, Widget]:
        """Widgets by label without icons; a label that stands twice gets " #2"."""
        found: dict[str, Widget] = {}
        for node in self._tree.nodes():
            if has_state(node) and node.kind not in ("bidi_component", "tab_container"):
                held = self._values.get(identity(node))
                one = widget(node, held[1] if held else first_value(node))
                label, count = plain(one.label), 1
                while (name := label if count == 1 else f"{label} #{count}") in found:
                    count += 1
                found[name] = one
        return found

    @property
    def charts(self) -> dict[str, dict]:
        """The charts by name: Plotly's figures, and the pictures of points with their arrays."""
        found: dict[str, dict] = {}
        for node in self._components():
            raw = node.proto.bidi_component
            if raw.component_name == "alignlab_charts":
                found |= {p["name"]: p["figure"] for p in orjson.loads(raw.bytes)["panels"]}
            else:
                grid = read(raw.bytes)
                found |= {p["name"]: p | {"marks": grid["marks"]} for p in grid["panels"]}
        return found

    @property
    def texts(self) -> list[str]:
        """Titles, paragraphs and captions in reading order."""
        return [
            getattr(node.proto, node.kind).body
            for node in self._elements()
            if node.kind in ("markdown", "heading", "text")
        ]

    @property
    def tables(self) -> list[bytes]:
        """The data of each table in Arrow's format."""
        return [
            getattr(node.proto, node.kind).arrow_data.data
            for node in self._elements()
            if node.kind in ("arrow_data_frame", "arrow_table")
        ]

    @property
    def errors(self) -> list[str]:
        """Exceptions that the page shows, and those of the script as a whole."""
        shown = [
            f"{node.proto.exception.type}: {node.proto.exception.message}"
            for node in self._elements()
            if node.kind == "exception"
        ]
        return self._failures + shown

    @property
    def boxes(self) -> list[str]:
        """The words in boxes: `st.error`, `st.warning`, `st.info`."""
        return [node.proto.alert.body for node in self._elements() if node.kind == "alert"]

    def mentions(self, word: str) -> bool:
        """Whether anything on the page contains this word: texts, labels, charts, tables."""
        return any(
            node.proto is not None and word.encode() in node.proto.SerializeToString()
            for node in self._tree.nodes()
        )

    # ---- the protocol ----

    def _begin(self) -> None:
        self._tree = Tree()
        self._values: dict[str, tuple[str, Any]] = {}
        self._timers: dict[str, list[float]] = {}
        self._seen: dict[str, bytes] = {}
        self._failures: list[str] = []
        self._before: list[tuple[str, str]] = []
        self._pages: dict[str, str] = {}
        self._urls: Any = None
        self._run = self._script = self._router = ""
        self._awaited: set[str] = set()
        self._running = False
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
        self._timers.clear()
        if script != self._script:
            self._tree.leave_page(self._router)
            self._forget_values()
        self._act("", script=script, history=history)

    def _remember(self) -> None:
        self._before.append((self.page, self.query))

    def _find(self, label: str) -> Widget:
        known = self.widgets
        if label not in known:
            raise ValueError(f"no widget {label!r} among {', '.join(known)}")
        return known[label]

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
        rerun.query_string = self.query
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
        if self._script and new.page_script_hash != self._script:
            self._tree.leave_page(self._router)
            self._forget_values()
        self._script = new.page_script_hash
        self._run = message.metadata.run.script_run_id
        self._running = True

    def _on_delta(self, message: ForwardMsg) -> None:
        node = self._tree.apply(message, self._run)
        if node is None:
            return
        if has_state(node):
            self._learn(node)
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
        self._running = False
        self._history = False
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
        self.query = query

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

    # ---- the tree ----

    def _elements(self) -> list[Node]:
        return [node for node in self._tree.nodes() if not node.is_block and node.kind]

    def _components(self) -> list[Node]:
        return [
            node
            for node in self._elements()
            if node.kind == "bidi_component" and node.proto.bidi_component.component_name in DRAWN
        ]

    @property
    def _grids(self) -> dict[str, Node]:
        found = {}
        for node in self._components():
            raw = node.proto.bidi_component
            if raw.component_name == "alignlab_charts":
                names = [panel["name"] for panel in orjson.loads(raw.bytes)["panels"]]
            else:
                names = [panel["name"] for panel in read(raw.bytes)["panels"]]
            found |= dict.fromkeys(names, node)
        return found
