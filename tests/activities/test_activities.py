"""GET /activities/."""

import json

import pytest
import sqlalchemy as sa

from .conftest import FORM, HOUR


def names(answer) -> list[str]:
    return [each["name"] for each in answer.json["results"]]


def test_an_activity_as_the_contract_has_it(
    mine, add_activity, add_enrollment, add_user, teacher, now
):
    activity = add_activity(form=FORM, participants_total_limit=100, description="带伞")
    add_enrollment(activity, teacher)
    add_enrollment(activity, add_user("t0002"))
    answer = mine.get(f"/activities/{activity.id}/").json
    assert list(json.loads(answer["form_metas"]).items()) == list(FORM.items())
    assert "姓名" in answer["form_metas"]
    assert answer["time_start"].endswith("+08:00")
    assert answer == {
        "id": activity.id,
        "time_start": answer["time_start"],
        "time_end": answer["time_end"],
        "location": "操场",
        "name": "春游",
        "description": "带伞",
        "form_metas": answer["form_metas"],
        "open_for_enrollment": True,
        "enrollment_count": 2,
        "my_enrollment_count": 1,
        "participants_total_limit": 100,
        "has_waiting_list": False,
    }
    assert mine.get("/activities/").json["results"] == [answer]


def test_the_list_has_those_that_are_open_newest_first(mine, add_activity):
    add_activity("旧")
    add_activity("关闭", open_for_enrollment=False)
    add_activity("新", participants_total_limit=None)
    assert names(mine.get("/activities")) == ["新", "旧"]
    assert names(mine.get("/activities/", {"my": "no"})) == ["新", "旧"]


def test_my_list_has_those_that_the_caller_is_enrolled_in_open_or_not(
    mine, add_activity, add_enrollment, add_user, teacher
):
    add_activity("开放")
    closed = add_activity("关闭", open_for_enrollment=False)
    others = add_activity("别人的")
    add_enrollment(closed, teacher)
    add_enrollment(others, add_user("t0002"))
    assert names(mine.get("/activities/", {"my": "yes"})) == ["关闭"]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("联欢", ["中秋联欢 Party"]),
        ("party 中秋", ["中秋联欢 Party"]),
        ("%", ["100% 出勤"]),
        ("_", []),
        ("", ["100% 出勤", "中秋联欢 Party"]),
        ("没有", []),
    ],
)
def test_a_search_looks_into_the_names(mine, add_activity, search, found):
    add_activity("中秋联欢 Party", location="会议室_1")
    add_activity("100% 出勤")
    assert names(mine.get("/activities/", {"search": search})) == found


def test_a_closed_one_is_only_found_by_who_is_enrolled(mine, add_activity, add_enrollment, teacher):
    activity = add_activity(open_for_enrollment=False)
    assert mine.get(f"/activities/{activity.id}/", status=404).json == {"detail": "未找到。"}
    add_enrollment(activity, teacher)
    mine.get(f"/activities/{activity.id}/")


@pytest.mark.parametrize("path", ["999999", "9" * 30, "x", "%EF%BC%91"])
def test_an_unknown_one_is_not_found(mine, path):
    mine.get(f"/activities/{path}/", status=404)


def test_a_page_costs_the_same_however_many_are_on_it(mine, add_activity, engine):
    statements = []

    def count(*args) -> None:
        statements.append(args[2])

    sa.event.listen(engine, "before_cursor_execute", count)
    try:
        add_activity()
        mine.get("/activities/")
        first = len([text for text in statements if text.startswith("SELECT")])
        for number in range(15):
            add_activity(f"第 {number} 次")
        statements.clear()
        mine.get("/activities/")
        assert len([text for text in statements if text.startswith("SELECT")]) <= first
    finally:
        sa.event.remove(engine, "before_cursor_execute", count)


def test_the_list_is_paged(mine, add_activity):
    for number in range(23):
        add_activity(str(number))
    answer = mine.get("/activities/", {"search": ""}).json
    assert (answer["count"], len(answer["results"]), answer["previous"]) == (23, 20, None)
    assert len(mine.get(answer["next"]).json["results"]) == 3
    assert mine.get("/activities/", {"page": 3}, status=404).json == {"detail": "无效页面。"}


def test_a_bad_parameter_is_a_field_error(mine):
    assert mine.get("/activities/", {"my": "maybe"}, status=400).json == {
        "my": ["必须是有效的布尔值。"]
    }


@pytest.mark.parametrize(
    "path",
    ["activities/", "activities/1/", "enrollments/", "enrollments/1/", "enrollments/waiting/"]
    + ["activities/clockins/1/", "activities/clockin-duties/", "activities/clockin-duties/1/"],
)
def test_nobody_gets_in_without_a_token(api, path):
    assert api.get(f"/{path}", status=401).json == {"detail": "身份认证信息未提供。"}


def test_an_activity_that_has_begun_is_still_open(mine, add_activity, now):
    activity = add_activity(time_start=now - HOUR, time_end=now + HOUR)
    mine.post("/enrollments/", {"activity": activity.id, "participating_metas": {}})
