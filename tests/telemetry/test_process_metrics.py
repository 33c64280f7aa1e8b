"""Whichever of several web processes is scraped tells of all of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.flows.college import until
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
SERVER = """
import json, sys
import sqlalchemy as sa
from hhu_base.telemetry.process_metrics import ProcessMetrics
from hhu_base.web.server import serve

class Registry(dict):
    settings = {"web.processes": "2"}

registry = Registry({"engine": sa.create_engine("sqlite:///x", poolclass=sa.QueuePool, pool_size=7)})
registry["database.statement_timeout"] = 1
registry["watching.figures"] = ProcessMetrics(registry)

def app(environ, start_response):
    from prometheus_client import generate_latest
    start_response("200 OK", [])
    if environ["PATH_INFO"] == "/metrics":
        return [generate_latest(registry["watching.figures"].collectors)]
    registry["watching.figures"].count("/", "GET", 200, 0.01)
    return [b""]

app.registry = registry
serve(app, {}, listen="127.0.0.1:" + sys.argv[1], ident="")
"""


@pytest.fixture
def server(tmp_path):
    port = free_port()
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", SERVER, str(port)], cwd=ROOT, env=environment
    )
    until(lambda: process.poll() is not None or answers(port), 60, "it answers")
    yield process, port
    process.kill()
    process.wait(30)


def answers(port: int) -> bool:
    try:
        return ask(port, "/metrics") is not None
    except OSError:
        return False


def ask(port: int, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        return answer.read().decode()


def told(port: int) -> dict[str, float]:
    families = text_string_to_metric_families(ask(port, "/metrics"))
    return {one.name: one.value for family in families for one in family.samples}


def children(process: subprocess.Popen) -> list[int]:
    path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return list(map(int, path.read_text().split()))


def test_requests_connections_and_memory_of_all_of_them_are_told_by_each(server, tmp_path):
    process, port = server
    before = told(port).get("hhu_requests_total", 0)
    for _ in range(20):
        ask(port, "/")
    # Every second scrape is answered by the other one.
    scrapes = [told(port) for _ in range(4)]
    assert {one["hhu_requests_total"] - before for one in scrapes} == {20}
    assert {one["hhu_request_seconds_count"] - before for one in scrapes} == {20}
    assert {one["hhu_database_pool_size"] for one in scrapes} == {14}
    resident = sum(
        int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        for pid in children(process)
    )
    assert scrapes[0]["process_resident_memory_bytes"] > resident / 2
    # What one that has died has counted stays counted.
    killed = children(process)[0]
    os.kill(killed, signal.SIGKILL)
    until(lambda: killed not in children(process), 30, "it is gone")
    assert told(port)["hhu_requests_total"] - before == 20
    process.terminate()
    assert process.wait(30) == 0
    assert not list(tmp_path.glob("hhu-metrics-*"))
