"""What a deployer reads of a plugin that cannot be loaded."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from hhu_base.cli.serve.process import Program, spawn
from tests.ports import free_port
from tests.sampling import first

from .conftest import MODELS, answers

PROJECT = Path(__file__).resolve().parents[2]
MIGRATION = '''"""Things."""

import sqlalchemy as sa

from alembic import op

revision = "broken_0001"
down_revision = None
branch_labels = ("broken",)
depends_on = ("core_0001",)


def upgrade() -> None:
    op.create_table("broken_things", sa.Column("id", sa.BigInteger(), primary_key=True))


def downgrade() -> None:
    op.drop_table("broken_things")
'''


@pytest.fixture
def broken(shelf, monkeypatch):
    """An enabled plugin whose package does not import."""
    shelf.install("broken", {"__init__.py": "import no_such_library"})
    monkeypatch.setenv("HHU_PLUGINS", "contacts broken rooms")
    return shelf


@pytest.fixture
def skipping(monkeypatch):
    monkeypatch.setenv("HHU_ON_PLUGIN_ERROR", "skip")


REASON = "ModuleNotFoundError: No module named 'no_such_library' (hhu_broken, line 1)"


def test_the_list_names_it_with_the_reason(broken, hhu, ini):
    lines = hhu("plugins", ini, code=1).splitlines()
    assert "broken       启用，无法加载  hhu_broken" in lines
    assert "rooms        启用  hhu_plugins.rooms" in lines
    assert lines[-1] == f"配置错误：hhu.plugins: the plugin 'broken' cannot be loaded: {REASON}"
    assert hhu("plugins", ini, "--check", code=1).splitlines() == lines[-1:]
    assert 'File "' in hhu("plugins", ini, "--traceback", code=1)


def test_where_it_is_skipped_that_is_a_warning(broken, skipping, hhu, ini):
    output = hhu("plugins", ini, "--check")
    assert output == f"警告：插件 broken 无法加载，已跳过：{REASON}\n"


def test_without_problems_a_check_says_nothing(hhu, ini):
    assert hhu("plugins", ini, "--check") == ""


@pytest.mark.slow
def test_what_is_wrong_with_the_base_is_told_after_the_list(hhu, ini, monkeypatch):
    monkeypatch.setenv("HHU_ZONE", "Mars")
    lines = hhu("plugins", ini, code=1).splitlines()
    assert lines[0].startswith("activities")
    assert lines[-1].startswith("Error: 配置错误：hhu.zone: 'Mars' is no time zone")


@pytest.fixture
def with_broken_models(shelf):
    """Not enabled; its migration is as good as any, its models are not."""
    files = {"models.py": MODELS + "\nraise KeyError('half')", "__init__.py": ""}
    shelf.install("broken", files | {"migrations/broken_0001_things.py": MIGRATION})


def test_broken_models_of_any_installed_one_stop_a_migration(with_broken_models, hhu, ini):
    output = hhu("migrate", ini, "upgrade", code=1)
    assert output.startswith(
        "Error: 配置错误：hhu.plugins: the plugin 'broken' cannot be loaded: Key"
    )
    assert output.count("\n") == 1
    assert "broken       未启用，无法加载" in hhu("plugins", ini, code=1)


def test_where_they_are_skipped_the_others_are_migrated(with_broken_models, skipping, hhu, ini):
    output = hhu("migrate", ini, "upgrade")
    assert "警告：插件 broken 的模型无法导入，不作比较：KeyError: 'half'" in output
    assert "数据库结构已是最新。" in output
    # Its migration imports no models: as good as any.
    assert sa.inspect(hhu.engine).has_table("broken_things")
    assert "数据库结构与代码一致" in hhu("migrate", ini, "check")
    output = hhu("migrate", ini, "revision", "broken", "-m", "would drop all of it", code=1)
    assert "the plugin 'broken' cannot be loaded: KeyError: 'half'" in output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("revision", "submarines", "-m", "x"), "no installed plugin has a branch 'submarines'"),
        (("downgrade", "submarines@base", "--yes"), "'submarines'（相应的插件没有安装？）"),
    ],
)
def test_an_unknown_branch_is_told_in_a_line(hhu, migrated, ini, arguments, sentence):
    output = hhu("migrate", ini, *arguments, code=1)
    assert output.startswith("Error: 数据库迁移：")
    assert sentence in output


@pytest.fixture
def environment(hhu, settings, services, broken):
    """Of processes of our own, which see the broken plugin too."""
    return os.environ | {
        "PYTHONPATH": str(broken.folder),
        "HHU_CELERY_BROKER_URL": services.broker_url,
        "HHU_LISTEN": "127.0.0.1:0",
    }


WEB = ("hhu_base.web.server", "development.ini")
WORKER = ("celery", "-A", "hhu_base.worker", "worker", "--ini", "development.ini")
WORKER += ("-Q", "reservations", "-P", "solo", "-n", "plugins@%h", "-l", "INFO")


@pytest.mark.parametrize("command", first(1, [WEB, WORKER]), ids=["web", "worker"])
def test_a_process_that_does_not_start_says_why_in_a_line(environment, command):
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", *command],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert f"the plugin 'broken' cannot be loaded: {REASON}" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.slow
def test_where_it_is_skipped_web_and_worker_do_without_it(
    environment, skipping, migrated, tmp_path
):
    port = free_port()
    own = environment | {"HHU_ON_PLUGIN_ERROR": "skip", "HHU_LISTEN": f"127.0.0.1:{port}"}
    logs = {name: tmp_path / f"{name}.log" for name in ("web", "worker")}
    processes = []
    try:
        for (name, log), command in zip(logs.items(), (WEB, WORKER), strict=True):
            with log.open("wb") as output:
                program = Program(name, [sys.executable, "-m", *command], PROJECT, own)
                processes.append(spawn(program, output))
        # The worker of the reservations is there: what the plugin left out does not matter.
        body = _until_ready(port)
        assert '"left_out":["broken"]' in body
    finally:
        for process in processes:
            process.kill()
            process.wait()
    for log in logs.values():
        said = log.read_text()
        assert said.count(f"the plugin broken is left out: {REASON}") == 1
        assert "Traceback" not in said


def _until_ready(port: int) -> str:
    deadline = time.monotonic() + 90
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
        while not answers(client, "/readyz"):
            assert time.monotonic() < deadline, "it does not get ready"
            time.sleep(0.2)
        return client.get("/readyz").text
