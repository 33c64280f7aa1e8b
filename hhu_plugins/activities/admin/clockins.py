"""打卡历史: every clock-in with what looks odd about it; evidence, for people to judge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from pyramid.httpexceptions import HTTPSeeOther

from hhu_base.accounts.devices import describe as device_name
from hhu_base.admin import AdminRoot, Headings, download, site_time
from hhu_base.database.keys import contains, sounds_like
from hhu_base.models import User
from hhu_base.values.search import search_words
from hhu_plugins.activities import anomalies
from hhu_plugins.activities.admin.enrollment_filters import identifier, page_number, person_searched
from hhu_plugins.activities.models import Activity, Clockin, ClockinItem

PATH = "/admin/activities/clockins/"
_SIZE = 50
_MOST_OPTIONS = 300
_TITLES = ["工号", "姓名", "活动", "打卡项", "时间", "二维码秒数", "地址", "设备", "异常", "更正"]


_USER = sa.select(User.name_key).where(User.id == Clockin.user_id).scalar_subquery()
_ACTIVITY = (
    sa.select(Activity.name_key).where(Activity.id == ClockinItem.activity_id).scalar_subquery()
)
_COLUMNS = {
    "name": ("姓名", _USER),
    "item": ("打卡项", ClockinItem.label),
    "activity": ("活动", _ACTIVITY),
    "time": ("时间", Clockin.time),
    "code": ("二维码", Clockin.code_age),
    "device": ("设备", Clockin.user_agent),
    "odd": ("异常", None),
}


class Asked:
    """The filters of a request; ``odd``: only what is odd."""

    def __init__(self, request):
        self.activity = identifier(request.GET.get("activity", ""))
        self.item = identifier(request.GET.get("item", ""))
        self.is_odd = request.GET.get("odd") == "yes"
        self.person, self.search_problem = person_searched(request)
        self.heads = Headings(request, _COLUMNS, "-time")

    @property
    def is_active(self) -> bool:
        return bool(self.activity or self.item or self.is_odd or self.person)

    def query(self, **changes: object) -> str:
        params = {
            "activity": self.activity,
            "item": self.item,
            "odd": "yes" if self.is_odd else None,
            "q": self.person,
            "sort": self.heads.sort,
            **changes,
        }
        return urlencode({name: value for name, value in params.items() if value})

    def statement(self, interval: float) -> sa.Select:
        found = anomalies.history(activity_id=self.activity, item_id=self.item)
        found = found.order_by(None).order_by(*self.heads.order(Clockin.id.desc()))
        if self.search_problem:
            return found.where(sa.false())
        if self.person:
            found = found.join(User, User.id == Clockin.user_id)
        for word in search_words(self.person):
            is_typed = sounds_like([User.name_key], word)
            found = found.where(contains([User.search_key], word) | is_typed)
        return anomalies.only_odd(found, interval) if self.is_odd else found


def show_history(request) -> dict[str, Any]:
    """``GET /admin/activities/clockins/``"""
    asked = Asked(request)
    interval = request.registry["activities.codes"].interval
    statement = asked.statement(interval)
    found = statement.order_by(None).subquery()
    count = request.db.scalar(sa.select(sa.func.count()).select_from(found)) or 0
    pages = max(1, -(-count // _SIZE))
    page = min(page_number(request), pages)
    rows = request.db.execute(statement.limit(_SIZE).offset((page - 1) * _SIZE)).all()
    return {
        "title": "打卡历史",
        "asked": asked,
        "device": device_name,
        "rows": [
            (clockin, anomalies.oddities(clockin, same_device, interval))
            for clockin, same_device in rows
        ],
        "activities": request.db.execute(
            sa.select(Activity.id, Activity.name)
            .order_by(Activity.time_start.desc())
            .limit(_MOST_OPTIONS)
        ).all(),
        "items": _items(request, asked.activity),
        "heads": asked.heads.all(lambda sort: f"?{asked.query(sort=sort)}"),
        "count": count,
        "unit": "条",
        "page": page,
        "pages": pages,
        "first": (page - 1) * _SIZE + 1,
    }


def export(request):
    """``GET /admin/activities/clockins/export.xlsx``"""
    asked = Asked(request)
    if asked.search_problem:
        return HTTPSeeOther(f"{PATH}?{asked.query()}")  # the list says it
    return download(request, "打卡历史", _TITLES, _rows(request, asked))


def _rows(request, asked: Asked) -> Iterator[list[Any]]:
    interval = request.registry["activities.codes"].interval
    statement = asked.statement(interval).execution_options(yield_per=1000)
    for clockin, same_device in request.db.execute(statement):
        odd = anomalies.oddities(clockin, same_device, interval)
        yield [
            clockin.user.username,
            clockin.user.fullname,
            clockin.item.activity.name,
            clockin.item.label,
            site_time(request, clockin.time),
            "" if clockin.code_age is None else round(clockin.code_age),
            clockin.address,
            device_name(clockin.user_agent),
            "".join(each.sentence for each in odd),
            clockin.reason,
        ]


def _items(request, activity_id: int | None) -> list[tuple[int, str]]:
    if activity_id is None:
        return []
    statement = (
        sa.select(ClockinItem.id, ClockinItem.label)
        .where(ClockinItem.activity_id == activity_id)
        .order_by(ClockinItem.from_time, ClockinItem.id)
    )
    return [(row.id, row.label) for row in request.db.execute(statement)]


def includeme(config) -> None:
    config.add_admin_page(
        show_history,
        PATH,
        "打卡历史",
        permission="activities.view",
        icon="clock-history",
        request_method="GET",
        renderer="hhu_plugins.activities:templates/clockins.jinja2",
    )
    path = PATH + "export.{kind:xlsx|csv}"
    config.add_route(path, path, factory=AdminRoot)
    config.add_view(export, route_name=path, request_method="GET", permission="activities.view")
