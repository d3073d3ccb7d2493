"""What a page makes of a browser that has not received yet what the last run sent."""

import pytest
from streamlit.runtime.state.query_params import QueryParams
from streamlit.testing.v1 import AppTest


def script():
    from alignlab.ui.controls import Number
    from alignlab.ui.page import widgets
    from alignlab.ui.state import Page

    A, B = (Number(name=name, label=name, default=0, low=0, high=9) for name in "ab")
    page = Page(
        path="small", title="Small", icon="", summary="", controls=(A, B),
        presets={"Both": {"a": 5, "b": 6}},
    )  # fmt: skip
    page.run(lambda: None, lambda: widgets(A, B))


@pytest.fixture
def app():
    return AppTest.from_function(script).run()


@pytest.fixture
def sent(monkeypatch):
    """The addresses sent to the browser."""
    addresses, send = [], QueryParams._send_query_param_msg

    def note(params):
        addresses.append(dict(params._query_params))
        send(params)

    monkeypatch.setattr(QueryParams, "_send_query_param_msg", note)
    return addresses


def values(app):
    return [slider.value for slider in app.slider]


def test_an_address_that_the_browser_is_about_to_lose_is_sent_again(app, sent):
    app.slider[0].set_value(1).run()
    assert sent == [{"a": "1"}]
    app.query_params.clear()  # what the browser had when the slider went back
    sent.clear()
    app.slider[0].set_value(0).run()
    assert sent == [{}]
    app.run()
    assert sent == [{}]  # nothing is on its way any more


def test_a_slider_moved_before_a_preset_arrives_keeps_its_value(app):
    app.button[0].click().run()
    app.query_params.clear()
    app.slider[0].set_value(0)
    app.slider[1].set_value(1).run()  # the user moved this one, the other is as it was
    assert values(app) == [5, 1]
    assert app.slider[1].proto.set_value  # overtakes the 6 that is on its way
    app.run()
    assert values(app) == [5, 1]
    assert not app.slider[1].proto.set_value


def test_a_slider_moved_after_a_preset_has_arrived_is_not_set_by_the_page(app):
    app.button[0].click().run()
    app.slider[1].set_value(1).run()
    assert values(app) == [5, 1]
    assert not app.slider[1].proto.set_value  # a held key is further on already
