from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
import time_machine

from hhu_base.cli.doctor import database
from hhu_base.database import make_engine

from .conftest import levels


@pytest.fixture
def use_engine(app, monkeypatch):
    """Let the application have another engine."""
    engines = []

    def use(url, **settings: str):
        text = url if isinstance(url, str) else url.render_as_string(hide_password=False)
        engines.append(make_engine({"sqlalchemy.url": text} | settings))
        monkeypatch.setitem(app.registry, "engine", engines[-1])

    yield use
    for engine in engines:
        engine.dispose()


def test_a_database_that_answers_is_good(deployment):
    assert levels(database.check_connection(deployment)) == ["好"]


@pytest.mark.parametrize("change", [{"database": "nowhere"}, {"query": {"host": "/nowhere"}}])
def test_a_database_that_is_not_there_is_told_without_the_password(deployment, use_engine, change):
    use_engine(deployment.engine.url.set(**change, password="s3cret"))
    [finding] = database.check_connection(deployment)
    assert finding.level == "错误"
    assert "HHU_SQLALCHEMY_URL" in finding.advice
    assert "s3cret" not in str(finding)


def test_migrations_are_applied_missing_or_of_the_future(deployment, hhu, ini, use_engine):
    assert levels(database.check_migrations(deployment)) == ["好"]
    use_engine(hhu.engine.url)
    [finding] = database.check_migrations(deployment)
    assert finding.level == "错误"
    assert " rooms_" in finding.what
    assert "hhu migrate" in finding.advice
    hhu("migrate", ini, "upgrade")
    assert levels(database.check_migrations(deployment)) == ["好"]
    with hhu.engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO alembic_version VALUES ('rooms_0099')"))
    [finding] = database.check_migrations(deployment)
    assert finding.level == "错误"
    assert "rooms_0099" in finding.what


def test_an_enabled_plugin_without_its_tables_is_named(deployment, hhu, migrated, use_engine):
    use_engine(hhu.engine.url)
    with hhu.engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE contacts_friends"))
    [finding] = database.check_migrations(deployment)
    assert finding.level == "错误"
    assert "contacts_friends" in finding.what
    assert not database.is_up_to_date(deployment)


def test_running_as_the_superuser_is_for_trying_out(deployment, in_production):
    """What other roles get is in tests/deploy."""
    assert levels(database.check_role(deployment)) == ["好"]
    assert levels(database.check_role(in_production)) == ["错误"]


def test_a_pool_that_the_server_cannot_serve_is_told(deployment, use_engine):
    assert levels(database.check_connections(deployment)) == ["好"]
    use_engine(deployment.engine.url, **{"sqlalchemy.pool_size": "1000"})
    assert levels(database.check_connections(deployment)) == ["注意"]


@pytest.mark.parametrize(
    ("seconds", "level"), [(0, "好"), (-3, "注意"), (3, "注意"), (60, "错误"), (-60, "错误")]
)
def test_clocks_that_differ_are_told(deployment, seconds, level):
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=seconds), tick=True):
        assert levels(database.check_clock(deployment)) == [level]


@pytest.mark.parametrize(
    ("data_of", "key", "level"),
    [
        ("Asia/Shanghai", "Asia/Shanghai", "好"),
        ("Asia/Tokyo", "Asia/Shanghai", "错误"),
        ("Asia/Shanghai", "Asia/Atlantis", "错误"),
    ],
)
def test_both_must_know_the_zone_and_mean_the_same(deployment, monkeypatch, data_of, key, level):
    from importlib.resources import files

    with (files("tzdata.zoneinfo") / data_of).open("rb") as data:
        monkeypatch.setattr(deployment.registry, "site_zone", ZoneInfo.from_file(data, key=key))
    assert levels(database.check_zone(deployment)) == [level]


def test_a_database_whose_log_nobody_archives_is_not_spoken_of(deployment):
    # With an archive, well and unwell: tests/deploy/test_recovery.py.
    assert levels(database.check_archive(deployment)) == []
