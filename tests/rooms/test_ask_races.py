"""Answers that meet in the same moment, with real commits and threads: each is given once.

And the controls, where the same race without the lock answers twice.
"""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.models import Group
from hhu_base.notifications.models import Notice
from hhu_base.values.refusal import Refusal
from hhu_plugins.rooms import (
    approvals,
    ask_answers,
    changes,
    decisions,
    giving_way,
    submission,
)
from hhu_plugins.rooms.models import (
    CANCELLED,
    CONFIRMED,
    HELD,
    REJECTED,
    REQUESTED,
    Ask,
    Reservation,
)
from hhu_plugins.rooms.models.asks import ACCEPTED, CLOSED, EXPIRED, OPEN, REFUSED, TAKEN_BACK
from tests.locks import take_off_the_lock
from tests.rooms import races
from tests.rooms.races import at_once
from tests.rooms.test_waiting_races import College as _College
from tests.sampling import first

HOUR = timedelta(hours=1)
DONE = "done"
_numbers = itertools.count(1)


class College(_College):
    """``third`` holds what ``me`` and ``other`` ask for."""

    def try_(self, do, *args, **kw) -> str:
        """What the rule says: done, or why not."""
        with Session(self.engine) as session:
            try:
                said = do(session, self.policy, *args, **kw)
            except Refusal as refused:
                session.rollback()
                return str(refused)
            session.commit()
            return said or DONE

    def ask(self, reservation_id: int, user_id: int, offer=giving_way.CHOOSE) -> int:
        with Session(self.engine) as session, session.begin():
            # Of these tests nobody has too many.
            session.execute(
                sa.update(Ask)
                .where(Ask.user_id == user_id, Ask.status == OPEN)
                .values(status=TAKEN_BACK)
            )
            held = session.get_one(Reservation, reservation_id)
            row = giving_way.ask(
                session,
                self.policy,
                reservation_id,
                user_id=user_id,
                interval=(held.reserve_from, held.reserve_to),
                description="招生会",
                reason="急",
                offer=offer,
            )
            assert row is not None
            return row.id

    def yes(self, ask_id: int, **kw) -> str:
        return self.try_(ask_answers.yes, ask_id, by_user_id=self.third, **kw)

    def no(self, ask_id: int) -> str:
        return self.try_(ask_answers.no, ask_id, by_user_id=self.third)

    def take_back(self, ask_id: int) -> str:
        return self.try_(ask_answers.take_back, ask_id, by_user_id=self.me)

    def change(self, reservation_id: int, start: datetime) -> str:
        with Session(self.engine) as session:
            row = session.get_one(Reservation, reservation_id)
            try:
                group_id = changes.submit(
                    session,
                    self.policy,
                    row,
                    by_user_id=self.third,
                    reserve_from=start,
                    reserve_to=start + HOUR,
                    decide_within=HOUR,
                )
            except Refusal as refused:
                return str(refused)
            session.commit()
            decisions.decide_pending(session, self.policy)
            session.commit()
            assert group_id is not None
            return str(changes.groups.find_outcome(session, group_id))

    def reserve(self, room_id: int, start: datetime, user_id: int) -> str:
        with Session(self.engine) as session:
            asked = submission.submit(
                session,
                room_id=room_id,
                user_id=user_id,
                interval=(start, start + HOUR),
                description="例会",
                decide_within=None,
                in_any_room=True,
            )
            session.commit()
            decisions.decide_pending(session, self.policy)
            session.commit()
            outcome = submission.find_outcome(session, asked.id)
            assert outcome is not None
            return outcome[0]

    def ask_status(self, *ask_ids: int) -> list[str]:
        with Session(self.engine) as session:
            return [session.get_one(Ask, id_).status for id_ in ask_ids]

    def told(self, cause: str) -> Counter:
        """By user and subject how often somebody was told; nobody twice."""
        with Session(self.engine) as session:
            found = session.execute(
                sa.select(Notice.user_id, Notice.subject).where(Notice.cause == cause)
            )
            return Counter((row.user_id, row.subject.partition("】")[0][1:]) for row in found)

    def told_of_ask(self, ask_id: int) -> Counter:
        return self.told(f"/app/asks/{ask_id}/")

    def told_of_request(self, reservation_id: int) -> Counter:
        return self.told(f"/admin/rooms/reservations/{reservation_id}/")

    def request(self, room_id: int, user_id: int, start: datetime) -> int:
        with Session(self.engine) as session, session.begin():
            row = Reservation(
                room_id=room_id,
                user_id=user_id,
                reserve_from=start,
                reserve_to=start + HOUR,
                description="报告",
                status=REQUESTED,
            )
            session.add(row)
            session.flush()
            return row.id

    def approve(self, reservation_id: int, by_user_id: int | None = None) -> str:
        return self.try_(approvals.approve, reservation_id, by_user_id=by_user_id or self.third)

    def refuse(self, reservation_id: int) -> str:
        return self.try_(approvals.refuse, reservation_id, by_user_id=self.third, reason="不行")

    def hall(self) -> int:
        """A room that needs approval."""
        with Session(self.engine) as session, session.begin():
            group = Group(name=f"G{next(_numbers)}")
            session.add(group)
            session.flush()
            group_id = group.id
        return self.room(approvers_id=group_id)


@pytest.fixture(scope="module")
def college(migrated_copy):
    with migrated_copy("ask_races") as url:
        college = College(url)
        yield college
        college.engine.dispose()


@pytest.fixture
def held(college, tomorrow):
    """A reservation, and its room; no other room is as large."""
    room = college.room(location=f"楼{next(_numbers)}")
    return college.book(room, tomorrow(10)), room


def in_order(calls, round_: int) -> list:
    """The calls begun at once, in one order and the other."""
    results = at_once(*(calls if round_ % 2 else calls[::-1]))
    return results if round_ % 2 else results[::-1]


@pytest.mark.parametrize("round_", first(2, range(6)))
def test_of_two_askers_one_gets_it(college, held, round_):
    reservation, room = held
    asks = [college.ask(reservation, user) for user in (college.me, college.other)]
    answers = in_order([partial(college.yes, each) for each in asks], round_)
    assert sorted(answers) == sorted([DONE, ask_answers.ANSWERED])
    assert sorted(college.ask_status(*asks)) == [ACCEPTED, CLOSED]
    winner = asks[answers.index(DONE)]
    with Session(college.engine) as session:
        ask = session.get_one(Ask, winner)
        assert session.get_one(Reservation, ask.made_id).room_id == room
        assert session.get_one(Reservation, reservation).status == CONFIRMED
    assert len([row for row in college.taking([room]) if row.user_id == college.third]) <= 1
    for each in asks:
        assert max(college.told_of_ask(each).values()) == 1


@pytest.mark.parametrize("what", ["cancel", "change", "no", "yes", "take back"])
@pytest.mark.parametrize("round_", first(1, range(6)))
def test_a_yes_against_what_else_ends_it(college, held, tomorrow, what, round_):
    reservation, room = held
    ask = college.ask(reservation, college.me)
    against = {
        "cancel": partial(college.cancel, reservation, college.third),
        "change": partial(college.change, reservation, tomorrow(16)),
        "no": partial(college.no, ask),
        "yes": partial(college.yes, ask),
        "take back": partial(college.take_back, ask),
    }[what]
    yes, other = in_order([partial(college.yes, ask), against], round_)
    [status] = college.ask_status(ask)
    with Session(college.engine) as session:
        made_id = session.get_one(Ask, ask).made_id
        stored = session.get_one(Reservation, reservation)
    rows = college.taking([room])
    told = college.told_of_ask(ask)
    assert max(told.values()) == 1
    if yes == DONE or what == "yes":
        assert status == ACCEPTED
        assert [row.id for row in rows if row.user_id == college.me] == [made_id]
        assert told[college.me, "协商成功"] == 1
        assert told.total() == 2
    else:
        assert yes == ask_answers.ANSWERED
        assert made_id is None
        assert status == {"no": REFUSED, "take back": TAKEN_BACK}.get(what, CLOSED)
        # Whose time it was, and what became of it, both have been told.
        ended = college.third if what == "take back" else college.me
        assert sum(number for (user, _), number in told.items() if user == ended) >= 1
        if what in ("cancel", "change"):  # free: held for who asked
            assert [
                (row.user_id, row.status) for row in rows if row.reserve_from < tomorrow(12)
            ] == [(college.me, HELD)]
    if what == "yes":
        assert sorted([yes, other]) == sorted([DONE, ask_answers.ANSWERED])
    elif what in ("no", "take back"):
        assert [yes, other].count(DONE) == 1
    elif what == "cancel":
        assert (other, stored.status) == (True, CANCELLED)


@pytest.mark.parametrize("round_", first(1, range(6)))
def test_a_yes_against_somebody_who_wants_the_offer(college, held, tomorrow, round_):
    reservation, _ = held
    away = college.room()
    offer = giving_way.Slot(away, tomorrow(10), tomorrow(11))
    ask = college.ask(reservation, college.me, offer)
    yes, third = in_order(
        [
            partial(college.yes, ask),
            partial(college.reserve, away, tomorrow(10), college.other),
        ],
        round_,
    )
    [row] = college.taking([away])
    if yes == DONE:
        assert (row.id, third) == (reservation, REJECTED)
    else:
        assert (yes, third) == (giving_way.OFFER_TAKEN, CONFIRMED)
        assert college.ask_status(ask) == [OPEN]
        assert college.status(reservation) == CONFIRMED


@pytest.mark.parametrize("round_", first(1, range(4)))
def test_a_yes_against_the_deadline(college, held, round_):
    reservation, _ = held
    ask = college.ask(reservation, college.me)
    with Session(college.engine) as session, session.begin():
        due = datetime.now(UTC) + timedelta(milliseconds=30)
        session.get_one(Ask, ask).answer_before = due
    yes, *_ = at_once(partial(college.yes, ask), *[college.settle] * 3)
    college.settle(datetime.now(UTC) + timedelta(milliseconds=60))
    assert college.ask_status(ask) == [ACCEPTED if yes == DONE else EXPIRED]
    assert max(college.told_of_ask(ask).values()) == 1


@pytest.mark.parametrize("has_lock", [True, False])
def test_an_ask_is_answered_twice_only_without_the_lock(college, held, monkeypatch, has_lock):
    reservation, _ = held
    ask = college.ask(reservation, college.me)
    if not has_lock:
        take_off_the_lock(monkeypatch)
    turn = races.InTurn(monkeypatch, ask_answers, "_find_open", has_lock)
    answers = turn.run(partial(college.no, ask), partial(college.yes, ask))
    assert answers == ([DONE, ask_answers.ANSWERED] if has_lock else [DONE, DONE])


@pytest.mark.parametrize("round_", first(1, range(6)))
def test_an_approval_against_a_booking(college, tomorrow, round_):
    hall = college.hall()
    request = college.request(hall, college.me, tomorrow(10))
    approved, booked = in_order(
        [
            partial(college.approve, request),
            partial(college.reserve, hall, tomorrow(10), college.other),
        ],
        round_,
    )
    [row] = college.taking([hall])
    if approved == DONE:
        assert (row.id, booked) == (request, REJECTED)
    else:
        assert (approved, booked) == (decisions.TAKEN, CONFIRMED)
        assert college.status(request) == REJECTED
    told = college.told_of_request(request)
    assert told == {(college.me, "申请获准" if approved == DONE else "申请未成"): 1}


@pytest.mark.parametrize("what", ["approve", "refuse", "take back", "the other one"])
@pytest.mark.parametrize("round_", first(1, range(6)))
def test_two_approvers(college, tomorrow, what, round_):
    hall = college.hall()
    request = college.request(hall, college.me, tomorrow(10))
    second = college.request(hall, college.other, tomorrow(10))
    against = {
        "approve": partial(college.approve, request, college.other),
        "refuse": partial(college.refuse, request),
        "take back": partial(college.cancel, request, college.me),
        "the other one": partial(college.approve, second),
    }[what]
    one, other = in_order([partial(college.approve, request), against], round_)
    rows = college.taking([hall])
    if what == "take back":
        # Approved and then given back, or given back and not to be approved any more.
        assert other is True
        assert (one, rows) in ((DONE, []), (approvals.ANSWERED, []))
        assert college.status(request) == CANCELLED
        return
    assert [one, other].count(DONE) == 1
    lost = decisions.TAKEN if what == "the other one" else approvals.ANSWERED
    assert lost in (one, other)
    assert len(rows) == (0 if what == "refuse" and other == DONE else 1)
    assert college.told_of_request(request).total() == 1


@pytest.mark.parametrize("has_lock", [True, False])
def test_a_request_is_answered_twice_only_without_the_lock(
    college, tomorrow, monkeypatch, has_lock
):
    request = college.request(college.hall(), college.me, tomorrow(10))
    if not has_lock:
        take_off_the_lock(monkeypatch)
    turn = races.InTurn(monkeypatch, approvals, "_find_open", has_lock)
    answers = turn.run(partial(college.refuse, request), partial(college.approve, request))
    assert answers == ([DONE, approvals.ANSWERED] if has_lock else [DONE, DONE])
    assert college.told_of_request(request).total() == (1 if has_lock else 2)


@pytest.mark.slow
@pytest.mark.parametrize("round_", range(4))
def test_all_at_once(college, held, tomorrow, round_):
    """Two askers, their holder who changes their mind, a third person, and the clock."""
    reservation, room = held
    asks = [college.ask(reservation, user) for user in (college.me, college.other)]
    calls = [partial(college.yes, each) for each in asks] * 2
    calls += [partial(college.no, asks[0]), partial(college.take_back, asks[0])]
    calls += [partial(college.change, reservation, tomorrow(17))]
    calls += [partial(college.cancel, reservation, college.third)]
    calls += [partial(college.reserve, room, tomorrow(10), college.third), college.settle]
    at_once(*calls[round_:], *calls[:round_])
    statuses = college.ask_status(*asks)
    assert OPEN not in statuses
    assert statuses.count(ACCEPTED) <= 1
    college.taking([room])
    for each in asks:
        told = college.told_of_ask(each)
        assert max(told.values()) == 1
        assert sum(number for (user, _), number in told.items() if user == college.third) <= 2
