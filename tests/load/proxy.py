"""A bad connection to the app: a TCP proxy on 127.0.0.1 between a browser and the server.

It delays both directions, holds some of the chunks back, cuts all connections, and falls asleep as
a laptop does: what is sent meanwhile is lost, though both ends believe that they are connected.
"""

import asyncio
import random
import socket
import struct
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlparse

CHUNK = 2**16
"""Most bytes that travel together: a message of a few figures is one chunk or two."""


class Way:
    """The way to a server, and what is wrong with it; all settings may change at any time.

    address : where a browser finds it.
    delay : seconds that each chunk takes, in each direction.
    late : share of the chunks that take `held` seconds more, drawn with the seed. Order is kept,
        so the chunks behind a late one are late too.
    cut : whether no connection can be made.
    asleep : whether all that is sent is lost.
    passed, kept_late : numbers of chunks so far, and of those that were late.
    under_way : number of chunks that have not arrived yet.
    """

    def __init__(self, server: str, seed: int) -> None:
        found = urlparse(server)
        self.server = (found.hostname, found.port)
        self.address = ""
        self.delay, self.late, self.held = 0.0, 0.0, 1.0
        self.cut = self.asleep = False
        self.passed = self.kept_late = self.under_way = 0
        self._random = random.Random(seed)
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()

    def slow_down(self, delay: float, late: float, held: float) -> None:
        """From now on chunks take time."""
        self.delay, self.late, self.held = delay, late, held

    def go_down(self) -> None:
        """Cut all connections, so that both ends notice, and let nobody connect."""
        self.cut = True
        self._wait_for(self._reset())

    def come_up(self) -> None:
        """Undo `go_down`."""
        self.cut = False

    def fall_asleep(self) -> None:
        """Lose all that is sent, so that neither end notices."""
        self.asleep = True

    def wake(self) -> None:
        """Undo `fall_asleep`: the connections of before turn out to be dead."""
        self._wait_for(self._reset())
        self.asleep = False

    def _wait_for(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _reset(self) -> None:
        for writer in self._writers:
            _reset(writer)
        self._writers.clear()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            if self.cut:
                _reset(writer)
                return
            far_reader, far_writer = await asyncio.open_connection(*self.server)
            self._writers.add(far_writer)
            try:
                await asyncio.gather(
                    self._carry(reader, far_writer), self._carry(far_reader, writer)
                )
            finally:
                self._drop(far_writer)
        except (OSError, asyncio.CancelledError):  # one end reset its connection, or all is over
            pass
        finally:
            self._drop(writer)

    def _drop(self, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()
        self._writers.discard(writer)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One direction, until its source ends; then the other end hears of it."""
        on_the_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        delivery = asyncio.create_task(self._deliver(on_the_way, writer))
        try:
            while True:
                chunk = await reader.read(CHUNK)
                late = chunk and self._random.random() < self.late
                self.passed += bool(chunk)
                self.kept_late += bool(late)
                due = self._loop.time() + self.delay + (self.held if late else 0)
                if not self.asleep:
                    on_the_way.put_nowait((due, chunk))
                    self.under_way += 1
                if not chunk:
                    break
            if not self.asleep:
                await delivery
        finally:
            delivery.cancel()
            self.under_way -= on_the_way.qsize()

    async def _deliver(self, on_the_way: asyncio.Queue, writer: asyncio.StreamWriter) -> None:
        while True:
            due, chunk = await on_the_way.get()
            try:
                await asyncio.sleep(due - self._loop.time())
                if not chunk:
                    with suppress(OSError):
                        writer.write_eof()
                    return
                writer.write(chunk)
                await writer.drain()
            finally:
                self.under_way -= 1

    def _run(self, ready: threading.Event) -> None:
        async def listen() -> asyncio.Server:
            listener = await asyncio.start_server(self._meet, "127.0.0.1", 0)
            self.address = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
            return listener

        async def end(left: set[asyncio.Task[None]]) -> None:
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

        listener = self._loop.run_until_complete(listen())
        ready.set()
        self._loop.run_forever()
        listener.close()
        self._loop.run_until_complete(end(asyncio.all_tasks(self._loop)))
        self._loop.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    """End a connection as a machine does that does not know it."""
    now = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
    writer.transport.abort()


@contextmanager
def way_to(server: str, seed: int = 0) -> Iterator[Way]:
    """A way to a server; at first nothing is wrong with it."""
    way, ready = Way(server, seed), threading.Event()
    thread = threading.Thread(target=way._run, args=(ready,), daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield way
    finally:
        way.go_down()
        way._loop.call_soon_threadsafe(way._loop.stop)
        thread.join(10)
