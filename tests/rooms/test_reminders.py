"""An hour before a reservation its holder is reminded of it, once, of what is true."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from hhu_base.mail.models import Mail
from hhu_base.notifications.models import NoticeChoice
from hhu_plugins.rooms.models import CANCELLED, CONFIRMED, Meetingroom, Reservation

HOUR = timedelta(hours=1)


@pytest.fixture
def room(session):
    room = Meetingroom(name="301", location="勤学楼", seats_count=10)
    session.add(room)
    session.flush()
    return room


@pytest.fixture
def reserve(session, room, teacher):
    teacher.email = "a@hhu.example"

    def add(starts_in, *, status=CONFIRMED, booked_before=timedelta(days=1)):
        start = datetime.now(UTC) + starts_in
        row = Reservation(
            room_id=room.id,
            user_id=teacher.id,
            reserve_from=start,
            reserve_to=start + HOUR,
            description="例会",
            status=status,
            requested_at=start - booked_before,
        )
        session.add(row)
        session.flush()
        return row

    return add


@pytest.fixture
def reminded(session, run_task):
    def subjects():
        run_task("core.remind")
        return list(session.scalars(sa.select(Mail.subject).order_by(Mail.id)))

    return subjects


def test_who_has_a_room_soon_is_told_once(reserve, reminded):
    reserve(timedelta(minutes=50))
    first = reminded()
    assert len(first) == 1
    assert first[0].startswith("【会议提醒】勤学楼 301，")
    assert reminded() == first


@pytest.mark.parametrize(
    "values",
    [
        {"starts_in": timedelta(minutes=70)},
        {"starts_in": -timedelta(minutes=5)},
        {"starts_in": timedelta(minutes=30), "status": CANCELLED},
        {"starts_in": timedelta(minutes=30), "booked_before": timedelta(minutes=40)},
    ],
    ids=["later", "begun", "cancelled", "just-booked"],
)
def test_nobody_is_reminded_of_what_is_far_or_gone_or_just_booked(reserve, reminded, values):
    reserve(**values)
    assert reminded() == []


def test_one_that_has_moved_is_told_of_at_its_new_time(session, reserve, reminded):
    row = reserve(timedelta(minutes=50))
    assert len(reminded()) == 1
    start = datetime.now(UTC) + timedelta(minutes=55)
    # As if it were the next day: what was changed lately is known.
    session.execute(
        sa.text("ALTER TABLE rooms_reservations DISABLE TRIGGER USER"),
    )
    row.reserve_from, row.reserve_to = start, start + HOUR
    session.flush()
    session.execute(sa.text("ALTER TABLE rooms_reservations ENABLE TRIGGER USER"))
    assert len(reminded()) == 2


def test_one_that_was_changed_a_moment_ago_is_not_told_of(session, reserve, reminded):
    row = reserve(timedelta(hours=5))
    row.reserve_from = datetime.now(UTC) + timedelta(minutes=30)
    session.flush()
    assert reminded() == []


def test_who_does_not_want_it_is_not_reminded(session, teacher, reserve, reminded):
    session.add(NoticeChoice(user_id=teacher.id, kind="rooms.reminder", by_mail=False))
    reserve(timedelta(minutes=50))
    assert reminded() == []


def test_where_people_check_in_they_are_told_so(session, room, reserve, reminded):
    room.checkin_since = datetime.now(UTC) - timedelta(days=1)
    row = reserve(timedelta(minutes=50))
    reminded()
    body = session.scalars(sa.select(Mail.body)).one()
    assert "开始后 15 分钟没有人签到" in body
    assert f"/r/{row.room_id}?checkin" in body
