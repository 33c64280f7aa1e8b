"""The one command over the schema, on a database of its own."""

import pytest
import sqlalchemy as sa
from alembic.util.exc import CommandError

from hhu_base import migrating
from hhu_base.database import make_engine


@pytest.fixture
def config(settings, engine):
    """Alembic's configuration for an empty database beside the tests' own."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("CREATE DATABASE migrating"))
        url = sa.make_url(settings["sqlalchemy.url"]).set(database="migrating")
        own = make_engine({"sqlalchemy.url": url.render_as_string(hide_password=False)})
        yield migrating.alembic_config(settings, own)
        own.dispose()
        connection.execute(sa.text("DROP DATABASE migrating"))


def tables(config) -> set[str]:
    return set(sa.inspect(config.attributes["engine"]).get_table_names()) - {"alembic_version"}


def test_an_empty_database_is_found_to_be_behind_and_is_brought_up_to_date(config):
    assert migrating.check(config) == ["Target database is not up to date."]
    migrating.upgrade(config)
    assert migrating.check(config) == []


def test_every_migration_can_be_undone(config):
    migrating.upgrade(config)
    migrating.downgrade(config, "base")
    assert tables(config) == set()


def test_a_plugin_can_be_removed_and_leaves_the_others(config):
    migrating.upgrade(config)
    migrating.downgrade(config, "rooms@base")
    assert "core_users" in tables(config)
    assert not any(name.startswith("rooms_") for name in tables(config))


def test_a_release_that_is_older_than_the_database_does_not_downgrade_and_tells_which_one_can(
    config,
):
    migrating.upgrade(config)
    with config.attributes["engine"].begin() as connection:
        connection.execute(sa.text("INSERT INTO alembic_version VALUES ('rooms_9999')"))
    with pytest.raises(CommandError, match="rooms_9999.*新版本"):
        migrating.downgrade(config, "rooms@-1")
    assert "rooms_reservations" in tables(config)


def test_a_change_in_the_database_that_no_migration_made_is_noticed(config):
    migrating.upgrade(config)
    with config.attributes["engine"].begin() as connection:
        connection.execute(sa.text("ALTER TABLE core_users ADD COLUMN stray int"))
    [problem] = migrating.check(config)
    assert "stray" in problem


def test_an_upgrade_that_another_deployment_is_running_is_waited_for_in_vain(config):
    """The lock keeps two at once apart; the second gives up and says so."""
    engine = config.attributes["engine"]
    with engine.connect() as other:
        other.execute(sa.text("SELECT pg_advisory_xact_lock(4737109, 0)"))
        config.attributes["lock_timeout"] = "200ms"
        with pytest.raises(sa.exc.OperationalError, match="lock timeout"):
            migrating.upgrade(config)
    migrating.upgrade(config)
