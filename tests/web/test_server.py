"""The web server's own part: whose X-Forwarded-For counts, and that stopping loses nothing."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from configparser import RawConfigParser
from pathlib import Path

import pytest

from hhu_base.settings import ConfigurationError, server
from hhu_base.web import server as web_server
from tests.ports import first_of_clients, free_port

ROOT = Path(__file__).parents[2]
# Takes its time for /slow, tells for / what it knows of the client, and reads a body.
SERVER = """
import json, os, sys, threading, time
import sqlalchemy as sa
from hhu_base.web.server import serve

class Registry(dict):
    settings = {"web.processes": sys.argv[2]}

if len(sys.argv) > 3:  # as systemd does it
    os.dup2(int(sys.argv[3]), 3)
    os.environ |= {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}

def app(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        os.write(1, b"slow\\n")  # in one piece: print() mixes the lines of several threads
        time.sleep(1)
    if environ["PATH_INFO"] == "/large":
        start_response("200 OK", [("Content-Length", "50000000")])
        return environ["wsgi.file_wrapper"](open(os.environ["LARGE"], "rb"))
    if environ["PATH_INFO"] == "/endless":
        start_response("200 OK", [])
        return (b"x" * 1000000 for _ in range(50))
    size = len(environ["wsgi.input"].read())
    said = {name: environ.get(name) for name in
            ("REMOTE_ADDR", "wsgi.url_scheme", "HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED")}
    start_response("200 OK", [("Content-Type", "application/json")])
    if environ["PATH_INFO"] != "/":
        said["threads"] = threading.active_count()
        said["pid"] = os.getpid()
    return [json.dumps(said | {"size": size}).encode()]

app.registry = Registry({"engine": sa.create_engine("sqlite://"), "database.statement_timeout": 1})
serve(app, {}, **json.loads(sys.argv[1]))
"""


class Server:
    """A web server in processes of its own; with ``inherited`` on a socket that outlives it."""

    def __init__(self, inherited: socket.socket | None = None, processes: int = 1, **options: str):
        if inherited is None:
            self.port = free_port()
        else:
            self.port = inherited.getsockname()[1]
        options = {"listen": f"127.0.0.1:{self.port}", "threads": "4", "ident": ""} | options
        environment = {k: v for k, v in os.environ.items() if not k.startswith("HHU_")}
        command = [sys.executable, "-c", SERVER, json.dumps(options), str(processes)]
        if inherited is not None:
            command.append(str(inherited.fileno()))
        self.process = subprocess.Popen(
            command,
            env=environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            pass_fds=() if inherited is None else (inherited.fileno(),),
        )

    def until_it_answers(self) -> Server:
        deadline = time.monotonic() + 30
        while True:
            try:
                get(self.port)
                return self
            except OSError:
                assert self.process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.02)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


def get(
    port: int, path: str = "/", source: str = "127.0.0.1", body: bytes | None = None, **headers
):
    connection = http.client.HTTPConnection(
        "127.0.0.1", port, timeout=30, source_address=(source, 0)
    )
    try:
        method = "GET" if body is None else "POST"
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, sent)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


@pytest.fixture
def start():
    servers = []

    def start(inherited=None, **options) -> Server:
        servers.append(Server(inherited, **options))  # type: ignore[arg-type]
        return servers[-1]

    yield start
    for started in servers:
        started.process.kill()
        started.process.communicate()


@pytest.fixture
def listening():
    """A socket as systemd would hold it."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(1024)
        yield listening


def production_options() -> dict[str, str]:
    parser = RawConfigParser()
    parser.read(ROOT / "production.ini")
    options = dict(parser["server:main"])
    return {key: value for key, value in options.items() if key not in ("use", "listen")}


def test_the_proxy_of_production_tells_the_address_and_nobody_else_does(start):
    server = start(**production_options()).until_it_answers()
    spoofed = {"X_Forwarded_For": "203.0.113.9", "X_Forwarded_Proto": "https"}
    by_proxy = get(server.port, **spoofed)
    assert (by_proxy["REMOTE_ADDR"], by_proxy["wsgi.url_scheme"]) == ("203.0.113.9", "https")
    # Loopback has more addresses than the proxy's: this is another machine.
    directly = get(server.port, source="127.0.0.2", Forwarded="for=203.0.113.9", **spoofed)
    assert (directly["REMOTE_ADDR"], directly["wsgi.url_scheme"]) == ("127.0.0.2", "http")
    assert directly["HTTP_X_FORWARDED_FOR"] is None
    assert directly["HTTP_FORWARDED"] is None


def test_of_several_addresses_the_one_that_the_proxy_saw_counts(start):
    server = start(**production_options()).until_it_answers()
    answer = get(server.port, X_Forwarded_For="10.9.9.9, 203.0.113.9", Forwarded="for=10.9.9.9")
    assert answer["REMOTE_ADDR"] == "203.0.113.9"


def test_without_a_proxy_nobody_is_believed(start):
    options = production_options() | {"trusted_proxy": ""}
    server = start(**options).until_it_answers()
    assert get(server.port, X_Forwarded_For="203.0.113.9")["REMOTE_ADDR"] == "127.0.0.1"


def test_who_waits_for_a_server_is_not_connected_to_himself():
    """It is: a client that by chance gets the port that it asks for, where nobody listens."""
    with socket.socket() as client:
        client.bind(("127.0.0.1", 0))
        client.connect(client.getsockname())
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert client.recv(100).startswith(b"GET")
        chosen_by_the_system = client.getsockname()[1]
    assert free_port() < first_of_clients() <= chosen_by_the_system


@pytest.mark.slow
def test_a_thread_begins_when_a_request_finds_none_at_rest_and_no_more_than_the_most(start):
    server = start(threads="6").until_it_answers()
    alone = max(get(server.port, "/threads")["threads"] for _ in range(20))
    with ThreadPoolExecutor(12) as threads:
        slow = [threads.submit(get, server.port, "/slow") for _ in range(12)]
        # Six are served at a time.
        most = max(future.result(30)["threads"] for future in slow)
    assert most - alone >= 3
    assert most <= alone + 5


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked",
        b"HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 44",
        b"HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked",
    ],
)
def test_a_request_whose_end_is_told_in_two_ways_is_refused_and_its_connection_closed(start, head):
    server = start().until_it_answers()
    hidden = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
        client.sendall(b"POST / " + head + b"\r\nHost: here\r\n\r\n0\r\n\r\n" + hidden)
        answer = b""
        while piece := client.recv(65536):
            answer += piece
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.0 400 "))
    assert answer.count(b"HTTP/1.") == 1


def test_a_body_in_chunks_is_still_read_and_the_connection_kept(start):
    server = start().until_it_answers()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    for _ in range(2):
        connection.request("POST", "/", iter([b"abc", b"de"]), encode_chunked=True)
        assert json.load(connection.getresponse())["size"] == 5
    connection.close()


def test_every_option_of_the_server_can_be_overridden(monkeypatch):
    monkeypatch.setenv("HHU_TRUSTED_PROXY", "10.0.0.1")
    monkeypatch.setenv("HHU_THREADS", "7")
    options = server.options({"listen": "*:1", "threads": "4", "trusted_proxy": ""})
    assert options == {"listen": "*:1", "threads": "7", "trusted_proxy": "10.0.0.1"}


def test_a_server_without_an_address_does_not_start():
    with pytest.raises(ConfigurationError, match="^listen: "):
        web_server.server({}, threads="4")


def test_what_was_accepted_is_answered_before_the_end(start):
    server = start().until_it_answers()
    # More than there are threads: some have not even begun.
    slow = [http.client.HTTPConnection("127.0.0.1", server.port, timeout=30) for _ in range(8)]
    for connection in slow:
        # Not only in the queue of the kernel, which nobody has accepted yet.
        connection.request("GET", "/")
        connection.getresponse().read()
    for connection in slow:
        connection.request("GET", "/slow", b"x" * 9)
    for _ in range(4):
        assert server.process.stdout.readline() == b"slow\n"
    time.sleep(0.2)
    server.process.send_signal(signal.SIGTERM)
    for connection in slow:
        assert json.loads(connection.getresponse().read())["size"] == 9
        connection.close()
    assert server.process.wait(30) == 0


@pytest.mark.slow
def test_a_connection_that_is_open_and_idle_does_not_delay_the_end(start):
    server = start().until_it_answers()
    idle = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    idle.request("GET", "/")
    idle.getresponse().read()
    silent = socket.create_connection(("127.0.0.1", server.port))
    assert server.stop() == 0
    assert silent.recv(1) == b""
    idle.close()
    silent.close()


@pytest.mark.slow
def test_a_request_on_its_way_is_waited_for(start):
    server = start().until_it_answers()
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(b"POST / HTTP/1.0\r\nContent-Length: 6\r\n\r\nhal")
        time.sleep(0.2)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        connection.sendall(b"lo!")
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.0 200")
    assert b'"size": 6' in answer
    assert server.process.wait(30) == 0


def test_a_second_signal_ends_it_at_once(start):
    server = start().until_it_answers()
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(get, server.port, "/slow")
        assert server.process.stdout.readline() == b"slow\n"
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(30) != 0
        with pytest.raises((OSError, http.client.HTTPException)):
            slow.result(30)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1 \r\nno colon\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: 2000\r\n\r\n", b"413"),
        (
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"400\r\n" + b"x" * 1100,
            b"413",
        ),
        # To the byte: what is sent beyond it resets the connection, maybe before the answer.
        ((b"GET / HTTP/1.1\r\nX: ").ljust(1000, b"x"), b"431"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", b"501"),
    ],
)
def test_what_is_no_request_of_ours_is_refused_as_the_application_refuses(start, sent, status):
    limits = {"max_request_body_size": "1000", "max_request_header_size": "1000"}
    server = start(**limits).until_it_answers()
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
        client.sendall(sent)
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split()[1] == status
    assert b"Content-Type: application/json" in head
    assert list(json.loads(body)) == ["detail"]


def test_while_nobody_listens_connections_wait_for_the_next_process(start, listening):
    first = start(listening).until_it_answers()
    assert first.stop() == 0
    with ThreadPoolExecutor(4) as threads:
        early = [threads.submit(get, first.port) for _ in range(4)]
        time.sleep(0.2)
        start(listening)
        assert all(future.result(30) for future in early)


def test_restarts_under_load_lose_no_request(start, listening):
    """Two processes on sockets of their own, restarted one after the other, as an upgrade does it."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen(1024)
        servers = {one: start(one).until_it_answers() for one in (listening, other)}
        ports = [server.port for server in servers.values()]
        is_over = threading.Event()
        answered: list[int] = []

        def ask(number: int) -> None:
            while not is_over.is_set():
                number += 1
                answer = get(ports[number % 2], body=b"x" * (number % 50_000), Connection="close")
                answered.append(answer["size"] - number % 50_000)

        with ThreadPoolExecutor(8) as threads:
            clients = [threads.submit(ask, number * 1000) for number in range(8)]
            for _ in range(2):
                for held, server in list(servers.items()):
                    time.sleep(0.3)
                    assert server.stop() == 0
                    servers[held] = start(held).until_it_answers()
            is_over.set()
            for client in clients:
                client.result(60)
    assert len(answered) > 100
    assert set(answered) == {0}
