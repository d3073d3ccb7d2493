"""Several sessions on one server, over Streamlit's own protocol, and the client that plays them."""

from collections import Counter

import pytest

from alignlab.ui.parts.alignment import PAGE as ALIGNMENT
from tests.apptest import address, open_page, panels
from tests.benchmarks.sessions import at_once, bring
from tests.load.client import Client
from tests.load.pictures import differences
from tests.load.server import started

SHORT_LINK = "n=500&points=12&noise=0.2"
LONG_LINK = "n=20000&points=40&seeds=10&noise=0.2"


@pytest.fixture(scope="module")
def computed(tmp_path_factory):
    file = tmp_path_factory.mktemp("count") / "computed"
    file.touch()
    return file


@pytest.fixture(scope="module")
def server(computed):
    environment = {"ALIGNLAB_TEST_COUNT": str(computed), "OMP_NUM_THREADS": "1"}
    with started(module="tests.load.counting", **environment) as server:
        yield server
        log = [line for line in server.log().splitlines() if line.strip()]
        assert len(log) <= 3, log  # its start


@pytest.fixture(scope="module")
def alone():
    """The page in a session that nobody else disturbs, after one act."""
    app = open_page(ALIGNMENT, noise="0.5")
    next(one for one in app.slider if one.label == "Noise σ").set_value(0.6)
    return app.run()


def test_the_client_shows_what_streamlits_own_reader_shows(server, alone):
    with Client(server.address, "alignment", "noise=0.5") as client:
        first = client.charts
        client.set("Noise σ", 0.6)
        assert differences(client.charts, {k: p["figure"] for k, p in panels(alone).items()}) == []
        assert differences(client.charts, first) != []
        assert client.query == "&".join(f"{k}={v}" for k, v in address(alone).items())
        sliders = {one.label: one.value for one in alone.slider}
        assert {name: client.widgets[name].value for name in sliders} == sliders
        shown = [one.value for one in alone.title] + [one.value for one in alone.markdown]
        assert set(shown) <= set(client.texts)
        assert client.lag > 0


def test_back_reload_and_a_lost_connection_keep_the_page(server):
    with Client(server.address, "alignment", "noise=0.5") as client:
        session, first = client.session, client.charts
        client.set("Noise σ", 0.6)
        client.back()
        assert client.query == "noise=0.5"
        assert differences(client.charts, first) == []
        client.drop()
        client.resume()
        assert client.session == session
        assert differences(client.charts, first) == []
        client.visit("views")
        while client.page == "views":  # the address that the page wrote is an entry of its own
            client.back()
        assert client.page == "alignment"
        assert client.widgets["Noise σ"].value == 0.5
        client.reload()
        assert client.session != session
        assert differences(client.charts, first) == []


def test_a_link_opened_by_several_sessions_at_once_is_computed_once(server, computed):
    computed.write_text("")

    def look():
        with Client(server.address, "sweeps", SHORT_LINK) as client:
            client.settle()
            return client.charts

    seen = at_once([look] * 6)
    counts = Counter(computed.read_text().splitlines())
    assert sum(n for line, n in counts.items() if line.startswith("job ")) == 1
    assert [line for line, n in counts.items() if n > 1] == []
    assert all(differences(charts, seen[0]) == [] for charts in seen)


def test_a_session_sees_neither_file_nor_selection_nor_cancelled_job_of_another(server, alone):
    with (
        Client(server.address, "alignment") as one,
        Client(server.address, "alignment", "noise=0.5") as other,
    ):
        other.forbidden = [b"secret01"]
        bring(one, 1)
        one.select("plain", [1, 2])
        other.set("Noise σ", 0.6)
        assert one.mentions("secret01")
        assert not other.overheard
        figures = {name: panel["figure"] for name, panel in panels(alone).items()}
        assert differences(other.charts, figures) == []
        for client in (one, other):
            client.visit("sweeps", LONG_LINK)
        one.press("Cancel")
        other.rest(0.5)
        assert "Restart" in one.widgets
        assert "Cancel" in other.widgets
        other.press("Cancel")
        assert not one.errors
        assert not other.errors
