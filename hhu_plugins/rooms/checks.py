"""What ``hhu doctor`` asks about the reservations."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from hhu_base.cli.doctor import Deployment, Finding, error, good
from hhu_plugins.rooms.metrics import WAITING
from hhu_plugins.rooms.models import OpeningHours

_LATE = sa.text("interval '1 minute'")


def check_pending(deployment: Deployment) -> Iterator[Finding]:
    """A client has waited for a quarter of this when it is told of the failure."""
    with deployment.session() as session:
        late = session.scalars(
            sa.select(sa.func.count())
            .select_from(WAITING)
            .where(WAITING.c.requested_at < sa.func.now() - _LATE)
        ).one()
    if late:
        yield error(
            f"{late} 个预约请求等了一分钟以上还没有处理。",
            "启动 hhu-reservations@1.service 和 hhu-beat.service，看它们的日志。",
        )
    else:
        yield good("没有积压的预约请求。")


def check_zone(deployment: Deployment) -> Iterator[Finding]:
    """Opening hours mean the clocks of the zone in which they were stored."""
    zone = str(deployment.registry.site_zone)
    with deployment.session() as session:
        others = session.scalars(
            sa.select(OpeningHours.zone).where(OpeningHours.zone != zone).distinct()
        ).all()
    if others:
        yield error(
            f"会议室的开放时间是按 {'、'.join(others)} 存的，站点的时区现在是 {zone}。",
            "在后台的“开放时间”里把每张表改一下再保存。",
        )
