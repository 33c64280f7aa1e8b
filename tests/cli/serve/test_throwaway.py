"""Throw-away services: they run, don't meet, and leave nothing."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from hhu_base.cli.serve import throwaway
from hhu_base.cli.serve.throwaway import throwaway_services

from .test_supervisor import is_running


def test_throwaway_services_run_and_leave_nothing() -> None:
    with throwaway_services() as locations:
        with psycopg.connect(
            host=str(locations.sockets), user="hhu", dbname="hhu", autocommit=True
        ) as connection:
            connection.execute("CREATE DATABASE another")
        pids = processes_with(str(locations.data_dir))
        assert len(pids) >= 2
    assert not locations.data_dir.exists()
    assert not any(map(is_running, pids))


@pytest.mark.slow
def test_two_at_a_time_do_not_meet() -> None:
    with throwaway_services() as one, throwaway_services() as other:
        assert one.sockets != other.sockets


@pytest.mark.slow
def test_services_of_a_killed_test_end_and_its_folder_goes_later() -> None:
    code = (
        "import time; from hhu_base.cli.serve.throwaway import throwaway_services\n"
        "with throwaway_services() as l: print(l.data_dir, flush=True); time.sleep(60)"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment
    ) as test:
        assert test.stdout is not None
        folder = Path(test.stdout.readline().strip())
        pids = processes_with(str(folder))
        throwaway._sweep()
        assert folder.exists()
        test.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while any(map(is_running, pids)):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.utime(folder, (0, 0))
    throwaway._sweep()
    assert not folder.exists()


def processes_with(text: str) -> list[int]:
    """Those that have it in their command line; Postgres' own children show theirs differently."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if text.encode() in entry.read_bytes():
                found.append(int(entry.parent.name))
        except OSError:
            continue
    return found
