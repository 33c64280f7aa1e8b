"""The systemd units, as they stand: their commands make a system that ``hhu doctor`` finds well."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.college import until
from tests.mail.conftest import Server

from . import units
from .conftest import ROOT

pytestmark = pytest.mark.slow

# Two of them for the reservations: one is a spare.
SERVICES = (
    ("hhu-reservations@.service", "1"),
    ("hhu-reservations@.service", "2"),
    ("hhu-files.service", ""),
    ("hhu-worker.service", ""),
    ("hhu-beat.service", ""),
)
# What systemd does with a socket before it starts the service.
INHERIT = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ |= {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""


@pytest.fixture
def environment(deployed, settings, services, tmp_path) -> Iterator[dict[str, str]]:
    """/etc/hhu/env: the database as the application, a broker and a mail server."""
    mail = Server()
    kept = {key: value for key, value in os.environ.items() if not key.startswith("HHU_")}
    (tmp_path / "data").mkdir(mode=0o700)
    yield (
        kept
        | units.environment()
        | units.FILLED_IN
        | {
            "HHU_DATA_DIR": str(tmp_path / "data"),
            "HHU_SQLALCHEMY_URL": deployed.url("hhu_app"),
            # Another one of its numbered databases than other tests use.
            "HHU_CELERY_BROKER_URL": services.broker_url.replace("host=0", "host=7"),
            "HHU_MAIL_HOST": "127.0.0.1",
            "HHU_MAIL_PORT": str(mail.port),
        }
    )
    mail.stop()


# Six processes start at once, and the first sign of life of the schedule takes half a minute.
@pytest.mark.timeout(400)
def test_their_commands_make_a_system_that_the_doctor_finds_well(environment, tmp_path):
    data = tmp_path / "data"
    log = (tmp_path / "log").open("wb")
    with (
        socket.socket() as listening,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd,
    ):
        systemd.bind(str(tmp_path / "notify"))
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        descriptor = listening.fileno()
        web_unit = ("hhu-web@.service", "6543")
        web = ["-c", INHERIT, str(descriptor), *units.arguments(*web_unit, data)]
        started = [(web_unit, web), *((unit, units.arguments(*unit, data)) for unit in SERVICES)]
        processes = [
            subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=environment | _told_by_systemd(unit, tmp_path / "notify"),
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=(descriptor,),
            )
            for (unit, _), command in started
        ]
        said = ""

        def is_well() -> bool:
            nonlocal said
            assert all(process.poll() is None for process in processes), log.name
            command = [sys.executable, "-m", "hhu_base", "doctor", "production.ini"]
            done = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
            )
            said = done.stdout
            return done.returncode == 0

        try:
            try:
                # Those that say when they are ready do: a restart waits for it.
                systemd.settimeout(120)
                said_ready = [systemd.recv(100) for _ in range(5)]
                assert said_ready == [b"READY=1"] * 5
                until(is_well, 300, "no finding is an error")
            except AssertionError:
                pytest.fail(f"{said}\nlog: {log.name}")
            assert _ask(listening.getsockname()[1]) == b"HTTP/1.0 200 OK"
        finally:
            for process in processes:
                process.terminate()
            codes = [process.wait(60) for process in processes]
            log.close()
    # The name is nobody's, and without WeChat it is a system all the same.
    notices = [line for line in said.splitlines() if line.startswith("注意")]
    assert {line.split("　")[1][:4] for line in notices} <= {
        "从本机打",
        "没有开通",
        "以 ro",
        "还没有备",
        "周期任务",  # has only just begun
    }, said
    assert "1 个后备" in said
    assert codes == [0] * 6


def _told_by_systemd(unit: str, notify: Path) -> dict[str, str]:
    """What systemd puts into the environment of a unit because of its type."""
    if units.values(units.FOLDER / unit, "Type") != ["notify"]:
        return {}
    return {"NOTIFY_SOCKET": str(notify)}


def _ask(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(b"GET /readyz HTTP/1.0\r\n\r\n")
        return connection.recv(4096).splitlines()[0]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze here")
def test_systemd_understands_every_line_of_them(tmp_path):
    (tmp_path / "bin").mkdir()
    for name in ("python", "celery", "hhu", "hhu-alarm"):
        (tmp_path / "bin" / name).symlink_to("/bin/true")
    names = []
    for path in units.FOLDER.rglob("*.*"):
        if path.is_dir():
            continue
        target = tmp_path / path.relative_to(units.FOLDER)
        target.parent.mkdir(exist_ok=True)
        text = path.read_text().replace(units.RELEASE, f"{tmp_path}/bin/")
        target.write_text(text.replace("/usr/local/bin/", f"{tmp_path}/bin/"))
        if path.parent == units.FOLDER:
            names.append(target.name)
    for name in [name for name in names if "@" in name]:
        (tmp_path / name.replace("@", "@6543")).symlink_to(tmp_path / name)
    found = subprocess.run(
        ["systemd-analyze", "verify", *[f"./{name.replace('@', '@6543')}" for name in names]],
        cwd=tmp_path,
        env=os.environ | {"SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
        capture_output=True,
        text=True,
    )
    ours = [line for line in found.stderr.splitlines() if "hhu" in line]
    assert ours == []
    assert len(names) == 11


def test_every_web_process_has_a_socket_that_nginx_knows():
    site = (ROOT / "deploy" / "nginx" / "hhu.conf").read_text()
    [address] = units.values(units.FOLDER / "hhu-web@.socket", "ListenStream")
    assert f"server {address.replace('%i', '6543')} " in site
    assert f"server {address.replace('%i', '6544')} " in site


def test_a_service_is_given_more_time_to_stop_than_it_takes():
    from hhu_base.web.server.process import STOP_TIMEOUT

    [seconds] = units.values(units.FOLDER / "hhu-web@.service", "TimeoutStopSec")
    assert int(seconds) > STOP_TIMEOUT + 5


def test_only_the_backups_of_the_timer_grow_old(tmp_path):
    [line] = units.values(units.FOLDER / "hhu-backup.service", "ExecStartPost")
    [script] = units.values(units.FOLDER / "hhu-backup.service", "ExecStart")
    assert "$$(date +%%Y-%%m-%%dT%%H%%M%%S)" in script
    stay = {"before-1.2", "2026-01-01", "2026-11-25T031500-kept.tar", "新学期"}
    recent, old = "2026-11-24T031702", "2026-11-01T031500"
    for name in stay | {recent, old, f"{old}.unfinished"}:
        (tmp_path / name).mkdir()
        if name != recent:
            os.utime(tmp_path / name, (0, 0))
    line = line.replace("%%", "%").replace("/var/backups/hhu", str(tmp_path))
    subprocess.run(shlex.split(line), check=True)
    assert {path.name for path in tmp_path.iterdir()} == stay | {recent}


def test_the_example_of_the_environment_names_every_secret_of_production():
    """All that stands empty in production.ini because it may not be written there."""
    example = (ROOT / "deploy" / "env.example").read_text(encoding="utf-8")
    comments = (ROOT / "production.ini").read_text(encoding="utf-8")
    for name in sorted(set(re.findall(r"HHU_[A-Z_]*(?:SECRET|PASSWORD|TOKEN|URL)\b", comments))):
        assert f"{name}=" in example, name
