"""The rooms of the demo college, when they are closed, and some weeks of meetings around today."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.documents.file_store import FileStore
from hhu_base.models import User
from hhu_plugins.rooms import closed_times, demo_photos, photos
from hhu_plugins.rooms.decisions import TAKEN
from hhu_plugins.rooms.intervals import Interval, to_utc
from hhu_plugins.rooms.models import (
    CANCELLED,
    CONFIRMED,
    REJECTED,
    Closure,
    Equipment,
    Meetingroom,
    OpeningHours,
    Reservation,
    Term,
)
from hhu_plugins.rooms.opening_hours import parse_day, store_week
from hhu_plugins.rooms.policy import BookingPolicy

_SEED = 1915
_DAYS = 21  # before and after today
_OPENS, _CLOSES = time(8), time(21, 30)
_ALL = timedelta(days=_DAYS)
_HALF_HOUR = timedelta(minutes=30)
# What has hours of its own, what is out of order, and what will be closed for a day.
_SPECIAL = ("江宁校区图书馆 报告厅", "博学楼 210 研讨室", "致用楼 213 会议室")
_DAY_OF_LECTURES = 8 * 60
_WITH_PHOTOS = 20

# Building, campus, and each room as number:seats.
_BUILDINGS = (
    ("勤学楼", "江宁校区", "201:12 205:8 301:20 302:6 305:16 401:24 412:10 415:30 501:45 508:60"),
    ("励学楼", "江宁校区", "A101:120 A203:18 A205:10 A306:36 B102:80 B210:8 B212:14 B401:22"),
    ("致用楼", "江宁校区", "102:100 211:12 213:16 310:28 312:6 402:20 406:10"),
    ("博学楼", "江宁校区", "103:60 105:40 208:15 210:8 320:24"),
    ("江宁校区图书馆", "江宁校区", "215:6 216:6 217:8 218:10 报告厅:110"),
    ("闻天馆", "西康路校区", "101:90 203:12 204:16 302:20 305:32 404:8"),
    ("科学馆", "西康路校区", "106:50 201:10 303:18 308:14"),
    ("西康路校区行政楼", "西康路校区", "202:26 401:12 501:40"),
    ("金坛校区科创楼", "金坛校区", "110:70 203:15"),
)
# What a room of at most so many seats is called, its equipment, and what people do in it.
_SIZES: tuple[tuple[int, str, tuple[str, ...], str], ...] = (
    (
        10,
        "研讨室",
        ("圆桌 白板", "白板", "圆桌 电视", ""),
        "课题组周会 论文修改讨论 教研室碰头会 研究生面谈 毕业设计指导 项目进度沟通 试卷分析 班主任与学生谈话 "
        "家长来访接待 横向课题对接 实习单位线上面试 竞赛队伍讨论 课程组集体备课 教学督导反馈",
    ),
    (
        36,
        "会议室",
        ("投影", "投影 视频会议", "圆桌 投影", "视频会议 白板", "投影 录音"),
        "教研室例会 研究生开题答辩 硕士学位论文预答辩 博士生中期考核 毕业设计中期检查 学院党政联席会 学术委员会会议 "
        "支部组织生活会 国家自然科学基金申报研讨 工程教育认证材料整理 校企合作洽谈 研究生复试工作布置 青年教师教学观摩研讨 "
        "数据库课程组集体备课 水利信息化项目评审 辅导员工作例会 期中教学检查座谈会 职称评审会议 新进教师面试",
    ),
    (
        120,
        "报告厅",
        ("多媒体", "多媒体 录播", "多媒体 视频会议", "多媒体 舞台"),
        "学术报告：大模型与智慧水利 学术报告：网络空间安全前沿 学院全体教职工大会 新生家长见面会 考研经验分享会 "
        "企业宣讲会 程序设计竞赛赛前培训 研究生学术论坛 入党积极分子党课 实验室安全培训 毕业生就业动员会 "
        "硕士学位论文答辩 创新创业大赛路演 师德师风专题学习",
    ),
)
_CANCEL_REASONS = ("", "", "", "会议改期。", "改为线上举行。", "主讲人临时出差。")


def load(session: Session, registry) -> None:
    """Add rooms and their reservations; nothing at all where there is a room already."""
    if session.scalar(sa.select(Meetingroom.id).limit(1)) is not None:
        return
    chance = random.Random(_SEED)  # noqa: S311 - invents meetings, guards nothing
    rooms = [Meetingroom(**row) for row in _rooms(chance)]
    words = {word for room in rooms for word in room.equipment}
    session.add_all([*rooms, *(Equipment(name=word) for word in sorted(words))])
    session.flush()
    policy = registry["rooms.policy"]
    session.add_all(_closed_times(rooms, policy))
    session.add_all(_terms(datetime.now(policy.zone).date()))
    session.flush()
    _hang_photos(session, registry["rooms.photo_store"], rooms)
    people = session.scalars(
        sa.select(User.id).where(User.is_active, ~User.is_staff).order_by(User.id)
    ).all()
    if not people:
        return
    # This does not take the lock of the reservations: until the rooms are committed nobody else
    # can see them, hence nobody can reserve them either.
    diary = _Diary(chance, policy, people)
    closed = closed_times.read(session, *(diary.now + days for days in (-2 * _ALL, 2 * _ALL)))
    reservations = [
        row
        for room in rooms
        for row in diary.of_room(room)
        if not closed.during(room, *to_utc((row["reserve_from"], row["reserve_to"])))
    ]
    # Lists show the newest request first, by id.
    reservations.sort(key=lambda row: row["requested_at"])
    if reservations:
        session.execute(sa.insert(Reservation), reservations)


def _rooms(chance: random.Random) -> Iterator[dict[str, Any]]:
    for building, campus, listed in _BUILDINGS:
        for entry in listed.split():
            number, seats = entry.split(":")
            _, kind, outfits, _ = _size(int(seats))
            equipment = chance.choice(outfits).split()
            fitted = f"配有{'、'.join(equipment)}，" if equipment else ""
            yield {
                "name": f"{building} {number}" + ("" if number == kind else f" {kind}"),
                "location": building,
                "seats_count": int(seats),
                "equipment": sorted(equipment),
                # Lectures and festivities last longer than meetings.
                "max_minutes": _DAY_OF_LECTURES if kind == "报告厅" else None,
                "description": f"位于{campus}，{fitted}可容纳 {seats} 人。",
            }


def _closed_times(
    rooms: Sequence[Meetingroom], policy: BookingPolicy
) -> Iterator[OpeningHours | Closure]:
    """The hours of the house, those of a library's hall, and some closures of every kind."""
    by_name = {room.name: room for room in rooms}
    today = datetime.combine(datetime.now(policy.zone).date(), time(), policy.zone)

    def at(day: int, hour: int) -> datetime:
        return (today + timedelta(days=day)).replace(hour=hour)

    def hours(week: str, day: str) -> str:
        return store_week((*[parse_day(week)] * 5, *[parse_day(day)] * 2))

    hall, old, worn = (by_name[name] for name in _SPECIAL)
    zone = policy.zone.key
    yield OpeningHours(week=hours("07:00–22:30", "07:00–22:30"), zone=zone)
    yield OpeningHours(
        room_id=hall.id, week=hours("08:00–12:00、13:30–21:30", "08:00–17:00"), zone=zone
    )
    saturday = (5 - today.weekday()) % 7
    exam = "全国计算机等级考试"
    yield Closure(location="科学馆", starts=at(saturday, 7), ends=at(saturday + 1, 18), reason=exam)
    yield Closure(room_id=worn.id, starts=at(9, 8), ends=at(9, 18), reason="更换桌椅")
    yield Closure(room_id=old.id, starts=at(-2, 8), ends=None, reason="空调检修")


def _terms(today: date) -> Iterator[Term]:
    """Both of the academic year in which ``today`` is."""
    year = today.year if today.month >= 8 else today.year - 1
    for name, first, weeks in (
        ("第一学期", date(year, 9, 1), 18),
        ("第二学期", date(year + 1, 2, 24), 18),
    ):
        monday = first + timedelta(days=-first.weekday() % 7)
        yield Term(name=f"{year}-{year + 1}学年{name}", first_monday=monday, weeks_count=weeks)


def _hang_photos(session: Session, store: FileStore, rooms: list[Meetingroom]) -> None:
    """The first rooms of each size have some."""
    by_kind = [photos.read(demo_photos.drawn(kind)) for kind in range(demo_photos.KINDS)]
    for number, room in enumerate(rooms[:_WITH_PHOTOS]):
        kinds = [_SIZES.index(_size(room.seats_count)), demo_photos.KINDS - 1]
        for kind in kinds[: 1 + number % 2]:
            photos.add(session, store, room.id, by_kind[kind], by_user_id=None)


def _size(seats: int) -> tuple[int, str, tuple[str, ...], str]:
    return next(size for size in _SIZES if seats <= size[0])


class _Diary:
    """Who meets where and when, at the pace of this site's grid."""

    def __init__(self, chance: random.Random, policy: BookingPolicy, people) -> None:
        self.chance = chance
        self.policy = policy
        self.people = people
        self.now = datetime.now(policy.zone)
        # People begin on the half hour, also where the grid would allow 9:05.
        self.pace = policy.round_length(_HALF_HOUR)
        usual = [self.pace * times for times in range(1, 7)]
        extremes = [
            policy.round_length(policy.shortest),
            policy.longest // policy.step * policy.step,
        ]
        self.lengths = list(filter(policy.allows_length, usual)) or sorted(
            filter(policy.allows_length, extremes)
        )

    def of_room(self, room: Meetingroom) -> Iterator[dict[str, Any]]:
        """All that ever happened to one room; what is confirmed does not overlap."""
        if not self.lengths:
            return  # no meeting fits the rules of this site
        # Some rooms are hardly ever free, some hardly ever used.
        demand = self.chance.betavariate(1.2, 1.5)
        purposes = _size(room.seats_count)[3].split()
        for day in self._days():
            for interval in self._meetings(day, demand):
                yield from self._story(room.id, interval, self.chance.choice(purposes))

    def _days(self) -> Iterator[date]:
        ahead = timedelta(days=_DAYS)
        if self.policy.horizon is not None:
            # Not the last day itself: it may be reserved up to this time of day only.
            ahead = min(ahead, self.policy.horizon - timedelta(days=1))
        day = self.now.date() - timedelta(days=_DAYS)
        while day <= (self.now + ahead).date():
            yield day
            day += timedelta(days=1)

    def _meetings(self, day: date, demand: float) -> Iterator[Interval]:
        """One day of one room, from opening to closing."""
        if day.weekday() >= 5:
            demand *= 0.08
        # What is far ahead has not been asked for yet.
        weeks_ahead = max(0, (day - self.now.date()).days) / 7
        demand /= 1 + weeks_ahead
        start = self.policy.up(datetime.combine(day, _OPENS, self.policy.zone))
        closing = datetime.combine(day, _CLOSES, self.policy.zone)
        while start + self.lengths[0] <= closing:
            length = self.chance.choice(self.lengths)
            if start + length <= closing and self.chance.random() < demand * _liking(start):
                yield start, start + length
                start += -(-length // self.pace) * self.pace
            else:
                start += self.pace

    def _story(self, room_id: int, interval: Interval, purpose: str) -> Iterator[dict[str, Any]]:
        """Mostly a confirmed reservation; sometimes one given back, or a rival that came late."""
        start, end = interval
        known = min(start, self.now)  # a decision can neither be later than now nor than the start
        asked = known - timedelta(minutes=self.chance.triangular(20, 14 * 24 * 60, 1500))
        row = {
            "room_id": room_id,
            "user_id": self.chance.choice(self.people),
            "reserve_from": start,
            "reserve_to": end,
            "description": purpose,
            "status": CONFIRMED,
            "status_reason": "",
            "status_changed_at": asked + timedelta(milliseconds=40),
            "status_changed_by": None,
            "requested_at": asked,
        }
        later = asked + (known - asked) * self.chance.uniform(0.1, 0.9)
        event = self.chance.random()
        if event < 0.04:
            yield row | {
                "status": CANCELLED,
                "status_reason": self.chance.choice(_CANCEL_REASONS),
                "status_changed_at": later,
                "status_changed_by": row["user_id"],
            }
            return
        yield row
        if event > 0.96:
            yield row | {
                "user_id": self.chance.choice(self.people),
                "status": REJECTED,
                "status_reason": TAKEN,
                "status_changed_at": later + timedelta(milliseconds=40),
                "requested_at": later,
            }


def _liking(start: datetime) -> float:
    """How much people like to begin a meeting at that hour: not at noon, seldom in the evening."""
    if start.hour in (9, 10, 14, 15):
        return 0.9
    if start.hour in (8, 16, 19):
        return 0.5
    return 0.12
