"""The activities of the demo college: past, running and to come, with people in them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.models import User
from hhu_plugins.activities.demo_forms import FORMS, answer
from hhu_plugins.activities.models import Activity, Clockin, ClockinItem, Enrollment, WaitingEntry

_SEED = 1915
_AGENTS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) MicroMessenger/8.0.50",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) MicroMessenger/8.0.54",
    "Mozilla/5.0 (Linux; Android 14; 23116PN5BC) MicroMessenger/8.0.53",
    "Mozilla/5.0 (Linux; Android 13; V2231A) MicroMessenger/8.0.49",
    "Mozilla/5.0 (Linux; Android 12; JEF-AN00) MicroMessenger/8.0.48",
    "Mozilla/5.0 (Phone; OpenHarmony 5.0) ArkWeb/4.1 MicroMessenger/8.0.55",
)


@dataclass(frozen=True)
class _Plan:
    """An activity; ``day`` counts from today, and None means that it is on right now.

    An item is its label and its window in minutes from the start; ``share`` is how many of the
    college enroll.
    """

    name: str
    location: str
    day: int | None
    start: time
    hours: float
    share: float
    form: str = "plain"
    limit: int | None = None
    has_waiting_list: bool = False
    is_open: bool = True
    items: Sequence[tuple[str, int, int]] = field(default=(("签到", -30, 20),))


_MEETING = (("签到", -30, 20), ("签退", 100, 180))
_PLANS = (
    _Plan("新学期全院教职工大会", "江宁校区图书馆报告厅", -63, time(14), 2.5, 0.8, items=_MEETING),
    _Plan("教师节座谈会", "勤学楼 508", -42, time(15), 2, 0.3, limit=60),
    _Plan(
        "秋季教职工运动会",
        "江宁校区田径场",
        -21,
        time(8),
        8,
        0.45,
        form="sports",
        items=(("签到", -30, 40), ("午餐", 210, 300), ("签退", 420, 510)),
    ),
    _Plan("教学能力提升工作坊", "励学楼 B102", -7, time(9), 3, 0.2, limit=40, items=_MEETING),
    _Plan(
        "师德师风专题学习",
        "励学楼 A101",
        None,
        time(9),
        3,
        0.55,
        items=(("签到", -40, 150), ("签退", 120, 240)),
    ),
    _Plan(
        "溧水傅家边秋游",
        "傅家边科技园",
        6,
        time(7, 30),
        10,
        0.2,
        form="trip",
        limit=40,
        has_waiting_list=True,
        items=(("上车", -30, 15), ("午餐", 240, 330), ("返程", 480, 600)),
    ),
    _Plan("学术报告：大模型与智慧水利", "科学馆 106", 9, time(14), 2, 0.25, limit=120),
    _Plan("新教师入职培训", "闻天馆 101", 12, time(9), 6, 0.05, limit=10, items=_MEETING),
    _Plan(
        "教职工羽毛球赛",
        "江宁校区体育馆",
        20,
        time(13, 30),
        4,
        0.15,
        form="sports",
        limit=64,
        has_waiting_list=True,
    ),
    _Plan("元旦联欢会", "江宁校区大学生活动中心", 38, time(18), 3, 0.1, form="party"),
    _Plan("青年教师讲课比赛", "致用楼 102", 45, time(9), 7, 0, form="plain", is_open=False),
)


def load(session: Session, registry) -> None:
    """Add activities and all that belongs to them; nothing where there is an activity already."""
    if session.scalar(sa.select(Activity.id).limit(1)) is not None:
        return
    people = session.scalars(
        sa.select(User).where(User.is_active, ~User.is_staff).order_by(User.id)
    ).all()
    if not people:
        return
    chance = random.Random(_SEED)  # noqa: S311 - invents activities, guards nothing
    now = datetime.now(registry.site_zone).replace(second=0, microsecond=0)
    for plan in _PLANS:
        _Story(session, chance, people, now, plan).tell()
    session.flush()


class _Story:
    """What happened to one activity."""

    def __init__(
        self,
        session: Session,
        chance: random.Random,
        people: Sequence[User],
        now: datetime,
        plan: _Plan,
    ):
        self.session, self.chance, self.people, self.now = session, chance, people, now
        self.plan = plan
        if plan.day is None:
            self.start = now - timedelta(hours=1)
        else:
            day = now.date() + timedelta(days=plan.day)
            self.start = datetime.combine(day, plan.start, now.tzinfo)

    def tell(self) -> None:
        plan = self.plan
        self.activity = Activity(
            name=plan.name,
            location=plan.location,
            description=FORMS[plan.form].invitation,
            time_start=self.start,
            time_end=self.start + timedelta(hours=plan.hours),
            form_metas=FORMS[plan.form].metas,
            open_for_enrollment=plan.is_open,
            participants_total_limit=plan.limit,
            has_waiting_list=plan.has_waiting_list,
            clockin_items=[self._item(*item) for item in plan.items],
        )
        self.session.add(self.activity)
        self.session.flush()
        enrolled = self._enroll()
        clockins = [
            row for item in self.activity.clockin_items for row in self._scan(item, enrolled)
        ]
        if clockins:
            self.session.execute(sa.insert(Clockin), clockins)

    def _item(self, label: str, from_minute: int, to_minute: int) -> ClockinItem:
        # t0001, whom people try first, may show every code; a colleague helps.
        staff = [self.people[0], self.chance.choice(self.people[1:] or self.people)]
        return ClockinItem(
            label=label,
            from_time=self.start + timedelta(minutes=from_minute),
            to_time=self.start + timedelta(minutes=to_minute),
            staff=list(dict.fromkeys(staff)),
        )

    def _enroll(self) -> list[User]:
        """Who has a place, and behind them who waits."""
        plan = self.plan
        count = round(len(self.people) * plan.share)
        wanted = self.chance.sample(self.people, count)
        if plan.day is None and self.people[0] not in wanted:
            wanted[:1] = [self.people[0]]
        if plan.limit is not None and plan.has_waiting_list and count > plan.limit - 5:
            # So popular that some wait.
            rest = [person for person in self.people if person not in wanted]
            wanted += self.chance.sample(rest, min(len(rest), plan.limit + 6 - count))
        seats = len(wanted) if plan.limit is None else min(plan.limit, len(wanted))
        last = min(self.now, self.start) - timedelta(hours=2)
        asked = sorted(last - timedelta(hours=self.chance.expovariate(1 / 72)) for _ in wanted)
        rows = [
            {
                "activity_id": self.activity.id,
                "user_id": person.id,
                "participating_metas": answer(self.chance, person, plan.form),
            }
            for person in wanted
        ]
        if seats:
            places = zip(rows[:seats], asked, strict=False)
            self.session.execute(
                sa.insert(Enrollment), [{**row, "enroll_time": when} for row, when in places]
            )
        if plan.has_waiting_list and rows[seats:]:
            places = zip(rows[seats:], asked[seats:], strict=True)
            self.session.execute(
                sa.insert(WaitingEntry), [{**row, "asked_at": when} for row, when in places]
            )
        return wanted[:seats]

    def _scan(self, item: ClockinItem, enrolled: Sequence[User]) -> Iterator[dict[str, Any]]:
        if item.from_time > self.now:
            return
        # Who is there at the beginning may leave early; some come just for lunch.
        share = 0.9 if item.label in ("签到", "上车") else 0.75
        latest = min(item.to_time, self.now)
        window = (latest - item.from_time).total_seconds()
        for number, person in enumerate(enrolled):
            if person is self.people[0] and self.plan.day is None:
                continue  # left to those who try it
            if self.chance.random() > share:
                continue
            is_late = self.chance.random() < 0.03
            # Four people with one phone: what the records page is to notice.
            shares_phone = number in (3, 4, 5, 6)
            address = 7 if shares_phone else self.chance.randrange(20, 250)
            yield {
                "item_id": item.id,
                "user_id": person.id,
                "time": item.from_time + timedelta(seconds=window * self.chance.betavariate(3, 2)),
                "code_age": round(
                    self.chance.uniform(25, 30) if is_late else self.chance.uniform(1, 24), 1
                ),
                "address": f"10.8.{1 if shares_phone else self.chance.randrange(2, 40)}.{address}",
                "user_agent": _AGENTS[0] if shares_phone else self.chance.choice(_AGENTS),
            }
