"""One's own notices over REST."""

import pytest

from hhu_base.notifications import notify


@pytest.fixture
def told(session, teacher):
    return [notify(session, teacher, "x.y", f"第 {n} 条", "正文") for n in range(3)]


def test_the_newest_comes_first_and_nobody_sees_others(api, teacher, told, add_user):
    page = api.as_user(teacher).get("/notices/").json
    assert page["count"] == 3
    assert [each["subject"] for each in page["results"]] == ["第 2 条", "第 1 条", "第 0 条"]
    assert page["results"][0] == {
        "id": told[2].id,
        "kind": "x.y",
        "subject": "第 2 条",
        "body": "正文",
        "links": [],
        "created_at": page["results"][0]["created_at"],
        "is_read": False,
    }
    assert api.as_user(add_user("t0002")).get("/notices/").json["count"] == 0


def test_one_or_all_are_marked_as_read(api, teacher, told):
    me = api.as_user(teacher)
    assert me.post(f"/notices/{told[0].id}/read/", status=200).json["is_read"]
    assert me.post(f"/notices/{told[0].id}/read/", status=200).json["is_read"]
    assert me.post("/notices/read/", status=200).json == {"marked": 2}
    assert all(each["is_read"] for each in me.get("/notices/").json["results"])


@pytest.mark.parametrize("id", ["0", "999999", "99999999999999999999"])
def test_a_notice_that_is_not_there_is_not_found(api, teacher, id):
    api.as_user(teacher).post(f"/notices/{id}/read/", status=404)


def test_nobody_marks_the_notices_of_others(api, teacher, told, add_user):
    api.as_user(add_user("t0002")).post(f"/notices/{told[0].id}/read/", status=404)
