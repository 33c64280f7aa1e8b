"""People in the search over everything."""

import pytest


@pytest.mark.parametrize(
    "text",
    [
        "张三",
        "三",
        "zhangsan",
        "zs",
        "san",
        "13912345678",
        "2345",
        "教授 张",
        "计算机",
        "zs 计算机",
    ],
)
def test_a_person_is_found_by_name_pinyin_post_phone_and_department(
    search, people, add_department, text
):
    department = add_department("计算机系")
    people("张三", post="教授", phone="13912345678", department_id=department.id)
    assert search(text)["通讯录"] == {"张三": "计算机系 · 教授 · 13912345678"}


def test_colleagues_come_first_then_by_pinyin(search, people, befriend, teacher):
    zhang, *_ = people("张会 李会 王会")
    befriend(teacher, zhang)
    assert list(search("会")["通讯录"]) == ["张会", "李会", "王会"]


def test_of_many_the_nearest_are_shown_and_a_way_to_all(search, browser, teacher, people):
    people("张一 张二 张三 张四 张五 张六 张七 张八")
    assert len(search("zhang")["通讯录"]) == 6
    page = browser.as_user(teacher).get("/app/search/results", {"q": "zhang"})
    assert page.html.find("a", class_="search-more")["href"] == "/app/contacts/?search=zhang"


def test_who_has_left_is_not_found(search, people):
    people("张三", is_active=False)
    assert "通讯录" not in search("张三")
