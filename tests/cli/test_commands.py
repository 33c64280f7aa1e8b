"""``hhu``, as a deployer types it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from hhu_base import cli, plugins
from hhu_base.cli import main
from tests.sampling import first

INI = str(Path(__file__).parents[2] / "development.ini")


def test_the_schema_is_made_checked_and_taken_down_again(hhu):
    assert "not up to date" in hhu("migrate", INI, "check", code=1)
    assert "已是最新" in hhu("migrate", INI, "upgrade")
    assert "一致" in hhu("migrate", INI, "check")
    assert "Aborted" in hhu("migrate", INI, "downgrade", "rooms@base", input="n\n", code=1)
    hhu("migrate", INI, "downgrade", "rooms@base", input="y\n")
    assert not sa.inspect(hhu.engine).has_table("rooms_reservations")


def test_an_administrator_is_made_and_can_be_given_a_new_password(hhu, migrated):
    hhu("create-admin", INI, "boss", "--password", "first-2026-pass")
    hhu("create-admin", INI, "boss", "--password", "second-2026-pass")
    with hhu.engine.connect() as connection:
        rows = connection.execute(
            sa.text("SELECT username, is_superuser, is_staff FROM core_users")
        ).all()
    assert rows == [("boss", True, True)]


def test_an_administrators_password_must_not_be_weak(hhu, migrated, ini):
    assert "太短" in hhu("create-admin", ini, "boss", "--password", "x1y2", code=1)
    assert "太相似" in hhu("create-admin", ini, "headmaster", "--password", "headmaster", code=1)


def test_the_demo_is_loaded_once(hhu, migrated):
    assert "已载入" in hhu("demo", INI)
    assert "已经在" in hhu("demo", INI)


@pytest.mark.slow
def test_the_demo_is_refused_where_there_are_real_people(hhu, migrated):
    hhu("create-admin", INI, "boss", "--password", "first-2026-pass")
    assert "没有载入" in hhu("demo", INI, code=1)
    # As hhu serve does it, at every start.
    assert "没有载入" in hhu("demo", INI, "--unless-used")


def test_each_command_is_listed_with_the_beginning_of_its_own_help(hhu):
    listed = hhu("--help", env={"COLUMNS": "200"})
    for name, (_, told) in cli.COMMANDS.items():
        assert f"  {name} " in listed
        assert told in listed
        assert told in hhu(name, "--help", env={"COLUMNS": "200"})


def test_a_list_of_all_commands_imports_none_of_them():
    script = "import sys; from hhu_base.cli import main; main(['--help'], standalone_mode=False);"
    script += "print(*sys.modules)"
    said = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, check=True)
    loaded = said.stdout.decode().splitlines()[-1].split()
    assert [name for name in loaded if name.startswith("hhu_base.")] == ["hhu_base.cli"]


def test_an_unknown_command_is_named(hhu):
    assert "No such command 'sevre'" in hhu("sevre", code=2)


def test_the_queues_are_those_of_the_enabled_plugins_with_the_options_of_their_workers(
    hhu, monkeypatch
):
    def queues() -> dict[str, str]:
        found = [json.loads(line) for line in hhu("queues", INI).splitlines()]
        return {each["queue"]: " ".join(each["options"]) for each in found}

    default = "-P threads -c 4"
    everything = {"default": default, "files": "-P threads -c 1", "reservations": "-P solo -c 1"}
    assert queues() == everything
    monkeypatch.setenv("HHU_PLUGINS", "contacts")
    assert queues() == {"default": default}


def test_the_plugins_are_listed_with_their_state(hhu, monkeypatch):
    monkeypatch.setenv("HHU_PLUGINS", "")
    [line] = [line for line in hhu("plugins", INI).splitlines() if line.startswith("rooms")]
    assert "未启用" in line


def test_a_bad_setting_is_one_line_that_names_the_key(hhu, monkeypatch):
    monkeypatch.setenv("HHU_PLUGINS", "submarines")
    output = hhu("plugins", INI, code=1)
    assert "配置错误：hhu.plugins: there is no plugin 'submarines'; installed: " in output
    assert "Traceback" not in output


COMMANDS = (
    ("migrate", INI, "upgrade"),
    ("migrate", INI, "check"),
    ("migrate", INI, "downgrade", "rooms@base", "--yes"),
    ("create-admin", INI, "boss", "--password", "first-2026-pass"),
    ("demo", INI),
    ("users", "export", INI, "people.xlsx"),
    ("users", "import", INI, "people.csv"),
    ("import-django", INI, "dump.json"),
    ("backup", INI, "backup"),
)
FILES = {"people.csv": "工号,姓氏\nb0001,周\n", "dump.json": "[]"}
URLS = {
    "nobody listens": "postgresql://hhu:s3cret@127.0.0.1:1/hhu",
    "no such host": "postgresql://hhu:s3cret@nowhere.invalid/hhu",
    "no name of a database": "postgresql://127.0.0.1:1",
    "embedded": "embedded",
}


def write_files(folder) -> None:
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("url", URLS.values(), ids=URLS)
@pytest.mark.parametrize("arguments", first(2, COMMANDS), ids=lambda arguments: arguments[0])
def test_without_a_database_each_command_says_in_a_sentence_what_to_do(
    monkeypatch, tmp_path, url, arguments
):
    monkeypatch.chdir(tmp_path)
    write_files(tmp_path)
    monkeypatch.setenv("HHU_SQLALCHEMY_URL", url)
    monkeypatch.setenv("HHU_DATA_DIR", str(tmp_path))
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1
    assert result.output.startswith("Error: 数据库连不上：")
    assert "检查 HHU_SQLALCHEMY_URL" in result.output
    assert result.output.count("\n") == 1
    assert "None" not in result.output
    assert "s3cret" not in result.output


@pytest.mark.parametrize("arguments", COMMANDS[3:], ids=lambda arguments: arguments[0])
def test_without_tables_each_command_says_that_they_have_to_be_made(
    hhu, monkeypatch, tmp_path, arguments
):
    monkeypatch.chdir(tmp_path)
    write_files(tmp_path)
    output = hhu(*arguments, code=1)
    assert output.startswith("Error: 数据库里没有需要的表：")
    assert "hhu migrate INI upgrade" in output


def test_a_migration_that_cannot_be_imported_is_named(hhu, tmp_path, monkeypatch):
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "rooms_0099_bad.py").write_text("import no_such_library")
    others = plugins.migration_folders()
    monkeypatch.setattr(plugins, "migration_folders", lambda: others | {"bad": folder})
    output = hhu("migrate", INI, "upgrade", code=1)
    assert output.startswith("Error: 数据库迁移：")
    assert "rooms_0099_bad.py can't be imported: ModuleNotFoundError" in output
    output = hhu("doctor", INI, code=1)
    [line] = [line for line in output.splitlines() if "rooms_0099_bad.py" in line]
    assert line.startswith("错误　数据库迁移无法读取：")
