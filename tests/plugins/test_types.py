"""The types of our packages, as the type checker of somebody else's plugin finds them."""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parents[2]
WRONG = """
from hhu_base.admin import Action, ModelAdmin
from hhu_base.mail.outbox import Recipient
from hhu_plugins.rooms.models import Meetingroom


class Wrong(ModelAdmin):
    page_size = "50"


Action(1, "归还", lambda request, row: None)
Recipient.of("t0001")
Meetingroom().seats
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory) -> Path:
    """A Python that has our packages as pip installs them, and ours for all that they need."""
    folder = tmp_path_factory.mktemp("elsewhere")
    checkout = folder / "checkout"
    left_out = shutil.ignore_patterns("__pycache__", ".*", "var", "build", "*.egg-info", "tests")
    shutil.copytree(PROJECT, checkout, ignore=left_out)
    venv = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    [site] = venv.glob("lib/python*/site-packages")
    pip = (sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation")
    subprocess.run([*pip, "--no-index", "--target", str(site), str(checkout)], check=True)
    (site / "ours.pth").write_text(sysconfig.get_path("purelib"))
    return venv / "bin" / "python"


def mypy(python: Path, folder: Path, *what: str) -> str:
    """What mypy says, without any configuration of ours."""
    command = [sys.executable, "-m", "mypy", "--python-executable", str(python)]
    options = ["--config-file=", "--check-untyped-defs", f"--cache-dir={folder / 'cache'}"]
    ended = subprocess.run(
        [*command, *options, *what],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return ended.stdout


@pytest.mark.timeout(600)
def test_the_example_is_checked_with_our_types(python, tmp_path):
    shutil.copytree(
        PROJECT / "examples" / "hhu-lostfound" / "hhu_lostfound", tmp_path / "hhu_lostfound"
    )
    said = mypy(python, tmp_path, "--ignore-missing-imports", "-p", "hhu_lostfound")
    assert "Success" in said, said
    (tmp_path / "wrong.py").write_text(WRONG)
    said = mypy(python, tmp_path, "wrong.py")
    wrong = [line.split(": error: ")[0] for line in said.splitlines() if ": error: " in line]
    assert wrong == [f"wrong.py:{line}" for line in (8, 11, 12, 13)], said
