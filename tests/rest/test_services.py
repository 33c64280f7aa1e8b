"""Services: how they are declared, and that applications do not pile up."""

from __future__ import annotations

import importlib
from datetime import UTC, date, datetime

import pytest
from webtest import TestApp

from hhu_base.rest import service

API = r"""
from hhu_base.rest import Text, body, service
import colander

class Schema(colander.MappingSchema):
    name = Text(max_length=5)

one = service("scanned", r"/scanned/{id:\d+}/")
above = service("scanned-above", "/scanned/")

@one.get()
def read(request):
    return {"id": request.matchdict["id"]}

@above.post(validators=(body(Schema),))
def write(request):
    return request.validated
"""


@pytest.mark.parametrize("path", ["/things", "things/", "/things/{id}/"])
def test_a_path_is_written_in_full(path):
    with pytest.raises(ValueError, match="slash|pattern"):
        service("x", path)


def test_applications_made_one_after_the_other_are_alike(configure, tmp_path, monkeypatch):
    (tmp_path / "scanned_plugin.py").write_text(API)
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("scanned_plugin")
    validators = []

    for _ in range(3):
        config = configure()
        config.scan("scanned_plugin")
        app = TestApp(config.make_wsgi_app(), extra_environ={"HTTP_AUTHORIZATION": "Token good"})
        assert app.get("/scanned/5").json == {"id": "5"}
        assert app.post_json("/scanned/", {"name": "x"}).json == {"name": "x"}
        app.post_json("/scanned/", {"name": "xxxxxx"}, status=400)
        validators.append([len(args["validators"]) for _, _, args in module.above.definitions])

    assert validators == [[3]] * 3


def test_times_leave_with_the_offset_of_the_site(configure):
    config = configure()
    config.add_route("times", "/times/")
    value = {
        "instant": datetime(2020, 2, 22, 9, 2, 0, 999, tzinfo=UTC),
        "day": date(2020, 2, 22),
        "name": "褚杰",
    }
    config.add_view(lambda request: value, route_name="times", renderer="json")

    response = TestApp(config.make_wsgi_app()).get("/times/")

    assert response.headers["Content-Type"] == "application/json"
    assert response.json == {
        "instant": "2020-02-22T17:02:00+08:00",
        "day": "2020-02-22",
        "name": "褚杰",
    }
    assert "褚杰".encode() in response.body


@pytest.mark.parametrize("value", [datetime(2020, 2, 22), float("nan"), object()])  # noqa: DTZ001
def test_what_has_no_form_in_json_is_our_mistake(configure, value):
    config = configure()
    config.add_route("odd", "/odd/")
    config.add_view(lambda request: {"value": value}, route_name="odd", renderer="json")

    TestApp(config.make_wsgi_app()).get("/odd/", status=500)


def test_no_content_has_none(signed_in):
    response = signed_in.put("/things/", status=204)
    assert response.body == b""
    assert "Content-Type" not in response.headers
    signed_in.delete("/things/5/", status=204)
