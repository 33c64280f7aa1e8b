"""What was read of the guides: the figures of the office's page."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from hhu_base.statistics import Figure, Figures, FigureTable, Linked, Period
from hhu_plugins.guides.models import Guide, GuideCategory, GuideDay

GUIDES = "/admin/guides/guides/"


def find(request, period: Period) -> list[Any]:
    """The part of the page."""
    days = GuideDay.day.between(period.first, period.counted)
    sums = (
        sa.select(
            GuideDay.guide_id,
            sa.func.sum(GuideDay.downloads).label("downloads"),
            sa.func.sum(GuideDay.mails).label("mails"),
        )
        .where(days)
        .group_by(GuideDay.guide_id)
        .subquery()
    )
    rows = request.db.execute(
        sa.select(
            Guide.id,
            Guide.name,
            GuideCategory.name,
            GuideCategory.id,
            sums.c.downloads,
            sums.c.mails,
        )
        .join(sums, sums.c.guide_id == Guide.id)
        .join(GuideCategory, GuideCategory.id == Guide.category_id)
        .order_by((sums.c.downloads + sums.c.mails).desc(), Guide.name_key, Guide.id)
    ).all()
    categories: dict[tuple[int, str], list[int]] = {}
    for _, _, category, category_id, downloads, mails in rows:
        sum_ = categories.setdefault((category_id, category), [0, 0])
        sum_[0] += downloads
        sum_[1] += mails
    added = request.db.scalar(
        sa.select(sa.func.count()).where(
            Guide.created_at >= period.start, Guide.created_at < period.end
        )
    )
    return [
        Figures(
            "",
            [
                Figure("下载", sum(row.downloads for row in rows), f"{GUIDES}?sort=-downloads"),
                Figure("邮件发送", sum(row.mails for row in rows), f"{GUIDES}?sort=-mails"),
                Figure("新增指南", added, f"{GUIDES}?{period.list_query('created_at')}"),
            ],
        ),
        FigureTable(
            "指南",
            ["指南", "下载", "邮件"],
            [
                [Linked(name, f"{GUIDES}{guide_id}/"), downloads, mails]
                for guide_id, name, _, _, downloads, mails in rows
            ],
            bar=1,
            note="按日的次数从有这一页起记录；更早的只有总数，在指南文件的列表里。",
        ),
        FigureTable(
            "分类",
            ["分类", "下载", "邮件"],
            [
                [Linked(name, f"{GUIDES}?f.category_id={category_id}"), *numbers]
                for (category_id, name), numbers in sorted(
                    categories.items(), key=lambda each: -sum(each[1])
                )
            ],
            bar=1,
        ),
    ]
