"""学期 in the back admin."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from hhu_plugins.rooms.models import Term

PATH = "/admin/rooms/terms/"
TERM = {"name": "2026-2027学年第一学期", "first_monday": "2026-09-07", "weeks_count": "18"}


def test_a_term_is_added_and_shown(admin, session):
    admin.submit(admin.get(PATH + "add"), **TERM)
    [term] = session.scalars(sa.select(Term))
    assert (term.first_monday, term.weeks_count) == (date(2026, 9, 7), 18)
    assert "2026-09-07" in admin.get(PATH).text
    page = admin.get(f"{PATH}{term.id}/")
    assert page.html.select_one("input[name=first_monday]")["type"] == "date"
    assert page.html.select_one("input[name=first_monday]")["value"] == "2026-09-07"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"first_monday": "2026-09-08"}, "必须是星期一"),
        ({"first_monday": "9998-12-28"}, "年份应在"),
        ({"first_monday": "x"}, "日期格式错误"),
        ({"first_monday": ""}, "必填"),
        ({"weeks_count": "54"}, "小于或者等于 53"),
        ({"weeks_count": "0"}, "大于或者等于 1"),
        ({"name": ""}, "必填"),
    ],
)
def test_what_is_no_term_is_told(admin, session, changes, sentence):
    page = admin.submit(admin.get(PATH + "add"), status=400, **TERM | changes)
    assert sentence in page.text
    assert session.scalar(sa.select(sa.func.count()).select_from(Term)) == 0
