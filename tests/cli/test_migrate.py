"""The one command over the schema, on a database of its own."""

import pytest
import sqlalchemy as sa
from alembic.util.exc import CommandError

from alembic import command
from hhu_base.cli import migrate
from hhu_base.database import make_engine


@pytest.fixture
def config(settings, engine):
    """Alembic's configuration for an empty database beside the tests' own."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("CREATE DATABASE migrating"))
        url = sa.make_url(settings["sqlalchemy.url"]).set(database="migrating")
        own = make_engine({"sqlalchemy.url": url.render_as_string(hide_password=False)})
        yield migrate.alembic_config(settings, own)
        own.dispose()
        connection.execute(sa.text("DROP DATABASE migrating"))


def tables(config) -> set[str]:
    return set(sa.inspect(config.attributes["engine"]).get_table_names()) - {"alembic_version"}


def test_an_empty_database_is_found_to_be_behind_and_is_brought_up_to_date(config):
    assert migrate.check(config) == ["Target database is not up to date."]
    migrate.upgrade(config)
    assert migrate.check(config) == []


def test_every_migration_can_be_undone(config):
    migrate.upgrade(config)
    migrate.downgrade(config, "base")
    assert tables(config) == set()


def test_a_plugin_can_be_removed_and_leaves_the_others(config):
    migrate.upgrade(config)
    migrate.downgrade(config, "rooms@base")
    assert "core_users" in tables(config)
    assert not any(name.startswith("rooms_") for name in tables(config))


def test_a_release_that_is_older_than_the_database_does_not_downgrade_and_tells_which_one_can(
    config,
):
    migrate.upgrade(config)
    with config.attributes["engine"].begin() as connection:
        connection.execute(sa.text("INSERT INTO alembic_version VALUES ('rooms_9999')"))
    with pytest.raises(CommandError, match="rooms_9999.*新版本"):
        migrate.downgrade(config, "rooms@-1")
    assert "rooms_reservations" in tables(config)


def test_a_change_in_the_database_that_no_migration_made_is_noticed(config):
    migrate.upgrade(config)
    with config.attributes["engine"].begin() as connection:
        connection.execute(sa.text("ALTER TABLE core_users ADD COLUMN stray int"))
    [problem] = migrate.check(config)
    assert "stray" in problem


@pytest.mark.slow
def test_an_upgrade_that_another_deployment_is_running_is_waited_for_in_vain(config):
    """The lock keeps two at once apart; the second gives up and says so."""
    engine = config.attributes["engine"]
    with engine.connect() as other:
        other.execute(sa.text("SELECT pg_advisory_xact_lock(4737109, 0)"))
        config.attributes["lock_timeout"] = "200ms"
        with pytest.raises(sa.exc.OperationalError, match="lock timeout"):
            migrate.upgrade(config)
    migrate.upgrade(config)


def test_staff_numbers_that_look_the_same_already_survive_the_migration(config):
    command.upgrade(config, "core_0008")
    engine = config.attributes["engine"]
    with engine.begin() as connection:
        connection.execute(
            sa.text("INSERT INTO core_users (username) VALUES (:name)"),
            [{"name": name} for name in ("admin", "Admin", "аdmin", "t0001")],
        )
    command.upgrade(config, "core_0009")
    found = sa.text("SELECT username, username_skeleton FROM core_users ORDER BY id")
    with engine.connect() as connection:
        assert [tuple(row) for row in connection.execute(found)] == [
            ("admin", "admin"),
            ("Admin", None),
            ("аdmin", None),
            ("t0001", "t0001"),
        ]


def test_waiting_and_holds_can_be_migrated_back_and_forth_with_what_there_is(config):
    """What was held or released is free then, and nothing that is confirmed is lost."""
    migrate.upgrade(config)
    engine = config.attributes["engine"]
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                """
                WITH person AS (INSERT INTO core_users (username) VALUES ('t1') RETURNING id),
                room AS (
                    INSERT INTO rooms_meetingrooms (name, location, seats_count, checkin_since)
                    VALUES ('101', '勤学楼', 9, now()) RETURNING id
                ), reservations AS (
                    INSERT INTO rooms_reservations (
                        room_id, user_id, reserve_from, reserve_to, description, status, hold_until
                    )
                    SELECT room.id, person.id, day, day + interval '1 hour', '会', status, day
                    FROM person, room, unnest(
                        ARRAY['confirmed', 'held', 'released', 'requested'],
                        ARRAY['2030-01-01', '2030-01-02', '2030-01-01', '2030-01-01']::timestamptz[]
                    ) AS asked (status, day) RETURNING id, user_id, room_id, status
                )
                INSERT INTO rooms_waiting (
                    user_id, room_id, reserve_from, reserve_to, description, wait_until, status,
                    reservation_id
                )
                SELECT user_id, room_id, '2030-01-02', '2030-01-02 01:00', '会', '2030-01-02',
                    'offered', id FROM reservations WHERE status = 'held'
                """
            )
        )
    migrate.downgrade(config, "rooms_0011")
    with engine.begin() as connection:
        statuses = sa.text("SELECT status FROM rooms_reservations ORDER BY id")
        assert connection.scalars(statuses).all() == [
            "confirmed",
            "withdrawn",
            "cancelled",
            "withdrawn",
        ]
    migrate.upgrade(config)
    assert migrate.check(config) == []
    with engine.begin() as connection:
        again = sa.text(
            "INSERT INTO rooms_reservations (room_id, user_id, reserve_from, reserve_to,"
            " description, status, hold_until) SELECT room_id, user_id, reserve_from, reserve_to,"
            " '会', 'held', now() FROM rooms_reservations WHERE status = 'confirmed'"
        )
        with pytest.raises(sa.exc.IntegrityError, match="overlap"):
            connection.execute(again)


def test_repairs_of_before_know_since_when_they_are_open_who_has_them_and_what_was_confirmed(
    config,
):
    """And back: what the version before would misread is gone, its ratings are there."""
    command.upgrade(config, "repairs_0004")
    engine = config.attributes["engine"]
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                """
                INSERT INTO core_users (username) VALUES ('t1'), ('office');
                INSERT INTO repairs_requests (user_id, location, description, status, rating,
                    created_at, status_changed_at, status_changed_by)
                SELECT 1, place, 'x', status, rating, '2026-01-01', at, by FROM unnest(
                    ARRAY['new', 'taken', 'solved', 'rated', 'reopened'], ARRAY[0, 1, 2, 2, 0],
                    ARRAY[NULL, NULL, NULL, 4, NULL],
                    ARRAY['2026-01-01', '2026-01-02', '2026-01-03', '2026-01-03',
                        '2026-01-05']::timestamptz[],
                    ARRAY[1, 2, 2, 2, 1]) AS told (place, status, rating, at, by);
                INSERT INTO repairs_history (request_id, status, rating, changed_at, changed_by)
                SELECT id, 0, NULL::int, created_at, 1 FROM repairs_requests
                UNION ALL SELECT id, 2, NULL, '2026-01-03', 2 FROM repairs_requests WHERE id > 2
                UNION ALL SELECT 4, 2, 4, '2026-01-04', 1
                UNION ALL SELECT 5, 0, NULL, '2026-01-05', 1
                """
            )
        )
    migrate.upgrade(config)
    assert migrate.check(config) == []
    with engine.begin() as connection:
        found = connection.execute(
            sa.text(
                "SELECT extract(day FROM opened_at)::int, extract(day FROM confirmed_at)::int,"
                " assignee_id FROM repairs_requests ORDER BY id"
            )
        )
        assert [tuple(row) for row in found] == [
            (1, None, None),
            (1, None, 2),
            (1, None, 2),
            (1, 4, 2),
            (5, None, None),
        ]
        connection.execute(
            sa.text(
                "INSERT INTO repairs_history (request_id, kind, status, remark)"
                " VALUES (1, 'office_note', 0, 'for us only'), (3, 'confirmed', 2, '')"
            )
        )
    migrate.downgrade(config, "repairs_0004")
    with engine.begin() as connection:
        history = connection.execute(
            sa.text("SELECT request_id, status, rating, remark FROM repairs_history ORDER BY id")
        ).all()
        assert [row.rating for row in history if row.rating] == [4]
        assert {row.remark for row in history} == {""}
        assert [row.status for row in history if row.request_id == 3] == [0, 2]
