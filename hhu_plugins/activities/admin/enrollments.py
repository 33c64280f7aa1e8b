"""报名记录: who is enrolled, what they answered, and what they have clocked in for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from pyramid.httpexceptions import HTTPSeeOther

from hhu_base.admin import CHANGE, VIEW, ModelAdmin, TableContext, download, site_time
from hhu_base.models import Department, User
from hhu_base.values import pinyin
from hhu_base.web.display import Phone
from hhu_plugins.activities import enrollment_search, enrollments, notifications
from hhu_plugins.activities.admin import answer_fields, corrections, enrollment_columns, tabs
from hhu_plugins.activities.admin.enrollment_filters import Asked, page_number
from hhu_plugins.activities.models import Activity, ClockinItem, Enrollment

_TEMPLATES = "hhu_plugins.activities:templates/"
_SIZE = 50
_MOST_OPTIONS = 300


class EnrollmentAdmin(ModelAdmin):
    """报名记录"""

    path = "/admin/activities/enrollments/"
    model = Enrollment
    search = ("user.search_key", "activity.search_key")
    labels = {
        "activity_id": "活动",
        "user_id": "教师",
        "enroll_time": "报名时间",
        "participating_metas": "报名信息",
        "attended": "已打卡",
    }
    icon = "card-checklist"
    can_add = False
    row_template = _TEMPLATES + "enrollment.jinja2"

    def label(self, row: Enrollment) -> str:
        return f"{row.user.fullname or row.user.username}（{row.activity.name}）"

    def form_schema(self, request, row: Enrollment):
        return answer_fields.schema(row)

    def read(self, request, row: Enrollment) -> dict[str, Any]:
        return answer_fields.read(row)

    def write(self, request, row: Enrollment, values: dict[str, Any]) -> None:
        answer_fields.write(row, values)

    def row_context(self, request, row: Enrollment) -> dict[str, Any]:
        return corrections.of_enrollment(request, row)

    def delete(self, request, row: Enrollment) -> None:
        """Like giving the place back: who has waited the longest gets it."""
        now = request.db.scalar(sa.select(sa.func.now()))
        notifications.tell(request, enrollments.cancel(request.db, row.id, now=now) or ())
        request.db.expunge(row)


def show_list(context: TableContext, request) -> dict[str, Any]:
    """``GET /admin/activities/enrollments/``"""
    asked = Asked(request)
    statement = enrollment_search.find(asked.filters)
    if asked.search_problem:
        statement = statement.where(sa.false())
    found = statement.order_by(None).subquery()
    count = request.db.scalar(sa.select(sa.func.count()).select_from(found)) or 0
    pages = max(1, -(-count // _SIZE))
    page = min(page_number(request), pages)
    ordered = enrollment_columns.in_order(request, asked, statement)
    rows = request.db.scalars(ordered.limit(_SIZE).offset((page - 1) * _SIZE)).all()
    fields = _columns(asked, rows)
    return {
        "title": "报名记录",
        "admin": context.admin,
        "asked": asked,
        "rows": [(row, answer_fields.texts(row)) for row in rows],
        "fields": fields,
        "heads": enrollment_columns.headings(request, asked, fields).all(
            lambda sort: f"?{asked.query(sort=sort)}"
        ),
        "phone_of": lambda user: Phone(user.phone),
        "unit": "人" if asked.activity else "条",
        "activities": _options(request, Activity, Activity.time_start.desc()),
        "departments": _options(request, Department, Department.name_key),
        "count": count,
        "page": page,
        "pages": pages,
        "first": (page - 1) * _SIZE + 1,
        "items": _items(request, asked),
        "may_correct": bool(asked.activity and request.has_permission(CHANGE)),
        **(tabs.of(request, asked.activity, tabs.ENROLLMENTS) if asked.activity else {}),
    }


def show_sheet(context: TableContext, request) -> dict[str, Any] | HTTPSeeOther:
    """``GET /admin/activities/enrollments/sheet``: who is enrolled, to be signed on paper."""
    asked = Asked(request)
    if asked.activity is None or asked.search_problem:
        return HTTPSeeOther(f"{context.admin.path}?{asked.query()}")
    by_name = enrollment_search.find(asked.filters).order_by(None)
    rows = request.db.scalars(
        by_name.outerjoin(User.department).order_by(
            sa.func.coalesce(Department.name_key, "~"), User.name_key, User.id
        )
    ).all()
    return {"title": f"{asked.activity.name} · 签到表", "activity": asked.activity, "rows": rows}


def export(context: TableContext, request):
    """``GET /admin/activities/enrollments/export.xlsx``: what the list shows, all of it."""
    asked = Asked(request)
    if asked.search_problem:
        return HTTPSeeOther(f"{context.admin.path}?{asked.query()}")  # the list says it
    fields = _fields(request, asked)
    titles = ["工号", "姓名", "系所", "手机", "活动", "报名时间", *fields, *asked.labels]
    return download(request, "报名记录", titles, _rows(request, asked, fields))


def _rows(request, asked: Asked, fields: list[str]) -> Iterator[list[Any]]:
    found = enrollment_search.find(asked.filters)
    ordered = enrollment_columns.in_order(request, asked, found)
    for row in request.db.scalars(ordered.execution_options(yield_per=1000)):
        user, answers = row.user, row.participating_metas
        yield [
            user.username,
            user.fullname,
            user.department.name if user.department else "",
            user.phone,
            row.activity.name,
            site_time(request, row.enroll_time),
            *(answer_fields.exported(answers.get(name)) for name in fields),
            *("是" if label in row.attended else "" for label in asked.labels),
        ]


def _columns(asked: Asked, rows: Sequence[Enrollment]) -> list[str]:
    """The fields of the form, then those that only old answers on this page have."""
    if asked.activity is None:
        return []
    old = dict.fromkeys(name for row in rows for name in row.participating_metas)
    return list(dict.fromkeys(asked.activity.form_metas) | old)


def _items(request, asked: Asked) -> Sequence[ClockinItem]:
    return asked.activity.clockin_items if asked.activity else ()


def _fields(request, asked: Asked) -> list[str]:
    """The fields of the forms, then those that only old answers have."""
    found = enrollment_search.find(asked.filters).order_by(None).subquery()
    forms = request.db.scalars(
        sa.select(Activity.form_metas)
        .where(Activity.id.in_(sa.select(found.c.activity_id)))
        .order_by(Activity.id)
    )
    fields = dict.fromkeys(name for form in forms for name in form)
    keys = sa.select(sa.func.json_object_keys(found.c.participating_metas)).distinct()
    return list(fields | dict.fromkeys(sorted(request.db.scalars(keys), key=pinyin.text_key)))


def _options(request, model: Any, order: Any) -> list[tuple[str, str]]:
    rows = request.db.execute(sa.select(model.id, model.name).order_by(order).limit(_MOST_OPTIONS))
    return [(str(row.id), row.name) for row in rows]


def includeme(config) -> None:
    config.add_model_admin(EnrollmentAdmin)
    table = {"match_param": ("plugin=activities", "table=enrollments")}
    config.add_view(
        show_list,
        route_name="admin.list",
        request_method="GET",
        permission=VIEW,
        renderer=_TEMPLATES + "enrollments.jinja2",
        **table,
    )
    sheet = "/admin/{plugin:activities}/{table:enrollments}/sheet"
    config.add_route("activities.sheet", sheet, factory=TableContext)
    config.add_view(
        show_sheet,
        route_name="activities.sheet",
        request_method="GET",
        permission=VIEW,
        renderer=_TEMPLATES + "sheet.jinja2",
    )
    config.add_view(
        export, route_name="admin.export", request_method="GET", permission=VIEW, **table
    )
