"""The teachers' pages that find a room and reserve it: one question, what is free, and what else there is."""

from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from hhu_base.models import Group
from hhu_plugins.rooms import decisions, waiting_list
from hhu_plugins.rooms.models import CONFIRMED, REQUESTED, Equipment, Reservation, WaitingRequest

FIND = "/app/rooms/"


@pytest.fixture
def mine(browser, teacher):
    return browser.as_user(teacher)


@pytest.fixture
def other(add_user):
    return add_user("x0001", last_name="林", first_name="晨", phone="15400001111")


@pytest.fixture
def asked(tomorrow):
    """``asked()``: the address's answers, tomorrow from ten to eleven."""

    def asked(hour: int = 10, **more) -> dict[str, str]:
        day = tomorrow(0).date().isoformat()
        return {"day": day, "at": f"{hour:02}:00", "minutes": "60", **more}

    return asked


def url(path: str, answers) -> str:
    return f"{path}?{urlencode(answers)}"


def names(page) -> list[str]:
    return [each.text for each in page.html.select("a.room b")]


def stored(session) -> list[Reservation]:
    return list(session.scalars(sa.select(Reservation).order_by(Reservation.id)))


def test_the_smallest_room_that_fits_and_is_free_comes_first(
    mine, add_room, add_reservation, tomorrow, asked
):
    for name, seats in (("大", 80), ("中", 20), ("小", 6)):
        add_room(name, seats_count=seats)
    taken = add_room("满", seats_count=10)
    add_reservation(taken, tomorrow(10, 30), tomorrow(12))
    page = mine.get(url(FIND, asked()))
    assert names(page) == ["勤学楼 小", "勤学楼 中", "勤学楼 大"]
    assert names(mine.get(url(FIND, asked(people="10")))) == ["勤学楼 中", "勤学楼 大"]
    assert "勤学楼 满" in page.html.select_one("#find").text
    assert "勤学楼 满" in names(mine.get(url(FIND, asked(8))))


def test_place_and_equipment_narrow_it(mine, session, add_room, asked):
    session.add(Equipment(name="投影"))
    add_room("101", equipment=["投影"])
    add_room("102")
    add_room("201", location="致用楼", equipment=["投影"])
    assert names(mine.get(url(FIND, asked(equipment="投影", place="勤学楼")))) == ["勤学楼 101"]


def test_the_day_of_a_room_is_a_bar_that_says_when_it_is_taken(
    mine, room, add_reservation, tomorrow, asked
):
    add_reservation(room, tomorrow(14), tomorrow(15, 30))
    [bar] = mine.get(url(FIND, asked())).html.select(".room .strip")
    assert bar["aria-label"] == "已占用 14:00–15:30"
    assert [each["class"] for each in bar.select("i")] == [["is-taken"], ["is-wanted"]]


def test_nothing_asked_is_answered_with_the_usual(mine, room):
    page = mine.get(FIND)
    chosen = [each.text for each in page.html.select(".answer .chip[aria-current]")]
    assert chosen[2:] == ["1 小时", "不限"]


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"day": "gestern"}, "日期："),
        ({"at": "25:61"}, "时间请填写成"),
        ({"at": "10:00Z"}, "时间请填写成"),
        ({"minutes": "0"}, "时长："),
        ({"minutes": "9" * 30}, "时长："),
        ({"day": "2020-01-01", "at": "10:00"}, "结束时间必须在现在以后。"),
        ({"minutes": "1000"}, "不得超过3小时"),
        ({"day": "0001-01-01"}, ""),
        ({"day": "9999-12-31", "at": "23:59"}, ""),
        ({"people": "-3"}, "人数："),
        ({"equipment": "\x00", "place": "\x00"}, ""),
    ],
)
def test_what_can_not_be_is_told_and_never_an_error(mine, room, answers, sentence):
    for path in (FIND, f"{FIND}{room.id}/", f"{FIND}board/", f"{FIND}{room.id}/repeat/"):
        page = mine.get(url(path, answers))
        assert path != FIND or sentence in page.text


def test_a_tap_and_a_word_reserve_a_room(mine, session, room, teacher, tomorrow, asked):
    page = mine.get(url(FIND, asked()))
    page = mine.get(page.html.select_one("a.room")["href"])
    answer = mine.submit(page, button="do", description="教研室例会")
    [row] = stored(session)
    assert (row.status, row.room_id, row.user_id) == (CONFIRMED, room.id, teacher.id)
    assert (row.reserve_from, row.reserve_to) == (tomorrow(10), tomorrow(11))
    assert answer.location.endswith(f"/app/reservations/{row.id}/")
    assert "预约成功" in mine.get(answer.location).text


def book(client, room, answers, status=303, **more):
    token = client.get("/app/me/").html.select_one("[name=csrf_token]")["value"]
    fields = {**answers, "csrf_token": token, "do": "book", "description": "例会", **more}
    return client.post(f"{FIND}{room.id}/", fields, status=status)


def test_tapped_twice_it_is_one_reservation(mine, session, room, asked):
    first, second = (book(mine, room, asked()).location for _ in range(2))
    assert first == second
    session.execute(
        sa.update(Reservation).values(requested_at=datetime.now(UTC) - timedelta(hours=1))
    )
    assert book(mine, room, asked()).location == first
    assert len([row for row in stored(session) if row.status == CONFIRMED]) == 1


def test_without_a_description_it_is_refused_and_the_rest_stays(mine, session, room, asked):
    page = book(mine, room, asked(14), status=400, description=" ")
    assert page.html.select_one("[role=alert]").text.strip() == "请填写会议说明。"
    assert "14:00–15:00" in page.html.h2.text
    assert stored(session) == []


@pytest.mark.parametrize("wrong", [{"day": "x"}, {"at": ""}, {"minutes": "-1"}])
def test_a_time_that_can_not_be_read_is_no_other_time(mine, session, room, asked, wrong):
    for do in ("book", "wait"):
        page = book(mine, room, asked() | wrong, status=400, do=do)
        assert page.html.select_one("main [role=alert]").text.strip()
    assert stored(session) == []


def test_who_was_quicker_has_it_and_the_other_is_offered_something_else(
    mine, session, room, add_room, other, add_reservation, tomorrow, asked
):
    near = add_room("102", seats_count=12)
    page = mine.get(url(f"{FIND}{room.id}/", asked()))
    add_reservation(room, tomorrow(10), tomorrow(11), user_id=other.id)
    refused = mine.submit(page, button="do", status=400, description="我的会")
    said = refused.html.select_one("main").text
    assert decisions.TAKEN in said
    assert "09:00–10:00" in said
    assert "勤学楼 102" in said
    # What was filled in is in the form that waits, and the other room is a tap away.
    assert refused.html.select_one("#wait-description")["value"] == "我的会"
    links = [each["href"] for each in refused.html.select("a.chip")]
    instead = next(each for each in links if f"/rooms/{near.id}/" in each)
    answer = mine.submit(mine.get(instead), button="do", description="我的会")
    assert session.get(Reservation, int(answer.location.split("/")[-2])).room_id == near.id


def test_of_two_who_press_at_one_time_one_has_it(browser, session, room, teacher, other, asked):
    pages = [
        (c, c.get(url(f"{FIND}{room.id}/", asked())))
        for c in map(browser.as_user, (teacher, other))
    ]
    statuses = [
        c.submit(page, button="do", status="*", description="会").status_int for c, page in pages
    ]
    assert statuses == [303, 400]
    assert len([row for row in stored(session) if row.status == CONFIRMED]) == 1


def test_who_is_refused_may_wait_for_the_room(
    mine, session, room, teacher, other, add_reservation, tomorrow, asked
):
    add_reservation(room, tomorrow(10), tomorrow(11), user_id=other.id)
    for _ in range(2):
        answer = book(mine, room, asked(), do="wait", confirms_itself="yes")
        assert answer.location.endswith("/app/rooms/waiting/")
    [row] = session.scalars(sa.select(WaitingRequest))
    assert (row.room_id, row.user_id, row.confirms_itself) == (room.id, teacher.id, True)
    assert "您排在第一位" in mine.get(answer.location).text


def test_where_no_room_is_free_one_may_wait_for_any(
    mine, session, room, other, add_reservation, tomorrow, asked
):
    add_reservation(room, tomorrow(10), tomorrow(11), user_id=other.id)
    page = mine.get(url(FIND, asked(people="5")))
    assert "没有空闲的会议室" in page.text
    assert "11:00–12:00" in page.text
    mine.submit(page, description="组会")
    [row] = session.scalars(sa.select(WaitingRequest))
    assert (row.room_id, row.people_count, row.reserve_from) == (None, 5, tomorrow(10))
    token = page.html.select_one("[name=csrf_token]")["value"]
    past = {**asked(), "day": "2020-01-01", "csrf_token": token, "description": "组会"}
    assert "结束时间必须在现在以后" in mine.post(FIND, past, status=400).text
    # It waits for five already.
    for people in range(1, waiting_list.MOST_OPEN + 1):
        more = {**asked(people=str(people)), "csrf_token": token, "description": "组会"}
        mine.post(FIND, more)
    more = {**asked(), "csrf_token": token, "description": "组会"}
    assert waiting_list.TOO_MANY in mine.post(FIND, more, status=400).text


def test_its_holder_can_be_asked_to_give_way(mine, room, other, add_reservation, tomorrow, asked):
    held = add_reservation(room, tomorrow(10), tomorrow(12), user_id=other.id)
    page = mine.get(url(f"{FIND}{room.id}/", asked()))
    [link] = [each["href"] for each in page.html.select("a[href*='/app/asks/new/']")]
    form = mine.get(link)
    assert f'value="{held.id}"' in form.text
    assert tomorrow(10).strftime("%Y-%m-%dT10:00") in form.text


def test_a_room_that_needs_approval_is_asked_for_and_says_so(
    mine, session, room, add_user, tomorrow, asked
):
    group = Group(name="审批人")
    session.add(group)
    session.flush()
    room.approvers_id = group.id
    assert "需要审批" in mine.get(url(FIND, asked())).html.select_one("a.room").text
    page = mine.get(url(f"{FIND}{room.id}/", asked()))
    assert "要有人审批" in page.text
    for _ in range(2):
        answer = mine.submit(page, button="do", description="例会")
    [row] = stored(session)
    assert row.status == REQUESTED
    shown = mine.get(answer.location).html.select_one("main").text
    assert "等待审批" in shown
    assert "没有为您保留" in shown
    # Who did not know that it needs approval, since it did not when they looked, is told.
    page = book(mine, room, asked(14), status=400)
    assert "需要审批" in page.html.select_one("[role=alert]").text
    assert page.html.select_one("[name=approval]")["value"] == "yes"


def test_a_closed_room_says_why(mine, room, add_closure, tomorrow, asked):
    add_closure(tomorrow(8), tomorrow(12), reason="考试")
    assert names(mine.get(url(FIND, asked()))) == []
    page = mine.get(url(f"{FIND}{room.id}/", asked()))
    assert "考试" in page.html.select_one("main").text
    assert page.html.select_one("[name=do][value=book]") is None
    assert book(mine, room, asked(), status=400).status_int == 400


def test_a_room_of_other_departments_is_not_offered(mine, session, room, asked):
    from hhu_base.models import Department

    room.departments.append(Department(name="力学院"))
    session.flush()
    assert names(mine.get(url(FIND, asked()))) == []
    page = book(mine, room, asked(), status=400)
    assert "系所" in page.text


def test_the_rooms_page_tells_its_day_and_lets_a_free_hour_be_tapped(
    mine, room, other, add_reservation, tomorrow, asked
):
    add_reservation(room, tomorrow(10), tomorrow(12), user_id=other.id, description="招生会")
    page = mine.get(url(f"{FIND}{room.id}/", asked()))
    lines = [each.get_text(" ", strip=True) for each in page.html.select(".day li")]
    assert any("10:00–12:00 招生会 林晨 15400001111" in line for line in lines)
    free = page.html.select(".day .is-free a")
    assert "at=12%3A00" in free[1]["href"]


def test_ones_last_descriptions_are_offered(mine, room, add_reservation, tomorrow, asked):
    for hour, words in ((8, "甲"), (12, "乙"), (14, "甲")):
        add_reservation(room, tomorrow(hour), tomorrow(hour + 1), description=words)
    page = mine.get(url(f"{FIND}{room.id}/", asked()))
    assert [each["value"] for each in page.html.select("datalist option")] == ["甲", "乙"]


def test_the_board_shows_who_has_which_room(
    mine, room, other, add_room, add_reservation, tomorrow, asked
):
    add_room("201", location="致用楼")
    add_reservation(room, tomorrow(10), tomorrow(12), user_id=other.id, description="招生会")
    page = mine.get(url(f"{FIND}board/", asked()))
    assert [each.text for each in page.html.select(".board b")] == ["101", "201"]
    [part] = page.html.select(".board-day .is-taken")
    assert part["title"] == "10:00–12:00 招生会（林晨）"
    assert "left:" in part["style"]
    only = mine.get(url(f"{FIND}board/", asked(place="致用楼")))
    assert [each.text for each in only.html.select(".board b")] == ["201"]


def test_there_is_no_page_of_a_room_that_is_none(mine):
    for path in ("999999/", "999999/repeat/", "photos/999999/small.jpg"):
        mine.get(FIND + path, status=404)


def test_after_the_session_ended_what_was_filled_in_comes_back(browser, teacher, room, asked):
    mine = browser.as_user(teacher)
    page = mine.get(url(f"{FIND}{room.id}/", asked()))
    mine.client.reset()
    answer = mine.client.post(
        f"{FIND}{room.id}/",
        {**asked(), "do": "book", "description": "别丢了", "csrf_token": "old"},
        headers={"Origin": "http://localhost"},
        status=401,
    )
    assert "别丢了" in answer.html.select_one("[name=unsaved]").text
    assert page.status_int == 200


def test_a_date_is_named_as_people_name_it():
    from hhu_plugins.rooms.pages.question import day_name, length_name

    today = date(2026, 11, 30)
    said = [day_name(today + timedelta(days=n), today) for n in (0, 1, 2, 3, -1)]
    assert said == ["今天", "明天", "后天", "周四 12-3", "周日 11-29"]
    assert [length_name(n) for n in (30, 60, 90, 45, 100)] == [
        "30 分",
        "1 小时",
        "1.5 小时",
        "45 分",
        "100 分",
    ]
