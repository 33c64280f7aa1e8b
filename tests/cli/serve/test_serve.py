"""The whole of `serve`, with stand-ins for the application's own processes.

They lie in the folder of the ini file, which `python -m` looks into first.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from hhu_base.settings.services import Locations
from tests.ports import free_port
from tests.sampling import first

from .test_supervisor import is_running, until
from .test_throwaway import processes_with

DRIVER = """
import signal, sys
from functools import partial
from pathlib import Path
from hhu_base.cli.serve import run
from hhu_base.settings import services
if sys.argv[4:] == ["nohup"]:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
# Processes are killed here, not the power cut: that needs no fsync.
run.EmbeddedPostgres = partial(run.EmbeddedPostgres, durable=False)
run.READY_SECONDS = 1.0
project = Path(sys.argv[1])
services.SHELTER = project / "shelter"
data_dir = project / sys.argv[2]
sys.exit(run.serve(project / "it.ini", data_dir, "127.0.0.1", int(sys.argv[3]), demo=True))
"""
COMMAND = """
import sys
print("did", *sys.argv[1:])
open("done", "a").write(sys.argv[1] + " ")
if sys.argv[1] == "queues":
    print('{"queue": "default", "options": ["-c", "4"]}')
    print('{"queue": "letters", "options": ["-P", "solo"]}')
"""
WORKER = "import sys, time; open('workers', 'a').write(' '.join(sys.argv) + '\\n'); time.sleep(600)"
WEB = """
import http.server, os
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(500 if os.path.exists("broken") else 200)
        self.end_headers()
port = int(os.environ["HHU_LISTEN"].rpartition(":")[2])
try:
    http.server.HTTPServer(("127.0.0.1", port), Page).serve_forever()
except KeyboardInterrupt:
    pass
"""


@pytest.fixture
def project(folder: Path) -> Path:
    stand_ins = {
        "hhu_base/__main__.py": COMMAND,
        "hhu_base/__init__.py": "",
        "celery/__init__.py": "",
        "celery/__main__.py": WORKER,
        "hhu_base/web/server/__init__.py": WEB,
        "it.ini": "",
    }
    for name, content in stand_ins.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


@pytest.fixture
def port() -> int:
    return free_port()


class Serve:
    def __init__(self, project: Path, port: int, data_dir: str = "var", *words: str) -> None:
        self.project = project
        self.output = project / f"output-{data_dir}-{time.monotonic_ns()}"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", DRIVER, str(project), data_dir, str(port), *words],
                stdout=output,
                stderr=subprocess.STDOUT,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )

    @property
    def said(self) -> str:
        return self.output.read_text()

    def until_ready(self) -> "Serve":
        until(lambda: "已就绪" in self.said or self.process.poll() is not None, 30)
        assert "已就绪" in self.said, self.said
        return self

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)


@pytest.fixture
def started() -> Iterator[list[Serve]]:
    started: list[Serve] = []
    yield started
    for serve in started:
        if serve.process.poll() is None:
            serve.end()


@pytest.fixture
def start(started: list[Serve], project: Path, port: int):
    def start(data_dir: str = "var", port: int = port, *words: str) -> Serve:
        started.append(Serve(project, port, data_dir, *words))
        return started[-1]

    return start


def nothing_runs(project: Path) -> bool:
    mine = os.getpid()
    return not [pid for pid in processes_with(str(project)) if pid != mine and is_running(pid)]


def test_it_tells_addresses_and_accounts_and_stops_without_a_trace(start, project, port) -> None:
    serve = start().until_ready()
    assert f"http://127.0.0.1:{port}/" in serve.said
    assert "teach-hhu-2026" in serve.said
    assert sorted((project / "done").read_text().split()) == [
        "demo",
        "migrate",
        "plugins",
        "queues",
    ]
    workers = (project / "workers").read_text()
    assert " -Q default -c 4 --periodic -s " in workers
    assert " -Q letters -P solo -n letters@" in workers
    assert len(workers.splitlines()) == 2
    assert serve.end() == 0
    assert serve.said.rstrip().endswith("已停止。")
    assert nothing_runs(project)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
@pytest.mark.slow
def test_other_wishes_to_stop_are_as_good(start, project, number) -> None:
    assert start().until_ready().end(number) == 0
    assert nothing_runs(project)


@pytest.mark.slow
def test_with_nohup_a_closed_terminal_does_not_stop_it(start, project, port) -> None:
    serve = start("var", port, "nohup").until_ready()
    serve.process.send_signal(signal.SIGHUP)
    # What comes later is heard, so what came before was.
    postgres = int((project / "var" / "postgres" / "postmaster.pid").read_text().split()[0])
    os.kill(postgres, signal.SIGKILL)
    until(lambda: "postgres 意外退出" in serve.said, 20)
    assert "正在停止" not in serve.said
    assert serve.end() == 0
    assert nothing_runs(project)


def test_it_is_ready_only_when_a_request_has_been_answered_well(start, project) -> None:
    (project / "broken").touch()
    serve = start()
    until(lambda: "还没有就绪" in serve.said, 30)
    assert "已就绪" not in serve.said
    (project / "broken").unlink()
    serve.until_ready()


def test_a_second_serve_of_the_same_data_says_who_is_there(start) -> None:
    first = start().until_ready()
    second = start()
    assert second.process.wait(10) == 1
    assert f"进程 {first.process.pid}" in second.said
    assert first.process.poll() is None


@pytest.mark.slow
def test_two_side_by_side(start, project) -> None:
    one = start()
    other = start("数据 目录", free_port())
    one.until_ready()
    other.until_ready()
    assert one.end() == other.end() == 0
    assert nothing_runs(project)


def test_a_taken_port_is_told_before_anything_starts(start, project, port) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        serve = start()
        assert serve.process.wait(10) == 1
    assert f"端口 {port}" in serve.said
    assert not (project / "var" / "postgres").exists()


def test_after_a_kill_nothing_is_left_and_the_next_start_recovers(start, project) -> None:
    serve = start().until_ready()
    serve.process.kill()
    serve.process.wait()
    again = start().until_ready()
    assert again.end() == 0
    assert nothing_runs(project)


@pytest.mark.slow
def test_a_killed_postgres_comes_back_by_itself(start, project) -> None:
    serve = start().until_ready()
    postgres = int((project / "var" / "postgres" / "postmaster.pid").read_text().split()[0])
    os.kill(postgres, signal.SIGKILL)
    sockets = Locations.of(project / "var").sockets

    def answers() -> bool:
        try:
            psycopg.connect(host=str(sockets), user="hhu", dbname="hhu").close()
        except psycopg.OperationalError:
            return False
        return "postgres 意外退出" in serve.said

    until(answers, 20)


@pytest.mark.parametrize("moment", first(1, [0.3, 0.15, 0.6, 0.9]))
@pytest.mark.slow
def test_a_stop_while_it_starts_is_clean(start, project, moment) -> None:
    serve = start()
    time.sleep(moment)
    code = serve.end(signal.SIGINT)
    # Before Python has come to our first line, it ends in its own way.
    assert code in (0, 1, -signal.SIGINT), serve.said
    assert nothing_runs(project)
    start().until_ready()


@pytest.mark.slow
def test_a_migration_that_fails_stops_the_start(start, project) -> None:
    (project / "hhu_base/__main__.py").write_text("raise SystemExit('no such column')")
    serve = start()
    assert serve.process.wait(30) == 1
    assert "no such column" in serve.said
    assert nothing_runs(project)


@pytest.mark.slow
def test_plugins_that_are_left_out_are_told_and_one_that_must_not_fail_stops_it(
    start, project
) -> None:
    command = "import sys; print('plugin x:', *sys.argv[1:]); sys.exit({})"
    (project / "hhu_base/__main__.py").write_text(command.format(0))
    serve = start().until_ready()
    assert f"plugin x: plugins {project / 'it.ini'} --check" in serve.said
    assert serve.end() == 0
    (project / "hhu_base/__main__.py").write_text(command.format("sys.argv[1] == 'plugins'"))
    serve = start()
    assert serve.process.wait(30) == 1
    assert "hhu plugins 失败（退出码 1）" in serve.said
    assert f"plugin x: plugins {project / 'it.ini'} --check" in serve.said
    assert nothing_runs(project)


@pytest.mark.slow
def test_a_web_server_that_can_not_start_ends_it_all(start, project) -> None:
    (project / "hhu_base/web/server/__init__.py").write_text("raise SystemExit('bad setting')")
    serve = start()
    assert serve.process.wait(30) == 1
    assert "bad setting" in serve.said
    assert nothing_runs(project)
