"""The code on the projector."""

from datetime import UTC, datetime

import pytest

from hhu_base.testing.clients import AdminClient

from .conftest import HOUR

PATH = "/admin/activities/clockin/"


@pytest.fixture
def theirs(browser, teacher) -> AdminClient:
    return browser.as_user(teacher)


def test_an_ordinary_teacher_shows_the_code_of_his_own_item(
    theirs, teacher, activity, add_item, add_clockin, add_enrollment, app
):
    item = add_item(activity, "签到", staff=[teacher])
    add_enrollment(activity, teacher)
    page = theirs.get(f"{PATH}{item.id}/")
    assert page.html.select_one("#code svg")
    assert page.html.select_one("#enrolled").text == "1"

    add_clockin(item, teacher)
    answer = theirs.get(f"{PATH}{item.id}/code")
    assert answer.headers["Cache-Control"] == "no-store"
    assert (answer.json["present"], answer.json["enrolled"]) == (1, 1)
    codes = app.registry["activities.codes"]
    # Of this moment: a future one could not be read yet.
    assert codes.read(answer.json["key"], datetime.now(UTC)).item_id == item.id
    assert 0 < answer.json["expires_in"] <= codes.interval


def test_nobody_shows_the_code_of_somebody_elses_item(theirs, activity, add_item, add_user):
    item = add_item(activity, "签到", staff=[add_user("t0002")])
    for path in (f"{PATH}{item.id}/", f"{PATH}{item.id}/code", f"{PATH}{10**30}/code"):
        theirs.get(path, status=404)


def test_who_may_only_look_shows_no_code(browser, add_staff, activity, add_item):
    item = add_item(activity)
    browser.as_user(add_staff("activities.view")).get(f"{PATH}{item.id}/code", status=404)
    changing = browser.as_user(add_staff("activities.change", username="changing"))
    changing.get(f"{PATH}{item.id}/code")


def test_nobody_sees_a_code_without_signing_in(browser, activity, add_item):
    item = add_item(activity)
    answer = browser.get(f"{PATH}{item.id}/code", status=303)
    assert "/admin/sign-in" in answer.location


@pytest.mark.parametrize(
    ("start", "end", "state"),
    [(HOUR, 2 * HOUR, "before"), (-HOUR, HOUR, "now"), (-2 * HOUR, -HOUR, "over")],
)
def test_the_page_says_whether_it_is_time(admin, activity, add_item, start, end, state):
    item = add_item(activity, start=start, end=end)
    assert admin.get(f"{PATH}{item.id}/code").json["state"] == state
    notice = admin.get(f"{PATH}{item.id}/").html.select_one("#notice").text
    assert bool(notice) == (state != "now")


def test_ones_duties_are_on_the_home_page(theirs, teacher, activity, add_item):
    assert "项打卡由您展示二维码" not in theirs.get("/admin/").text
    item = add_item(activity, "签到", staff=[teacher])
    add_item(activity, "签退")
    page = theirs.get("/admin/")
    assert page.html.select_one(f'.lines a[href="{PATH}{item.id}/"]').text == "签到"
    assert not page.html.select(f'.menu a[href="{PATH}"]')
    page = theirs.get(PATH)
    assert [a.text.strip() for a in page.html.select("td.first a")] == ["签到"]


def test_administrators_find_the_codes_in_the_menu(admin):
    assert admin.get("/admin/").html.select_one(f'.menu a[href="{PATH}"]')


def test_the_projectors_script_and_style_are_the_plugins_own(theirs, teacher, activity, add_item):
    item = add_item(activity, staff=[teacher])
    page = theirs.get(f"{PATH}{item.id}/")
    for address in (
        page.html.select_one('script[src*="projector.js"]')["src"],
        page.html.select_one('link[href*="projector.css"]')["href"],
    ):
        assert "max-age" in theirs.get(address).headers["Cache-Control"]
    assert not page.html.select("main script, main [style]")
