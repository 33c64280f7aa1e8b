"""Neighbours: they ask each other to give way, and for a hall that needs approval; two answers at once."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

import psycopg
from benchmarks.college import midnight
from psycopg.rows import namedtuple_row

from soaking.actor import Actor, Answer, Journal
from soaking.college import College, Person

_HOUR = timedelta(hours=1)
_DAYS = 300  # as far ahead as may be reserved, without the first
_DONE = (200, 201, 204)
_ANY = (200, 201, 204, 400, 404)


@dataclass
class Deed:
    """An ask or a request, and what two people were told who did something to it in one moment."""

    kind: str
    id: int
    asker: int
    holder: int = 0
    answers: list[tuple[str, int]] = field(default_factory=list)

    def was_told(self, name: str) -> bool:
        return any(each == name and status in _DONE for each, status in self.answers)


class Neighbours(Actor):
    """One thread for some people, who are nobody else's, and a room of theirs."""

    def __init__(
        self,
        port: int,
        journal: Journal,
        seed: str,
        college: College,
        people: list[Person],
        room_id: int,
    ):
        super().__init__(port, journal, seed, pause=0.5)
        self._college, self._room = college, room_id
        self._holder, self._others = people[0], people[1:]
        self._slots = itertools.count()
        self._pool = ThreadPoolExecutor(2)
        self.deeds: list[Deed] = []

    def act(self) -> None:
        slot = next(self._slots)
        start = midnight(2 + slot // 10 % _DAYS) + timedelta(hours=8 + slot % 10)
        body = {
            "meetingroom": self._room,
            "reserve_from": start.isoformat(),
            "reserve_to": (start + _HOUR).isoformat(),
            "description": f"neighbours {uuid4().hex}",
        }
        # Others each time: whose answers get lost would soon have too many open.
        asker = self.chance.choice(self._others)
        if self.chance.random() < 0.5:
            self._talk(asker, body)
        else:
            self._request(asker, body | {"meetingroom": self._college.hall, "approval": True})

    def _talk(self, asker: Person, body: dict) -> None:
        holder = self._holder
        made = self.ask(
            "预约", "POST", "/reservations/", (201, 400), json=body, headers=holder.headers
        )
        if made.status != 201:
            return
        path = f"/reservations/{made.json['id']}/"
        wanted = {name: body[name] for name in ("reserve_from", "reserve_to", "description")}
        asked = self.ask(
            "请求让出",
            "POST",
            path + "asks/",
            (201, 400),
            json=wanted | {"reason": "急"},
            headers=asker.headers,
        )
        if asked.status != 201:
            return
        deed = Deed("ask", asked.json["id"], asker.user_id, holder.user_id)
        here = f"/asks/{deed.id}/"
        what: dict[str, tuple[str, str, Person, dict | None]] = {
            "yes": ("POST", here + "yes/", holder, {"give_up": True}),
            "no": ("POST", here + "no/", holder, {}),
            "cancel": ("DELETE", path, holder, None),
            "back": ("DELETE", here, asker, None),
        }
        name = self.chance.choice(list(what))
        self._both(deed, {name: what[name]}, ("yes", ("POST", here + "yes/", holder, {})))

    def _request(self, asker: Person, body: dict) -> None:
        asked = self.ask(
            "申请", "POST", "/reservations/", (202, 400), json=body, headers=asker.headers
        )
        if asked.status != 202:
            return
        deed = Deed("request", asked.json["id"], asker.user_id)
        path = f"/reservations/{deed.id}/"
        one, other = self._college.approvers
        what: dict[str, tuple[str, str, Person, dict | None]] = {
            "approve": ("POST", path + "approve/", other, {}),
            "refuse": ("POST", path + "refuse/", other, {"reason": "不行"}),
            "back": ("DELETE", path, asker, None),
        }
        name = self.chance.choice(list(what))
        self._both(deed, {name: what[name]}, ("approve", ("POST", path + "approve/", one, {})))

    def _both(self, deed: Deed, first: dict, second: tuple) -> None:
        calls = [*first.items(), second]

        def call(method: str, path: str, person: Person, body: dict | None) -> Callable[[], Answer]:
            more = {} if body is None else {"json": body}
            return lambda: self.ask("答复", method, path, _ANY, headers=person.headers, **more)

        futures = [self._pool.submit(call(*what)) for _, what in calls]
        for (name, _), future in zip(calls, futures, strict=True):
            deed.answers.append((name, future.result().status))
        self.deeds.append(deed)


def check(connection: psycopg.Connection, neighbours: Sequence[Neighbours]) -> Iterator[str]:
    """Each was answered once, as told; both sides know what is true, and nobody was told twice."""

    def rows(statement: str) -> list:
        with connection.cursor(row_factory=namedtuple_row) as cursor:
            return cursor.execute(statement).fetchall()

    asks = {row.id: row for row in rows("SELECT * FROM rooms_asks")}
    reservations = {row.id: row for row in rows("SELECT * FROM rooms_reservations")}
    told: dict[str, Counter[tuple[int, str]]] = defaultdict(Counter)
    for row in rows("SELECT user_id, subject, cause FROM core_notices"):
        told[row.cause][row.user_id, row.subject.partition("】")[0][1:]] += 1
    for deed in (deed for each in neighbours for deed in each.deeds):
        if deed.kind == "ask":
            row, found = asks[deed.id], told[f"/app/asks/{deed.id}/"]
            yield from _check_ask(deed, row, reservations.get(row.made_id), found)
        else:
            found = told[f"/admin/rooms/reservations/{deed.id}/"]
            yield from _check_request(deed, reservations[deed.id], found)


def _check_ask(deed: Deed, row, made, told: Counter) -> Iterator[str]:
    what = f"协商 {deed.id}（{deed.answers}）是 {row.status}"
    asker, holder = deed.asker, deed.holder
    ends = {
        "open": [],
        "accepted": [(asker, "协商成功")],
        "refused": [(asker, "协商未成")],
        "expired": [(asker, "协商未成")],
        "withdrawn": [(holder, "不用让出了")],
        "closed": [(asker, "协商结束"), (holder, "协商结束")],
    }[row.status]
    if told != Counter([(holder, "请求让出"), *ends]):
        yield f"{what}，通知却是 {dict(told)}"
    if sum(status in _DONE for name, status in deed.answers if name != "cancel") > 1:
        yield f"{what}，却答复了两次"
    for name, status in (("yes", "accepted"), ("no", "refused"), ("back", "withdrawn")):
        if deed.was_told(name) and row.status != status:
            yield f"{what}，却说 {name} 成功了"
    if row.status == "open" and deed.was_told("cancel"):
        yield f"{what}，预约却已经取消"
    is_made = made is not None and (made.room_id, made.reserve_from) == (
        row.room_id,
        row.reserve_from,
    )
    if (row.status == "accepted") != is_made:
        yield f"{what}，预约却是 {made}"


def _check_request(deed: Deed, row, told: Counter) -> Iterator[str]:
    what = f"申请 {deed.id}（{deed.answers}）是 {row.status}"
    mine = Counter({title: n for (user, title), n in told.items() if user == deed.asker})
    ends = {"confirmed": ["申请获准"], "rejected": ["申请未成"], "requested": []}.get(row.status)
    if ends is not None and mine != Counter(ends):
        yield f"{what}，通知却是 {dict(mine)}"
    if sum(mine.values()) > 1:
        yield f"{what}，通知了两次：{dict(mine)}"
    for name, statuses in (
        ("approve", {"confirmed", "cancelled"} if deed.was_told("back") else {"confirmed"}),
        ("refuse", {"rejected"}),
        ("back", {"cancelled"}),
    ):
        if deed.was_told(name) and row.status not in statuses:
            yield f"{what}，却说 {name} 成功了"
