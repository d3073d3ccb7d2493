"""The server killed, ended by a signal and started again, with pages open in front of it."""

import signal
import socket
from contextlib import suppress
from urllib.parse import urlsplit

from tests.load.client import Client
from tests.load.server import Server, free_port, started
from tests.load.tab import LostError

TRAINING = "methods=contrastive&n=500&steps=20000"


def stalled_upload(server: Server, client: Client) -> socket.socket:
    """A connection that has sent a part of a file, and sends no more."""
    place = urlsplit(server.address)
    token = client._http.cookies.get("_streamlit_xsrf") or ""
    head = (
        f"PUT /_stcore/upload_file/{client.session}/1 HTTP/1.1\r\nHost: {place.netloc}\r\n"
        f"X-Xsrftoken: {token}\r\nCookie: _streamlit_xsrf={token}\r\nContent-Length: 9999999\r\n"
        "Content-Type: multipart/form-data; boundary=part\r\n\r\n"
        '--part\r\nContent-Disposition: form-data; name="file"; filename="a.npy"\r\n\r\n'
    )
    upload = socket.create_connection((place.hostname, place.port))
    upload.sendall(head.encode() + bytes(100_000))
    return upload


def test_a_page_goes_on_where_it_was_when_its_killed_server_returns(tmp_path):
    port = free_port()
    with started(tmp_path, port=port) as server:
        page = Client(server.address, "synthetic", "n=500&noise=0.1")
        before = page.charts
        server.stop(signal.SIGKILL)
    with suppress(LostError):
        page.set("Noise σ", 0.3)  # nobody hears of it
    with started(tmp_path, port=port) as server:
        page.resume()
        assert page.query == "n=500&noise=0.3"
        assert page.widgets["Noise σ"].value == 0.3
        assert page.charts != before
        with Client(server.address, "synthetic", "n=500&noise=0.3") as fresh:
            assert fresh.charts == page.charts
        page.set("Noise σ", 0.1)
        assert page.charts == before
        # a signal ends it with status 0, with pages, a training and an upload under way
        other = Client(server.address, "compare", TRAINING)
        assert "Cancel" in other.widgets
        with stalled_upload(server, page):
            assert server.stop(signal.SIGTERM) == 0
        assert server.temporary() == []
        assert server.log().split()[-3:] == ["URL:", server.address, "Stopping..."]
