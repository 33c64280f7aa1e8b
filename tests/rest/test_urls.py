"""Trailing slashes, and URLs that cannot be read."""

from __future__ import annotations

import pytest
from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError
from pyramid.interfaces import IRoutesMapper
from pyramid.request import Request
from pyramid.response import Response
from pyramid.urldispatch import RoutesMapper
from webtest import TestApp

from hhu_base.web.trailing_slashes import other_form


@pytest.mark.parametrize("path", ["/things/", "/things", "/things/5/", "/things/5"])
def test_a_path_works_with_and_without_its_slash(signed_in, path):
    signed_in.get(path, status=200)


def test_a_body_survives_a_missing_slash(signed_in):
    response = signed_in.post_json("/things", {"meetingroom": 1, "description": "x"}, status=200)

    assert response.json["description"] == "x"


def test_a_route_without_a_slash_works_with_one_and_an_exact_match_wins(configure):
    config = configure()
    for name in ("/plain", "/both", "/both/"):
        config.add_route(name, name)
        config.add_view(lambda request: Response(request.matched_route.name), route_name=name)
    app = TestApp(config.make_wsgi_app())

    assert app.get("/plain/").text == "/plain"
    assert app.get("/both").text == "/both"
    assert app.get("/both/").text == "/both/"


def test_only_one_slash_is_forgiven(signed_in):
    signed_in.get("/things//", status=404)
    signed_in.get("//things/", status=404)


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/a", "/a/"), ("/a/", "/a"), ("/", None), ("", None), ("//", None), ("/a//", None)],
)
def test_the_other_form_of_a_path(path, expected):
    assert other_form(path) == expected


def test_it_must_be_included_before_the_routes():
    config = Configurator(autocommit=True)
    config.add_route("early", "/early/")

    with pytest.raises(ConfigurationError, match="before anything"):
        config.include("hhu_base.web.trailing_slashes")


@pytest.mark.parametrize(
    "path", ["/%ff", "/%ff/", "/things/%ff/", "/%00", "/things/%00", "/things/%0A"]
)
def test_a_path_that_cannot_be_read_is_not_found(signed_in, path):
    assert signed_in.get(path, status=404).json == {"detail": "未找到。"}


@pytest.mark.parametrize("query", ["x=%ff", "%ff", "x=%e4%b8", "_LOCALE_=%ff"])
def test_a_query_that_is_no_utf8_is_refused(signed_in, query):
    for path in ("/search/", "/things/", "/nowhere/"):
        response = signed_in.get(f"{path}?{query}", status=400)
        assert "detail" in response.json


@pytest.mark.parametrize("query", ["x=%", "x=%zz", "&&&", "=", "x=%E8%A4%9A", "y=%00"])
def test_an_odd_query_does_no_harm(signed_in, query):
    signed_in.get(f"/search/?{query}", status=200)


def test_a_chinese_path_is_just_unknown(app):
    app.get("/%E8%A4%9A%E6%9D%B0/", status=404)


def test_every_path_finds_the_route_that_pyramid_would_find():
    """Only the routes whose first segment is the path's are tried."""
    config = Configurator(autocommit=True)
    config.include("hhu_base.web.trailing_slashes")
    patterns = ["/", "/a/", "/a/{id:\\d+}/", "/a.ics", "/{any}/", "/b*rest", "/b/c/", "/c/{x}/d"]
    for number, pattern in enumerate(patterns):
        config.add_route(str(number), pattern)
    mapper = config.registry.getUtility(IRoutesMapper)
    pyramids = RoutesMapper()
    pyramids.routelist = mapper.get_routes()
    paths = ["/", "/a/", "/a/1/", "/a/x/", "/a.ics", "/b", "/bc/d", "/b/c/", "/c/1/d", "/c/", "/d/"]
    for path in [*paths, "//a/", "/%C3%A4/", "/%C3%A4/1", "/nowhere/1/2"]:
        request = Request.blank(path)
        assert mapper(request) == pyramids(Request.blank(path)), path
    config.add_route("later", "/nowhere/1/2")
    assert mapper(Request.blank("/nowhere/1/2"))["route"].name == "later"
