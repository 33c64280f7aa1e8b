"""kill -9 while people are asked to give way and rooms are approved: each is answered once, as told."""

from __future__ import annotations

import itertools
import random
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.models import Group, User
from hhu_base.notifications.models import Notice
from hhu_plugins.rooms.models import CANCELLED, CONFIRMED, REJECTED, REQUESTED, Ask, Meetingroom
from hhu_plugins.rooms.models.asks import ACCEPTED, CLOSED, OPEN, REFUSED, TAKEN_BACK

from .college import Answer, Client, College, Wish, assert_no_overlap, at
from .load import Load, kill_under

CLIENTS = 6
HOUR = timedelta(hours=1)
DONE = (200, 201, 204)


@dataclass
class Told:
    """What two people did in the same moment, and what each was told; ``id`` is the ask's or the request's."""

    kind: str
    id: int
    wish: Wish
    answers: list[tuple[str, int]]

    def was_told(self, *names: str) -> bool:
        return any(name in names and status in DONE for name, status in self.answers)


class Talks(Load):
    """Each client holds rooms, is asked for them by others, and answers while something else happens."""

    KINDS = ("ask", "request")

    def __init__(self, college: College, rooms: list[int], hall: int):
        super().__init__(college, CLIENTS, rooms)
        self._hall = hall
        self._slots = itertools.count()
        self._pool = ThreadPoolExecutor(2 * CLIENTS)

    def __exit__(self, *_) -> None:
        super().__exit__()
        self._pool.shutdown()

    def is_granted(self, told: Told) -> bool:
        return any(status in DONE for _, status in told.answers)

    def act(self, client: Client, chance: random.Random, number: int) -> None:
        with ExitStack() as stack:

            def new_client(of: int) -> Client:
                return stack.enter_context(self.college.client(of))

            if chance.random() < 0.5:
                # Others ask than hold: whose answers get lost would have too many open soon.
                self._talk(client, new_client(number), new_client(chance.randint(50, 199)), chance)
            else:
                self._request(new_client, chance)
        self.pause(0.02)

    def _wish(self, room_id: int) -> Wish:
        slot = next(self._slots)
        start = at(2 + slot // 10, 8) + timedelta(hours=slot % 10)
        return Wish(room_id, start, start + HOUR)

    def _talk(self, holder: Client, again: Client, asker: Client, chance: random.Random) -> None:
        wish = self._wish(chance.choice(self.rooms))
        made = holder.ask(wish).answer
        if made.status != 201:
            return
        path = f"/reservations/{made.json['id']}/"
        times = {name: wish.body[name] for name in ("reserve_from", "reserve_to")}
        asking = times | {"description": f"想用 {wish.description}", "reason": "急"}
        asked = asker.request("POST", path + "asks/", asking)
        if asked.status != 201:
            return
        ask = f"/asks/{asked.json['id']}/"
        later = {name: at(100, 8 + n).isoformat() for n, name in enumerate(times)}
        others: dict[str, Callable[[], Answer]] = {
            "yes": lambda: again.request("POST", ask + "yes/", {"give_up": True}),
            "no": lambda: again.request("POST", ask + "no/", {}),
            "cancel": lambda: again.delete(path),
            "change": lambda: again.request("PATCH", path, later),
            "back": lambda: asker.delete(ask),
        }
        name = chance.choice(list(others))
        both = [self._pool.submit(others[name])]
        both.append(self._pool.submit(lambda: holder.request("POST", ask + "yes/", {})))
        answers = [future.result(120).status for future in both]
        self.told.append(
            Told("ask", asked.json["id"], wish, list(zip((name, "yes"), answers, strict=True)))
        )

    def _request(self, new_client: Callable[[int], Client], chance: random.Random) -> None:
        wish = self._wish(self._hall)
        asker = new_client(chance.randint(50, 199))
        asked = asker.request("POST", "/reservations/", wish.body | {"approval": True})
        if asked.status != 202:
            return
        path = f"/reservations/{asked.json['id']}/"
        approvers = [new_client(0), new_client(1)]
        short = wish.body | {"reserve_to": (wish.start + HOUR / 2).isoformat()}
        others: dict[str, Callable[[], Answer]] = {
            "approve": lambda: approvers[1].request("POST", path + "approve/"),
            "refuse": lambda: approvers[1].request("POST", path + "refuse/", {"reason": "不行"}),
            "back": lambda: asker.delete(path),
            "booking": lambda: approvers[1].request("POST", "/reservations/", short),
        }
        name = chance.choice(list(others))
        both = [self._pool.submit(others[name])]
        both.append(self._pool.submit(lambda: approvers[0].request("POST", path + "approve/")))
        answers = [future.result(120).status for future in both]
        self.told.append(
            Told(
                "request",
                asked.json["id"],
                wish,
                list(zip((name, "approve"), answers, strict=True)),
            )
        )


def check_ask(told: Told, row: sa.Row, taken: dict[int, sa.Row], titles: Counter) -> None:
    """``titles``: how often the two were told what about it."""
    assert max(titles.values()) == 1, (told, titles)
    assert titles["holder", "请求让出"] == 1
    assert sum(told.was_told(each) for each in ("yes", "no", "back")) <= 1, told
    said = {
        OPEN: [],
        ACCEPTED: [("asker", "协商成功")],
        REFUSED: [("asker", "协商未成")],
        TAKEN_BACK: [("holder", "不用让出了")],
        CLOSED: [("asker", "协商结束"), ("holder", "协商结束")],
    }[row.status]
    assert titles == Counter([("holder", "请求让出"), *said]), (told, row.status, titles)
    for name, status in (("yes", ACCEPTED), ("no", REFUSED), ("back", TAKEN_BACK)):
        if told.was_told(name):
            assert row.status == status, told
    # All that was told for certain to be refused was, since something else had come first.
    if row.status == OPEN:
        assert not any(status in DONE for _, status in told.answers), told
    if row.status == ACCEPTED:
        made = taken[row.made_id]
        assert (made.room_id, made.reserve_from, made.status) == (
            told.wish.room_id,
            told.wish.start,
            CONFIRMED,
        )
        held = taken[row.reservation_id]
        assert (
            held.status == CANCELLED
            or held.reserve_from != made.reserve_from
            or (held.room_id != made.room_id)
        )
    else:
        assert row.made_id is None


def check_request(told: Told, row: sa.Row, titles: Counter) -> None:
    assert sum(told.was_told(each) for each in ("refuse", "back")) <= 1
    confirmed = told.was_told("approve")
    if confirmed:
        assert row.status in ((CONFIRMED, CANCELLED) if told.was_told("back") else (CONFIRMED,)), (
            told
        )
    elif told.was_told("refuse"):
        assert row.status == REJECTED
    elif told.was_told("back"):
        assert row.status == CANCELLED
    elif all(status == 400 for _, status in told.answers):
        assert row.status == REJECTED, told
    told_titles = [title for _, title in titles]
    assert sum(titles.values()) <= 1, (told, titles)
    if row.status == REQUESTED:
        assert not titles
    if row.status == CONFIRMED:
        assert told_titles == ["申请获准"]
    if row.status == REJECTED:
        assert told_titles == ["申请未成"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["web", "postgres", "reservations", "valkey"])
def test_a_kill_leaves_each_answered_once_and_all_told_what_is_true(college, name):
    rooms = [college.add_room() for _ in range(4)]
    with Session(college.engine) as session, session.begin():
        users = session.scalars(sa.select(User).order_by(User.id).limit(2)).all()
        group = Group(name=f"审批 {name}", users=list(users))
        session.add(group)
        session.flush()
        # The short ones need no approval: so somebody can be quicker.
        hall = Meetingroom(
            name=f"厅 {name}",
            location="工程馆",
            seats_count=200,
            approvers_id=group.id,
            approval_over=30,
        )
        session.add(hall)
        session.flush()
        hall_id = hall.id
    load = Talks(college, rooms, hall_id)
    kill_under(load, college, name)
    _check(college, load)


def _check(college: College, load: Talks) -> None:
    with college.engine.connect() as connection:
        asks = {row.id: row for row in connection.execute(sa.select(Ask.__table__))}
        room_ids = connection.scalars(sa.select(Meetingroom.id)).all()
        notices = connection.execute(sa.select(Notice.user_id, Notice.subject, Notice.cause)).all()
    rows = college.rows(*room_ids)
    assert_no_overlap(rows)
    taken = {row.id: row for row in rows}
    titles: dict[str, Counter] = defaultdict(Counter)
    for user_id, subject, cause in notices:
        titles[cause][user_id, subject.partition("】")[0][1:]] += 1
    for told in load.told:
        if told.kind == "ask":
            row = asks[told.id]
            names = {row.user_id: "asker", taken[row.reservation_id].user_id: "holder"}
            found = titles[f"/app/asks/{row.id}/"]
            named = Counter({(names[user], title): n for (user, title), n in found.items()})
            check_ask(told, row, taken, named)
        else:
            row = taken[told.id]
            found = titles[f"/admin/rooms/reservations/{row.id}/"]
            mine = Counter({key: n for key, n in found.items() if key[0] == row.user_id})
            check_request(told, row, mine)
