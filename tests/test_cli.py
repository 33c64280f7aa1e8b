"""``hhu``, as a deployer types it."""

from pathlib import Path

import sqlalchemy as sa

INI = str(Path(__file__).parents[1] / "development.ini")


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
    assert "没有载入" in hhu("demo", INI)


def test_the_plugins_are_listed_with_their_state(hhu, monkeypatch):
    monkeypatch.setenv("HHU_PLUGINS", "")
    [line] = [line for line in hhu("plugins", INI).splitlines() if line.startswith("rooms")]
    assert "未启用" in line


def test_a_bad_setting_is_one_line_that_names_the_key(hhu, monkeypatch):
    monkeypatch.setenv("HHU_PLUGINS", "submarines")
    output = hhu("plugins", INI, code=1)
    assert "配置错误：hhu.plugins: there is no plugin 'submarines'; installed: " in output
    assert "Traceback" not in output
