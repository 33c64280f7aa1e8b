"""Without a broker the waiting requests decide for themselves."""

from contextlib import nullcontext

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.models import User
from hhu_plugins.rooms.models import CONFIRMED, Reservation
from tests.sampling import first

from .college import RESERVATION_TIMEOUT, TAKEN, Wish, at, until


@pytest.fixture(params=first(1, ["hangs", "refuses"]))
def brokerless(college, request):
    """The college with a broker that refuses connections, or takes them and says nothing."""
    with (college.away if request.param == "refuses" else college.stopped)("valkey"):
        yield college
    college.until_ready()


def until_missing(college, names):
    """What is found out is shared for a moment, so this may take one."""

    def is_told() -> bool:
        answer = college.readiness()
        return (answer.status, answer.json["missing"]) == (503, names)

    until(is_told, 10, f"{names} missing")


def test_without_a_broker_reservations_are_answered_truthfully_and_in_time(brokerless):
    college = brokerless
    room = college.add_room()
    first = college.ask(Wish(room, at(1, 10), at(1, 11))).answer
    assert (first.status, first.json["status"]) == (201, "confirmed")
    second = college.ask(Wish(room, at(1, 10), at(1, 12))).answer
    assert (second.status, second.sentence) == (400, TAKEN)
    asked = college.ask_at_once([Wish(room, at(2, n % 8 + 8), at(2, n % 8 + 9)) for n in range(40)])
    assert sum(one.answer.status == 201 for one in asked) == 8
    assert {one.answer.sentence for one in asked if one.answer.status == 400} == {TAKEN}
    college.assert_truthful(asked)
    slowest = max(answer.seconds for answer in [first, second, *(one.answer for one in asked)])
    assert slowest < RESERVATION_TIMEOUT + 4

    until_missing(college, ["broker", "worker:reservations"])
    with college.client() as client:
        assert client.get("/healthz").status == 200


def test_readiness_names_a_dead_worker_and_its_successor_does_what_was_left(college, room):
    with college.away("reservations"):
        college.forget_signs_of_life()
        until_missing(college, ["worker:reservations"])
        wish = Wish(room, at(1, 10), at(1, 11))
        later = college.ask(wish, Prefer="respond-async").answer
        assert (later.status, later.json["status"]) == (202, "pending")
    college.until_ready()
    college.until_nothing_is_pending()
    assert college.status(later.json["id"]) == CONFIRMED


@pytest.mark.parametrize("broker", ["there", "refuses"])
def test_who_writes_past_the_lock_costs_the_others_time_and_no_truth(college, room, broker):
    """A row that is not committed yet is not seen, only met: then everybody looks again."""

    def is_anybody_kept_waiting() -> bool:
        with college.engine.connect() as connection:
            return bool(
                connection.scalar(
                    sa.text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
                )
            )

    wish = Wish(room, at(1, 10), at(1, 11))
    innocent = Wish(college.add_room(), at(1, 10), at(1, 11))
    with college.away("valkey") if broker == "refuses" else nullcontext():
        with Session(college.engine) as session:
            session.add(
                Reservation(
                    room_id=room,
                    user_id=session.scalar(sa.select(sa.func.max(User.id))),
                    reserve_from=wish.start,
                    reserve_to=wish.end,
                    description="an import",
                    status=CONFIRMED,
                )
            )
            session.flush()
            with college.asking_at_once([wish, innocent]) as futures:
                until(is_anybody_kept_waiting, 10, "they meet")
                session.commit()
        [refused, accepted] = [future.result().answer for future in futures]
    assert (refused.status, refused.sentence) == (400, TAKEN)
    assert accepted.status == 201
