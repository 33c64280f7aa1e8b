"""How repairs went: the figures of the office's page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from hhu_base.statistics import Figure, Figures, FigureTable, Linked, Period
from hhu_plugins.repairs.models import (
    OPEN,
    SOLVED,
    STATUS,
    TAKEN_UP,
    HistoryEntry,
    RepairCategory,
    RepairRequest,
)

REQUESTS = "/admin/repairs/requests/"
TABS = {OPEN: "open", TAKEN_UP: "taken-up", SOLVED: "solved"}
# So many days, today being the first; None: however many.
_AGES = ((1, "今天"), (3, "1–2 天"), (7, "3–6 天"), (30, "7–29 天"), (None, "30 天以上"))
_TITLES = [
    *("报修", "已解决", "受理中位数", "最慢受理"),
    *("解决中位数", "最慢解决", "评分"),
]


def find(request, period: Period) -> list[Any]:
    """The part of the office's page: of what was reported in these days, and what is open today."""
    category = sa.func.coalesce(RepairCategory.name, "（无类别）")
    by_category = (RepairRequest.category_id, category)
    place = RepairRequest.location
    total = _measure(request.db, period, sa.literal(0), sa.literal(""))
    return [
        _totals(period, total[0]) if total else _totals(period, None),
        FigureTable(
            "类别",
            ["类别", *_TITLES],
            [
                _line(period, row, category_id=row.key or "-")
                for row in _measure(request.db, period, *by_category)
            ],
            bar=1,
            note="报修包括后来撤回的。时间以小时计，从报修算起；点“最慢”打开那一条报修。",
        ),
        FigureTable(
            "地点",
            ["地点", *_TITLES],
            [
                _line(period, row, location=row.name)
                for row in _measure(request.db, period, place, place)
            ],
            bar=1,
        ),
        _open_by_age(request),
    ]


def _measure(session: Session, period: Period, key: Any, name: Any) -> Sequence[Any]:
    """By ``key``: how many, and how long it took until they were taken up and solved, in hours."""
    since_report = HistoryEntry.changed_at - RepairRequest.created_at
    hours = sa.extract("epoch", since_report) / 3600
    each = (
        sa.select(
            RepairRequest.id,
            key.label("key"),
            name.label("name"),
            RepairRequest.status,
            RepairRequest.rating,
            sa.func.min(hours)
            .filter(HistoryEntry.kind == STATUS, HistoryEntry.status.in_((TAKEN_UP, SOLVED)))
            .label("taken_up"),
            # The last time: what came back was not solved.
            sa.func.max(hours)
            .filter(HistoryEntry.kind == STATUS, HistoryEntry.status == SOLVED)
            .label("solved"),
        )
        .outerjoin(RepairCategory, RepairCategory.id == RepairRequest.category_id)
        .outerjoin(HistoryEntry, HistoryEntry.request_id == RepairRequest.id)
        .where(
            RepairRequest.created_at >= period.start,
            RepairRequest.created_at < period.end,
        )
        .group_by(RepairRequest.id, key, name)
        .subquery()
    )
    is_solved = each.c.status == SOLVED
    solved = sa.case((is_solved, each.c.solved))

    def slowest(column: Any) -> Any:
        ordered = aggregate_order_by(each.c.id, column.desc().nulls_last())
        return sa.func.array_agg(ordered)[1]

    return session.execute(
        sa.select(
            each.c.key,
            each.c.name,
            sa.func.count().label("reported"),
            sa.func.count().filter(is_solved).label("solved"),
            _median_of(each.c.taken_up).label("median_taken_up"),
            sa.func.max(each.c.taken_up).label("slowest_taken_up"),
            slowest(each.c.taken_up).label("slowest_taken_up_id"),
            _median_of(solved).label("median_solved"),
            sa.func.max(solved).label("slowest_solved"),
            slowest(solved).label("slowest_solved_id"),
            sa.func.avg(each.c.rating).label("rating"),
        )
        .group_by(each.c.key, each.c.name)
        .order_by(sa.func.count().desc(), each.c.name)
    ).all()


def _median_of(column: Any) -> Any:
    return sa.func.percentile_cont(0.5).within_group(column)


def _line(period: Period, row: Any, **filters: object) -> list[Any]:
    return [
        row.name,
        Linked(row.reported, _list(period, **filters)),
        Linked(row.solved, _list(period, TABS[SOLVED], **filters)),
        _rounded(row.median_taken_up),
        _slowest(row.slowest_taken_up, row.slowest_taken_up_id),
        _rounded(row.median_solved),
        _slowest(row.slowest_solved, row.slowest_solved_id),
        _rounded(row.rating),
    ]


def _totals(period: Period, row: Any) -> Figures:
    if row is None:
        return Figures("", [Figure("报修", 0, _list(period))])
    return Figures(
        "",
        [
            Figure("报修", row.reported, _list(period)),
            Figure("已解决", row.solved, _list(period, TABS[SOLVED])),
            Figure("受理用时中位数（小时）", _rounded(row.median_taken_up)),
            Figure("解决用时中位数（小时）", _rounded(row.median_solved)),
            Figure("平均评分（1–5）", _rounded(row.rating)),
        ],
    )


def _open_by_age(request) -> FigureTable:
    """Of today, whatever the days that are asked for: since when somebody waits."""
    zone = request.registry.site_zone
    today = datetime.now(zone).date()
    lines = []
    last = today
    for days, title in _AGES:
        # From midnight to midnight, as the list filters.
        first = today - timedelta(days=days - 1) if days else None
        counts = [_count_open(request.db, status, first, last, zone) for status in (OPEN, TAKEN_UP)]
        urls = [_open_list(status, first, last) for status in (OPEN, TAKEN_UP)]
        lines.append([title, *map(Linked, counts, urls)])
        if first:
            last = first - timedelta(days=1)
    return FigureTable(
        "现在还没有解决的，按报修多久", ["报修以来", "未受理", "处理中"], lines, bar=1
    )


def _count_open(session: Session, status: int, first: date | None, last: date, zone: tzinfo) -> int:
    found = sa.select(sa.func.count()).where(
        RepairRequest.status == status,
        RepairRequest.created_at < datetime.combine(last + timedelta(days=1), time(), zone),
    )
    if first is not None:
        found = found.where(RepairRequest.created_at >= datetime.combine(first, time(), zone))
    return session.scalar(found) or 0


def _open_list(status: int, first: date | None, last: date) -> str:
    asked = {"tab": TABS[status], "f.created_at.to": last}
    if first is not None:
        asked["f.created_at.from"] = first
    return f"{REQUESTS}?{urlencode(asked)}"


def _list(period: Period, tab: str = "all", /, **filters: object) -> str:
    return f"{REQUESTS}?{period.list_query('created_at', tab=tab, **filters)}"


def _slowest(hours: Any, request_id: int | None) -> Any:
    return Linked(_rounded(hours), f"{REQUESTS}{request_id}/") if hours is not None else None


def _rounded(value: Any) -> float | None:
    return None if value is None else round(float(value), 1)
