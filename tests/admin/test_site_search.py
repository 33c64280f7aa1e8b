"""The search over everything of the back office: what the person who asks may see, and nothing else."""

import pytest

from hhu_base.models import Department


@pytest.fixture
def department(session) -> Department:
    department = Department(name="计算机系")
    session.add(department)
    session.flush()
    return department


def kinds(page) -> list[str]:
    return [section.h2.text for section in page.html.main.find_all("section")]


@pytest.mark.parametrize("text", ["计算机", "jisuanji", "jsj"])
def test_rows_of_every_table_are_found_by_text_and_pinyin(admin, department, text):
    page = admin.get("/admin/search/", {"q": text})
    assert f"/admin/core/departments/{department.id}/" in page.text
    assert "系所" in kinds(page)


def test_department_and_phone_stand_beside_the_name(admin, department, add_user):
    add_user("t1", last_name="张", department_id=department.id, phone="15400000001")
    (hit,) = admin.get("/admin/search/results", {"q": "zj"}).html.select("a[href*=users]")
    assert hit.span.text == "t1 张杰计算机系 · 15400000001"


def test_lines_of_the_menu_are_found(admin):
    assert "/admin/core/users/" in admin.get("/admin/search/results", {"q": "jiaoshi"}).text


def test_nobody_finds_what_they_may_not_see(browser, add_staff, department, add_user):
    add_user("t0777", last_name="计算机")
    page = browser.as_user(add_staff("rooms.view")).get("/admin/search/", {"q": "计算机"})
    assert kinds(page) == []
    page = browser.as_user(add_staff("core.view", username="staff2")).get(
        "/admin/search/", {"q": "计算机"}
    )
    assert "系所" in kinds(page)


def test_teachers_are_not_let_in(browser, teacher):
    for path in ("/admin/search/", "/admin/search/results"):
        browser.as_user(teacher).get(path, {"q": "x"}, status=403)
