"""The contract's section, and the two calls beyond it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from hhu_plugins.repairs.models import (
    OPEN,
    SOLVED,
    TAKEN_UP,
    WITHDRAWN,
    RepairCategory,
    RepairRequest,
)

BODY = {"location": "勤学楼 301", "description": "投影仪不亮"}


def test_the_categories_are_listed_by_name(mine, session):
    session.add_all(
        [RepairCategory(name="网络"), RepairCategory(name="Air"), RepairCategory(name="水电")]
    )
    listed = mine.get("/repairs/categories/").json
    assert [set(one) for one in listed] == [{"id", "name"}] * 3
    assert [one["name"] for one in listed] == sorted(["Air", "水电", "网络"])


@pytest.mark.parametrize("form", [int, str])
def test_a_request_is_reported(mine, teacher, category, session, form):
    answer = mine.post("/repairs/", BODY | {"category": form(category.id), "id": 7}).json
    stored = session.get_one(RepairRequest, answer["id"])
    created = answer.pop("created")
    assert answer == {
        "id": stored.id,
        "user": teacher.id,
        "location": "勤学楼 301",
        "category": category.id,
        "description": "投影仪不亮",
        "status": 0,
    }
    assert created.endswith("+08:00")
    [change] = stored.history
    assert (change.status, change.changed_by, change.remark) == (OPEN, teacher.id, "")


def test_it_comes_as_a_form_too_and_without_a_trailing_slash(mine, category):
    answer = mine.client.post("/repairs", BODY | {"category": str(category.id)}, status=201)
    assert answer.json["category"] == category.id


@pytest.mark.parametrize("without", [{}, {"category": None}, {"category": ""}], ids=str)
def test_a_request_needs_no_category(mine, without):
    answer = mine.post("/repairs/", BODY | without).json
    assert answer["category"] is None
    assert mine.get(f"/repairs/{answer['id']}/").json["category"] is None


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("location", ..., "该字段是必填项。"),
        ("location", None, "该字段不能为 null。"),
        ("location", " ", "该字段不能为空。"),
        ("location", "长" * 256, "请确保这个字段不能超过 255 个字符。"),
        ("location", "a\0", "不允许包含空字符或无效字符。"),
        ("location", ["a"], "不是有效的字符串。"),
        ("location", True, "不是有效的字符串。"),
        ("description", ..., "该字段是必填项。"),
        ("description", None, "该字段不能为 null。"),
        ("description", "", "该字段不能为空。"),
        ("description", {"a": 1}, "不是有效的字符串。"),
        ("category", 9999, "无效主键 “9999” － 对象不存在。"),
        ("category", 0, "无效主键 “0” － 对象不存在。"),
        ("category", 2**70, f"无效主键 “{2**70}” － 对象不存在。"),
        ("category", "x", "类型错误，应为主键。"),
        ("category", True, "类型错误，应为主键。"),
        ("category", 1.5, "类型错误，应为主键。"),
        ("category", [1], "类型错误，应为主键。"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_written(
    mine, session, mails, category, add_recipient, field, value, message
):
    add_recipient("a@hhu.example")
    body = BODY | {"category": category.id, field: value}
    if value is ...:
        del body[field]
    assert mine.post("/repairs/", body, status=400).json == {field: [message]}
    assert session.scalar(sa.select(sa.func.count(RepairRequest.id))) == 0
    assert mails() == []


def test_a_location_of_255_characters_is_taken(mine):
    mine.post("/repairs/", BODY | {"location": "长" * 255})


def test_the_same_told_twice_is_one_request(mine, session, mails, add_recipient, category):
    add_recipient("a@hhu.example")
    for body in (BODY, BODY | {"category": category.id}):
        first = mine.post("/repairs/", body).json
        assert mine.post("/repairs/", body).json == first
    assert session.scalar(sa.select(sa.func.count(RepairRequest.id))) == 2
    assert len(mails()) == 2


@pytest.mark.parametrize(
    "what", ["location", "category", "description", "person", "older", "withdrawn"]
)
def test_what_differs_came_later_or_was_withdrawn_is_another_request(
    mine, api, session, category, add_user, what
):
    first = session.get_one(RepairRequest, mine.post("/repairs/", BODY).json["id"])
    client, changes = mine, {}
    if what == "person":
        client = api.as_user(add_user("t0002"))
    elif what == "older":
        first.created_at -= timedelta(seconds=11)
    elif what == "withdrawn":
        mine.delete(f"/repairs/{first.id}/")
    else:
        changes = {what: category.id if what == "category" else "另一个"}
    assert client.post("/repairs/", BODY | changes).json["id"] != first.id


def test_one_that_was_taken_up_at_once_is_shown_as_it_stands(mine, session):
    first = mine.post("/repairs/", BODY).json
    session.get_one(RepairRequest, first["id"]).status = TAKEN_UP
    assert mine.post("/repairs/", BODY).json == first | {"status": TAKEN_UP}


def test_the_list_has_the_callers_own_newest_first(mine, add_user, add_request, category):
    first, second = add_request(category_id=category.id), add_request(status=TAKEN_UP)
    add_request(user_id=add_user("t0002").id)
    add_request(status=WITHDRAWN)
    page = mine.get("/repairs/").json
    assert (page["count"], page["next"], page["previous"]) == (2, None, None)
    assert [one["id"] for one in page["results"]] == [second.id, first.id]
    assert [one["category"] for one in page["results"]] == [
        None,
        {"id": category.id, "name": "网络"},
    ]
    assert [one["status"] for one in page["results"]] == [1, 0]
    assert set(page["results"][0]) == {
        "id", "user", "location", "category", "description", "status", "created",
    }  # fmt: skip


def test_the_list_is_paged(mine, add_request):
    for _ in range(25):
        add_request()
    page = mine.get("/repairs/", {"page": "2"}).json
    assert (page["count"], len(page["results"])) == (25, 5)
    assert page["previous"] == "http://localhost/repairs/?page=1"
    assert mine.get("/repairs/", {"page": "3"}, status=404).json == {"detail": "无效页面。"}


def test_one_is_shown_with_its_history(mine, add_request, letters, session, admin):
    from hhu_plugins.repairs import requests

    answer = mine.post("/repairs/", BODY).json
    requests.change_status(
        session, letters, [answer["id"]], TAKEN_UP, by_user_id=admin.id, remark="明天来"
    )
    shown = mine.get(f"/repairs/{answer['id']}/").json
    told = [(one["status"], one["changed_by"], one["remark"]) for one in shown["history"]]
    assert told == [(0, "褚杰", ""), (1, "管理员", "明天来")]
    assert all(one["changed"].endswith("+08:00") for one in shown["history"])
    assert shown["history"][1]["status_name"] == "处理中"
    assert {key: shown[key] for key in answer if key != "status"} == {
        key: answer[key] for key in answer if key != "status"
    }
    assert shown["status"] == 1


def test_one_that_nobody_has_taken_up_is_withdrawn_and_gone(mine, add_request, session):
    request = add_request()
    assert mine.delete(f"/repairs/{request.id}/").body == b""
    mine.get(f"/repairs/{request.id}/", status=404)
    mine.delete(f"/repairs/{request.id}/", status=404)
    mine.post(f"/repairs/{request.id}/reopen/", {"reason": "x"}, status=404)
    assert mine.get("/repairs/").json["count"] == 0
    assert session.get_one(RepairRequest, request.id).status == WITHDRAWN


@pytest.mark.parametrize("status", [TAKEN_UP, SOLVED])
def test_one_that_is_taken_up_cannot_be_withdrawn(mine, add_request, session, status):
    request = add_request(status=status)
    answer = mine.delete(f"/repairs/{request.id}/", status=400)
    assert answer.json == {"detail": "该报修已有人受理，不能撤回。"}
    assert session.get_one(RepairRequest, request.id).status == status


def test_one_that_is_solved_is_reopened_with_a_reason(mine, add_request):
    request = add_request(status=SOLVED)
    answer = mine.post(f"/repairs/{request.id}/reopen/", {"reason": "又坏了"}, status=200).json
    assert answer["status"] == OPEN
    assert [(one["status"], one["remark"]) for one in answer["history"]] == [(0, "又坏了")]


@pytest.mark.parametrize("status", [OPEN, TAKEN_UP])
def test_one_that_is_not_solved_cannot_be_reopened(mine, add_request, status):
    path = f"/repairs/{add_request(status=status).id}/reopen/"
    answer = mine.post(path, {"reason": "x"}, status=400)
    assert answer.json == {"detail": "只有已解决的报修才能重新打开。"}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "该字段是必填项。"),
        ({"reason": " "}, "该字段不能为空。"),
        ({"reason": None}, "该字段不能为 null。"),
        ({"reason": "长" * 2001}, "请确保这个字段不能超过 2000 个字符。"),
    ],
    ids=["missing", "blank", "null", "long"],
)
def test_reopening_wants_a_reason(mine, add_request, body, message):
    path = f"/repairs/{add_request(status=SOLVED).id}/reopen/"
    assert mine.post(path, body, status=400).json == {"reason": [message]}


@pytest.mark.parametrize("foreign", ["another user's", "unknown", "too large"])
def test_what_is_not_the_callers_is_not_found(mine, add_user, add_request, foreign):
    stranger = add_user("t0002")
    number = {
        "another user's": add_request(user_id=stranger.id, status=SOLVED).id,
        "unknown": 10**9,
        "too large": 2**64,
    }[foreign]
    assert mine.get(f"/repairs/{number}/", status=404).json == {"detail": "未找到。"}
    mine.delete(f"/repairs/{number}/", status=404)
    mine.post(f"/repairs/{number}/reopen/", {"reason": "x"}, status=404)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/repairs/"),
        ("POST", "/repairs/"),
        ("GET", "/repairs/categories/"),
        ("GET", "/repairs/1/"),
        ("DELETE", "/repairs/1/"),
        ("POST", "/repairs/1/reopen/"),
    ],
)
def test_nobody_gets_in_without_a_token(api, method, path):
    answer = api.client.request(path, method=method, status=401)
    assert answer.json == {"detail": "身份认证信息未提供。"}


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/repairs/"), ("POST", "/repairs/categories/")]
)
def test_other_methods_are_told_what_is_allowed(mine, method, path):
    answer = mine.client.request(path, method=method, status=405)
    assert "GET" in answer.headers["Allow"]
