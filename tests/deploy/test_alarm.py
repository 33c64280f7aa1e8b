"""``deploy/alarm.example``: a unit has failed, and somebody gets a mail about it."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from tests.mail.conftest import Server

from . import units
from .conftest import ROOT

JOURNAL = """#!/bin/sh
echo "$@" | grep -q -- "--unit hhu-doctor" && echo "错误　磁盘快满了。"
"""


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl here")
def test_what_the_unit_has_written_is_mailed(tmp_path):
    server = Server()
    journal = tmp_path / "journalctl"
    journal.write_text(JOURNAL)
    journal.chmod(0o755)
    settings = {
        "HHU_MAIL_HOST": "127.0.0.1",
        "HHU_MAIL_PORT": str(server.port),
        "HHU_MAIL_SECURITY": "none",
        "HHU_MAIL_SENDER": "计信院教师服务 <noreply@hhu.example>",
    }
    try:
        told = subprocess.run(
            ["sh", ROOT / "deploy" / "alarm.example", "hhu-doctor"],
            env=os.environ | settings | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            timeout=60,
        )
    finally:
        server.stop()
    assert told.returncode == 0, told.stderr
    [mail] = server.handler.mails
    assert server.handler.recipients == ["it@hhu.example"]
    assert mail["From"] == "noreply@hhu.example"
    assert str(mail["Subject"]).startswith("hhu-doctor failed on ")
    assert mail.get_content() == "错误　磁盘快满了。\n"


def test_whatever_runs_by_a_timer_alarms_when_it_fails():
    timers = sorted(path.stem for path in units.FOLDER.glob("*.timer"))
    assert timers == ["hhu-backup", "hhu-doctor"]
    for name in timers:
        service = units.FOLDER / f"{name}.service"
        assert units.values(service, "OnFailure") == ["hhu-alarm@%N.service"]
        assert units.values(service, "Type") == ["oneshot"]
    alarm = units.FOLDER / "hhu-alarm@.service"
    [program] = units.values(alarm, "ConditionFileIsExecutable")
    assert units.values(alarm, "ExecStart") == [f"{program} %i"]
