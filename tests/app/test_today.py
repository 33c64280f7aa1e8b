"""今天, the first page of the teachers' side."""

from datetime import UTC, datetime, timedelta

from hhu_plugins.activities.models import Activity, ClockinItem, Enrollment
from hhu_plugins.repairs.models import OPEN, SOLVED, RepairRequest
from hhu_plugins.rooms.models import CONFIRMED, Meetingroom, Reservation

HOUR = timedelta(hours=1)


def test_a_teacher_is_greeted_by_name_on_the_first_page(browser, teacher):
    assert "褚杰" in browser.as_user(teacher).get("/app/").text


def test_nobody_sees_it_without_signing_in(browser):
    answer = browser.get("/app/inbox/", status=303)
    assert answer.location.endswith("/app/sign-in?next=%2Fapp%2Finbox%2F")


def test_what_is_mine_and_next_has_a_card_each(browser, session, teacher, add_user):
    """And nothing of others, nothing that is over."""
    now = datetime.now(UTC)
    room = Meetingroom(name="301", location="勤学楼", seats_count=10)
    activity = Activity(name="讲座", time_start=now - HOUR, time_end=now + HOUR, location="礼堂")
    activity.clockin_items = [
        ClockinItem(label="签到", from_time=now - HOUR, to_time=now + HOUR),
        ClockinItem(label="签退", from_time=now + HOUR, to_time=now + 2 * HOUR),
    ]
    session.add_all([room, activity])
    session.flush()
    other = add_user("t0002")
    for user, hours, text in (
        (teacher, 2, "我的例会"),
        (teacher, -5, "过去的"),
        (other, 4, "别人的"),
    ):
        start = now + hours * HOUR
        values = {"reserve_from": start, "reserve_to": start + HOUR, "description": text}
        session.add(Reservation(room_id=room.id, user_id=user.id, status=CONFIRMED, **values))
    session.add(Enrollment(activity_id=activity.id, user_id=teacher.id))
    for status, text in ((OPEN, "灯不亮"), (SOLVED, "门坏了")):
        session.add(
            RepairRequest(
                user_id=teacher.id, location="勤学楼 208", description=text, status=status
            )
        )
    session.flush()
    cards = browser.as_user(teacher).get("/app/").html.select("main section.card-app")
    assert [card.h2.text for card in cards] == ["我的会议室", "我的活动", "我的报修"]
    assert [card.select_one("li small").text for card in cards] == [
        "我的例会",
        "现在可以打卡：签到",
        "灯不亮",
    ]
    assert [len(card.select("li")) for card in cards] == [1, 1, 1]


def test_a_card_that_fails_is_alone_in_it(browser, teacher, app, monkeypatch):
    def fail(request):
        raise RuntimeError("no")

    cards = [(1, "rooms", fail, "hhu_base.app:templates/card.jinja2"), *app.registry["app.cards"]]
    monkeypatch.setitem(app.registry, "app.cards", cards)
    page = browser.as_user(teacher).get("/app/")
    assert "暂时无法显示" in page.text
    app.registry["plugins.failures"].forget("rooms", "today hhu_base.app:templates/card.jinja2")
