"""Activities, and people who are enrolled in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hhu_base.models import Department
from hhu_plugins.activities.forms import parse_form
from hhu_plugins.activities.models import Activity, Clockin, ClockinItem, Enrollment, WaitingEntry

ZONE = ZoneInfo("Asia/Shanghai")
HOUR = timedelta(hours=1)
FORM = {
    "姓名": {"type": "text", "required": True, "default": ""},
    "人数": {"type": "number", "required": False, "default": "1"},
    "性别": {"type": "radio", "required": False, "default": "", "choices": ["男", "女"]},
    "爱好": {
        "type": "checkbox",
        "required": False,
        "default": ["读书"],
        "choices": ["读书", "爬山", "下棋"],
    },
    "备注": {"type": "textarea", "required": False, "default": "无"},
}


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def add_activity(session, now):
    """``add_activity("春游", participants_total_limit=2)``: stored, open, from tomorrow on."""

    def add(name: str = "春游", form=None, **values) -> Activity:
        activity = Activity(
            name=name,
            form_metas=parse_form(form or {}),
            **{
                "time_start": now + 24 * HOUR,
                "time_end": now + 30 * HOUR,
                "location": "操场",
                "open_for_enrollment": True,
                **values,
            },
        )
        session.add(activity)
        session.flush()
        return activity

    return add


@pytest.fixture
def activity(add_activity) -> Activity:
    return add_activity()


@pytest.fixture
def add_enrollment(session):
    def add(activity, user, **answers) -> Enrollment:
        enrollment = Enrollment(
            activity_id=activity.id, user_id=user.id, participating_metas=answers
        )
        session.add(enrollment)
        session.flush()
        return enrollment

    return add


@pytest.fixture
def add_waiting(session):
    def add(activity, user, **answers) -> WaitingEntry:
        place = WaitingEntry(activity_id=activity.id, user_id=user.id, participating_metas=answers)
        session.add(place)
        session.flush()
        return place

    return add


@pytest.fixture
def add_item(session, now):
    """``add_item(activity, "签到")``: a clock-in item whose window is now."""

    def add(activity, label: str = "签到", start=-HOUR, end=HOUR, staff=()) -> ClockinItem:
        item = ClockinItem(
            activity_id=activity.id, label=label, from_time=now + start, to_time=now + end
        )
        item.staff = list(staff)
        session.add(item)
        session.flush()
        return item

    return add


@pytest.fixture
def add_clockin(session):
    def add(item, user, **values) -> Clockin:
        clockin = Clockin(item_id=item.id, user_id=user.id, **values)
        session.add(clockin)
        session.flush()
        return clockin

    return add


@pytest.fixture
def mine(api, teacher):
    return api.as_user(teacher)


@pytest.fixture
def spring(add_activity, add_item):
    activity = add_activity(form=FORM)
    add_item(activity, "签到")
    add_item(activity, "签退")
    return activity


@pytest.fixture
def people(spring, session, add_user, add_enrollment, add_clockin):
    """t1 was there, t2 left early, t3 stayed away."""
    department = Department(name="信息系")
    session.add(department)
    session.flush()
    t1 = add_user("t1", first_name="一", department_id=department.id)
    t2, t3 = add_user("t2", first_name="二"), add_user("t3", first_name="三")
    first, last = spring.clockin_items
    for number, user in enumerate((t1, t2, t3), 1):
        add_enrollment(spring, user, 姓名=user.fullname, 人数=number, 爱好=["爬山"])
    add_clockin(first, t1)
    add_clockin(last, t1)
    add_clockin(first, t2)
    return t1, t2, t3


def names(page) -> list[str]:
    """Who is in a list of registrations."""
    return [each.text.strip() for each in page.html.select("td.first")]
