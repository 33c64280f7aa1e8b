"""The evening before an activity those who are enrolled are reminded of it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from hhu_base.mail.models import Mail
from hhu_plugins.activities import reminders
from hhu_plugins.activities.models import Activity, Enrollment

ZONE = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2026-11-30T08:00+08:00", "2026-11-29T19:00+08:00"),
        ("2026-11-30T00:00+08:00", "2026-11-29T19:00+08:00"),
        ("2026-11-29T23:59+08:00", "2026-11-28T19:00+08:00"),
        ("2026-11-29T16:30+00:00", "2026-11-29T19:00+08:00"),
    ],
)
def test_the_evening_before_is_reckoned_by_the_clocks_of_the_site(start, expected):
    start, expected = datetime.fromisoformat(start), datetime.fromisoformat(expected)
    assert reminders.evening_before(start, 19, ZONE) == expected


@pytest.fixture
def enroll(session, teacher):
    teacher.email = "a@hhu.example"

    def add(start, enrolled_at):
        activity = Activity(name="讲座", time_start=start, time_end=start + timedelta(hours=2))
        session.add(activity)
        session.flush()
        session.add(
            Enrollment(activity_id=activity.id, user_id=teacher.id, enroll_time=enrolled_at)
        )
        session.flush()
        return activity

    return add


@pytest.fixture
def reminded(session, run_task):
    def subjects():
        run_task("core.remind")
        return list(session.scalars(sa.select(Mail.subject).order_by(Mail.id)))

    return subjects


def _today_late():
    """Later today, by the site's clocks: the evening before is over, whatever the time is now."""
    return datetime.now(ZONE) + timedelta(seconds=20)


def test_who_is_enrolled_is_reminded_once(enroll, reminded):
    enroll(_today_late(), datetime.now(UTC) - 3 * DAY)
    [subject] = reminded()
    assert subject.startswith("【活动提醒】“讲座”")
    assert reminded() == [subject]


def test_nobody_is_reminded_of_what_is_days_away_or_has_begun(enroll, reminded):
    enroll(datetime.now(UTC) + 3 * DAY, datetime.now(UTC) - 3 * DAY)
    enroll(datetime.now(UTC) - timedelta(minutes=1), datetime.now(UTC) - 3 * DAY)
    assert reminded() == []


def test_who_has_enrolled_since_that_evening_knows(enroll, reminded):
    enroll(_today_late(), datetime.now(UTC))
    assert reminded() == []


def test_who_has_left_is_not_reminded(session, enroll, reminded):
    enroll(_today_late(), datetime.now(UTC) - 3 * DAY)
    session.execute(sa.delete(Enrollment))
    assert reminded() == []


def test_an_activity_that_has_moved_is_another_reminder(session, enroll, reminded):
    activity = enroll(_today_late(), datetime.now(UTC) - 3 * DAY)
    assert len(reminded()) == 1
    activity.time_start += timedelta(minutes=1)
    session.flush()
    assert len(reminded()) == 2
