"""What is told of the reservations: to Prometheus, and in the log."""

import logging
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hhu_base.database.transactions import make_session
from hhu_base.telemetry import request_ids
from hhu_plugins.rooms import decisions, groups, metrics, submission
from hhu_plugins.rooms.models import CONFIRMED, PENDING, DecisionCount, Reservation


@pytest.fixture
def ask(session, teacher, room, tomorrow):
    """``ask(10)``: a request for the hour from ten o'clock; returns its id."""

    def ask(hour: int, request_id: str | None = None, **values) -> int:
        return submission.submit(
            session,
            room_id=room.id,
            user_id=teacher.id,
            interval=(tomorrow(hour), tomorrow(hour + 1)),
            description="例会",
            request_id=request_id,
            **{"decide_within": timedelta(seconds=15), **values},
        ).id

    return ask


def test_what_waits_and_for_how_long(session, ask):
    assert (metrics.count_pending(session), metrics.longest_pending(session)) == (0, 0)
    ask(10)
    first = ask(11)
    session.execute(
        sa.update(Reservation)
        .where(Reservation.id == first)
        .values(requested_at=sa.func.now() - timedelta(seconds=90))
    )
    assert metrics.count_pending(session) == 2
    assert 90 <= metrics.longest_pending(session) < 100


def test_every_decision_is_counted_by_its_outcome(session, ask):
    before = metrics.count_decisions(session)
    ask(10)
    ask(10)
    ask(11)
    ask(12, decide_within=timedelta(seconds=-1))
    decisions.decide_pending(session)
    in_vain = ask(13)
    submission.withdraw(session, in_vain)
    submission.withdraw(session, in_vain)
    decisions.decide_pending(session)
    after = metrics.count_decisions(session)
    assert {name: after[name] - before[name] for name in after} == {
        "confirmed": 2,
        "rejected": 1,
        "late": 1,
        "withdrawn": 1,
    }


def test_what_is_rolled_back_was_no_decision(session, ask):
    before = metrics.count_decisions(session)
    with session.begin_nested() as savepoint:
        ask(10)
        decisions.decide_pending(session)
        savepoint.rollback()
    assert metrics.count_decisions(session) == before


def test_no_figure_reads_more_rows_the_more_are_stored(session):
    session.execute(sa.text("SET LOCAL enable_seqscan = off"))
    for statement in (
        sa.select(sa.func.count()).select_from(Reservation).where(Reservation.status == PENDING),
        sa.select(sa.func.min(Reservation.requested_at)).where(Reservation.status == PENDING),
    ):
        text = statement.compile(session.connection(), compile_kwargs={"literal_binds": True})
        plan = "\n".join(session.scalars(sa.text(f"EXPLAIN {text}")))
        assert "ix_rooms_reservations_pending" in plan


@pytest.fixture
def own_session(sessions, transaction_manager=None):
    """A session that follows a transaction of its own, as a request's does."""
    import transaction

    manager = transaction.TransactionManager(explicit=True)
    manager.begin()
    yield make_session(sessions, manager), manager
    manager.abort()


def test_each_decision_is_logged_after_the_commit_under_the_id_of_its_request(
    own_session, session, ask, caplog
):
    ids = ask(10, "first"), ask(10, "second"), ask(11)
    session.flush()
    own, manager = own_session
    lines = []

    class Handler(logging.Handler):
        def emit(self, record):
            lines.append((request_ids.current(), record.getMessage()))

    handler = Handler()
    decisions.logger.addHandler(handler)
    caplog.set_level(logging.INFO, decisions.logger.name)
    try:
        with request_ids.following("the-task"):
            decisions.decide_pending(own)
            assert lines == []
            manager.commit()
    finally:
        decisions.logger.removeHandler(handler)
    assert lines == [
        ("first", f"reservation {ids[0]} confirmed"),
        ("second", f"reservation {ids[1]} rejected"),
        ("the-task", f"reservation {ids[2]} confirmed"),
    ]
    manager.begin()


def test_of_a_transaction_that_fails_nothing_is_logged_then_or_later(
    own_session, session, ask, caplog
):
    ask(10, "first")
    session.flush()
    own, manager = own_session
    caplog.set_level(logging.INFO, decisions.logger.name)
    decisions.decide_pending(own)
    manager.abort()
    manager.begin()
    own.execute(sa.select(DecisionCount)).all()
    manager.commit()
    manager.begin()
    assert caplog.records == []


def test_the_id_of_the_web_request_is_stored_with_the_reservation(
    api, teacher, session, room, tomorrow
):
    me = api.as_user(teacher)
    wish = {
        "meetingroom": room.id,
        "reserve_from": tomorrow(10).isoformat(),
        "reserve_to": tomorrow(11).isoformat(),
        "description": "例会",
    }
    made = me.post("/reservations/", wish, headers={"X-Request-ID": "from-the-phone"})
    assert "request_id" not in made.json
    stored = session.get_one(Reservation, made.json["id"])
    assert stored.request_id == "from-the-phone"


def test_changes_wait_as_well(session, teacher, room, tomorrow, add_reservation):
    row = add_reservation(room, tomorrow(10), tomorrow(11))
    wish = groups.ChangedReservation(row.id, description="新的说明")
    groups.submit(session, [wish], by_user_id=teacher.id, decide_within=None)
    assert metrics.count_pending(session) == 1
    decisions.decide_pending(session)
    assert metrics.count_pending(session) == 0
    assert metrics.count_decisions(session)[CONFIRMED] == 1
