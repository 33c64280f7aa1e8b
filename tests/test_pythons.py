"""Every Python that we promise, as far as this machine has it: installed as pinned, served, tested.

A newer Python fails where nobody looks: its logging may want what an older one did without, and
then each request fails, although all processes run.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.flows.college import until
from tests.ports import free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

PROJECT = Path(__file__).resolve().parents[1]
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
# What meets most of the standard library and of what we use: logs, errors, static files, commands.
TESTED = ["tests/telemetry", "tests/rest", "tests/openapi", "tests/cli/test_commands.py"]


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's own: root's Postgres has to get there."""
    with tempfile.TemporaryDirectory(prefix="hhu-python-", dir="/tmp") as name:  # noqa: S108
        Path(name).chmod(0o711)
        yield Path(name)


def interpreter(version: str) -> str:
    """One of that version, the system's or one of pyenv's; skips where there is none."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    for candidate in (f"python{version}", *pyenv.glob(f"{version}.*/bin/python")):
        try:
            # The shims of pyenv exist for versions that aren't switched on: ask, don't just look.
            command = [candidate, "-c", "import ensurepip, sys; print(sys.executable)"]
            found = subprocess.run(command, capture_output=True, text=True)
        except OSError:
            continue
        if found.returncode == 0:
            return found.stdout.strip()
    pytest.skip(f"NO PYTHON {version} HERE, so it was not tested")


@pytest.mark.parametrize("version", PYTHONS)
def test_the_system_serves_and_its_tests_pass(version, folder):
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        pytest.skip("this is the Python of all other tests")
    base = interpreter(version)
    checkout, python = folder / "checkout", str(folder / "venv" / "bin" / "python")
    left_out = shutil.ignore_patterns("__pycache__", ".*", "var", "build", "*.egg-info")
    shutil.copytree(PROJECT, checkout, ignore=left_out)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HHU_")}
    environment.pop("PYTHONPATH", None)
    environment["PYTHONUTF8"] = "1"

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=checkout,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    subprocess.run([base, "-m", "venv", folder / "venv"], check=True)
    pip = (python, "-m", "pip", "--disable-pip-version-check", "install", "-q")
    installed = run(*pip, "-c", "constraints.txt", "-e", ".[embedded,test]")
    if re.search("connection|Temporary failure", installed.stdout) and installed.returncode:
        pytest.skip(f"NO PACKAGE INDEX, so this was not tested: {installed.stdout[-300:]}")
    assert installed.returncode == 0, installed.stdout[-3000:]
    _serve(python, checkout, environment)
    tested = run(python, "-m", "pytest", "-q", "-n", "0", "-m", "not slow", *TESTED)
    assert tested.returncode == 0, tested.stdout[-5000:]


def _serve(python: str, checkout: Path, environment: dict[str, str]) -> None:
    """The whole of scripts/serve: it becomes ready, answers, and logs that it did."""
    port = free_port()
    with (checkout / "said").open("w") as output:
        process = subprocess.Popen(
            [python, "-m", "hhu_base", "serve", "development.ini", "--no-demo"],
            cwd=checkout,
            env=environment | {"PORT": str(port), "DATA_DIR": str(checkout / "var")},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:

        def is_ready() -> bool:
            assert process.poll() is None, (checkout / "said").read_text()
            return "已就绪" in (checkout / "said").read_text()

        until(is_ready, 300, "it is ready")
        assert httpx.get(f"http://127.0.0.1:{port}/").json()["name"]
        refused = httpx.get(f"http://127.0.0.1:{port}/rooms-that-are-not-there/")
        assert refused.status_code == 404
        log = checkout / "var" / "log" / "web.log"
        until(lambda: "GET - 404" in log.read_text(), 10, "it is logged")
        assert "Traceback" not in log.read_text()
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
