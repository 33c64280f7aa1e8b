"""What is broken in the demo college, and who looks after it."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.models import User
from hhu_plugins.repairs.models import (
    ASSIGNED,
    CONFIRMED,
    NOTE,
    OFFICE_NOTE,
    OPEN,
    SOLVED,
    TAKEN_UP,
    WITHDRAWN,
    HistoryEntry,
    NotificationRecipient,
    RepairCategory,
    RepairRequest,
)

_SEED = 1915
_DAYS = 60
_BUILDINGS = "勤学楼 励学楼 致用楼 博学楼 闻天馆 科学馆"

# Category: who is told, what breaks, and the remarks of those who mend it. Addresses like those
# of the college's people: they are nobody's.
_KINDS: dict[str, tuple[str, str, str]] = {
    "多媒体设备": (
        "实验中心值班",
        "投影仪不亮，指示灯闪红灯。|幕布降不下来。|话筒没有声音，电池是新换的。|中控面板无法开机。"
        "|HDMI 接口松动，画面时有时无。|音箱有很大的电流声。",
        "灯泡已更换。|线路接头松动，已重新固定。|中控已重启并升级。|已更换新话筒。",
    ),
    "网络": (
        "网络管理员",
        "办公室网口没有信号。|无线网络连上后打不开任何网页。|下午网速很慢，视频会议一直卡顿。"
        "|新电脑无法获取 IP 地址。|打印机在网络上找不到了。",
        "交换机端口故障，已换端口。|无线接入点已重启。|已重新分配 IP 地址。|光模块已更换。",
    ),
    "空调": (
        "后勤报修",
        "空调不制冷，出风口有异味。|室内机漏水，滴到桌上了。|遥控器失灵。|噪音很大，影响上课。",
        "已清洗滤网并加氟。|排水管已疏通。|遥控器已更换电池。",
    ),
    "水电": (
        "后勤报修",
        "洗手间水龙头关不紧。|走廊灯坏了三盏，晚上很暗。|插座没有电。|开水器不出热水。",
        "阀芯已更换。|灯管已更换。|跳闸，已查明原因并恢复。",
    ),
    "门窗桌椅": (
        "",
        "门锁转不动，钥匙拔不出来。|窗户关不上。|后排椅子坏了两把。|门禁刷卡没有反应。",
        "锁芯已更换。|合页已调整。|椅子已加固。",
    ),
}
_WAITING = "配件已订购，预计两天内到货。| |已联系厂家上门。| "
_NOT_SOLVED = "昨天又坏了，和上次一样。"
_INSIDE = "后勤说周三以后才有配件。"
_SAID = "师傅今天下午三点左右到，请留门。"
# Hours until taken up, and until solved.
_HOURS = {"多媒体设备": (2, 24), "网络": (4, 48), "水电": (8, 72)}
_THANKS = ("来得很快，谢谢！", "", "修好了，不过等了两天。")


def load(session: Session, registry) -> None:
    """Add categories, recipients and requests; nothing at all where there is a category already."""
    if session.scalar(sa.select(RepairCategory.id).limit(1)) is not None:
        return
    chance = random.Random(_SEED)  # noqa: S311 - invents faults, guards nothing
    categories = {name: RepairCategory(name=name) for name in _KINDS}
    for name, hours in _HOURS.items():
        categories[name].take_up_hours, categories[name].solve_hours = hours
    session.add_all(categories.values())
    session.flush()
    for number, (name, (recipient, _, _)) in enumerate(_KINDS.items(), 1):
        if recipient:
            address = f"repair{number}@hhu.example"
            session.add(
                NotificationRecipient(
                    name=recipient, address=address, category_id=categories[name].id
                )
            )
    session.add(
        NotificationRecipient(name="学院办公室", address="office@hhu.example", category_id=None)
    )
    people = session.scalars(
        sa.select(User.id).where(User.is_active, ~User.is_staff).order_by(User.username)
    ).all()
    staff = session.scalar(sa.select(User.id).where(User.is_active, User.is_staff).limit(1))
    if people:
        stories = [_story(chance, people, number) for number in range(_DAYS)]
        for story in sorted(stories, key=lambda story: story["moments"][0]):
            _write(session, story, categories, staff)
    session.flush()


def _story(chance: random.Random, people, number: int) -> dict[str, Any]:
    """One request: who, what, and the moments and statuses it went through."""
    name = chance.choice(list(_KINDS))
    _, faults, cures = _KINDS[name]
    now = datetime.now(UTC).replace(microsecond=0)
    age = chance.uniform(0.02, 10 if number < 5 else _DAYS)
    moments = [now - timedelta(days=age)]
    changes: list[tuple[int, str]] = [(OPEN, "")]
    # Whatever is old has been dealt with; t0001, whom people try first, has one of each.
    fate = number % 5 if number < 5 else chance.random() * 4
    if fate >= 1 or age > 14:
        changes.append((TAKEN_UP, chance.choice(_WAITING.split("|")).strip()))
    if fate >= 2 or age > 20:
        changes.append((SOLVED, chance.choice(cures.split("|"))))
    if number == 3:
        changes += [(OPEN, _NOT_SOLVED), (SOLVED, cures.split("|")[0])]
    if number == 4 or (number > 4 and len(changes) == 1 and chance.random() < 0.1):
        changes[1:] = [(WITHDRAWN, "")]
    for _ in changes[1:]:
        moments.append(moments[-1] + (now - moments[-1]) * chance.uniform(0.05, 0.5))
    return {
        "category": None if chance.random() < 0.05 else name,
        "user_id": people[0] if number < 5 else chance.choice(people),
        "location": f"{chance.choice(_BUILDINGS.split())} {chance.randint(1, 5)}{chance.randint(1, 20):02}",
        "description": chance.choice(faults.split("|")),
        # Those of t0001 wait to be confirmed.
        "rating": 5 - number % 3 if number >= 5 and number % 2 else None,
        "changes": changes,
        "moments": moments,
    }


def _write(session: Session, story: dict[str, Any], categories, staff: int | None) -> None:
    reporter, moments = story["user_id"], story["moments"]
    history: list[HistoryEntry] = []
    opened_at, assignee = moments[0], None
    for (status, remark), moment in zip(story["changes"], moments, strict=True):
        if history and history[-1].status == SOLVED:
            opened_at = moment
        by = reporter if status in (OPEN, WITHDRAWN) else staff
        assignee = staff if status in (TAKEN_UP, SOLVED) else assignee
        history.append(HistoryEntry(status=status, remark=remark, changed_at=moment, changed_by=by))
    last = history[-1]
    rating = story["rating"] if last.status == SOLVED else None
    confirmed_at = None
    if rating is not None:
        confirmed_at = moments[-1] + (datetime.now(UTC) - moments[-1]) / 2
        history.append(
            HistoryEntry(
                kind=CONFIRMED,
                status=SOLVED,
                rating=rating,
                remark=_THANKS[5 - rating],
                changed_at=confirmed_at,
                changed_by=reporter,
            )
        )
    if last.status == TAKEN_UP:
        noted = {"status": TAKEN_UP, "changed_by": staff, "changed_at": moments[-1]}
        history.append(HistoryEntry(kind=ASSIGNED, assignee_id=staff, **noted))
        history.append(HistoryEntry(kind=OFFICE_NOTE, remark=_INSIDE, **noted))
        history.append(HistoryEntry(kind=NOTE, remark=_SAID, **noted))
    session.add(
        RepairRequest(
            user_id=reporter,
            category=categories.get(story["category"]),
            location=story["location"],
            description=story["description"],
            status=last.status,
            created_at=moments[0],
            opened_at=opened_at,
            status_changed_at=moments[-1],
            status_changed_by=last.changed_by,
            assignee_id=assignee,
            confirmed_at=confirmed_at,
            rating=rating,
            history=history,
        )
    )
    # One at a time: lists show the newest request first, by id.
    session.flush()
