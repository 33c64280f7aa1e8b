"""Whoever opens very many connections, and says little, does not end the server."""

from __future__ import annotations

import configparser
import http.client
import resource
import socket
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest
from waitress.server import create_server

from hhu_base.settings.server import options as server_options
from hhu_base.web.server import allow_files

ROOT = Path(__file__).parents[2]
MANY = 1200  # more than select() could look after


def application(environ, start_response):
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]


@pytest.fixture
def files():
    """Enough for both ends of each connection."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    if before[1] != resource.RLIM_INFINITY and before[1] < 3 * MANY:
        pytest.skip("this machine does not allow so many files")
    allow_files(3 * MANY)
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize("ini", ["development.ini", "production.ini"])
def test_a_thousand_slow_clients_leave_the_server_alive(files, ini):
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / ini)
    options = server_options(dict(parser["server:main"]))
    del options["use"]
    server = create_server(application, **options | {"listen": "127.0.0.1:0", "threads": "2"})
    port = server.effective_port
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    with ExitStack() as stack:
        for _ in range(MANY):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            client.sendall(b"POST /admin/sign-in HTTP/1.1\r\nHost: x\r\n")
        assert thread.is_alive()
        good = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        good.request("GET", "/")
        assert good.getresponse().read() == b"ok"
        good.close()
    assert thread.is_alive()
    server.task_dispatcher.shutdown()
    server.close()
    thread.join(30)


def test_the_limit_of_open_files_is_raised_and_never_lowered():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (500, before[1]))
        allow_files(700)
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (700, before[1])
        allow_files(600)
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (700, before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
