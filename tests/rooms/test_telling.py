"""The holder of a reservation is told by mail what somebody else has done with it."""

from datetime import datetime

import pytest

from hhu_plugins.rooms import telling
from hhu_plugins.rooms.models import Reservation

from .conftest import ZONE

LIST = "/admin/rooms/reservations/"


@pytest.fixture
def holder(teacher):
    teacher.email = "t0001@hhu.example"
    return teacher


@pytest.fixture
def reservation(room, tomorrow, add_reservation, holder) -> Reservation:
    """Tomorrow from 10 to 11, the holder's."""
    return add_reservation(room, tomorrow(10), tomorrow(11))


@pytest.fixture
def office(browser, add_staff):
    """A browser of 方敏, who may change reservations."""
    user = add_staff("rooms.change", username="office")
    user.last_name, user.first_name, user.phone = "方", "敏", "025-8378"
    return browser.as_user(user)


@pytest.fixture
def enqueued(app, monkeypatch) -> list[str]:
    """The tasks that were sent."""
    names: list[str] = []
    monkeypatch.setattr(app.registry["sender"], "send", lambda name, *args: names.append(name))
    return names


def local(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}"


def span(start: datetime, end: datetime) -> str:
    return f"{start:%Y-%m-%d} 周{'一二三四五六日'[start.weekday()]} {start:%H:%M}–{end:%H:%M}"


def do(office, reservation, action: str, **values):
    return office.submit(office.get(f"{LIST}do/{action}?id={reservation.id}"), **values)


def test_a_moved_one_with_the_old_and_the_new_place(
    office, reservation, add_room, tomorrow, mails, enqueued
):
    elsewhere = add_room("102")
    form = office.form(office.get(f"{LIST}{reservation.id}/"))
    form["room_id"].force_value(str(elsewhere.id))
    form["reserve_from"], form["reserve_to"] = local(tomorrow(14)), local(tomorrow(15))
    office._call(form.submit, status=303)
    [mail] = mails()
    assert (mail.to_address, mail.to_name) == ("t0001@hhu.example", "褚杰")
    new = f"勤学楼 102，{span(tomorrow(14), tomorrow(15))}"
    assert mail.subject == f"【预约变更】{new}"
    assert f"原来：勤学楼 101，{span(tomorrow(10), tomorrow(11))}\n现在：{new}" in mail.body
    assert "方敏更改了您的会议室预约" in mail.body
    assert "处理人：方敏 025-8378" in mail.body
    assert "会议说明：例会" in mail.body
    assert mail.cause == f"{LIST}{reservation.id}/"
    assert enqueued == ["core.send_mails"]


def test_a_cancelled_one_with_the_reason_and_a_restored_one(
    office, reservation, tomorrow, mails, enqueued
):
    do(office, reservation, "cancel", reason="学院急用")
    do(office, reservation, "restore")
    cancelled, restored = mails()
    when = span(tomorrow(10), tomorrow(11))
    assert cancelled.subject == f"【预约取消】勤学楼 101，{when}"
    assert "原因：学院急用" in cancelled.body
    assert f"会议室：勤学楼 101\n时间：{when}" in cancelled.body
    assert restored.subject == f"【预约恢复】勤学楼 101，{when}"
    assert "重新有效" in restored.body
    assert enqueued == ["core.send_mails"] * 2


def test_one_that_is_made_for_somebody(office, room, holder, tomorrow, mails, enqueued):
    page = office.get(f"{LIST}add?room_id={room.id}&user_id={holder.id}")
    times = {"reserve_from": local(tomorrow(9)), "reserve_to": local(tomorrow(10))}
    office.submit(page, description="院务会\n第二行", **times)
    [mail] = mails()
    assert mail.subject == f"【代为预约】勤学楼 101，{span(tomorrow(9), tomorrow(10))}"
    assert "方敏为您预约了会议室。" in mail.body
    assert "会议说明：院务会\n第二行" in mail.body
    assert enqueued == ["core.send_mails"]


def test_nobody_is_told_of_what_he_did_himself(
    browser, add_staff, room, tomorrow, add_reservation, mails, enqueued
):
    user = add_staff("rooms.change", username="office")
    user.email = "office@hhu.example"
    own = add_reservation(room, tomorrow(10), tomorrow(11), user_id=user.id)
    do(browser.as_user(user), own, "cancel", reason="改期")
    assert (mails(), enqueued) == ([], [])


@pytest.mark.parametrize("change", [{"email": None}, {"email": ""}, {"is_active": False}])
def test_who_has_no_address_or_is_switched_off_gets_no_mail(
    office, reservation, holder, mails, change
):
    for name, value in change.items():
        setattr(holder, name, value)
    do(office, reservation, "cancel", reason="停电")
    assert mails() == []


def test_a_change_of_the_description_alone_tells_nobody(office, reservation, mails):
    office.submit(office.get(f"{LIST}{reservation.id}/"), description="改名")
    assert (reservation.description, mails()) == ("改名", [])


def test_a_refused_change_tells_nobody(
    office, reservation, room, tomorrow, add_reservation, add_user, mails
):
    other = add_user("t0009")
    add_reservation(room, tomorrow(13), tomorrow(14), user_id=other.id)
    page = office.get(f"{LIST}{reservation.id}/")
    times = {"reserve_from": local(tomorrow(13)), "reserve_to": local(tomorrow(14))}
    office.submit(page, status=400, **times)
    assert mails() == []


def test_an_administrator_without_a_name_is_told_by_number(session, reservation, add_user, mails):
    by = add_user("office", last_name="", first_name="")
    telling.tell_holder(session, reservation, telling.CANCELLED, by_user_id=by.id, zone=ZONE)
    assert "office取消了您的会议室预约。" in mails()[0].body
