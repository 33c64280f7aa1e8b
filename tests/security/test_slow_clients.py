"""Whoever opens very many connections, and says little or takes little, takes no thread from others."""

from __future__ import annotations

import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from hhu_base.web.server import allow_files
from tests.web.test_server import Server, get, production_options, start

__all__ = ["start"]

MANY = 1200  # more than select() could look after
THREADS = "2"
HEAD = b"POST /admin/sign-in HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture(scope="module", autouse=True)
def files():
    """Enough for both ends of each connection."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    if before[1] != resource.RLIM_INFINITY and before[1] < 3 * MANY:
        pytest.skip("this machine does not allow so many files")
    allow_files(3 * MANY)
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.fixture(scope="module")
def server(files, tmp_path_factory):
    large = tmp_path_factory.mktemp("files") / "large"
    large.write_bytes(b"x" * 50_000_000)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LARGE", str(large))
        server = Server(**production_options() | {"threads": THREADS})  # type: ignore[arg-type]
    yield server.until_it_answers()
    server.process.kill()
    server.process.communicate()


@contextmanager
def clients(port: int, number: int, sent: bytes) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        found = []
        for _ in range(number):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", port), 30))
            client.sendall(sent)
            found.append(client)
        yield found


@pytest.mark.parametrize(
    ("number", "sent"),
    [
        (MANY, b""),
        (MANY, HEAD),
        (100, HEAD + b"Content-Length: 1000\r\n\r\nhalf of"),
        (100, HEAD + b"Transfer-Encoding: chunked\r\n\r\n3e8\r\nhalf of"),
        (100, HEAD + b"Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n"),
        (20, b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n"),
    ],
    ids=["silent", "head", "body", "chunks", "continue", "download"],
)
def test_slow_clients_take_no_thread_from_the_others(server, number, sent):
    with clients(server.port, number, sent):
        for _ in range(5):
            assert get(server.port, body=b"quick")["size"] == 5
    assert get(server.port)["size"] == 0


def test_a_download_that_was_interrupted_by_its_client_goes_on_to_the_last_byte(server):
    with clients(server.port, 1, b"GET /large HTTP/1.0\r\n\r\n") as [client]:
        assert get(server.port)["size"] == 0
        received = b""
        while b"\r\n\r\n" not in received:
            received += client.recv(65536)
        size = len(received.partition(b"\r\n\r\n")[2])
        while piece := client.recv(1 << 20):
            size += len(piece)
    assert size == 50_000_000


def test_an_answer_that_is_made_faster_than_it_is_taken_waits_and_comes_whole(server):
    with clients(server.port, 1, b"GET /endless HTTP/1.0\r\n\r\n") as [client]:
        assert get(server.port)["size"] == 0  # by the other thread
        size = 0
        while piece := client.recv(1 << 20):
            size += len(piece)
    assert size > 50_000_000


def test_a_body_that_is_cut_off_reaches_nobody_and_the_next_one_is_whole(server):
    with clients(server.port, 1, HEAD + b"Content-Length: 10\r\n\r\nhalf") as [client]:
        client.shutdown(socket.SHUT_WR)
        assert client.recv(100) == b""
    assert get(server.port, body=b"x" * 1_000_000)["size"] == 1_000_000


def test_requests_sent_at_once_are_answered_in_their_order(server):
    bodies = [b"x" * number for number in (3, 0, 70_000, 1)]
    sent = b"".join(
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        for body in bodies
    )
    with clients(server.port, 1, sent + b"GET / HTTP/1.0\r\n\r\n") as [client]:
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    sizes = [part.split(b"}")[0] for part in answer.split(b'"size": ')[1:]]
    assert sizes == [b"3", b"0", b"70000", b"1", b"0"]


def test_above_the_limit_of_connections_the_others_wait_until_one_goes(start):
    server = start(connection_limit="30").until_it_answers()
    with clients(server.port, 30, b""):
        waiting = socket.create_connection(("127.0.0.1", server.port), 30)
        waiting.sendall(b"GET / HTTP/1.0\r\n\r\n")
        waiting.settimeout(0.5)
        with pytest.raises(TimeoutError):
            waiting.recv(100)
    waiting.settimeout(30)
    assert waiting.recv(100).startswith(b"HTTP/1.0 200")
    waiting.close()


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
