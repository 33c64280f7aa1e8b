"""Notes: for the office they stay there, for the reporter they arrive."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hhu_base.models import AuditEntry
from hhu_base.notifications.models import Notice
from hhu_plugins.repairs import notes
from hhu_plugins.repairs.models import OPEN, SOLVED, TAKEN_UP, WITHDRAWN, HistoryEntry

REQUESTS = "/admin/repairs/requests/"
SECRET = "这位老师每周都报修"


@pytest.fixture
def add_note(session, letters, admin):
    def add(request, text, *, is_for_reporter=False):
        return notes.add(
            session,
            letters,
            request.id,
            text,
            by_user_id=admin.id,
            is_for_reporter=is_for_reporter,
        )

    return add


def note(browser, request, status=303, **values):
    page = browser.get(f"{REQUESTS}{request.id}/")
    form = next(each for each in page.forms.values() if each.action.endswith("/notes"))
    for name, value in values.items():
        form[name] = value
    return browser._call(form.submit, status=status)


def test_one_for_the_reporter_is_told_and_changes_no_status(
    session, add_note, add_request, teacher, mails
):
    teacher.email = "t0001@hhu.example"
    request = add_request(status=TAKEN_UP)
    since = request.status_changed_at
    assert add_note(request, "请留门", is_for_reporter=True)
    assert (request.status, request.status_changed_at) == (TAKEN_UP, since)
    [mail] = mails()
    assert (mail.to_address, mail.subject) == ("t0001@hhu.example", "【报修留言】勤学楼 301")
    assert "请留门" in mail.body
    assert "留言人：管理员" in mail.body


def test_one_for_the_office_reaches_its_reporter_nowhere(
    browser, mine, add_note, add_request, teacher, session, mails, manager
):
    teacher.email = "t0001@hhu.example"
    request = add_request()
    session.add(HistoryEntry(request_id=request.id, status=OPEN, changed_by=teacher.id))
    add_note(request, SECRET)
    add_note(request, "请留门", is_for_reporter=True)
    pages = browser.as_user(teacher)
    for path in ("", "mine/", f"{request.id}/"):
        assert SECRET not in pages.get(f"/app/repairs/{path}").text
    for path in ("/app/", "/app/inbox/", "/app/notices/", "/app/search/?q=%E6%AF%8F%E5%91%A8"):
        assert SECRET not in pages.get(path).text
    answers = [mine.get(f"/repairs/{request.id}/"), mine.get("/repairs/"), mine.get("/notices/")]
    assert not [answer for answer in answers if SECRET in answer.text]
    told = [entry["remark"] for entry in answers[0].json["history"]]
    assert told == ["", "请留门"]
    assert not [mail for mail in mails() if SECRET in mail.body]
    notices = session.scalars(sa.select(Notice.body).where(Notice.user_id == teacher.id)).all()
    assert not [body for body in notices if SECRET in body]
    for kind in ("csv", "xlsx"):
        exported = manager.get(f"{REQUESTS}export.{kind}?tab=all").body
        assert SECRET.encode() not in exported
    assert SECRET in manager.get(f"{REQUESTS}{request.id}/").text


def test_its_later_letters_do_not_say_it_either(
    session, letters, add_note, add_request, teacher, admin, mails
):
    from hhu_plugins.repairs import requests

    teacher.email = "t0001@hhu.example"
    request = add_request()
    add_note(request, SECRET)
    requests.change_status(session, letters, [request.id], SOLVED, by_user_id=admin.id)
    [mail] = mails()
    assert SECRET not in mail.body


def test_they_are_written_on_the_page_of_the_request(manager, add_request, session, teacher):
    request = add_request()
    answer = note(manager, request, text=SECRET)
    assert answer.location.endswith("#course")
    note(manager, request, text="请留门", audience="reporter")
    page = manager.get(f"{REQUESTS}{request.id}/")
    titles = [step.text for step in page.html.select("#course ~ .timeline strong")]
    assert titles == ["留言", "内部备注"]
    entries = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(entry.action, entry.after) for entry in entries] == [
        ("内部备注", {"内部备注": SECRET}),
        ("留言", {"留言": "请留门"}),
    ]


@pytest.mark.parametrize(
    "values",
    [{"text": " "}, {"text": "长" * 2001}, {"text": "x", "audience": "all"}, {"audience": ""}],
)
def test_what_is_no_note_is_refused_with_a_sentence(manager, add_request, session, values):
    request = add_request()
    page = manager.get(f"{REQUESTS}{request.id}/")
    csrf = page.html.select_one("form.repair-note [name=csrf_token]")["value"]
    sent = {"csrf_token": csrf, "text": "x", "audience": "office"} | values
    answer = manager.post(f"{REQUESTS}{request.id}/notes", sent, status=303)
    assert "没有保存：请填写内容" in manager.get(answer.location).text
    assert session.scalar(sa.select(sa.func.count(HistoryEntry.id))) == 0


def test_what_its_reporter_has_withdrawn_gets_none(manager, add_note, add_request):
    request = add_request(status=WITHDRAWN)
    assert not add_note(request, "x")
    assert not manager.get(f"{REQUESTS}{request.id}/").html.select("form.repair-note")


def test_who_may_only_look_reads_them_and_writes_none(browser, add_staff, add_note, add_request):
    request = add_request()
    add_note(request, SECRET)
    viewer = browser.as_user(add_staff("repairs.view"))
    page = viewer.get(f"{REQUESTS}{request.id}/")
    assert SECRET in page.text
    assert not page.html.select("form.repair-note")
    csrf = page.html.select_one("[name=csrf_token]")["value"]
    sent = {"csrf_token": csrf, "text": "x", "audience": "office"}
    viewer.post(f"{REQUESTS}{request.id}/notes", sent, status=403)
