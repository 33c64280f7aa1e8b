"""What was found in the demo college."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.models import User
from hhu_lostfound.models import CLAIMED, RETURNED, WAITING, Thing

_FOUND = (
    ("黑色雨伞", "勤学楼 3101 讲台", "长柄，伞骨有一根弯了。", WAITING),
    ("U 盘", "励学楼机房", "银色，贴有标签“水文 2026”。", CLAIMED),
    ("校园一卡通", "闻天馆门口", "背面有贴纸。", WAITING),
    ("老花镜", "博学楼教师休息室", "棕色镜盒。", RETURNED),
    ("保温杯", "致用楼 201", "墨绿色，杯底刻有“Z”。", WAITING),
)


def load(session: Session, registry) -> None:
    """Add found things; nothing where there are some already, or nobody who could find them."""
    if session.scalar(sa.select(Thing.id).limit(1)) is not None:
        return
    people = session.scalars(
        sa.select(User.id).where(User.is_active, ~User.is_staff).order_by(User.username).limit(6)
    ).all()
    if len(people) < 2:
        return
    now = datetime.now(UTC).replace(microsecond=0)
    for number, (name, place, description, status) in enumerate(_FOUND):
        moment = now - timedelta(hours=7 * (len(_FOUND) - number))
        has_claimer = status != WAITING
        session.add(
            Thing(
                finder_id=people[number % len(people)],
                name=name,
                place=place,
                description=description,
                found_at=moment,
                created_at=moment,
                status=status,
                claimer_id=people[(number + 1) % len(people)] if has_claimer else None,
                message="应该是我的，里面的东西我能说出来。" if has_claimer else "",
            )
        )
        # One at a time: lists show the newest first, by id.
        session.flush()
