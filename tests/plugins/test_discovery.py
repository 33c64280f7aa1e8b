"""Which plugins are on, and what the others leave behind: nothing."""

import pytest
from webtest import TestApp

from hhu_base import configure
from hhu_base.settings import ConfigurationError


def test_an_unknown_plugin_stops_the_start_with_what_is_installed(settings):
    with pytest.raises(ConfigurationError, match="'submarines'; installed: .*rooms"):
        configure(settings | {"hhu.plugins": "submarines"})


def test_a_plugin_that_is_not_enabled_leaves_no_trace(settings):
    config = configure(settings | {"hhu.plugins": ""})
    app = config.make_wsgi_app()
    answer = TestApp(app).get("/meetingrooms/", status=404)
    assert answer.json == {"detail": "未找到。"}
    assert all(name.startswith("core.") for name in app.registry["tasks"])
    app.registry["engine"].dispose()


def test_an_enabled_plugin_brings_its_services_and_tasks(app):
    TestApp(app).get("/meetingrooms/", status=401)
    assert app.registry["tasks"]["rooms.decide"].queue == "reservations"
