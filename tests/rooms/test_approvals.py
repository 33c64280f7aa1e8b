"""审批: rooms that need somebody's approval."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from hhu_base.mail.models import Mail
from hhu_base.models import Department, Group
from hhu_base.notifications.models import Notice
from hhu_plugins.rooms import approval_rules, approvals
from hhu_plugins.rooms.models import (
    CANCELLED,
    CONFIRMED,
    REJECTED,
    REQUESTED,
    WITHDRAWN,
    Reservation,
)

from .conftest import refused

TAKEN = "会议室在该时间段已经被占用。"


@pytest.fixture
def approver(add_user):
    """A teacher without any right in the back office."""
    return add_user("approver", last_name="沈", first_name="确", email="approver@hhu.edu.cn")


@pytest.fixture
def group(session, approver) -> Group:
    group = Group(name="报告厅审批", users=[approver])
    session.add(group)
    session.flush()
    return group


@pytest.fixture
def hall(add_room, group):
    """A room for which all have to ask."""
    return add_room("报告厅", seats_count=200, approvers_id=group.id)


@pytest.fixture
def mine(api, teacher):
    return api.as_user(teacher)


@pytest.fixture
def as_approver(api, approver):
    return api.as_user(approver)


@pytest.fixture
def asking(hall, tomorrow):
    def body(room=hall, start=10, end=11, **changes) -> dict:
        return {
            "meetingroom": room.id,
            "reserve_from": tomorrow(start).isoformat(),
            "reserve_to": tomorrow(end).isoformat(),
            "description": "学术报告",
            "approval": True,
        } | changes

    return body


@pytest.fixture
def asked(mine, asking):
    def ask(client=mine, **changes) -> dict:
        return client.post("/reservations/", asking(**changes), status=202).json

    return ask


def test_a_request_is_answered_202_and_its_approvers_are_told(
    mine, asking, hall, approver, subjects_of, session
):
    response = mine.post("/reservations/", asking(), status=202)
    answer = response.json
    assert (answer["status"], answer["meetingroom"]["id"]) == (REQUESTED, hall.id)
    assert response.headers["Location"].endswith(f"/reservations/{answer['id']}/")
    assert mine.get(f"/reservations/{answer['id']}/").json == answer
    assert mine.get("/reservations/").json["results"] == []
    assert mine.get("/reservations/?status=requested").json["results"] == [answer]
    assert subjects_of(approver) == ["待审批"]
    mail = session.scalars(sa.select(Mail)).one()
    assert "学术报告" in mail.body
    # The same again is the same request, and nobody is told twice.
    assert mine.post("/reservations/", asking(), status=202).json == answer
    assert subjects_of(approver) == ["待审批"]


def test_an_old_client_is_told_where_to_ask(mine, asking, session):
    body = asking()
    del body["approval"]
    answer = mine.post("/reservations/", body, status=400).json
    assert answer == {"non_field_errors": ["该会议室需要审批，请在网页上申请。"]}
    assert session.scalars(sa.select(Reservation)).all() == []


def test_where_no_approval_is_needed_it_is_as_ever(mine, asking, room):
    answer = mine.post("/reservations/", asking(room=room), status=201).json
    assert answer["status"] == CONFIRMED


@pytest.mark.parametrize(
    ("rule", "free", "needs"),
    [
        ({"approval_over": 60}, (10, 11), (10, 12)),
        ({"approval_hours": "08:00-18:00"}, (16, 18), (17, 19)),
        ({"approval_hours": "12:00-24:00"}, (22, 24), (11, 13)),
    ],
)
def test_only_some_reservations_need_it(mine, asking, hall, session, rule, free, needs, tomorrow):
    for name, value in rule.items():
        setattr(hall, name, value)

    def body(hours, approval):
        start, end = hours
        to = tomorrow(end % 24) + timedelta(days=end // 24)
        return asking(start=start, end=0, reserve_to=to.isoformat(), approval=approval)

    refused_ = mine.post("/reservations/", body(needs, False), status=400).json
    assert refused(refused_) == [approval_rules.NEEDED]
    assert mine.post("/reservations/", body(needs, True), status=202).json["status"] == REQUESTED
    assert mine.post("/reservations/", body(free, False), status=201).json["status"] == CONFIRMED


def test_people_of_other_departments_need_it(mine, api, asking, hall, add_user, session):
    own, other = Department(name="计算机系"), Department(name="外语系")
    session.add_all([own, other])
    session.flush()
    hall.approval_department_id = own.id
    of_own = api.as_user(add_user("own", department_id=own.id))
    assert of_own.post("/reservations/", asking(start=14, end=15)).json["status"] == CONFIRMED
    for client in (mine, api.as_user(add_user("other", department_id=other.id))):
        assert client.post("/reservations/", asking(), status=202).json["status"] == REQUESTED


def test_a_yes_confirms_it_and_its_requester_is_told(
    asked, mine, as_approver, approver, teacher, subjects_of, session
):
    request = asked()
    [found] = as_approver.get("/reservations/requests/").json
    assert (found["id"], found["user"]["name"]) == (request["id"], teacher.fullname)
    answer = as_approver.post(f"/reservations/{request['id']}/approve/", status=200).json
    assert answer["status"] == CONFIRMED
    assert mine.get("/reservations/").json["results"][0]["id"] == request["id"]
    assert session.get_one(Reservation, request["id"]).status_changed_by == approver.id
    assert subjects_of(teacher) == ["申请获准"]
    again = as_approver.post(f"/reservations/{request['id']}/approve/", status=400).json
    assert refused(again) == [approvals.ANSWERED]
    assert subjects_of(teacher) == ["申请获准"]
    assert as_approver.get("/reservations/requests/").json == []


def test_a_no_has_a_reason(asked, as_approver, teacher, subjects_of, add_room, session):
    add_room("第二报告厅", seats_count=250)
    request = asked()
    path = f"/reservations/{request['id']}/refuse/"
    assert "reason" in as_approver.post(path, {"reason": " "}, status=400).json
    answer = as_approver.post(path, {"reason": "当天布置考场"}, status=200).json
    assert (answer["status"], answer["status_reason"]) == (REJECTED, "当天布置考场")
    assert subjects_of(teacher) == ["申请未成"]
    notice = session.scalars(sa.select(Notice).where(Notice.user_id == teacher.id)).one()
    assert "当天布置考场" in notice.body
    assert "第二报告厅（250 座）" in notice.body


def test_requests_block_nothing_and_the_second_yes_finds_it_taken(
    asked, api, add_user, as_approver, subjects_of, mine
):
    other = add_user("other")
    first, second = asked(), asked(client=api.as_user(other))
    assert [each["id"] for each in as_approver.get("/reservations/requests/").json] == [
        first["id"],
        second["id"],
    ]
    as_approver.post(f"/reservations/{second['id']}/approve/", status=200)
    answer = as_approver.post(f"/reservations/{first['id']}/approve/", status=400).json
    assert refused(answer) == [TAKEN]
    assert mine.get(f"/reservations/{first['id']}/").json["status"] == REJECTED
    assert subjects_of(other) == ["申请获准"]


def test_a_room_that_somebody_took_meanwhile(
    asked, hall, add_reservation, add_user, as_approver, subjects_of, teacher, tomorrow
):
    request = asked()
    add_reservation(hall, tomorrow(10), tomorrow(12), user_id=add_user("third").id)
    as_approver.post(f"/reservations/{request['id']}/approve/", status=400)
    assert subjects_of(teacher) == ["申请未成"]
    as_approver.post(f"/reservations/{request['id']}/approve/", status=400)
    assert subjects_of(teacher) == ["申请未成"]


def test_what_can_not_be_had_is_no_request(
    mine, asking, hall, session, add_reservation, add_closure, add_user, tomorrow
):
    taken = add_reservation(hall, tomorrow(10), tomorrow(12), user_id=add_user("third").id)
    answer = mine.post("/reservations/", asking(), status=400).json
    assert refused(answer) == [TAKEN]
    assert answer["alternatives"]["stretches"]
    taken.status = CANCELLED
    closure = add_closure(tomorrow(9), tomorrow(12))
    answer = mine.post("/reservations/", asking(), status=400).json
    assert refused(answer) == ["会议室在该时间段不开放。"]
    session.delete(closure)
    hall.departments = [Department(name="校办")]
    answer = mine.post("/reservations/", asking(), status=400).json
    assert refused(answer) == ["您所在的系所不能预约该会议室。"]
    assert mine.post("/reservations/", asking(meetingroom=10**9), status=400)
    answer = mine.post("/reservations/", asking(start=1, end=9), status=400).json
    assert refused(answer) == ["预约会议时间不得少于30分钟，不得超过3小时。"]


def test_somebody_has_a_few_requests_at_most(asked, mine, asking, add_room, group):
    for number in range(approvals.MOST_OPEN):
        asked(room=add_room(f"厅{number}", approvers_id=group.id))
    answer = mine.post("/reservations/", asking(), status=400).json
    assert refused(answer) == [approvals.TOO_MANY]


def test_its_requester_takes_it_back(asked, mine, as_approver, subjects_of, teacher):
    request = asked()
    mine.delete(f"/reservations/{request['id']}/", status=204)
    assert mine.get(f"/reservations/{request['id']}/").json["status"] == CANCELLED
    assert as_approver.get("/reservations/requests/").json == []
    answer = as_approver.post(f"/reservations/{request['id']}/approve/", status=400).json
    assert refused(answer) == [approvals.ANSWERED]
    assert subjects_of(teacher) == []


def test_without_an_answer_it_ends_at_its_start(
    asked, as_approver, session, policy, subjects_of, teacher, run_task
):
    row = session.get_one(Reservation, asked()["id"])
    assert approvals.expire(session, policy) == 0
    row.reserve_from = datetime.now(UTC) - timedelta(minutes=1)
    row.reserve_to = row.reserve_from + timedelta(hours=1)
    session.flush()
    # Whether the task has run or not.
    assert as_approver.get("/reservations/requests/").json == []
    answer = as_approver.post(f"/reservations/{row.id}/approve/", status=400).json
    assert refused(answer) == [approvals.OVERDUE]
    run_task("rooms.due")
    run_task("rooms.due")
    assert (row.status, row.status_reason) == (WITHDRAWN, approvals.SILENCE)
    assert subjects_of(teacher) == ["申请未成"]


def test_only_members_of_the_group_answer(asked, api, mine, add_user, superuser):
    request = asked()
    for client in (mine, api.as_user(add_user("other")), api.as_user(superuser)):
        assert client.get("/reservations/requests/").json == []
        client.post(f"/reservations/{request['id']}/approve/", status=404)
        client.post(f"/reservations/{request['id']}/refuse/", {"reason": "不行"}, status=404)


def test_no_change_goes_round_it(mine, hall, room, add_reservation, tomorrow, teacher):
    elsewhere = add_reservation(room, tomorrow(10), tomorrow(11))
    path = f"/reservations/{elsewhere.id}/"
    answer = mine.patch(path, {"meetingroom": hall.id}, status=400).json
    assert refused(answer) == [approval_rules.NOT_CHANGED]
    approved = add_reservation(hall, tomorrow(14), tomorrow(16))
    path = f"/reservations/{approved.id}/"
    later = {"reserve_from": tomorrow(15).isoformat(), "reserve_to": tomorrow(17).isoformat()}
    assert refused(mine.patch(path, later, status=400).json) == [approval_rules.NOT_CHANGED]
    # Less of what was approved, and another description, are nobody else's business.
    mine.patch(path, {"reserve_to": tomorrow(15).isoformat(), "description": "改题目"})


def test_no_series_goes_round_it(mine, hall, tomorrow):
    body = {
        "meetingroom": hall.id,
        "reserve_from": tomorrow(10).isoformat(),
        "reserve_to": tomorrow(11).isoformat(),
        "rule": {"kind": "weekly", "count": 3},
    }
    answer = mine.post("/reservations/series/plan/", body, status=400).json
    assert refused(answer) == [approval_rules.NO_SERIES]


def test_it_is_not_offered_instead_of_another(
    mine, asking, room, hall, add_reservation, add_user, tomorrow
):
    add_reservation(room, tomorrow(10), tomorrow(11), user_id=add_user("third").id)
    answer = mine.post("/reservations/", asking(room=room), status=400).json
    assert answer["alternatives"]["meetingrooms"] == []


def test_nobody_waits_for_it_and_nobody_gives_way(
    mine, api, add_user, hall, add_reservation, tomorrow
):
    held = add_reservation(hall, tomorrow(10), tomorrow(12), user_id=add_user("third").id)
    times = {"reserve_from": tomorrow(10).isoformat(), "reserve_to": tomorrow(12).isoformat()}
    body = times | {"description": "例会", "meetingroom": hall.id}
    answer = mine.post("/reservations/waiting/", body, status=400).json
    assert refused(answer) == [approval_rules.NO_WAITING]
    body = times | {"description": "例会", "reason": "急"}
    assert mine.post(f"/reservations/{held.id}/asks/", body, status=400)


def test_the_details_of_a_room_say_so(mine, hall, room, session):
    hall.approval_hours = "08:00-18:00"
    assert mine.get(f"/meetingrooms/{room.id}/details/").json["approval"] is None
    assert mine.get(f"/meetingrooms/{hall.id}/details/").json["approval"] == {
        "over_minutes": None,
        "hours": "08:00-18:00",
        "department": None,
    }
