"""A reminder is told once, whoever is at it and whatever dies meanwhile."""

from datetime import UTC, datetime
from threading import Thread

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.models import User
from hhu_base.notifications import Reminder
from hhu_base.notifications.models import DoneReminder, Notice
from hhu_base.notifications.reminders import remind, sweep

AT = datetime(2030, 1, 1, 8, tzinfo=UTC)


def due(user_id: int) -> list[Reminder]:
    return [Reminder(user_id, 17, AT, "主题", "正文")]


@pytest.fixture
def user_id(house):
    with Session(house.registry["engine"]) as session, session.begin():
        session.execute(sa.delete(DoneReminder))
        session.execute(sa.delete(Notice))
        session.execute(sa.delete(User))
        user = User(username="t0001")
        session.add(user)
        session.flush()
        return user.id


@pytest.mark.parametrize(("is_killed", "told_by_second"), [(False, 0), (True, 1)])
def test_of_two_workers_one_tells_and_of_one_that_dies_nothing_is_left(
    house, user_id, is_killed, told_by_second
):
    engine = house.registry["engine"]
    told = []

    def second() -> None:
        with Session(engine) as session, session.begin():
            told.append(remind(session, "x.y", due(user_id)))

    with Session(engine) as first:
        assert remind(first, "x.y", due(user_id)) == 1
        worker = Thread(target=second)
        worker.start()
        _until_somebody_waits(engine)
        first.rollback() if is_killed else first.commit()
        worker.join(10)
    assert told == [told_by_second]
    with Session(engine) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Notice)) == 1


def _until_somebody_waits(engine) -> None:
    waiting = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    for _ in range(2000):
        with engine.connect() as connection:
            if connection.scalar(waiting):
                return
    raise AssertionError("the second worker does not wait for the first")


def test_who_is_gone_is_told_nothing(session):
    assert remind(session, "x.y", due(999_999)) == 0


def test_what_was_long_ago_is_forgotten(session, teacher):
    old, new = AT.replace(year=2020), AT
    for moment in (old, new):
        session.add(DoneReminder(kind="x.y", thing_id=1, at=moment, user_id=teacher.id))
    session.flush()
    sweep(session)
    assert session.scalars(sa.select(DoneReminder.at)).all() == [new]
