"""The people and things of a soak: the demo college, and activities with rooms for a crowd."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import psycopg
from benchmarks.house import House

from hhu_base.web.security import digest_of

TEACHERS = 120  # who reserve and report; the others are the crowd that clocks in
ADMIN = "admin"
STAFF = 121  # shows the codes
_ROOMS, _DOORS, _WAITERS = 24, 12, 24
_POPULAR, _LIMIT = 8, 30
_ITEMS_A_MINUTE = 20
NEIGHBOUR_ROOMS, _NEIGHBOURS = 3, 15
CODE_INTERVAL, CODE_GRACE = 25, 5


@dataclass(frozen=True)
class Person:
    number: int
    user_id: int
    email: str | None
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Token {self.token}"}


@dataclass(frozen=True)
class College:
    """Ids of what the actors use. ``guides``: id → digest of the file; people check in at ``doors``."""

    people: list[Person]
    rooms: list[int]
    doors: list[int]
    categories: list[int]
    guides: dict[int, str]
    popular: list[int]
    items: list[int]
    neighbour_rooms: list[int]
    hall: int
    approvers: tuple[Person, Person]

    @property
    def teachers(self) -> list[Person]:
        return self.people[:TEACHERS]

    @property
    def crowd(self) -> list[Person]:
        return self.people[TEACHERS:]

    def neighbours(self, number: int) -> list[Person]:
        """Some of the crowd, who scan codes as well: one who holds rooms, and those who ask."""
        return self.crowd[_WAITERS + 2 + number * _NEIGHBOURS :][:_NEIGHBOURS]

    @property
    def waiters(self) -> list[Person]:
        """Of the crowd, who has nothing else to do with rooms."""
        return self.crowd[:_WAITERS]

    @property
    def staff(self) -> Person:
        return self.people[STAFF - 1]


def prepare(house: House, minutes: float) -> College:
    """Sign the demo's people in, and add what the demo has too little of."""
    with house.connect() as connection:
        connection.execute("DELETE FROM contacts_friends")  # the demo's; ours are counted
        # Its teachers meet at all hours, and want to be told nothing but taken or not.
        connection.execute("DELETE FROM rooms_opening_hours")
        connection.execute("DELETE FROM rooms_closures")
        people = _sign_in(connection)
        popular = _activities(connection, "热门活动", _POPULAR)
        connection.execute(
            "UPDATE activities_activities"
            " SET participants_total_limit = %s, has_waiting_list = id %% 2 = 0"
            " WHERE id = ANY(%s)",
            [_LIMIT, popular],
        )
        [hall] = _activities(connection, "大会", 1)
        connection.execute(
            "INSERT INTO activities_enrollments (activity_id, user_id) SELECT %s, unnest(%s::int[])",
            [hall, [person.user_id for person in people[TEACHERS:]]],
        )
        items = _ids(
            connection,
            "INSERT INTO activities_clockin_items (activity_id, label, from_time, to_time)"
            " SELECT %s, '签到 ' || n, now() - interval '1 hour', now() + interval '1 day'"
            " FROM generate_series(1, %s) AS n RETURNING id",
            [hall, int(minutes * _ITEMS_A_MINUTE) + 20],
        )
        connection.execute(
            "INSERT INTO activities_clockin_staff (item_id, user_id) SELECT unnest(%s::int[]), %s",
            [items, people[STAFF - 1].user_id],
        )
        guides = connection.execute(
            "SELECT guide_id, digest FROM guides_versions WHERE is_current ORDER BY guide_id"
        ).fetchall()
        approvers = (people[TEACHERS + _WAITERS], people[TEACHERS + _WAITERS + 1])
        return College(
            people=people,
            neighbour_rooms=_ids(
                connection,
                "INSERT INTO rooms_meetingrooms (name, location, seats_count)"
                " SELECT '邻居 ' || n, '邻居楼', 500 FROM generate_series(1, %s) AS n RETURNING id",
                [NEIGHBOUR_ROOMS],
            ),
            hall=_hall(connection, approvers),
            approvers=approvers,
            rooms=_ids(
                connection, "SELECT id FROM rooms_meetingrooms ORDER BY id LIMIT %s", [_ROOMS]
            ),
            doors=_ids(
                connection,
                "INSERT INTO rooms_meetingrooms (name, location, seats_count, checkin_since)"
                " SELECT '签到 ' || n, '门口', 8, '2001-01-01' FROM generate_series(1, %s) AS n"
                " RETURNING id",
                [_DOORS],
            ),
            categories=_ids(connection, "SELECT id FROM repairs_categories ORDER BY id"),
            guides=dict(guides),
            popular=popular,
            items=items,
        )


def _sign_in(connection: psycopg.Connection) -> list[Person]:
    rows = connection.execute(
        "SELECT id, username, email FROM core_users WHERE username ~ '^t[0-9]+$' ORDER BY username"
    ).fetchall()
    people = [
        Person(number, user_id, email, f"soak-{username}")
        for number, (user_id, username, email) in enumerate(rows, 1)
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO core_tokens (digest, user_id, expires_at) VALUES (%s, %s, now() + %s)",
            [(digest_of(each.token), each.user_id, timedelta(days=1)) for each in people],
        )
    return people


def _activities(connection: psycopg.Connection, name: str, number: int) -> list[int]:
    return _ids(
        connection,
        "INSERT INTO activities_activities (name, time_start, time_end, open_for_enrollment)"
        " SELECT %s || n, now() + interval '1 day', now() + interval '2 days', true"
        " FROM generate_series(1, %s) AS n RETURNING id",
        [name, number],
    )


def _hall(connection: psycopg.Connection, approvers: tuple[Person, ...]) -> int:
    """A room for which all have to ask."""
    [group] = _ids(connection, "INSERT INTO core_groups (name) VALUES ('soak') RETURNING id")
    connection.execute(
        "INSERT INTO core_group_users (group_id, user_id) SELECT %s, unnest(%s::int[])",
        [group, [person.user_id for person in approvers]],
    )
    [hall] = _ids(
        connection,
        "INSERT INTO rooms_meetingrooms (name, location, seats_count, approvers_id)"
        " VALUES ('审批厅', '邻居楼', 600, %s) RETURNING id",
        [group],
    )
    return hall


def _ids(connection: psycopg.Connection, statement: str, values: list | None = None) -> list[int]:
    return [row[0] for row in connection.execute(statement, values).fetchall()]
