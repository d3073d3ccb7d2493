"""The bad connection of the load tests is as bad as it says."""

import socket
import threading
import time
from urllib.parse import urlparse

import pytest

from tests.load.proxy import way_to


@pytest.fixture
def echo():
    """Address of a server that sends everything back."""

    def answer(listener):
        while True:
            try:
                met, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(met,), daemon=True).start()

    def serve(met):
        with met:
            try:
                while chunk := met.recv(1024):
                    met.sendall(chunk)
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=answer, args=(listener,), daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def connect(way) -> socket.socket:
    found = urlparse(way.address)
    return socket.create_connection((found.hostname, found.port), timeout=10)


def heard(talk, count) -> bytes:
    found = b""
    while len(found) < count and (chunk := talk.recv(1024)):
        found += chunk
    return found


def test_chunks_arrive_in_order_though_some_are_late(echo):
    said = [f"{number:04}".encode() for number in range(40)]
    late = []
    for _ in range(2):
        with way_to(echo, seed=1) as way, connect(way) as talk:
            way.slow_down(0.0, 0.3, 0.001)
            back = b""
            for word in said:  # one at a time, so that each is a chunk of its own
                talk.sendall(word)
                back += heard(talk, 4)
            assert back == b"".join(said)
            assert way.passed == 2 * len(said)
            late.append(way.kept_late)
    assert late[0] == late[1]
    assert 10 <= late[0] <= 40


def test_the_end_of_a_conversation_is_passed_on(echo):
    with way_to(echo) as way, connect(way) as talk:
        talk.sendall(b"last words")
        talk.shutdown(socket.SHUT_WR)
        assert heard(talk, 100) == b"last words"
        for _ in range(100):
            if not way.under_way:
                break
            time.sleep(0.05)
        assert way.under_way == 0


def test_a_cut_is_noticed_and_nobody_connects_until_it_is_mended(echo):
    with way_to(echo) as way:
        with connect(way) as talk:
            talk.sendall(b"a")
            assert heard(talk, 1) == b"a"
            way.go_down()
            with pytest.raises(ConnectionError):
                talk.recv(1)
        with pytest.raises(ConnectionError), connect(way) as talk:
            talk.recv(1)
        way.come_up()
        with connect(way) as talk:
            talk.sendall(b"b")
            assert heard(talk, 1) == b"b"


def test_what_is_said_while_it_sleeps_is_lost_and_the_connection_is_dead_afterwards(echo):
    with way_to(echo) as way, connect(way) as talk:
        talk.sendall(b"a")
        assert heard(talk, 1) == b"a"
        way.fall_asleep()
        talk.sendall(b"lost")  # accepted: nobody notices
        talk.settimeout(0.2)
        with pytest.raises(TimeoutError):
            talk.recv(1)
        talk.settimeout(10)
        way.wake()
        with pytest.raises(ConnectionError):
            talk.recv(1)
        with connect(way) as again:
            again.sendall(b"b")
            assert heard(again, 1) == b"b"
