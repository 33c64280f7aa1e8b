"""Who says that it is solved, and who is taken to have said so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from hhu_base.values.refusal import Refusal
from hhu_plugins.repairs import confirmations, requests
from hhu_plugins.repairs.models import CONFIRMED, OPEN, SOLVED, HistoryEntry, RepairRequest

WEEK = timedelta(days=7)
REQUESTS = "/admin/repairs/requests/"


@pytest.fixture
def solved(session, add_request, teacher, admin):
    """``solved(8)``: eight days ago."""

    def solved(days: float, **values) -> RepairRequest:
        then = datetime.now(UTC) - timedelta(days=days)
        request = add_request(status=SOLVED, status_changed_at=then, **values)
        told = {"request_id": request.id, "changed_at": then}
        session.add(HistoryEntry(status=OPEN, changed_by=teacher.id, **told))
        session.add(HistoryEntry(status=SOLVED, changed_by=admin.id, **told))
        session.flush()
        return request

    return solved


def confirmations_of(session, request) -> list[HistoryEntry]:
    return session.scalars(
        sa.select(HistoryEntry)
        .where(HistoryEntry.request_id == request.id, HistoryEntry.kind == CONFIRMED)
        .order_by(HistoryEntry.id)
    ).all()


def confirm(session, request, teacher, rating=None, after=WEEK):
    return confirmations.confirm(
        session, request.id, user_id=teacher.id, rating=rating, remark="", after=after
    )


def test_after_seven_days_it_is_written_down_once(session, run_task, solved):
    old, fresh = solved(8), solved(6)
    for _ in range(2):
        run_task("repairs.take_as_confirmed")
        session.expire_all()
        [entry] = confirmations_of(session, old)
        assert (entry.changed_by, entry.rating, entry.remark) == (None, None, "")
        assert entry.changed_at == old.confirmed_at == old.status_changed_at + WEEK
    assert (fresh.confirmed_at, confirmations_of(session, fresh)) == (None, [])


def test_what_is_derived_before_the_task_ran_is_the_same(
    session, run_task, solved, mine, browser, manager, teacher
):
    request = solved(8)

    def seen() -> list:
        pages = browser.as_user(teacher)
        office = manager.get(f"{REQUESTS}{request.id}/").html
        return [
            mine.get(f"/repairs/{request.id}/").json,
            [each.text for each in pages.get(f"/app/repairs/{request.id}/").html.select("main li")],
            [each.text for each in office.select("#course ~ .timeline li")],
            [each.text for each in office.select(".facts dd")],
            "修好了吗" in pages.get("/app/inbox/").text,
        ]

    before = seen()
    run_task("repairs.take_as_confirmed")
    session.expire_all()
    assert seen() == before
    assert before[0]["history"][-1]["kind"] == CONFIRMED
    assert before[0]["history"][-1]["rating"] is None
    assert "视为已修好" in before[1][0]
    assert not before[-1]


def test_zero_days_are_never(session, solved, app, run_task, monkeypatch, mine):
    monkeypatch.setitem(app.registry, "repairs.confirm_after", None)
    request = solved(300)
    run_task("repairs.take_as_confirmed")
    assert confirmations_of(session, request) == []
    assert len(mine.get(f"/repairs/{request.id}/").json["history"]) == 2


def test_of_many_it_takes_some_at_a_time(session, solved, monkeypatch):
    monkeypatch.setattr(confirmations, "_AT_ONCE", 2)
    for days in (9, 8, 10):
        solved(days)
    assert [confirmations.take_as_confirmed(session, WEEK) for _ in range(3)] == [2, 1, 0]


def test_nobody_who_was_taken_to_have_confirmed_has_rated(session, solved, run_task, manager):
    solved(8)
    run_task("repairs.take_as_confirmed")
    session.expire_all()
    assert session.scalars(sa.select(RepairRequest.rating)).all() == [None]
    page = manager.get(f"{REQUESTS}?tab=solved")
    assert page.html.select_one("td[data-label=评价]").text.strip() == "—"


def test_one_confirms_without_stars_and_may_give_some_later(session, solved, teacher, mine):
    request = solved(1)
    assert confirm(session, request, teacher)
    assert request.confirmed_at is not None
    with pytest.raises(Refusal, match="已经确认过"):
        confirm(session, request, teacher)
    assert confirm(session, request, teacher, rating=4)
    with pytest.raises(Refusal, match="已经确认过"):
        confirm(session, request, teacher, rating=5)
    assert [entry.rating for entry in confirmations_of(session, request)] == [None, 4]
    assert mine.get(f"/repairs/{request.id}/").json["rating"] == 4


@pytest.mark.parametrize("is_written", [False, True])
def test_who_was_taken_to_have_confirmed_may_rate_and_reopen(
    session, letters, solved, teacher, is_written
):
    request = solved(8)
    if is_written:
        confirmations.take_as_confirmed(session, WEEK)
        session.expire_all()
    with pytest.raises(Refusal, match="已经确认过"):
        confirm(session, request, teacher)
    assert confirm(session, request, teacher, rating=2)
    assert requests.reopen(session, letters, request.id, user_id=teacher.id, reason="又坏了")
    assert (request.confirmed_at, request.rating, request.status) == (None, None, OPEN)


def test_what_is_solved_anew_is_asked_about_anew(session, letters, solved, teacher, admin):
    request = solved(8)
    confirmations.take_as_confirmed(session, WEEK)
    session.expire_all()
    requests.reopen(session, letters, request.id, user_id=teacher.id, reason="又坏了")
    requests.change_status(session, letters, [request.id], SOLVED, by_user_id=admin.id)
    session.flush()
    assert confirmations.find_unconfirmed(session, teacher.id, WEEK) == [request]
    assert confirmations.take_as_confirmed(session, WEEK) == 0


def test_rest_confirms_without_a_rating(mine, solved):
    request = solved(1)
    path = f"/repairs/{request.id}/confirm/"
    confirmed = mine.post(path, {}, status=200).json
    assert (confirmed["rating"], confirmed["history"][-1]["kind"]) == (None, CONFIRMED)
    mine.post(path, {}, status=400)
    assert mine.post(path, {"rating": 5}, status=200).json["rating"] == 5


def test_the_page_says_until_when_and_takes_both(browser, teacher, solved, session):
    request = solved(1)
    pages = browser.as_user(teacher)
    page = pages.get(f"/app/repairs/{request.id}/")
    assert "以前没有答复，就视为已经修好。" in page.html.select_one("#confirm").text
    csrf = page.html.select_one("#confirm [name=csrf_token]")["value"]
    sent = {"csrf_token": csrf, "do": "confirm", "remark": ""}
    pages.post(f"/app/repairs/{request.id}/", sent, status=303)
    page = pages.get(f"/app/repairs/{request.id}/")
    assert "打个分吧" in page.html.select_one("#confirm").text
    pages.post(f"/app/repairs/{request.id}/", sent | {"rating": "5"}, status=303)
    page = pages.get(f"/app/repairs/{request.id}/")
    assert not page.html.select("#confirm")
    titles = [each.text for each in page.html.select(".timeline strong")]
    assert titles == ["评价", "确认修好", "已解决", "提交报修"]


def test_the_letter_says_how_long_one_has(session, letters, mails, teacher, admin, add_request):
    teacher.email = "t0001@hhu.example"
    request = add_request()
    requests.change_status(session, letters, [request.id], SOLVED, by_user_id=admin.id)
    [mail] = mails()
    assert "请在 7 天以内说明；到时没有答复，就视为已经修好。" in mail.body
