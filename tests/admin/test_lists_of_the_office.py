"""Lists as the office uses them: sorted by every column, told apart, called from, counted in words."""

from datetime import UTC, datetime

import pytest

from hhu_base.models import Department, Group
from hhu_base.web.display import Phone, with_phones
from hhu_plugins.rooms.models import CONFIRMED, Reservation

USERS = "/admin/core/users/"
ROOMS = "/admin/rooms/meetingrooms/"


def names(page) -> list[str]:
    return [link.text for link in page.html.select("td.first a")]


@pytest.mark.parametrize("word", ["zjj", "zhaojiajun", "zhaojj", "jiaj", "zhjj"])
def test_a_name_is_found_by_its_pinyin_and_its_initials(admin, add_user, word):
    add_user("t1", last_name="赵", first_name="家俊")
    add_user("t2", last_name="钱", first_name="进")
    assert names(admin.get(USERS, {"q": word})) == ["t1"]
    found = admin.get(USERS + "options", {"q": word}).json["results"]
    assert [each["text"] for each in found] == ["t1 赵家俊"]


@pytest.fixture
def reservation(add_user, add_room, session):
    user = add_user("t1", last_name="赵", first_name="家俊")
    start, end = datetime(2026, 1, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 2, tzinfo=UTC)
    about = {"description": "例会", "status": CONFIRMED, "reserve_from": start, "reserve_to": end}
    session.add(Reservation(room_id=add_room().id, user_id=user.id, **about))
    session.flush()


def test_who_is_pointed_to_is_found_by_pinyin_too(admin, reservation):
    page = admin.get("/admin/rooms/reservations/", {"q": "zjj", "tab": "all"})
    assert len(page.html.select("tbody tr")) == 1


def test_a_single_letter_is_no_pinyin(admin, add_room):
    add_room("安静室")
    add_room("A101")
    assert names(admin.get(ROOMS, {"q": "a"})) == ["A101"]


def test_a_picker_shows_department_and_phone_beside_the_name(admin, add_user, session):
    department = Department(name="信息系")
    session.add(department)
    session.flush()
    add_user("t1", last_name="张", department_id=department.id, phone="15400000001")
    (found,) = admin.get(USERS + "options", {"q": "t1"}).json["results"]
    assert found["note"] == "信息系 · 15400000001"


def test_a_group_is_sorted_by_how_many_are_in_it(admin, add_user, session):
    users = [add_user(f"t{number}") for number in range(3)]
    session.add_all([Group(name="少", users=users[:1]), Group(name="多", users=users)])
    session.flush()
    assert names(admin.get("/admin/core/groups/", {"sort": "-members"})) == ["多", "少"]
    assert names(admin.get("/admin/core/groups/", {"sort": "members"})) == ["少", "多"]


def test_every_column_of_every_list_can_be_sorted_by(admin, app):
    """All but a text that is made of many."""
    for table in app.registry["admin.tables"].values():
        for column in table.all_columns:
            if (table.table, column.name) == ("audit", "changes"):
                continue
            assert column.sort or column.value is None, (table.path, column.name)
            admin.get(table.path, {"sort": f"-{column.name}"})


def test_what_no_index_orders_is_sorted_while_there_are_few(admin, reservation, monkeypatch):
    def sorted_by() -> list[str]:
        page = admin.get("/admin/rooms/reservations/", {"sort": "description", "tab": "all"})
        return [link.text for link in page.html.select("th a")]

    assert {"会议说明", "状态", "预约人"} <= set(sorted_by())
    monkeypatch.setattr("hhu_base.admin.listing._MOST_SORTED", 0)
    assert "预约人" in sorted_by()
    assert not {"会议说明", "状态", "会议室"} & set(sorted_by())


def test_numbers_are_links_that_call(admin, add_user, add_room):
    user = add_user("t1", phone="154 0000-0001", tel="问前台")
    page = admin.get(USERS)
    assert page.html.select_one("a.cell-link")["href"] == "tel:15400000001"
    page = admin.get(f"{USERS}{user.id}/")
    assert [link["href"] for link in page.html.select(".facts a")] == ["tel:15400000001"]
    assert "问前台" in page.html.select_one(".facts").text


def test_numbers_in_a_text_are_links_too():
    drawn = with_phones("<b>赵家俊</b> 13800000001，025-83780000 工号20090001")
    assert drawn.startswith("&lt;b&gt;赵家俊")
    assert 'href="tel:13800000001"' in drawn
    assert 'href="tel:025-83780000"'.replace("-", "") in drawn
    assert drawn.count("<a") == 2
    assert Phone("见通讯录").href == ""


def test_people_are_counted_as_people(admin, add_user):
    add_user("t1")
    assert "2 位教师" in admin.get(USERS).html.select_one(".pager").text
    page = admin.get(f"{USERS}add")
    assert "保存并再新增一位" in page.text


def test_on_a_phone_a_teacher_is_a_card_with_their_name_and_three_lines(admin, add_user):
    add_user("t1", last_name="张", first_name="杰", phone="15400000001")
    row = admin.get(USERS, {"q": "t1"}).html.select_one("tbody tr")
    title = row.select_one(".on-card-title")
    assert title.text == "张杰"
    assert title.select_one("a")["href"].startswith(USERS)
    assert [cell["data-label"] for cell in row.select(".on-card-line")] == ["系所", "职位", "手机"]


def test_how_many_filters_are_on_is_said_where_they_fold(admin):
    page = admin.get(USERS, {"f.is_active": "yes", "f.is_staff": "yes"})
    assert page.html.select_one("[data-fold]").text.strip() == "筛选 (2)"
    assert admin.get(USERS).html.select_one("[data-fold]").text.strip() == "筛选"
