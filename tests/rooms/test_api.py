"""POST, GET and DELETE /reservations/."""

from datetime import timedelta

import pytest

from hhu_plugins.rooms.models import CANCELLED, CONFIRMED, Reservation

TAKEN = "会议室在该时间段已经被占用。"


@pytest.fixture
def mine(api, teacher):
    return api.as_user(teacher)


@pytest.fixture
def asking(room, tomorrow):
    """The body of a request for tomorrow, ten to eleven."""

    def body(**changes) -> dict:
        return {
            "meetingroom": room.id,
            "reserve_from": tomorrow(10).isoformat(),
            "reserve_to": tomorrow(11).isoformat(),
            "description": "教研室例会",
        } | changes

    return body


def test_a_free_room_is_reserved(mine, asking, teacher, room, tomorrow):
    answer = mine.post("/reservations/", asking()).json
    assert answer == {
        "id": answer["id"],
        "user": teacher.id,
        "meetingroom": {
            "id": room.id,
            "name": "101",
            "location": "勤学楼",
            "seats_count": 10,
            "label": "",
            "description": "",
        },
        "reserve_from": tomorrow(10).isoformat(),
        "reserve_to": tomorrow(11).isoformat(),
        "description": "教研室例会",
        "status": "confirmed",
        "revision": 0,
        "series": None,
    }


def test_the_newer_client_names_the_room_by_meetingroom_object(mine, asking, room):
    body = asking(
        meetingroom={"id": 999, "name": "as it was read"}, meetingroom_object=str(room.id)
    )
    assert mine.post("/reservations/", body).json["meetingroom"]["id"] == room.id


def test_both_forms_of_the_path_and_of_the_body_are_taken(mine, asking):
    answer = mine.client.post("/reservations", asking(), status=201)
    assert answer.json["status"] == "confirmed"


def test_what_was_asked_for_is_covered_by_the_grid(mine, asking, tomorrow):
    answer = mine.post(
        "/reservations/",
        asking(reserve_from=tomorrow(10, 10).isoformat(), reserve_to=tomorrow(10, 40).isoformat()),
    ).json
    assert answer["reserve_from"] == tomorrow(10).isoformat()
    assert answer["reserve_to"] == tomorrow(11).isoformat()


def test_a_taken_room_is_refused_with_alternatives(
    mine, asking, room, add_room, add_reservation, tomorrow
):
    other = add_room("102", seats_count=12)
    add_room("103", seats_count=2)
    add_reservation(room, tomorrow(10, 30), tomorrow(12))
    answer = mine.post("/reservations/", asking(), status=400).json
    assert answer["non_field_errors"] == [TAKEN]
    stretches = answer["alternatives"]["stretches"]
    assert [tomorrow(9, 30).isoformat(), tomorrow(10, 30).isoformat()] in stretches
    assert len(stretches) == 3
    assert [other["id"] for other in answer["alternatives"]["meetingrooms"]] == [other.id]


def test_reservations_that_only_touch_do_not_conflict(
    mine, asking, room, add_reservation, tomorrow
):
    add_reservation(room, tomorrow(9), tomorrow(10))
    add_reservation(room, tomorrow(11), tomorrow(12))
    mine.post("/reservations/", asking())


@pytest.mark.parametrize("minutes", [20 * 60, 210])
def test_a_meeting_that_is_too_long_is_refused(mine, asking, tomorrow, minutes):
    end = tomorrow(10) + timedelta(minutes=minutes)
    answer = mine.post("/reservations/", asking(reserve_to=end.isoformat()), status=400).json
    assert answer == {"non_field_errors": ["预约会议时间不得少于30分钟，不得超过3小时。"]}


def test_a_meeting_that_ends_before_it_begins_is_refused(mine, asking, tomorrow):
    answer = mine.post("/reservations/", asking(reserve_to=tomorrow(9).isoformat()), status=400)
    assert answer.json == {"non_field_errors": ["预约会议时间不得少于30分钟，不得超过3小时。"]}


def test_a_meeting_that_has_ended_is_refused(mine, asking, tomorrow):
    body = asking(
        reserve_from=(tomorrow(10) - timedelta(days=2)).isoformat(),
        reserve_to=(tomorrow(11) - timedelta(days=2)).isoformat(),
    )
    answer = mine.post("/reservations/", body, status=400).json
    assert answer == {"non_field_errors": ["结束时间必须在现在以后。"]}


def test_a_day_too_far_ahead_is_refused(mine, asking, tomorrow):
    body = asking(
        reserve_from=(tomorrow(10) + timedelta(days=366)).isoformat(),
        reserve_to=(tomorrow(11) + timedelta(days=366)).isoformat(),
    )
    answer = mine.post("/reservations/", body, status=400).json
    assert answer == {"non_field_errors": ["只能预约365天以内的会议室。"]}


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("meetingroom", None, "该字段不能为 null。"),
        ("meetingroom", 9999999, "无效主键 “9999999” － 对象不存在。"),
        ("meetingroom", 2**70, f"无效主键 “{2**70}” － 对象不存在。"),
        ("reserve_from", "", "该字段不能为空。"),
        ("reserve_to", "0001-01-01T00:00:00Z", None),
        ("reserve_to", [], None),
        ("description", "  ", "该字段不能为空。"),
        ("description", "长" * 2001, "请确保这个字段不能超过 2000 个字符。"),
        ("description", "a\0b", None),
    ],
)
def test_a_field_error_carries_a_sentence_for_the_client_that_reads_nothing_else(
    mine, asking, field, value, message
):
    errors = mine.post("/reservations/", asking(**{field: value}), status=400).json
    assert set(errors) == {field, "non_field_errors"}
    if message is not None:
        assert errors[field] == [message]
    [sentence] = errors["non_field_errors"]
    assert sentence.endswith(errors[field][0])
    assert len(sentence) > len(errors[field][0])


@pytest.mark.parametrize("missing", ["meetingroom", "reserve_from", "reserve_to", "description"])
def test_a_missing_field_is_named(mine, asking, missing):
    body = asking()
    del body[missing]
    errors = mine.post("/reservations/", body, status=400).json
    assert errors[missing] == ["该字段是必填项。"]


@pytest.mark.parametrize(
    ("count", "names"),
    [
        (10, ["101"]),
        (11, []),
        (2**31 - 1, []),
        (2**31, []),
        (2**63, []),
        ("9" * 4000, []),
        ("9" * 5000, []),
        ("0" * 5000 + "10", ["101"]),
        ("-" + "9" * 5000, ["101"]),
        ("many", ["101"]),
        ("1e9", ["101"]),
        ("", ["101"]),
    ],
    ids=lambda value: str(value)[:12],
)
def test_no_room_has_as_many_seats_as_somebody_may_ask_for(mine, room, tomorrow, count, names):
    window = tomorrow(8).isoformat(), tomorrow(20).isoformat()
    asked = {"query_from": window[0], "query_to": window[1], "people_count": count}
    found = mine.get("/meetingrooms/available/", asked).json
    assert [one["meetingroom"]["name"] for one in found] == names


def test_nor_for_the_first_generation(mine, room, tomorrow):
    asked = {"time_from": tomorrow(8).isoformat(), "time_to": tomorrow(9).isoformat()}
    for count in (2**31, "9" * 5000):
        assert mine.get("/meetingrooms/available/", asked | {"people_count": count}).json == []


def test_an_impatient_client_is_answered_before_the_decision(mine, asking, session):
    answer = mine.post("/reservations/", asking(), status=202, headers={"Prefer": "respond-async"})
    assert answer.json["status"] == "pending"
    assert answer.location == f"http://localhost/reservations/{answer.json['id']}/"
    assert mine.get(answer.location).json["status"] == "pending"


def test_the_list_has_the_callers_own_that_have_not_ended(
    mine, add_user, room, add_reservation, tomorrow
):
    day = timedelta(days=1)
    later = add_reservation(room, tomorrow(10) + day, tomorrow(11) + day)
    sooner = add_reservation(room, tomorrow(10), tomorrow(11))
    ended = add_reservation(room, tomorrow(10) - 3 * day, tomorrow(11) - 3 * day)
    add_reservation(room, tomorrow(13), tomorrow(14), status=CANCELLED)
    add_reservation(room, tomorrow(15), tomorrow(16), user_id=add_user("t0002").id)

    def ids(**params):
        return [found["id"] for found in mine.get("/reservations/", params).json["results"]]

    assert ids() == [sooner.id, later.id]
    assert ids(past="yes") == [ended.id, sooner.id, later.id]


def test_a_reservation_of_somebody_else_is_not_found(
    api, add_user, room, add_reservation, tomorrow
):
    reservation = add_reservation(room, tomorrow(10), tomorrow(11))
    other = api.as_user(add_user("t0002"))
    other.get(f"/reservations/{reservation.id}/", status=404)
    other.delete(f"/reservations/{reservation.id}/", status=404)


def test_a_cancelled_reservation_stays_as_history_and_frees_the_room(
    mine, asking, teacher, session
):
    reservation_id = mine.post("/reservations/", asking()).json["id"]
    assert mine.delete(f"/reservations/{reservation_id}/").body == b""
    mine.delete(f"/reservations/{reservation_id}/", status=404)
    cancelled = session.get(Reservation, reservation_id)
    assert (cancelled.status, cancelled.status_changed_by) == (CANCELLED, teacher.id)
    assert mine.get(f"/reservations/{reservation_id}/").json["status"] == CANCELLED
    assert mine.post("/reservations/", asking()).json["status"] == CONFIRMED


def test_a_reservation_that_has_ended_cannot_be_cancelled(mine, room, add_reservation, tomorrow):
    day = timedelta(days=2)
    ended = add_reservation(room, tomorrow(10) - day, tomorrow(11) - day)
    mine.delete(f"/reservations/{ended.id}/", status=404)


@pytest.mark.parametrize("path", ["/reservations/", "/meetingrooms/", "/meetingrooms/available/"])
def test_nobody_gets_in_without_a_token(api, path):
    answer = api.get(path, status=401)
    assert answer.json == {"detail": "身份认证信息未提供。"}
    assert answer.headers["WWW-Authenticate"] == "Token"
