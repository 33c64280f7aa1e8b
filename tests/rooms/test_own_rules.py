"""What a room may have of its own: departments that may book it, limits, equipment, an order."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from hhu_base.models import Department
from hhu_plugins.rooms import availability, equipment
from hhu_plugins.rooms.eligibility import NOT_ELIGIBLE
from hhu_plugins.rooms.models import Equipment, Meetingroom, Reservation
from hhu_plugins.rooms.policy import read_policy
from tests.rooms.conftest import ZONE

HOUR = timedelta(hours=1)
SITES_LENGTHS = "预约会议时间不得少于30分钟，不得超过3小时。"


@pytest.fixture
def mine(api, teacher):
    return api.as_user(teacher)


@pytest.fixture
def reserve(mine):
    """``reserve(room, start, end)``: 201 or what else is expected; its JSON."""

    def reserve(room, start, end, status=201):
        content = {
            "meetingroom": room.id,
            "reserve_from": start.isoformat(),
            "reserve_to": end.isoformat(),
            "description": "例会",
        }
        return mine.post("/reservations/", content, status=status).json

    return reserve


@pytest.fixture
def search(mine):
    """``search(time_from, time_to, …)``: the names of the rooms that are offered."""

    def search(start, end, status=200, **parameters):
        query = {"time_from": start.isoformat(), "time_to": end.isoformat(), **parameters}
        answer = mine.get("/meetingrooms/available/", query, status=status).json
        if status != 200:
            return answer
        return [room["info"]["name"] for place in answer for room in place["meetingrooms"]]

    return search


# Departments.


@pytest.fixture
def theirs(session, add_room):
    """A room for the department of hydraulics only."""
    hydraulics = Department(name="水利系")
    return add_room("水利", departments=[hydraulics])


def test_only_the_members_of_its_departments_may_book_a_room(
    reserve, theirs, teacher, session, tomorrow
):
    times = tomorrow(10), tomorrow(11)
    assert reserve(theirs, *times, status=400) == {"non_field_errors": [NOT_ELIGIBLE]}
    teacher.department = Department(name="信息系")
    session.flush()
    assert reserve(theirs, *times, status=400) == {"non_field_errors": [NOT_ELIGIBLE]}
    theirs.departments = [*theirs.departments, teacher.department]
    session.flush()
    assert reserve(theirs, *times)["status"] == "confirmed"
    theirs.departments = []
    session.flush()
    assert reserve(theirs, tomorrow(12), tomorrow(13))["status"] == "confirmed"


def test_who_may_not_book_it_learns_that_and_not_whether_it_is_taken(
    reserve, theirs, add_reservation, tomorrow, add_user
):
    add_reservation(theirs, tomorrow(10), tomorrow(11), user_id=add_user("t0002").id)
    answer = reserve(theirs, tomorrow(10), tomorrow(11), status=400)
    assert answer == {"non_field_errors": [NOT_ELIGIBLE]}


def test_nobody_is_offered_a_room_that_they_may_not_book(
    search, reserve, room, theirs, add_reservation, tomorrow, teacher, session, add_user
):
    assert search(tomorrow(10), tomorrow(11)) == ["101"]
    add_reservation(room, tomorrow(10), tomorrow(11), user_id=add_user("t0002").id)
    taken = reserve(room, tomorrow(10), tomorrow(11), status=400)
    assert taken["alternatives"]["meetingrooms"] == []
    teacher.department = theirs.departments[0]
    session.flush()
    assert search(tomorrow(10), tomorrow(11)) == ["水利"]
    taken = reserve(room, tomorrow(10), tomorrow(11), status=400)
    assert [each["name"] for each in taken["alternatives"]["meetingrooms"]] == ["水利"]


def test_an_administrator_may_book_it_for_anybody_and_longer_knowingly(
    admin, theirs, teacher, tomorrow, session
):
    theirs.max_minutes = 60
    session.flush()
    page = admin.get("/admin/rooms/reservations/add", {"user_id": teacher.id, "room_id": theirs.id})
    filled = {
        "reserve_from": f"{tomorrow(10):%Y-%m-%dT%H:%M}",
        "reserve_to": f"{tomorrow(12):%Y-%m-%dT%H:%M}",
        "description": "例会",
    }
    page = admin.submit(page, status=400, **filled)
    assert "预约会议时间不得少于30分钟，不得超过1小时。" in page
    admin.submit(page, knowingly="true")
    row = session.scalars(sa.select(Reservation)).one()
    assert (row.room_id, row.user_id, row.status) == (theirs.id, teacher.id, "confirmed")


def test_a_department_that_has_rooms_of_its_own_can_not_be_deleted(theirs, session):
    with pytest.raises(sa.exc.IntegrityError), session.begin_nested():
        session.execute(sa.delete(Department).where(Department.name == "水利系"))


# Limits.


def test_a_room_may_allow_longer_meetings_than_the_site(reserve, add_room, room, tomorrow):
    hall = add_room("报告厅", max_minutes=8 * 60)
    assert reserve(hall, tomorrow(8), tomorrow(16))["status"] == "confirmed"
    refused = reserve(hall, tomorrow(8), tomorrow(17), status=400)
    assert refused == {"non_field_errors": ["预约会议时间不得少于30分钟，不得超过8小时。"]}
    refused = reserve(room, tomorrow(8), tomorrow(16), status=400)
    assert refused == {"non_field_errors": [SITES_LENGTHS]}


def test_or_shorter_and_less_far_ahead_ones_only(reserve, add_room, tomorrow):
    small = add_room("研讨室", min_minutes=60, max_minutes=90, max_days_ahead=7)
    sentence = "预约会议时间不得少于1小时，不得超过90分钟。"
    for end in (tomorrow(10, 30), tomorrow(12)):
        assert reserve(small, tomorrow(10), end, status=400) == {"non_field_errors": [sentence]}
    far = tomorrow(10) + timedelta(days=8)
    refused = reserve(small, far, far + HOUR, status=400)
    assert refused == {"non_field_errors": ["只能预约7天以内的会议室。"]}
    assert reserve(small, tomorrow(10), tomorrow(11))["status"] == "confirmed"


def test_what_was_refused_for_the_room_s_limits_has_left_nothing(
    reserve, add_room, tomorrow, session
):
    small = add_room("研讨室", max_minutes=60)
    reserve(small, tomorrow(10), tomorrow(12), status=400)
    assert session.scalar(sa.select(sa.func.count(Reservation.id))) == 0


def test_a_room_without_limit_can_be_had_however_far_ahead(reserve, add_room, tomorrow):
    hall = add_room("报告厅", max_days_ahead=0)
    far = tomorrow(10) + timedelta(days=1000)
    assert reserve(hall, far, far + HOUR)["status"] == "confirmed"


def test_the_search_offers_each_room_what_it_allows(search, add_room, room, tomorrow):
    add_room("报告厅", max_minutes=480, seats_count=100)
    add_room("研讨室", max_minutes=60, seats_count=6)
    assert search(tomorrow(10), tomorrow(11)) == ["研讨室", "101", "报告厅"]
    assert search(tomorrow(10), tomorrow(12)) == ["101", "报告厅"]
    assert search(tomorrow(10), tomorrow(16)) == ["报告厅"]
    assert search(tomorrow(8), tomorrow(20), length=300) == ["报告厅"]
    assert search(tomorrow(8), tomorrow(20), status=400) == {"detail": SITES_LENGTHS}
    # Where no room that fits allows it, it is the site's sentence as ever.
    bad = search(tomorrow(10), tomorrow(16), status=400, label="没有")
    assert bad == {"detail": SITES_LENGTHS}


def test_other_rooms_are_offered_by_their_own_limits_too(session, policy, add_room, tomorrow):
    taken = add_room("101", max_minutes=480)
    add_room("102")
    add_room("103", max_minutes=240)
    add_room("104", min_minutes=300)  # hence 300 minutes at most as well
    add_room("105", max_minutes=480, max_days_ahead=1)
    add_room("106", max_minutes=480)

    def offered(hours: int) -> list[str]:
        interval = tomorrow(10), tomorrow(10) + hours * HOUR
        now = tomorrow(9) - timedelta(days=2)
        found = availability.alternatives(session, policy, now, taken, interval)
        return [room.name for room in found.rooms]

    assert offered(1) == ["102", "103", "106"]
    assert offered(4) == ["103", "106"]
    assert offered(5) == ["104", "106"]
    assert offered(6) == ["106"]


def test_a_reservation_of_a_room_that_may_be_had_later_shows_no_other_room_free_beyond_its_horizon(
    session, policy, add_room, add_reservation, tomorrow
):
    near, far = add_room("近", max_days_ahead=1), add_room("远", max_days_ahead=9)
    now = tomorrow(9) - timedelta(days=1)
    for room in (near, far):
        add_reservation(room, tomorrow(9) + timedelta(days=2), tomorrow(10) + timedelta(days=2))
    window = tomorrow(8), tomorrow(20) + timedelta(days=3)
    places = availability.free_rooms(session, policy, now, window, length=HOUR)
    ends = {free.room.name: free.free[-1][1] for place in places for free in place.rooms}
    assert ends["近"] == tomorrow(9)
    assert ends["远"] == window[1]


@pytest.mark.parametrize(
    ("limits", "shortest", "longest", "days"),
    [
        ((None, None, None), 30, 180, 365),
        ((60, None, None), 60, 180, 365),
        ((240, None, 0), 240, 240, None),
        ((None, 20, 7), 20, 20, 7),
        ((45, 600, None), 45, 600, 365),
    ],
)
def test_what_is_not_said_of_a_room_is_as_the_site_has_it(limits, shortest, longest, days):
    least, most, ahead = limits
    room = Meetingroom(min_minutes=least, max_minutes=most, max_days_ahead=ahead)
    own = read_policy({}, ZONE).of(room)
    assert (own.shortest, own.longest) == (
        timedelta(minutes=shortest),
        timedelta(minutes=longest),
    )
    assert own.horizon == (timedelta(days=days) if days else None)


# Equipment.


def test_old_clients_see_the_equipment_as_the_label_where_there_is_none(
    mine, add_room, search, tomorrow
):
    add_room("1", equipment=["投影", "白板"])
    add_room("2", equipment=["投影"], label="多媒体")
    labels = [room["label"] for room in mine.get("/meetingrooms/").json]
    assert labels == ["投影 白板", "多媒体"]
    assert search(tomorrow(10), tomorrow(11), label="白板") == ["1"]
    assert search(tomorrow(10), tomorrow(11), label="投影") == ["1"]
    assert search(tomorrow(10), tomorrow(11), label="多媒") == ["2"]
    [found] = mine.get(
        "/meetingrooms/available/",
        {"time_from": tomorrow(10).isoformat(), "time_to": tomorrow(11).isoformat()},
    ).json
    assert [room["info"]["label"] for room in found["meetingrooms"]] == labels


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("", ["1", "2", "3"]),
        ("投影", ["1", "2"]),
        ("投影 白板", ["1"]),
        ("白板、投影", ["1"]),
        ("白板,投影，白板", ["1"]),
        ("投", []),
        ("投影 热水", []),
    ],
)
def test_rooms_are_found_by_all_of_the_equipment_in_both_searches(
    mine, add_room, search, tomorrow, asked, names
):
    add_room("1", equipment=["投影", "白板"])
    add_room("2", equipment=["投影"])
    add_room("3")
    start, end = tomorrow(10), tomorrow(11)
    assert search(start, end, equipment=asked) == names
    query = {"query_from": start.isoformat(), "query_to": end.isoformat(), "equipment": asked}
    found = mine.get("/meetingrooms/available/", query).json
    assert [each["meetingroom"]["name"] for each in found] == names


def test_a_word_that_is_renamed_or_deleted_is_so_in_all_rooms(session, add_room):
    word = Equipment(name="投影")
    session.add(word)
    first, second = add_room("1", equipment=["投影", "白板"]), add_room("2", equipment=["白板"])
    equipment.rename(session, word, "投影仪")
    session.expire_all()
    assert (first.equipment, second.equipment) == (["投影仪", "白板"], ["白板"])
    assert equipment.rooms_with(session) == {"投影仪": 1, "白板": 2}
    equipment.delete(session, word)
    session.expire_all()
    assert (first.equipment, second.equipment) == (["白板"], ["白板"])


# The order.


def test_lists_come_by_the_order_of_the_administrators_then_by_place_and_name(mine, add_room):
    for name, location, position in (
        ("2", "乙楼", 0),
        ("1", "乙楼", 0),
        ("1", "甲楼", 0),
        ("9", "乙楼", -1),
        ("0", "甲楼", 5),
    ):
        add_room(name, location=location, position=position)
    found = [(room["location"], room["name"]) for room in mine.get("/meetingrooms/").json]
    assert found == [("乙楼", "9"), ("甲楼", "1"), ("乙楼", "1"), ("乙楼", "2"), ("甲楼", "0")]


def test_the_answers_of_old_services_have_no_new_fields(mine, room, reserve, tomorrow):
    known = {"id", "name", "location", "seats_count", "label", "description"}
    assert set(mine.get(f"/meetingrooms/{room.id}/").json) == known
    assert set(reserve(room, tomorrow(10), tomorrow(11))["meetingroom"]) == known
