"""What the pages show: people, rooms, reservations, and an administrator who may everything."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.models import AuditEntry, Department, Group, GroupPermission, User
from hhu_base.passwords import hash_password
from hhu_plugins.rooms.models import CANCELLED, CONFIRMED, Meetingroom, Reservation

ADMIN, PASSWORD = "office", "an-office-of-the-tests"
PLACE = "励学楼"
ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Site:
    """Where the system is, and ways past its pages."""

    college: Any  # of tests/flows
    teacher_id: int
    room_id: int
    reservation_id: int
    group_id: int
    url: str
    numbers: itertools.count

    def new_name(self, kind: str) -> str:
        """A name that nothing has yet."""
        return f"{kind}{next(self.numbers)}"

    def add_room(self) -> Meetingroom:
        with Session(self.college.engine, expire_on_commit=False) as session, session.begin():
            room = Meetingroom(name=self.new_name("B"), location=PLACE, seats_count=12)
            session.add(room)
            return room

    def reserve(self, room_id: int, start: datetime, end: datetime, text: str) -> int:
        with Session(self.college.engine) as session, session.begin():
            return _reserve(session, room_id, self.teacher_id, start, end, text).id

    def reservation(self, reservation_id: int) -> Reservation:
        with Session(self.college.engine) as session:
            return session.get_one(Reservation, reservation_id)

    def reservations_of(self, room_id: int) -> list[Reservation]:
        found = sa.select(Reservation).where(
            Reservation.room_id == room_id, Reservation.status == CONFIRMED
        )
        with Session(self.college.engine) as session:
            return list(session.scalars(found.order_by(Reservation.reserve_from)))

    def user(self, username: str) -> User | None:
        with Session(self.college.engine) as session:
            return session.scalar(sa.select(User).where(User.username == username))


def fill(college) -> Site:
    with Session(college.engine) as session, session.begin():
        department = Department(name="软件工程系")
        admin = User(
            username=ADMIN,
            password=hash_password(PASSWORD),
            last_name="方",
            first_name="敏",
            is_staff=True,
            is_superuser=True,
        )
        teacher = User(
            username="b0001",
            last_name="欧阳",
            first_name="明远",
            department=department,
            post="副教授",
            phone="15400000000",
            email="b0001@hhu.example",
            description="有事请先打电话。",
        )
        group = Group(
            name="教学秘书",
            users=[teacher],
            grants=[GroupPermission(permission="rooms.change")],
        )
        room = Meetingroom(name="A101", location=PLACE, seats_count=60, label="投影 视频会议")
        session.add_all([admin, teacher, group, room])
        session.flush()
        first = _reserve(session, room.id, teacher.id, at(1, 9), at(1, 10), "教研室例会")
        for hour in (9, 14):
            _reserve(session, room.id, teacher.id, at(0, hour), at(0, hour + 2), "论文答辩")
        # One that is past, at whatever time of the day the tests run: it has colours of its own.
        _reserve(session, room.id, teacher.id, at(0, 0), at(0, 0, 30), "夜间值班")
        gone = _reserve(session, room.id, teacher.id, at(2, 9), at(2, 10), "取消的会")
        gone.status, gone.status_reason = CANCELLED, "会议改期"
        session.add(
            AuditEntry(
                actor_id=admin.id,
                actor="office 方敏",
                action="修改",
                table_name="rooms_meetingrooms",
                row_id=room.id,
                row_label="励学楼 A101",
                before={"座位数": "50"},
                after={"座位数": "60"},
            )
        )
        session.flush()
        return Site(
            college=college,
            teacher_id=teacher.id,
            room_id=room.id,
            reservation_id=first.id,
            group_id=group.id,
            url=f"http://127.0.0.1:{college.port}",
            numbers=itertools.count(200),
        )


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment so many days from now, site time."""
    moment = datetime.now(ZONE) + timedelta(days=day)
    return moment.replace(hour=hour, minute=minute, second=0, microsecond=0)


def _reserve(session, room_id: int, user_id: int, start, end, text: str) -> Reservation:
    row = Reservation(
        room_id=room_id,
        user_id=user_id,
        reserve_from=start,
        reserve_to=end,
        description=text,
        status=CONFIRMED,
    )
    session.add(row)
    session.flush()
    return row
