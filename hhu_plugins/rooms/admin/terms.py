"""学期: whose teaching weeks a series of reservations can be given in."""

from __future__ import annotations

import colander

from hhu_base.admin import ModelAdmin
from hhu_base.rest import Day, Name, WholeNumber
from hhu_plugins.rooms.models import Term

MOST_WEEKS = 53
FIRST_YEAR, LAST_YEAR = 2000, 2999


def _is_monday(node, value) -> None:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise colander.Invalid(node, f"年份应在 {FIRST_YEAR} 到 {LAST_YEAR} 之间。")
    if value.isoweekday() != 1:
        raise colander.Invalid(node, "第一周的第一天必须是星期一。")


class TermSchema(colander.MappingSchema):
    name = Name(max_length=100, title="名称", description="例如“2026-2027学年第一学期”。")
    first_monday = Day(
        title="第一周的星期一",
        validator=_is_monday,
        description="教学周从这一天数起。",
    )
    weeks_count = WholeNumber(minimum=1, maximum=MOST_WEEKS, title="周数")


class TermAdmin(ModelAdmin):
    """学期"""

    path = "/admin/rooms/terms/"
    model = Term
    schema = TermSchema
    columns = ("name", "first_monday", "weeks_count")
    search = ("name",)
    order = ("-first_monday",)
    import_key = ("name",)
    unit = "个"
    icon = "calendar2-week"
    hint = "教师按教学周预约时（例如“1-16 单周”），以这里的学期为准。改动学期不影响已有的预约。"

    def label(self, row: Term) -> str:
        return row.name
