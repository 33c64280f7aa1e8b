"""Those who wait for rooms, confirm or give up what is held for them, and come, or do not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
from psycopg.rows import namedtuple_row

from soaking.actor import Actor, Journal
from soaking.college import College, Person
from soaking.teachers import TAKEN, random_slot

_HALF_HOUR = timedelta(minutes=30)
# As many as one person may have open.
_MOST_WAITING = 8


@dataclass
class Deed:
    """What somebody did with a reservation, and what they were told: 0 or 503, nobody knows."""

    reservation_id: int
    what: str  # "confirm", "delete", "checkin"
    status: int


class Waiting(Actor):
    """One thread for some people, who do nothing else with rooms."""

    def __init__(
        self, port: int, journal: Journal, seed: str, college: College, people: list[Person]
    ):
        super().__init__(port, journal, seed, pause=0.25)
        self._college, self._people = college, people
        self.asked: dict[str, int] = {}  # description → status
        self.deeds: list[Deed] = []

    def act(self) -> None:
        acts = [self.wait] * 3 + [self.look] * 3 + [self.meet_now]
        self.chance.choice(acts)(self.chance.choice(self._people))

    def wait(self, me: Person) -> None:
        start, end = random_slot(self.chance)
        description = f"soak waits {uuid4().hex}"
        body = {
            "reserve_from": start.isoformat(),
            "reserve_to": end.isoformat(),
            "description": description,
            "confirms_itself": self.chance.random() < 0.3,
        }
        if self.chance.random() < 0.7:
            body["meetingroom"] = self.chance.choice(self._college.rooms)
        path = "/reservations/waiting/"
        answer = self.ask("候补", "POST", path, (201, 400), json=body, headers=me.headers)
        self.asked[description] = answer.status
        if answer.status == 400 and "最多" not in answer.sentence:
            self.journal.complain(f"候补被拒绝：{answer.text[:200]}")

    def look(self, me: Person) -> None:
        path = "/reservations/waiting/?page_size=100"
        answer = self.ask("我的候补", "GET", path, headers=me.headers)
        entries = answer.json["results"] if answer.status == 200 else []
        for each in [each for each in entries if each["state"] == "offered"][:3]:
            self._answer(me, each["reservation"]["id"])
        waiting = [each for each in entries if each["state"] == "waiting"]
        if len(waiting) >= _MOST_WAITING:
            path = f"/reservations/waiting/{self.chance.choice(waiting)['id']}/"
            self.ask("不再候补", "DELETE", path, (204, 404), headers=me.headers)

    def _answer(self, me: Person, reservation_id: int) -> None:
        """Confirm it, give it up, both at once so to say, or let its time pass."""
        path = f"/reservations/{reservation_id}/"
        if self.chance.random() < 0.5:
            answer = self.ask("确认保留", "POST", f"{path}confirm/", (200, 400), headers=me.headers)
            self.deeds.append(Deed(reservation_id, "confirm", answer.status))
        elif self.chance.random() < 0.5:
            answer = self.ask("放弃保留", "DELETE", path, (204, 404), headers=me.headers)
            self.deeds.append(Deed(reservation_id, "delete", answer.status))

    def meet_now(self, me: Person) -> None:
        """Book a room where people check in, and come, or do not."""
        now = datetime.now(UTC)
        start = now.replace(minute=now.minute // 30 * 30, second=0, microsecond=0)
        body = {
            "meetingroom": self.chance.choice(self._college.doors),
            "reserve_from": start.isoformat(),
            "reserve_to": (start + _HALF_HOUR).isoformat(),
            "description": f"soak meets {uuid4().hex}",
        }
        answer = self.ask(
            "现在预约", "POST", "/reservations/", (201, 400), json=body, headers=me.headers
        )
        if (
            answer.status == 400
            and answer.sentence != TAKEN
            and "必须在现在以后" not in answer.text
        ):
            self.journal.complain(f"现在预约被拒绝：{answer.text[:200]}")
        if answer.status != 201 or self.chance.random() < 0.5:
            return
        reservation_id = answer.json["id"]
        # Some come as late as it gets.
        self.has_to_stop.wait(self.chance.choice([0, 0, 50, 58]))
        path = f"/reservations/{reservation_id}/checkin/"
        answer = self.ask("签到", "POST", path, (200, 400), headers=me.headers)
        self.deeds.append(Deed(reservation_id, "checkin", answer.status))


def check(connection: psycopg.Connection, actors: Sequence[Waiting]) -> Iterator[str]:
    """Each request is there once, each hold ended once, and everybody was told what is true, once."""
    requests = _rows(connection, "SELECT * FROM rooms_waiting")
    reservations = {row.id: row for row in _rows(connection, "SELECT * FROM rooms_reservations")}
    stored = [row.description for row in requests]
    for description, status in (each for actor in actors for each in actor.asked.items()):
        number = stored.count(description)
        allowed = {201: (1,), 400: (0,)}.get(status, (0, 1))
        if number not in allowed:
            yield f"候补“{description}”（{status}）有 {number} 条"
    for row in requests:
        held = reservations.get(row.reservation_id)
        allowed = {
            "waiting": (None,),
            "offered": ("held",),
            "done": ("confirmed", "cancelled", "released"),
            "ended": (None, "withdrawn", "cancelled"),
            "withdrawn": (None, "withdrawn"),
        }[row.status]
        if (held and held.status) not in allowed:
            yield f"候补 {row.id} 是 {row.status}，其预约是 {held and held.status}"
    own = {row.reservation_id for row in requests}
    for row in reservations.values():
        if row.hold_until is not None and row.id not in own:
            yield f"保留 {row.id} 不属于任何候补"
        if row.status == "released" and row.checked_in_at is not None:
            yield f"预约 {row.id} 签到了，又被释放"
    for deed in (deed for actor in actors for deed in actor.deeds):
        row = reservations[deed.reservation_id]
        allowed = {
            ("confirm", 200): ("confirmed", "cancelled"),
            ("confirm", 400): ("withdrawn", "cancelled"),
            ("delete", 204): ("withdrawn", "cancelled"),
            ("checkin", 200): ("confirmed", "cancelled"),
            ("checkin", 400): ("released", "confirmed", "cancelled"),
        }.get((deed.what, deed.status))
        if allowed is not None and row.status not in allowed:
            yield f"{deed.what} {row.id} 得到 {deed.status}，却是 {row.status}"
    yield from _check_notices(connection)


def _check_notices(connection: psycopg.Connection) -> Iterator[str]:
    statement = """
        SELECT r.id, r.status,
            count(*) FILTER (WHERE n.subject LIKE '【请确认候补】%'
                OR n.subject LIKE '【候补成功】%') AS offered,
            count(*) FILTER (WHERE n.subject LIKE '【保留结束】%') AS over,
            count(*) FILTER (WHERE n.subject LIKE '【预约释放】%') AS released,
            (r.status_reason = '没有在保留期内确认。')::int AS has_lapsed,
            (r.status = 'released')::int AS is_released,
            EXISTS (SELECT FROM rooms_waiting AS w WHERE w.reservation_id = r.id)::int AS was_offered
        FROM rooms_reservations AS r
        LEFT JOIN core_notices AS n ON n.cause = '/admin/rooms/reservations/' || r.id || '/'
        WHERE r.description LIKE 'soak waits %' OR r.description LIKE 'soak meets %'
        GROUP BY r.id
    """
    for row in _rows(connection, statement):
        told = (row.offered, row.over, row.released)
        if told != (row.was_offered, row.has_lapsed, row.is_released):
            yield f"预约 {row.id}（{row.status}）的通知是 {told}"


def _rows(connection: psycopg.Connection, statement: str) -> list:
    with connection.cursor(row_factory=namedtuple_row) as cursor:
        return cursor.execute(statement, None).fetchall()
