"""One browser tab without a browser: Streamlit's own protocol over a websocket.

It holds the page as the front end does, sends what a browser sends (all widget values with each
act, the timers of fragments), and tells what a user sees: widgets by label, charts by name.
"""

from __future__ import annotations

import socket
import time
from typing import Any
from urllib.parse import parse_qsl

import orjson
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import UploadedFileInfo
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.state.session_state import STREAMLIT_INTERNAL_KEY_PREFIX

from tests.load.panels import controls, part, text_of
from tests.load.tab import DRAWN, LostError, Tab
from tests.load.tree import Node
from tests.load.widgets import Widget, first_value, has_state, identity, plain, sent, state, widget
from tests.points import read


class Client(Tab):
    """A tab that has opened a page; it waits until the page is idle.

    query : the address's parameters as the server last set them.
    lag : seconds from the last act to the first message with new chart data; None if there was
        none. received : bytes since the start.
    """

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
        if one.preset is not None:
            self._change(one.preset, whole=True, wait=wait)
            return
        self._act(one.fragment, extra=[state(one.id, one.field, True)], wait=wait)

    def set(self, label: str, value: Any, wait: bool = True) -> None:
        """Set a control, as the user sees its value: a number, a label, a list of labels.

        wait : False sends the act and returns, as a hand does that moves on.
        """
        one = self._find(label)
        if one.disabled:
            raise ValueError(f"{label}: the control is disabled")
        if one.control is not None:
            self._change({one.id: text_of(one, value)}, wait=wait)
            return
        self._values[one.id] = (one.field, sent(one, value))
        self._act(one.fragment, wait=wait)

    def drag(self, label: str, value: Any) -> None:
        """Move a slider that stays held, until new chart data come: the rest of the page waits."""
        one = self._find(label)
        self._change({one.id: text_of(one, value)}, moving=True, wait=False)
        deadline = time.monotonic() + self.seconds
        while self.lag is None:
            self._pump(0.02)
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.page}: {label} at {value} draws nothing new")

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
        if page == self.page:  # the controls tell of it as of any other change
            self.query = query
            self._change(dict(parse_qsl(query)), whole=True)
        else:
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

    # ---- what the user sees ----

    @property
    def widgets(self) -> dict[str, Widget]:
        """Widgets by label without icons; a label that stands twice gets " #2"."""
        found: dict[str, Widget] = {}
        for node in self._tree.nodes():
            if told := part(node):
                shown = controls(told)
            elif has_state(node) and node.kind not in ("bidi_component", "tab_container"):
                held = self._values.get(identity(node))
                one = widget(node, held[1] if held else first_value(node))
                shown = [(plain(one.label), one)]
            else:
                continue
            for label, one in shown:
                count = 1
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

    def _find(self, label: str) -> Widget:
        known = self.widgets
        if label not in known:
            raise ValueError(f"no widget {label!r} among {', '.join(known)}")
        return known[label]

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
