"""Until when a request has to be taken up and solved, by the hours of its category."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hhu_plugins.repairs import deadlines, requests, statistics
from hhu_plugins.repairs.models import OPEN, SOLVED, TAKEN_UP, WITHDRAWN, RepairCategory

REQUESTS = "/admin/repairs/requests/"
HOUR = timedelta(hours=1)
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def waiting(session, add_request, category):
    """``waiting(5, OPEN)``: of the category with hours, since five hours."""
    category.take_up_hours, category.solve_hours = 4, 48

    def waiting(hours: float, status: int = OPEN, *, now: datetime = NOW, **values):
        since = now - hours * HOUR
        request = add_request(
            **{
                "category_id": category.id,
                "status": status,
                "created_at": since,
                "opened_at": since,
            }
            | values
        )
        session.refresh(request)
        return request

    return waiting


@pytest.mark.parametrize(
    ("status", "hours"), [(OPEN, 4), (TAKEN_UP, 48), (SOLVED, None), (WITHDRAWN, None)]
)
def test_it_is_taken_up_in_time_and_then_solved_in_time(waiting, status, hours):
    due = None if hours is None else NOW + (hours - 1) * HOUR
    assert waiting(1, status).due_at == due


@pytest.mark.parametrize(
    ("take_up", "solve", "hours"), [(None, None, None), (None, 8, 8), (4, None, 4), (8, 2, 2)]
)
def test_what_is_not_said_has_no_limit(session, waiting, category, take_up, solve, hours):
    category.take_up_hours, category.solve_hours = take_up, solve
    session.flush()
    assert waiting(0).due_at == (None if hours is None else NOW + hours * HOUR)


def test_without_a_category_there_is_none(waiting):
    assert waiting(1000, category_id=None).due_at is None


def test_a_reopened_one_has_the_hours_again_and_one_put_back_has_not(
    session, letters, waiting, teacher, admin
):
    reopened, put_back = waiting(100, SOLVED), waiting(100, TAKEN_UP)
    requests.reopen(session, letters, reopened.id, user_id=teacher.id, reason="又坏了")
    requests.change_status(session, letters, [put_back.id], OPEN, by_user_id=admin.id)
    for request in (reopened, put_back):
        session.refresh(request)
    assert reopened.due_at > datetime.now(UTC)
    assert put_back.due_at == NOW - 96 * HOUR


def test_what_is_overdue_is_on_top_and_said_in_words(manager, waiting, add_request):
    now = datetime.now(UTC)
    waiting(1, location="还早")
    add_request(location="没有期限")
    waiting(7, now=now, location="超时三小时")
    waiting(200, now=now, location="超时很久")
    waiting(100, TAKEN_UP, now=now, location="处理超时")
    waiting(100, SOLVED, location="解决了")
    page = manager.get(REQUESTS)
    rows = {
        row.select_one("td.first").text: row.select_one("td[data-label=期限]").text.strip()
        for row in page.html.select("tbody tr")
    }
    assert list(rows) == ["超时很久", "超时三小时", "还早", "没有期限"]
    assert (rows["超时三小时"], rows["超时很久"]) == ("已超时 3 小时", "已超时 8.2 天")
    assert rows["还早"].endswith("前")
    page = manager.get(f"{REQUESTS}?tab=taken-up")
    assert "已超时 2.2 天" in page.html.select_one("tbody .badge-tone.is-bad").text
    tabs = " ".join(page.html.select_one("nav.tabs").text.split())
    assert tabs == "未受理 4处理中 1已解决 1我的 0全部"


def test_it_is_counted_on_the_home_page(session, manager, waiting, add_request):
    waiting(7)
    waiting(100, TAKEN_UP)
    waiting(100, SOLVED)
    add_request()
    assert statistics.count_overdue(session) == 2
    figure = manager.get("/admin/").html.select_one(".figure")
    assert "2 条等待受理，2 条已超时" in " ".join(figure.text.split())


def test_a_category_that_is_deleted_takes_its_hours_along(session, waiting, category):
    request = waiting(100)
    session.delete(session.get_one(RepairCategory, category.id))
    session.flush()
    session.refresh(request)
    assert request.due_at is None


@pytest.mark.parametrize(
    ("due", "text"),
    [
        (datetime(2026, 11, 29, 3, 59, tzinfo=UTC), (True, "已超时 1 分钟")),
        (datetime(2026, 11, 29, 10, tzinfo=UTC), (False, "今天 18:00 前")),
        (datetime(2026, 11, 29, 16, 30, tzinfo=UTC), (False, "明天 00:30 前")),
        (datetime(2026, 12, 2, 1, tzinfo=UTC), (False, "12-02 09:00 前")),
    ],
)
def test_it_is_worded_for_the_site(due, text):
    now = datetime(2026, 11, 29, 4, tzinfo=UTC)
    assert deadlines.describe(due, now, ZoneInfo("Asia/Shanghai")) == text
