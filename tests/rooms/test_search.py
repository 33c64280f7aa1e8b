"""Rooms and one's own reservations in the search over everything."""

from datetime import timedelta

import pytest

from hhu_base.models import Department
from hhu_plugins.rooms.models import CANCELLED, HELD
from hhu_plugins.rooms.search import next_free, when

from .conftest import ZONE

LATER = timedelta(days=1)


@pytest.mark.parametrize(
    "text", ["计信楼", "jixin", "jxl", "jxl204", "204", "投影", "楼 204", "ＪＸＬ"]
)
def test_a_room_is_found_by_what_it_is_called_and_has(search, add_room, text):
    add_room("204", location="计信楼", equipment=["投影"])
    add_room("别处", location="体育馆")
    assert list(search(text)["会议室"]) == ["计信楼 204"]


@pytest.fixture
def said(session, policy):
    """``said(room, now)``: what the search says of a room."""

    def said(room, now) -> str:
        return when(next_free(session, policy, now, [room])[room.id], now, ZONE)

    return said


def test_a_room_says_when_it_is_free_next(said, room, add_reservation, add_closure, tomorrow):
    now = tomorrow(9, 10)
    assert said(room, now) == "今天 09:30 起空闲"
    add_reservation(room, tomorrow(9, 30), tomorrow(11))
    add_reservation(room, tomorrow(12), tomorrow(13), status=HELD)
    assert said(room, now) == "今天 11:00–12:00 空闲"
    add_closure(tomorrow(8), tomorrow(20) + LATER, room_id=room.id)
    assert said(room, now) == "明天 20:00 起空闲"
    add_closure(tomorrow(8), None)
    assert said(room, now) == "一周内没有空闲"


def test_the_rules_of_the_room_count(said, add_room, add_reservation, tomorrow):
    room = add_room("204", min_minutes=120)
    add_reservation(room, tomorrow(10), tomorrow(11))
    assert said(room, tomorrow(9)) == "今天 11:00 起空闲"


def test_what_is_found_says_it(search, add_room):
    add_room("204", seats_count=30)
    said = search("204")["会议室"]["勤学楼 204"]
    assert said.startswith("30 座 · ")
    assert said.endswith("起空闲")


def test_a_room_that_is_closed_to_one_says_so(search, add_room, session):
    add_room("204").departments = [Department(name="别的系")]
    session.flush()
    assert "不对您开放" in search("204")["会议室"]["勤学楼 204"]


@pytest.mark.parametrize("text", ["周例会", "例会", "204", "qinxue", "例会 204"])
def test_one_finds_ones_own_reservations_and_no_others(
    search, add_user, add_room, add_reservation, tomorrow, text
):
    room = add_room("204")
    add_reservation(room, tomorrow(10), tomorrow(11), description="周例会")
    add_reservation(
        room, tomorrow(12), tomorrow(13), description="别例会", user_id=add_user("t2").id
    )
    add_reservation(room, tomorrow(14), tomorrow(15), description="旧例会", status=CANCELLED)
    found = search(text)["我的预约"]
    assert list(found) == ["周例会"]
    assert found["周例会"].startswith("勤学楼 204 · ")


def test_what_comes_next_is_first(search, room, add_reservation, tomorrow):
    for days, what in ((-3, "过去的会"), (5, "以后的会"), (1, "下次的会")):
        start = tomorrow(10) + timedelta(days=days)
        add_reservation(room, start, start + timedelta(hours=1), description=what)
    assert list(search("的会")["我的预约"]) == ["下次的会", "以后的会", "过去的会"]
