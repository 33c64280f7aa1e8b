"""``deploy/hhu``, as it stands: the settings and the account of the services, and their umask."""

from __future__ import annotations

import getpass
import os
import subprocess

import pytest

from .conftest import ROOT

SCRIPT = """#!/bin/sh
umask
pwd
echo "$HHU_SQLALCHEMY_URL" "$PYTHONUTF8" "$@"
echo written >table.csv
"""


@pytest.fixture
def run(tmp_path):
    command = tmp_path / ".venv" / "bin" / "hhu"
    command.parent.mkdir(parents=True)
    command.write_text(SCRIPT)
    command.chmod(0o755)
    (tmp_path / "env").write_text("HHU_SQLALCHEMY_URL=app\n")
    (tmp_path / "owner").write_text("HHU_SQLALCHEMY_URL=owner\n")
    own = {"HHU_HOME": tmp_path, "HHU_ETC": tmp_path, "HHU_ACCOUNT": getpass.getuser()}

    def run(*arguments: str) -> list[str]:
        ended = subprocess.run(
            ["sh", ROOT / "deploy" / "hhu", *arguments],
            env=os.environ | {key: str(value) for key, value in own.items()},
            umask=0o022,
            capture_output=True,
            text=True,
            check=True,
        )
        return ended.stdout.splitlines()

    return run


def test_what_it_writes_is_for_nobody_else_to_read(run, tmp_path):
    assert run("users", "export")[0] == "0077"
    assert (tmp_path / "table.csv").stat().st_mode & 0o777 == 0o600


def test_it_runs_in_the_release_as_the_application_or_as_the_owner(run, tmp_path):
    assert run("doctor", "x y")[1:3] == [str(tmp_path), "app 1 doctor x y"]
    assert run("--owner", "migrate")[2] == "owner 1 migrate"
