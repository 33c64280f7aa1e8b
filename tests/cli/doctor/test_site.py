import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from hhu_base.cli.doctor import site

from .conftest import levels


@pytest.fixture
def answering():
    """``answering(b"…")``: the address of a site that says so, with this status."""
    servers = []

    def answering(body: bytes, status: int = 200) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):  # noqa: N802 - http.server's name
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield answering
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def set_url(deployment, monkeypatch):
    return lambda url: monkeypatch.setattr(deployment.registry, "public_url", url)


def test_development_is_told(deployment, in_production):
    assert levels(site.check_environment(deployment)) == ["注意"]
    assert levels(site.check_environment(in_production)) == ["好"]


def test_the_site_is_found_under_its_address(deployment, set_url, answering):
    set_url(answering(b'{"status": "ok"}'))
    assert levels(site.check_public_url(deployment)) == ["好"]


@pytest.mark.parametrize("body", [b"<h1>Welcome to nginx!</h1>", b"[]", b"\xff"])
def test_somebody_else_under_the_address_is_told(deployment, set_url, answering, body):
    set_url(answering(body))
    assert levels(site.check_public_url(deployment)) in (["错误"], ["注意"])


def test_a_proxy_without_the_site_behind_it_is_told(deployment, set_url, answering):
    set_url(answering(b'{"detail": "..."}', 503))
    [finding] = site.check_public_url(deployment)
    assert finding.level == "错误"
    assert "hhu-web@" in finding.advice


def test_an_address_that_nobody_answers_is_told(deployment, set_url):
    set_url("http://127.0.0.1:1")
    assert levels(site.check_public_url(deployment)) == ["注意"]


def test_production_needs_https_and_a_name(in_production, set_url):
    set_url("http://hhu.example")
    assert levels(site.check_public_url(in_production)) == ["错误"]
    set_url("https://127.0.0.1:1")
    assert levels(site.check_public_url(in_production)) == ["注意", "注意"]


def test_the_zone_is_named(deployment):
    assert levels(site.check_zone(deployment)) == ["好"]


def test_threads_are_more_than_those_who_wait(deployment, server):
    assert levels(site.check_web_server(deployment)) == ["好", "好"]
    few = replace(deployment, server=server | {"threads": "48"})
    assert levels(site.check_web_server(few)) == ["错误", "好"]


@pytest.mark.parametrize(("proxy", "level"), [("10.0.0.1", "好"), ("*", "错误"), ("", "注意")])
def test_who_is_believed_is_told(in_production, server, proxy, level):
    changed = replace(in_production, server=server | {"trusted_proxy": proxy})
    assert levels(site.check_web_server(changed)) == ["好", level]
