"""Every page: no serious finding of axe, wide and light, narrow and dark; nothing beyond the edge."""

import pytest

from hhu_base.values.spreadsheets import write_table
from tests.sampling import first

from .watching import findings, visit

PAGES = (
    "/admin/password",
    "/admin/core/users/{teacher_id}/",
    "/admin/core/users/add",
    "/admin/core/users/import",
    "/admin/core/users/do/reset-password?id={teacher_id}",
    "/admin/core/users/delete?id={teacher_id}",
    "/admin/core/users/?q=nobody",
    "/admin/core/groups/{group_id}/",
    "/admin/rooms/meetingrooms/{room_id}/",
    "/admin/rooms/meetingrooms/{room_id}/door",
    "/admin/rooms/meetingrooms/delete?id={room_id}",
    "/admin/rooms/hours/add",
    "/admin/rooms/closures/",
    "/admin/rooms/closures/add",
    "/admin/rooms/reservations/{reservation_id}/",
    "/admin/rooms/reservations/add",
    "/admin/rooms/book/?room={room_id}",
    "/admin/rooms/reservations/do/cancel?id={reservation_id}",
    "/admin/rooms/calendar/?view=week&room={room_id}",
    "/admin/rooms/calendar/?view=list",
    "/admin/rooms/calendar/?view=day&room={room_id}&date=2031-01-05",
    "/admin/rooms/calendar/?view=board",
    "/admin/rooms/calendar/?view=board-week",
    "/admin/repairs/requests/{repair_id}/",
    "/admin/repairs/requests/do/take-up?id={repair_id}",
    "/admin/repairs/requests/delete?id={repair_id}",
    "/admin/repairs/requests/?q=nothing",
    "/admin/repairs/categories/{fault_id}/",
    "/admin/repairs/categories/delete?id={fault_id}",
    "/admin/repairs/requests/add",
    "/admin/repairs/requests/do/assign?id={repair_id}",
    "/admin/guides/guides/{guide_id}/",
    "/admin/guides/guides/add",
    "/admin/guides/guides/delete?id={guide_id}",
    "/admin/guides/categories/add",
    "/admin/statistics/",
    "/admin/core/mails/{mail_id}/",
    "/admin/core/mails/do/send-again?id={mail_id}",
)
# What a phone hides: the menu, where one is, the heads of tables, the week of the calendar.
WIDE_PAGES = (
    "/admin/",
    "/admin/core/users/?q=b0001",
    "/admin/core/users/{teacher_id}/",
    "/admin/core/audit/",
    "/admin/rooms/calendar/?view=week&room={room_id}",
    "/admin/rooms/calendar/?view=board",
    "/admin/activities/enrollments/?activity={activity_id}",
)


def assert_all_usable(desk, paths) -> None:
    """One after the other in one browser, and all that is wrong with them at once."""
    wrong = []
    for path in paths:
        visit(desk, path)
        wrong += findings(desk)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("size", first(1, ["phone", "desktop"]))
def test_every_page_of_the_menu(desk):
    desk.goto("/admin/")
    lines = desk.locator(".menu-line").evaluate_all("lines => lines.map((line) => line.pathname)")
    assert len(lines) >= 8
    assert_all_usable(desk, lines)


@pytest.mark.slow
def test_the_pages_behind(desk, site):
    assert_all_usable(desk, [path.format_map(vars(site)) for path in PAGES])


@pytest.mark.parametrize("size", ["desktop"])
def test_what_only_a_wide_screen_shows_in_the_dark(own_desk, site, fair):
    own_desk.emulate_media(color_scheme="dark")
    ids = vars(site) | vars(fair)
    assert_all_usable(own_desk, [path.format_map(ids) for path in WIDE_PAGES])


@pytest.mark.slow
def test_pages_about_errors(desk, watch):
    watch.expect(404)
    desk.goto("/admin/core/nothing/")
    assert not findings(desk)
    watch.expect(400)
    desk.goto("/admin/rooms/meetingrooms/add")
    desk.get_by_role("button", name="保存", exact=True).click()
    desk.locator(".field-error").first.wait_for()
    assert not findings(desk)


def test_signing_in(page):
    page.goto("/admin/sign-in")
    assert not findings(page)


@pytest.mark.slow
def test_a_dry_run(desk):
    rows = [("b0001", "新", "名"), ("", "没有"), ("x1", "新", "人", "新的系")]
    file = write_table("a.csv", ("工号", "姓氏", "名字", "系所", "星座"), rows)
    desk.goto("/admin/core/users/import")
    choose = {"name": "a.csv", "mimeType": "text/csv", "buffer": file}
    desk.get_by_label("表格文件").set_input_files([choose])
    desk.get_by_role("button", name="上传并预演").click()
    desk.get_by_role("heading", name="有误的行").wait_for()
    assert not findings(desk)
