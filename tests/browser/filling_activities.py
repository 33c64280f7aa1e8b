"""What the pages of the activities show, and ways past them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from hhu_base.models import AuditEntry, User
from hhu_plugins.activities.models import Activity, Clockin, ClockinItem, Enrollment, WaitingEntry

HOUR = timedelta(hours=1)
FORM = {
    "姓名": {"type": "text", "required": True, "default": ""},
    "人数": {"type": "number", "required": False, "default": "1"},
    "口味": {"type": "radio", "required": False, "default": "清淡", "choices": ["清淡", "麻辣"]},
    "时段": {"type": "checkbox", "required": False, "default": [], "choices": ["上午", "下午"]},
    "备注": {"type": "textarea", "required": False, "default": ""},
}
ANSWERS = {"姓名": "褚杰", "人数": 2, "口味": "麻辣", "时段": ["上午", "下午"], "备注": "带家属"}
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) MicroMessenger/8.0.54"


@dataclass(frozen=True)
class Fair:
    """An activity in which people are enrolled, wait and have clocked in, and one without anybody."""

    college: Any  # of tests/flows
    activity_id: int
    item_id: int
    enrollment_id: int
    lonely_id: int

    def add_activity(self, name: str, people: int = 0, **values: Any) -> tuple[int, int]:
        """An activity of now with two items, and the first ``people`` enrolled: its id and 签到's."""
        with Session(self.college.engine) as session, session.begin():
            activity = _activity(name, **values)
            session.add(activity)
            session.flush()
            for user_id in _user_ids(session, people):
                session.add(Enrollment(activity_id=activity.id, user_id=user_id))
            return activity.id, activity.clockin_items[0].id

    def clock_in(self, item_id: int, numbers: range) -> None:
        """As if these people had scanned a code."""
        with Session(self.college.engine) as session, session.begin():
            user_ids = _user_ids(session, numbers.stop)[numbers.start :]
            session.add_all(Clockin(item_id=item_id, user_id=user_id) for user_id in user_ids)

    def form_of(self, activity_id: int) -> dict[str, Any]:
        with Session(self.college.engine) as session:
            return session.get_one(Activity, activity_id).form_metas

    def activity_named(self, name: str) -> Activity:
        with Session(self.college.engine) as session:
            return session.scalars(sa.select(Activity).where(Activity.name == name)).one()

    def enrollments_of(self, activity_id: int) -> list[Enrollment]:
        found = sa.select(Enrollment).where(Enrollment.activity_id == activity_id)
        with Session(self.college.engine) as session:
            ordered = found.options(joinedload(Enrollment.user)).order_by(Enrollment.id)
            return list(session.scalars(ordered))

    def audit_of(self, row_id: int) -> list[AuditEntry]:
        with Session(self.college.engine) as session:
            found = sa.select(AuditEntry).where(
                AuditEntry.table_name == "activities_enrollments", AuditEntry.row_id == row_id
            )
            return list(session.scalars(found.order_by(AuditEntry.id)))


def fill(college) -> Fair:
    with Session(college.engine) as session, session.begin():
        activity = _activity("教职工春游", form_metas=FORM, participants_total_limit=8)
        lonely = _activity("没有人的活动", clockin_items=[])
        activity.has_waiting_list = True
        activity.description = "请自带雨具。\n八点在东门集合。"
        session.add_all([activity, lonely])
        session.flush()
        user_ids = _user_ids(session, 10)
        rows = [
            Enrollment(activity_id=activity.id, user_id=user_id, participating_metas=ANSWERS)
            for user_id in user_ids[:8]
        ]
        # What the form does not ask any more.
        rows[0].participating_metas = ANSWERS | {"车牌": "苏A12345"}
        session.add_all(rows)
        session.add_all(
            WaitingEntry(activity_id=activity.id, user_id=user_id) for user_id in user_ids[8:]
        )
        session.flush()
        here, _ = activity.clockin_items
        # Several on one device, one very late, one by hand.
        for number, user_id in enumerate(user_ids[:6]):
            session.add(
                Clockin(
                    item_id=here.id,
                    user_id=user_id,
                    code_age=28.5 if number == 1 else 3,
                    address="10.1.2.3",
                    user_agent=PHONE,
                )
            )
        session.flush()
        return Fair(college, activity.id, here.id, rows[0].id, lonely.id)


def _activity(name: str, **values) -> Activity:
    now = datetime.now(UTC)
    items = [
        ClockinItem(label="签到", from_time=now - HOUR, to_time=now + 3 * HOUR),
        ClockinItem(label="签退", from_time=now + 2 * HOUR, to_time=now + 4 * HOUR),
    ]
    return Activity(
        name=name,
        location="东门",
        time_start=now - HOUR,
        time_end=now + 4 * HOUR,
        open_for_enrollment=True,
        **{"clockin_items": items, **values},
    )


def _user_ids(session: Session, count: int) -> list[int]:
    """Those of the clients of tests/flows, in their order."""
    own = sa.select(User.id).where(User.username.like("t%")).order_by(User.username)
    return list(session.scalars(own.limit(count)))
