"""``/openapi.json``, ``/docs/`` and ``/`` as clients get them."""

from __future__ import annotations

import gzip
import re

import pytest
from pyramid.request import Request
from webtest import TestApp

from hhu_base import configure
from hhu_base.settings import ConfigurationError

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture
def client(app):
    return TestApp(app)


@pytest.fixture
def client_without_docs(settings):
    app = configure(settings | {"hhu.docs": "no"}).make_wsgi_app()
    yield TestApp(app)
    app.registry["listener"].stop()
    app.registry["engine"].dispose()


def test_the_document_is_served_to_everybody_and_again_only_when_it_has_changed(client, document):
    response = client.get("/openapi.json")
    assert response.content_type == "application/json"
    assert response.json == document
    assert "会议室".encode() in response.body
    again = client.get("/openapi.json", headers={"If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304


def test_the_page_runs_our_scripts_only(client):
    response = client.get("/docs/")
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["X-Frame-Options"] == "DENY"
    assert client.get("/docs").body == response.body
    assert not re.search(r"<script(?![^>]*\ssrc=)", response.text)
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", response.text)


@pytest.mark.parametrize("path", ["/", "/docs/"])
def test_all_that_a_page_needs_is_in_the_package(client, path):
    page = client.get(path, headers={"Accept": BROWSER})
    paths = re.findall(r'(?:src|href)="(/docs/static/[^"]+)"', page.text)
    assert len(paths) >= 2
    for asset in paths:
        response = client.get(asset, headers={"Accept-Encoding": "gzip, br"})
        assert "max-age" in response.headers["Cache-Control"]
        expected = {"js": "javascript", "css": "text/css", "svg": "image/svg+xml"}
        assert expected[asset.rpartition(".")[2]] in response.content_type


def test_swagger_ui_comes_compressed(client):
    page = client.get("/docs/")
    path = re.search(r'"(/docs/static/[^"]+swagger-ui-bundle.js)"', page.text)[1]
    # Not by the client, which unpacks it.
    response = Request.blank(path, headers={"Accept-Encoding": "gzip"}).get_response(client.app)
    assert response.headers["Content-Encoding"] == "gzip"
    assert len(response.body) < 500_000
    assert b"SwaggerUIBundle" in gzip.decompress(response.body)


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "nonsense", "text/plain"])
def test_a_client_gets_the_list_of_the_services(client, accept):
    headers = {"Accept": accept} if accept else {}
    listing = client.get("/", headers=headers).json
    assert listing["docs"] == "/docs/"
    rooms = next(plugin for plugin in listing["plugins"] if plugin["name"] == "rooms")
    assert rooms["title"] == "会议室预约"
    assert {
        "path": "/reservations/{id}/",
        "methods": {
            "GET": "自己的一个预约，不论结果如何。",
            "DELETE": "取消自己的一个还没有结束的预约。",
            "PATCH": "给自己的预约换会议室、时间或说明。",
        },
    } in rooms["services"]


def test_a_browser_gets_a_start_page(client):
    page = client.get("/", headers={"Accept": BROWSER})
    assert page.content_type == "text/html"
    assert page.vary == ("Accept",)
    assert 'href="/docs/"' in page.text
    assert 'href="/admin/"' in page.text
    assert 'href="/app/"' in page.text
    assert "老师从这里进入" in page.text
    assert "会议室预约" in page.text
    assert "unsafe" not in page.headers["Content-Security-Policy"]


def test_the_start_page_says_that_the_mini_program_is_elsewhere_where_it_is_only_tried(
    client, monkeypatch
):
    browser = {"Accept": BROWSER}
    assert "这是试用的系统" in client.get("/", headers=browser).text
    monkeypatch.setitem(client.app.registry.settings, "hhu.environment", "production")
    page = client.get("/", headers=browser)
    assert "老师从这里进入" in page.text
    assert "试用的系统" not in page.text
    assert "scripts/serve" not in page.text


def test_other_methods_are_as_unknown_as_before(client):
    assert client.post("/", status=404).json == {"detail": "未找到。"}


def test_it_can_be_switched_off(client_without_docs):
    client_without_docs.get("/docs/", status=404)
    client_without_docs.get("/openapi.json", status=404)
    assert "docs" not in client_without_docs.get("/").json
    assert '/docs/"' not in client_without_docs.get("/", headers={"Accept": BROWSER}).text


def test_it_is_on_or_off(settings):
    with pytest.raises(ConfigurationError, match=r"^hhu\.docs: 'maybe' is neither yes nor no"):
        configure(settings | {"hhu.docs": "maybe"})
