"""What the pages show: people, rooms, reservations, and an administrator who may everything."""

from __future__ import annotations

import io
import itertools
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from hhu_base.accounts.password_hashes import hash_password
from hhu_base.documents.file_store import FileStore
from hhu_base.mail.models import FAILED, Mail
from hhu_base.models import AuditEntry, Department, Group, GroupPermission, User
from hhu_plugins.guides import library
from hhu_plugins.guides.models import Guide, GuideCategory
from hhu_plugins.repairs.models import (
    OPEN,
    SOLVED,
    TAKEN_UP,
    HistoryEntry,
    NotificationRecipient,
    RepairCategory,
    RepairRequest,
)
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
    repair_id: int
    fault_id: int
    guide_id: int
    mail_id: int
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

    def report(self) -> RepairRequest:
        """A repair request that nobody has taken up, at a place of its own."""
        with Session(self.college.engine, expire_on_commit=False) as session, session.begin():
            return _report(session, self.teacher_id, self.fault_id, self.new_name("致用楼 "))

    def take_up(self, request_id: int) -> None:
        """As another administrator would, at this moment."""
        taken = {"status": TAKEN_UP, "status_changed_by": self.teacher_id}
        with self.college.engine.begin() as connection:
            connection.execute(
                sa.update(RepairRequest).where(RepairRequest.id == request_id).values(taken)
            )

    def repair(self, request_id: int) -> RepairRequest:
        with Session(self.college.engine) as session:
            options = [selectinload(RepairRequest.history), joinedload(RepairRequest.changer)]
            return session.get_one(RepairRequest, request_id, options=options)

    def guides(self, name: str) -> list[Guide]:
        """Those with this name, and their versions."""
        found = sa.select(Guide).where(Guide.name == name).options(selectinload(Guide.versions))
        with Session(self.college.engine) as session:
            return list(session.scalars(found))

    def fail_to_send(self, subject: str) -> int:
        with Session(self.college.engine) as session, session.begin():
            return _fail_to_send(session, subject).id

    def mail(self, mail_id: int) -> Mail:
        with Session(self.college.engine) as session:
            return session.get_one(Mail, mail_id)

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
        fault = RepairCategory(name="多媒体设备")
        session.add(fault)
        session.flush()
        session.add(
            NotificationRecipient(name="值班", address="av@hhu.example", category_id=fault.id)
        )
        session.add(NotificationRecipient(name="学院办公室", address="office@hhu.example"))
        repair = _report(session, teacher.id, fault.id, "励学楼 A101")
        for status in (TAKEN_UP, SOLVED):
            _report(session, teacher.id, fault.id, f"励学楼 A10{status + 1}", status, admin.id)
        guide = _add_guide(session, college, admin.id)
        mail = _fail_to_send(session, "【报修已解决】励学楼 A103")
        session.flush()
        return Site(
            college=college,
            teacher_id=teacher.id,
            room_id=room.id,
            reservation_id=first.id,
            group_id=group.id,
            repair_id=repair.id,
            fault_id=fault.id,
            guide_id=guide.id,
            mail_id=mail.id,
            url=f"http://127.0.0.1:{college.port}",
            numbers=itertools.count(200),
        )


def _report(
    session, user_id: int, category_id: int, place: str, status: int = OPEN, by: int | None = None
) -> RepairRequest:
    reported = datetime.now(ZONE) - timedelta(hours=5)
    history = [HistoryEntry(status=OPEN, changed_by=user_id, changed_at=reported)]
    if status != OPEN:
        history.append(HistoryEntry(status=status, changed_by=by, remark="灯泡已更换。"))
    row = RepairRequest(
        user_id=user_id,
        category_id=category_id,
        location=place,
        description="投影仪不亮，指示灯闪红灯；换了 HDMI 线也不行。",
        status=status,
        status_changed_by=by,
        created_at=reported,
        history=history,
    )
    session.add(row)
    session.flush()
    return row


def _add_guide(session, college, user_id: int) -> Guide:
    """One with two versions, in the store of the running system."""
    store = FileStore(college.folder / "var" / "guides")
    shelf = library.LibrarySettings(store, ("txt", "pdf"), 1_000_000)
    category = GuideCategory(name="财务")
    session.add(category)
    session.flush()
    how = {"category_id": category.id, "by_user_id": user_id}
    old, new = (io.BytesIO(text.encode()) for text in ("旧的流程。", "新的流程：先审批。"))
    guide = library.add(session, shelf, old, "差旅费报销流程.txt", **how)
    library.replace(session, shelf, guide.id, new, "差旅费报销流程（新）.txt", by_user_id=user_id)
    return guide


def _fail_to_send(session, subject: str) -> Mail:
    mail = Mail(
        key=uuid4(),
        to_name="欧阳明远",
        to_address="b0001@hhu.example",
        subject=subject,
        body="欧阳明远，您好！\n\n您提交的报修现在的状态是：已解决。\n",
        cause="/admin/repairs/requests/1/",
        status=FAILED,
        attempts=15,
        last_error="550 5.1.1 mailbox unavailable",
    )
    session.add(mail)
    session.flush()
    return mail


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
