"""A new plugin passes its tests, and ours, at once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from hhu_base.cli import main, new_plugin

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parents[3]
# The longest name there may be, and one that comes before "base" among the imports.
NAMES = ["a1", "noticesofeverysort20"]


@pytest.fixture
def checkout(tmp_path) -> Path:
    """A copy of this repository, as far as a plugin has to do with it."""
    copy = tmp_path / "checkout"
    left_out = shutil.ignore_patterns("__pycache__", ".*", "var", "build", "*.egg-info", "docs")
    shutil.copytree(PROJECT, copy, ignore=left_out)
    for folder in list((copy / "tests").iterdir()):
        if folder.is_dir():  # the other plugins have to have one
            shutil.rmtree(folder)
            folder.mkdir()
    return copy


def run(*command: str, cwd: Path, path: Path) -> str:
    """Run Python with ``path`` before all else; what it says."""
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", *command],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(path)},
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def is_well_written(folder: Path, *paths: str) -> None:
    run("-m", "ruff", "check", "--no-cache", *paths, cwd=folder, path=folder)
    run("-m", "ruff", "format", "--no-cache", "--check", *paths, cwd=folder, path=folder)


@pytest.mark.parametrize("name", NAMES)
def test_whatever_its_name_it_is_well_written(checkout, tmp_path, name):
    new_plugin.make_here(checkout, name, "通知")
    is_well_written(checkout, f"hhu_plugins/{name}", f"tests/{name}", "setup.py")
    new_plugin.make_distribution(tmp_path, name, "通知")
    is_well_written(tmp_path / f"hhu-{name}", ".")


@pytest.mark.timeout(1200)
def test_in_the_repository_it_passes_its_tests_and_those_of_the_architecture(checkout):
    made = ("-m", "hhu_base", "new-plugin", "bulletins", "--title", "通知")
    assert "插件 bulletins 已建立" in run(*made, cwd=checkout, path=checkout)
    # Instead of an installation: the entry points, where Python looks first.
    run("setup.py", "-q", "egg_info", cwd=checkout, path=checkout)
    tests = ("tests/bulletins", "tests/test_architecture.py")
    pytest_ = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert " passed" in run(*pytest_, *tests, cwd=checkout, path=checkout)
    mypy = ("-m", "mypy", "--cache-dir", os.devnull, "-p", "hhu_plugins.bulletins")
    run(*mypy, cwd=checkout, path=checkout)


@pytest.mark.timeout(600)
def test_as_a_distribution_of_its_own_too(tmp_path):
    arguments = ["new-plugin", "bulletins", "--to", str(tmp_path)]
    said = CliRunner().invoke(main, arguments, input="通知\n")
    assert said.exit_code == 0, said.output
    root = tmp_path / "hhu-bulletins"
    run("setup.py", "-q", "egg_info", cwd=root, path=root)
    said = run("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=root, path=root)
    assert " passed" in said


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("Rooms", "不能作为插件名称"),
        ("lost_found", "不能作为插件名称"),
        ("x" * 21, "不能作为插件名称"),
        ("import", "不能作为插件名称"),
        ("../../etc", "不能作为插件名称"),
        ("rooms", "已经有名为“rooms”的插件"),
        ("core", "是系统自己使用的名称"),
        ("mail", "是系统自己使用的名称"),
        ("departments", "路径 /departments/ 已经被使用"),
        ("reservations", "路径 /reservations/ 已经被使用"),
    ],
)
def test_a_name_that_cannot_be_is_refused(tmp_path, name, sentence):
    arguments = ["new-plugin", name, "--title", "通知", "--to", str(tmp_path)]
    said = CliRunner().invoke(main, arguments)
    assert (said.exit_code, sentence in said.output) == (1, True), said.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("title", ["", " ", '"""', "a: b", "$name", "长" * 21, "一\n二"])
def test_a_title_that_would_break_the_files_is_refused(tmp_path, title):
    arguments = ["new-plugin", "bulletins", "--title", title, "--to", str(tmp_path)]
    said = CliRunner().invoke(main, arguments)
    assert (said.exit_code, "20 字以内的中文名称" in said.output) == (1, True), said.output


def test_what_is_there_is_not_touched(tmp_path):
    new_plugin.make_distribution(tmp_path, "bulletins", "通知")
    kept = tmp_path / "hhu-bulletins" / "hhu_bulletins" / "models.py"
    kept.write_text("mine")
    arguments = ["new-plugin", "bulletins", "--title", "通知", "--to", str(tmp_path)]
    said = CliRunner().invoke(main, arguments)
    assert (said.exit_code, "已经存在，什么都没有改变" in said.output) == (1, True), said.output
    assert kept.read_text() == "mine"


def test_the_entry_points_stay_in_order():
    before = (PROJECT / "setup.py").read_text()
    after = new_plugin.with_entry_point(before, "bulletins")
    lines = [line.strip() for line in after.splitlines() if "= hhu_plugins." in line]
    assert lines == sorted(lines)
    assert '"bulletins = hhu_plugins.bulletins",' in lines
    assert new_plugin.with_entry_point(after, "bulletins") == after
