"""The pages of the activities with something in them, as test_usable.py looks at all pages."""

import pytest

from .test_usable import assert_all_usable
from .watching import findings

ACTIVITIES = "/admin/activities/"
PAGES = (
    "activities/",
    "activities/add",
    "activities/{activity_id}/",
    "activities/{activity_id}/?tab=form",
    "activities/{activity_id}/?tab=items",
    "activities/{activity_id}/?tab=history",
    "activities/{activity_id}/copy",
    "activities/{lonely_id}/",
    "enrollments/sheet?activity={activity_id}",
    "activities/delete?id={activity_id}",
    "items/",
    "items/add?activity_id={activity_id}",
    "items/{item_id}/",
    "enrollments/",
    "enrollments/?activity={activity_id}",
    "enrollments/?activity={activity_id}&e=未签到或签退",
    "enrollments/?activity={activity_id}&e=签到或&was=签到",
    "enrollments/?activity={lonely_id}",
    "enrollments/{enrollment_id}/",
    "clockins/",
    "clockins/?activity={activity_id}&odd=yes",
    "clockins/?activity={lonely_id}",
    "clockin/",
    "clockin/{item_id}/",
)


@pytest.mark.slow
def test_every_page(desk, fair):
    assert_all_usable(desk, [ACTIVITIES + path.format_map(vars(fair)) for path in PAGES])


@pytest.mark.slow
def test_a_form_with_every_type_of_field_and_its_json(desk, fair):
    desk.goto(f"{ACTIVITIES}activities/{fair.activity_id}/?tab=form")
    desk.get_by_text("表单的 JSON").click()
    assert not findings(desk)


@pytest.mark.parametrize("size", ["desktop"])
@pytest.mark.slow
def test_a_form_that_is_none(desk, fair, watch):
    desk.goto(f"{ACTIVITIES}activities/add")
    desk.get_by_text("表单的 JSON").click()
    desk.locator("textarea[name=form_metas]").fill('{"姓名": 1}')
    desk.locator(".builder-problems li").first.wait_for()
    assert not findings(desk)
