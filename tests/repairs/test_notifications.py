"""Who gets a mail, and what it says."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from hhu_base.mail import outbox
from hhu_plugins.repairs import requests, submission
from hhu_plugins.repairs.models import OPEN, SOLVED, TAKEN_UP, RepairCategory


@pytest.fixture
def submit(session, letters, teacher, category):
    def submit(**values):
        told = {"location": "勤学楼 301", "category_id": category.id, "description": "投影仪不亮"}
        return submission.submit(session, letters, user_id=teacher.id, **(told | values))

    return submit


@pytest.fixture
def told(mails):
    return lambda: [mail.to_address for mail in mails()]


def test_those_of_the_category_and_those_of_all_are_told_once(
    session, submit, told, category, add_recipient
):
    other = RepairCategory(name="水电")
    session.add(other)
    session.flush()
    add_recipient("net@hhu.example", category)
    add_recipient("both@hhu.example", category)
    add_recipient("BOTH@hhu.example")
    add_recipient("all@hhu.example")
    add_recipient("water@hhu.example", other)
    submit()
    assert told() == ["net@hhu.example", "both@hhu.example", "all@hhu.example"]


def test_a_request_without_category_goes_to_those_of_all(submit, told, category, add_recipient):
    add_recipient("net@hhu.example", category)
    add_recipient("all@hhu.example")
    submit(category_id=None)
    assert told() == ["all@hhu.example"]


def test_with_nobody_to_tell_the_request_is_taken_all_the_same(submit, told):
    assert submit().id
    assert told() == []


def test_one_address_is_entered_once_per_category_whatever_its_case(add_recipient, category):
    add_recipient("a@hhu.example", category)
    add_recipient("a@hhu.example")
    with pytest.raises(sa.exc.IntegrityError):
        add_recipient("A@hhu.example")


def test_who_was_told_of_a_category_is_not_told_of_all_once_it_is_deleted(
    session, submit, told, category, add_recipient
):
    add_recipient("net@hhu.example", category)
    request = submit()
    session.delete(category)
    session.flush()
    session.expire_all()
    assert request.category_id is None
    submit(category_id=None)
    assert told() == ["net@hhu.example"]


def test_the_mail_says_all_that_is_needed(session, submit, mails, teacher, add_recipient, letters):
    teacher.phone = "15400000001"
    add_recipient("all@hhu.example", name="值班")
    request = submit(location="勤学楼\n301", description="第一行\n第二行")
    [mail] = mails()
    assert (mail.to_name, mail.subject) == ("值班", "【新报修】网络：勤学楼 301")
    assert mail.cause == f"/admin/repairs/requests/{request.id}/"
    local = request.created_at.astimezone(letters.zone)
    assert mail.body == (
        "报修人：褚杰 t0001 15400000001\n\n"
        f"时间：{local:%Y-%m-%d %H:%M}\n\n"
        "分类：网络\n\n"
        "地点：勤学楼\n301\n\n"
        "描述：\n第一行\n第二行\n\n"
        f"处理该报修：http://127.0.0.1:6543/admin/repairs/requests/{request.id}/\n"
    )


def test_times_are_those_of_the_site(letters):
    user = SimpleNamespace(fullname="褚杰", username="t0001", phone="", tel="")
    request = SimpleNamespace(
        id=1,
        user=user,
        created_at=datetime(2026, 11, 23, 18, tzinfo=UTC),
        category=None,
        location="勤学楼",
        description="坏了",
        status=SOLVED,
    )
    assert "时间：2026-11-24 02:00" in letters.for_recipients(request, "新报修").body
    assert "您于 2026-11-24 02:00 提交" in letters.for_reporter(request, None, "").body
    request.user = None
    assert "报修人：已注销的用户" in letters.for_recipients(request, "新报修").body


def test_a_request_by_rest_is_mailed(mine, mails, category, add_recipient):
    add_recipient("all@hhu.example")
    mine.post("/repairs/", {"location": "勤学楼", "description": "坏了", "category": category.id})
    assert [mail.subject for mail in mails()] == ["【新报修】网络：勤学楼"]


@pytest.mark.parametrize(("status", "name"), [(TAKEN_UP, "处理中"), (SOLVED, "已解决")])
def test_the_reporter_is_told_of_each_change(
    session, letters, mails, teacher, admin, add_request, status, name
):
    teacher.email = "t0001@hhu.example"
    request = add_request()
    requests.change_status(
        session, letters, [request.id], status, by_user_id=admin.id, remark="明天来"
    )
    [mail] = mails()
    assert (mail.to_address, mail.to_name) == ("t0001@hhu.example", "褚杰")
    assert mail.subject == f"【报修{name}】勤学楼 301"
    for part in (f"状态是：{name}", "备注：明天来", "处理人：管理员", "投影仪不亮"):
        assert part in mail.body


@pytest.mark.parametrize(
    ("email", "is_active"), [(None, True), ("", True), ("t0001@hhu.example", False)]
)
def test_a_reporter_without_address_or_switched_off_gets_no_mail(
    session, letters, told, teacher, admin, add_request, email, is_active
):
    teacher.email, teacher.is_active = email, is_active
    requests.change_status(session, letters, [add_request().id], SOLVED, by_user_id=admin.id)
    assert told() == []


def test_nobody_is_told_what_he_has_done_himself(session, letters, told, teacher, add_request):
    teacher.email = "t0001@hhu.example"
    request = add_request()
    requests.change_status(session, letters, [request.id], SOLVED, by_user_id=teacher.id)
    assert told() == []


def test_those_who_were_told_learn_that_it_is_withdrawn_or_open_again(
    session, letters, mails, teacher, add_request, add_recipient
):
    add_recipient("all@hhu.example")
    solved = add_request(status=SOLVED)
    requests.withdraw(session, letters, add_request().id, user_id=teacher.id)
    requests.reopen(session, letters, solved.id, user_id=teacher.id, reason="又坏了")
    withdrawn, reopened = mails()
    assert withdrawn.subject == "【报修已撤回】未分类：勤学楼 301"
    assert reopened.subject == "【报修重新打开】未分类：勤学楼 301"
    assert "又坏了" in reopened.body
    assert solved.status == OPEN


def test_a_bad_address_does_not_keep_a_request_from_being_reported(submit, mails, add_recipient):
    add_recipient("not an address")
    submit()
    assert [(mail.status, mail.last_error) for mail in mails()] == [("failed", outbox.BAD_ADDRESS)]
