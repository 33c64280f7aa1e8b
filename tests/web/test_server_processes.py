"""Several web processes on one port: all serve, none is missed, all stop."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.flows.college import until
from tests.web.test_server import get, listening, start

__all__ = ["listening", "start"]


def children(pid: int) -> set[int]:
    return set(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


def who_answers(port: int) -> set[int]:
    return {get(port, "/pid")["pid"] for _ in range(12)}


def test_each_of_them_answers_on_the_one_port(start):
    server = start(processes=3).until_it_answers()
    until(lambda: len(who_answers(server.port)) == 3, 30, "all three answer")
    assert who_answers(server.port) == children(server.process.pid)


@pytest.mark.slow
def test_one_that_dies_is_replaced_and_the_others_answer_meanwhile(start):
    server = start(processes=2).until_it_answers()
    until(lambda: len(children(server.process.pid)) == 2, 30, "both are there")
    before = children(server.process.pid)
    for killed in before:
        os.kill(killed, signal.SIGKILL)
        until(lambda: not Path(f"/proc/{killed}").exists(), 30, "it is gone")  # noqa: B023
        assert all(get(server.port, "/pid")["pid"] != killed for _ in range(4))
    until(lambda: len(who_answers(server.port) - before) == 2, 30, "two new ones answer")
    assert server.stop() == 0


def test_what_each_of_them_has_accepted_is_answered_before_the_end(start):
    server = start(processes=2).until_it_answers()
    until(lambda: len(who_answers(server.port)) == 2, 30, "both answer")
    slow = [http.client.HTTPConnection("127.0.0.1", server.port, timeout=30) for _ in range(6)]
    for connection in slow:
        connection.request("GET", "/slow")
    for _ in slow:
        assert server.process.stdout.readline() == b"slow\n"
    server.process.send_signal(signal.SIGTERM)
    answered = []
    for connection in slow:
        answered.append(json.loads(connection.getresponse().read())["pid"])
        connection.close()
    assert len(set(answered)) == 2
    assert server.process.wait(30) == 0


@pytest.mark.slow
def test_a_second_signal_ends_all_of_them_at_once(start):
    server = start(processes=2).until_it_answers()
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(get, server.port, "/slow")
        assert server.process.stdout.readline() == b"slow\n"
        pids = children(server.process.pid)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(30) != 0
        with pytest.raises((OSError, http.client.HTTPException)):
            slow.result(30)
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), 30, "nobody is left")


@pytest.mark.slow
def test_none_outlives_the_parent_and_its_port_is_free(start):
    server = start(processes=2).until_it_answers()
    server.process.kill()
    server.process.wait(30)

    def is_free() -> bool:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", server.port))
                probe.listen()
            except OSError:
                return False
            return True

    until(is_free, 30, "nobody listens")


@pytest.mark.slow
def test_systemd_is_told_when_all_of_them_serve_and_its_socket_outlives_them(
    start, listening, tmp_path, monkeypatch
):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(60)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        first = start(listening, processes=2)
        assert systemd.recv(100) == b"READY=1"
        assert len(who_answers(first.port)) == 2
        assert first.stop() == 0
        with ThreadPoolExecutor(4) as threads:
            early = [threads.submit(get, first.port) for _ in range(4)]
            time.sleep(0.2)
            start(listening, processes=2)
            assert systemd.recv(100) == b"READY=1"
            assert all(future.result(30) for future in early)
