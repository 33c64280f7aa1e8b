"""The holder of a reservation is told by mail what somebody else has done with it, in the end."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from hhu_base import configure
from hhu_plugins.rooms import cancellation
from hhu_plugins.rooms.models import Notice, Reservation

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
def notices(session):
    """``notices()``: how many wait."""
    return lambda: session.scalar(sa.select(sa.func.count()).select_from(Notice))


@pytest.fixture
def later(session, run_task, mails):
    """``later()``: the minute is over; the mails that there are then."""

    def later():
        session.execute(sa.update(Notice).values(due_at=sa.func.now()))
        run_task("rooms.notify")
        return mails()

    return later


def local(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}"


def span(start: datetime, end: datetime) -> str:
    return f"{start:%Y-%m-%d} 周{'一二三四五六日'[start.weekday()]} {start:%H:%M}–{end:%H:%M}"


def move(office, reservation, start: datetime, end: datetime) -> None:
    """As a drag in the calendar does, and its 撤销."""
    times = {"reserve_from": local(start), "reserve_to": local(end)}
    office.submit(office.get(f"{LIST}{reservation.id}/"), **times)


def do(office, reservation, action: str, **values):
    return office.submit(office.get(f"{LIST}do/{action}?id={reservation.id}"), **values)


def test_a_moved_one_with_the_old_and_the_new_place(
    office, reservation, add_room, tomorrow, later, notices
):
    elsewhere = add_room("102")
    form = office.form(office.get(f"{LIST}{reservation.id}/"))
    form["room_id"].force_value(str(elsewhere.id))
    form["reserve_from"], form["reserve_to"] = local(tomorrow(14)), local(tomorrow(15))
    office._call(form.submit, status=303)
    [mail] = later()
    assert (mail.to_address, mail.to_name) == ("t0001@hhu.example", "褚杰")
    new = f"勤学楼 102，{span(tomorrow(14), tomorrow(15))}"
    assert mail.subject == f"【预约变更】{new}"
    assert f"原来：勤学楼 101，{span(tomorrow(10), tomorrow(11))}\n现在：{new}" in mail.body
    assert "方敏更改了您的会议室预约" in mail.body
    assert "处理人：方敏 025-8378" in mail.body
    assert "会议说明：例会" in mail.body
    assert mail.cause == f"{LIST}{reservation.id}/"
    assert (mail.user_id, notices()) == (reservation.user_id, 0)


def test_a_cancelled_one_with_the_reason_and_a_restored_one(office, reservation, tomorrow, later):
    do(office, reservation, "cancel", reason="学院急用")
    [cancelled] = later()
    do(office, reservation, "restore")
    [_, restored] = later()
    when = span(tomorrow(10), tomorrow(11))
    assert cancelled.subject == f"【预约取消】勤学楼 101，{when}"
    assert "原因：学院急用" in cancelled.body
    assert f"会议室：勤学楼 101\n时间：{when}" in cancelled.body
    assert restored.subject == f"【预约恢复】勤学楼 101，{when}"
    assert "重新有效" in restored.body


def test_before_the_minute_is_over_nobody_is_told(
    office, reservation, tomorrow, mails, run_task, notices, session
):
    move(office, reservation, tomorrow(14), tomorrow(15))
    run_task("rooms.notify")
    assert (mails(), notices()) == ([], 1)
    wait = session.scalar(sa.select(Notice.due_at)) - datetime.now(UTC)
    assert timedelta(seconds=50) < wait <= timedelta(seconds=60)


def test_what_is_undone_by_then_is_not_told(office, reservation, tomorrow, later, notices):
    move(office, reservation, tomorrow(14), tomorrow(15))
    move(office, reservation, tomorrow(10), tomorrow(11))
    assert (later(), notices()) == ([], 0)
    do(office, reservation, "cancel", reason="看错了")
    do(office, reservation, "restore")
    assert (later(), notices()) == ([], 0)


def test_of_several_changes_the_difference_is_told(office, reservation, tomorrow, later):
    move(office, reservation, tomorrow(14), tomorrow(15))
    move(office, reservation, tomorrow(16), tomorrow(17))
    [mail] = later()
    assert f"原来：勤学楼 101，{span(tomorrow(10), tomorrow(11))}" in mail.body
    assert f"现在：勤学楼 101，{span(tomorrow(16), tomorrow(17))}" in mail.body


def test_of_one_that_was_moved_and_cancelled_the_holder_hears_of_the_place_that_they_know(
    office, reservation, tomorrow, later
):
    move(office, reservation, tomorrow(14), tomorrow(15))
    do(office, reservation, "cancel", reason="停电")
    [mail] = later()
    assert mail.subject == f"【预约取消】勤学楼 101，{span(tomorrow(10), tomorrow(11))}"


def test_of_one_that_was_made_and_taken_back_the_holder_hears_nothing(
    office, session, room, holder, tomorrow, later
):
    page = office.get(f"{LIST}add?room_id={room.id}&user_id={holder.id}")
    times = {"reserve_from": local(tomorrow(9)), "reserve_to": local(tomorrow(10))}
    office.submit(page, description="院务会", **times)
    made = session.scalars(sa.select(Reservation)).one()
    move(office, made, tomorrow(11), tomorrow(12))
    do(office, made, "cancel", reason="错了")
    assert later() == []


def test_of_what_the_holder_did_meanwhile_nobody_need_tell_them(
    office, api, holder, reservation, tomorrow, later
):
    move(office, reservation, tomorrow(14), tomorrow(15))
    api.as_user(holder).delete(f"/reservations/{reservation.id}/")
    assert later() == []


def test_who_changes_it_again_after_the_mail_is_told_of_again(office, reservation, tomorrow, later):
    move(office, reservation, tomorrow(14), tomorrow(15))
    assert len(later()) == 1
    move(office, reservation, tomorrow(10), tomorrow(11))
    [_, back] = later()
    assert f"原来：勤学楼 101，{span(tomorrow(14), tomorrow(15))}" in back.body


def test_a_change_that_is_taken_back_leaves_no_note(
    session, policy, reservation, add_user, notices
):
    by = add_user("office")
    with session.begin_nested() as savepoint:
        cancellation.cancel(session, policy, reservation.id, by_user_id=by.id)
        savepoint.rollback()
    assert notices() == 0


@pytest.mark.parametrize(("seconds", "after"), [({}, 60), ({"rooms.notify_after": "0"}, 0)])
def test_the_setting(settings, seconds, after):
    config = configure(settings | seconds)
    config.commit()
    assert config.registry["rooms.policy"].notify_after == timedelta(seconds=after)
    config.registry["engine"].dispose()


def test_one_that_is_made_for_somebody(office, room, holder, tomorrow, later):
    page = office.get(f"{LIST}add?room_id={room.id}&user_id={holder.id}")
    times = {"reserve_from": local(tomorrow(9)), "reserve_to": local(tomorrow(10))}
    office.submit(page, description="院务会\n第二行", **times)
    [mail] = later()
    assert mail.subject == f"【代为预约】勤学楼 101，{span(tomorrow(9), tomorrow(10))}"
    assert "方敏为您预约了会议室。" in mail.body
    assert "会议说明：院务会\n第二行" in mail.body


def test_nobody_is_told_of_what_he_did_himself(
    browser, add_staff, room, tomorrow, add_reservation, later, notices
):
    user = add_staff("rooms.change", username="office")
    user.email = "office@hhu.example"
    own = add_reservation(room, tomorrow(10), tomorrow(11), user_id=user.id)
    do(browser.as_user(user), own, "cancel", reason="改期")
    assert (notices(), later()) == (0, [])


@pytest.mark.parametrize("change", [{"email": None}, {"email": ""}, {"is_active": False}])
def test_who_has_no_address_or_is_switched_off_gets_no_mail(
    office, reservation, holder, later, change
):
    for name, value in change.items():
        setattr(holder, name, value)
    do(office, reservation, "cancel", reason="停电")
    assert later() == []


def test_a_change_of_the_description_alone_tells_nobody(office, reservation, later):
    office.submit(office.get(f"{LIST}{reservation.id}/"), description="改名")
    assert (reservation.description, later()) == ("改名", [])


def test_a_refused_change_tells_nobody(
    office, reservation, room, tomorrow, add_reservation, add_user, later
):
    other = add_user("t0009")
    add_reservation(room, tomorrow(13), tomorrow(14), user_id=other.id)
    page = office.get(f"{LIST}{reservation.id}/")
    times = {"reserve_from": local(tomorrow(13)), "reserve_to": local(tomorrow(14))}
    office.submit(page, status=400, **times)
    assert later() == []


def test_an_administrator_without_a_name_is_told_by_number(
    session, policy, reservation, add_user, later
):
    by = add_user("office", last_name="", first_name="")
    cancellation.cancel(session, policy, reservation.id, by_user_id=by.id)
    assert "office取消了您的会议室预约。" in later()[0].body
