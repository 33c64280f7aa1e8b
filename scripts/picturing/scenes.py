"""What is in each picture: a page, its size, and what is done in it before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from picturing import stage

WIDE, PHONE = 1280, 390


@dataclass(frozen=True)
class Scene:
    """``act`` does something in the page before the picture is taken."""

    name: str
    path: str
    height: int = 760
    act: Callable[[Page], None] | None = None
    width: int = WIDE
    is_signed_in: bool = True
    # Signed in as a teacher, not as the administrator.
    is_teachers: bool = False


def _choose_a_table(page: Page) -> None:
    page.get_by_label("表格文件").set_input_files([stage.table_of_people()])
    page.get_by_role("button", name="上传并预演").click()
    page.get_by_role("heading", name="新增", exact=True).wait_for()


def _ask_for_an_afternoon(page: Page) -> None:
    day = stage.next_working_day()
    page.get_by_label("从", exact=True).fill(f"{day}T14:00")
    page.get_by_label("到", exact=True).fill(f"{day}T16:00")
    page.get_by_role("button", name="查询", exact=True).click()


def _open_who_gives_way(page: Page) -> None:
    _ask_for_an_afternoon(page)
    page.get_by_role("link", name="改由他人预约").first.click()
    page.wait_for_load_state()


def _show_a_working_day(page: Page) -> None:
    page.goto(f"{page.url}?day={stage.next_working_day()}")


def _show_a_working_week(page: Page) -> None:
    page.goto(f"{page.url}?week={stage.next_working_day()}")


def _go_to_a_working_day(page: Page) -> None:
    page.get_by_label("日期", exact=True).fill(f"{stage.next_working_day()}")
    page.locator(".board-event").first.wait_for()
    page.evaluate("document.activeElement.blur()")


def _ask_for_ten_people(page: Page) -> None:
    day = stage.next_working_day()
    page.get_by_label("从", exact=True).fill(f"{day}T14:00")
    page.get_by_label("到", exact=True).fill(f"{day}T15:30")
    page.get_by_label("人数").fill("10")
    page.get_by_role("button", name="查找空闲会议室").click()
    page.wait_for_load_state()
    page.evaluate("scrollTo(0, 0)")


def _show_who_is_there(page: Page) -> None:
    page.locator("details.item").first.evaluate("each => { each.open = true; }")


def _show_the_permissions(page: Page) -> None:
    page.get_by_role("link", name=stage.GROUP).click()
    page.get_by_role("heading", name=stage.GROUP).wait_for()


def _show_the_first(page: Page) -> None:
    page.locator("td.first a").first.click()
    page.locator(".crumbs a").first.wait_for()


def _ask_for_a_room(page: Page) -> None:
    page.goto(f"{page.url}?day={stage.next_working_day()}&at=14:00&minutes=90&people=10")


def _open_a_taken_room(page: Page) -> None:
    _ask_for_a_room(page)
    page.get_by_text("这时已被占用的").click()
    page.locator(".more .rows a").first.click()
    page.locator("#when").wait_for()


def _open_the_first_reservation(page: Page) -> None:
    page.locator(".rows a:has(.when)").first.click()
    page.locator("#share").wait_for()


def _open_a_solved_one(page: Page) -> None:
    page.get_by_role("link", name="已解决").first.click()
    page.get_by_role("heading", name="修好了吗？").wait_for()


# In the order of the handbook. The numbers are those of the demo college, which is always the same.
SCENES = (
    Scene("sign-in", "/admin/sign-in", 560, width=900, is_signed_in=False),
    Scene("home", "/admin/", 900),
    Scene("users", "/admin/core/users/", 640),
    Scene("user", "/admin/core/users/3/", 900),
    Scene("import", "/admin/core/users/import", 860, _choose_a_table),
    Scene("departments", "/admin/core/departments/", 560),
    Scene("group", "/admin/core/groups/", 900, _show_the_permissions),
    Scene("rights", "/admin/core/rights/", 600),
    Scene("rooms", "/admin/rooms/meetingrooms/", 620),
    Scene("board", "/admin/rooms/calendar/?view=board", 860, _go_to_a_working_day),
    Scene("room", "/admin/rooms/meetingrooms/10/", 900, _show_a_working_week),
    Scene("door", "/r/10", 900, width=PHONE, is_signed_in=False),
    Scene("door-panel", "/r/10?panel", 800, is_signed_in=False),
    Scene("door-sign", "/admin/rooms/meetingrooms/10/door", 880, _show_a_working_day),
    Scene("calendar", "/admin/rooms/calendar/?view=week&room=10", 860),
    Scene("book", "/admin/rooms/book/", 860, _ask_for_ten_people),
    Scene("conflicts", "/admin/rooms/conflicts/", 860, _ask_for_an_afternoon),
    Scene("replace", "/admin/rooms/conflicts/", 860, _open_who_gives_way),
    Scene("reservations", "/admin/rooms/reservations/", 640),
    Scene("repair-categories", "/admin/repairs/categories/", 860),
    Scene("repairs", "/admin/repairs/requests/", 640),
    Scene("repair", "/admin/repairs/requests/?tab=taken-up", 1000, _show_the_first),
    Scene("guide-categories", "/admin/guides/categories/", 480),
    Scene("guides", "/admin/guides/guides/", 640),
    Scene("activities", "/admin/activities/activities/", 640),
    Scene("form-builder", "/admin/activities/activities/6/?tab=form", 860),
    Scene("attendance", "/admin/activities/activities/5/?tab=items", 760, _show_who_is_there),
    Scene("clockin-item", "/admin/activities/items/9/", 760),
    Scene("projector", "/admin/activities/clockin/9/", 700),
    Scene("enrollments", "/admin/activities/enrollments/?activity=1&e=签到了但未签退", 700),
    Scene("clockins", "/admin/activities/clockins/", 640),
    Scene("statistics", "/admin/statistics/", 900),
    Scene("mails", "/admin/core/mails/", 560),
    Scene("audit", "/admin/core/audit/", 560),
    Scene("people-phone", "/admin/core/users/", 844, width=PHONE),
    Scene("app-today", "/app/", 844, width=PHONE, is_teachers=True),
    Scene("app-me", "/app/me/", 844, width=PHONE, is_teachers=True),
    Scene("app-search", "/app/search/?q=jx", 844, width=PHONE, is_teachers=True),
    Scene("app-activities", "/app/activities/", 844, width=PHONE, is_teachers=True),
    Scene("app-rooms", "/app/rooms/", 844, _ask_for_a_room, PHONE, is_teachers=True),
    Scene("app-room", "/app/rooms/", 844, _open_a_taken_room, PHONE, is_teachers=True),
    Scene(
        "app-reservation",
        "/app/reservations/",
        844,
        _open_the_first_reservation,
        PHONE,
        is_teachers=True,
    ),
    Scene("app-repair", "/app/repairs/mine/", 844, _open_a_solved_one, PHONE, is_teachers=True),
    Scene("app-guides", "/app/guides/?search=报销", 844, width=PHONE, is_teachers=True),
    Scene("app-contacts", "/app/contacts/", 844, width=PHONE, is_teachers=True),
)
