"""系所: how many are in each, and two that become one, whatever points to them."""

import pytest
import sqlalchemy as sa

from hhu_base.models import AuditEntry, Department
from hhu_plugins.rooms.models import Meetingroom

DEPARTMENTS = "/admin/core/departments/"


@pytest.fixture
def add_department(session):
    def add(name: str) -> Department:
        department = Department(name=name)
        session.add(department)
        session.flush()
        return department

    return add


@pytest.fixture
def two(add_department):
    return add_department("信息系"), add_department("信息工程系")


def counts(page) -> dict[str, str]:
    return {
        row.select_one("td.first").text: row.select_one("td[data-label=人数]").text.strip()
        for row in page.html.select("tbody tr")
    }


def test_the_list_counts_who_works_there_and_leads_to_them(admin, two, add_user):
    kept, gone = two
    add_user("t1", department_id=kept.id)
    add_user("t2", department_id=kept.id)
    add_user("t3", department_id=kept.id, is_active=False)
    page = admin.get(DEPARTMENTS, {"sort": "-members_count"})
    assert list(counts(page).items()) == [("信息系", "2"), ("信息工程系", "0")]
    people = admin.get(page.html.select_one("td[data-label=人数] a")["href"])
    assert [link.text for link in people.html.select("td.first a")] == ["t1", "t2"]


def merge(admin, kept, *gone, status=303):
    page = admin.get(DEPARTMENTS + "do/merge?" + "&".join(f"id={each.id}" for each in gone))
    form = admin.form(page)
    form["target_id"].force_value(str(kept.id))
    return admin._call(form.submit, status=status)


def test_two_become_one_and_everything_follows(admin, two, add_user, session):
    kept, gone = two
    users = [add_user("t1", department_id=gone.id), add_user("t2", department_id=kept.id)]
    rooms = [
        Meetingroom(name="101", location="楼", seats_count=1, departments=[gone]),
        Meetingroom(name="102", location="楼", seats_count=1, departments=[kept, gone]),
    ]
    rooms[0].approval_department = gone
    session.add_all(rooms)
    session.flush()
    done = merge(admin, kept, gone)
    assert "已合并 1 个系所" in done.follow().text
    assert session.scalars(sa.select(Department.name)).all() == ["信息系"]
    assert {user.department_id for user in users} == {kept.id}
    assert [room.departments for room in rooms] == [[kept], [kept]]
    assert rooms[0].approval_department_id == kept.id
    about_user = sa.select(AuditEntry).where(AuditEntry.row_id == users[0].id)
    (entry,) = session.scalars(about_user.where(AuditEntry.table_name == "core_users"))
    assert (entry.before, entry.after) == ({"系所": "信息工程系"}, {"系所": "信息系"})


def test_several_at_once_and_from_its_own_page(admin, two, add_department, session):
    kept, gone = two
    page = admin.get(f"{DEPARTMENTS}{gone.id}/")
    question = admin.get(page.html.select_one("a[href*='do/merge']")["href"])
    form = admin.form(question)
    form["target_id"].force_value(str(kept.id))
    assert admin._call(form.submit, status=303).follow().request.path == DEPARTMENTS
    others = add_department("甲"), add_department("乙")
    merge(admin, kept, *others)
    assert session.scalars(sa.select(Department.name)).all() == ["信息系"]


def test_into_itself_is_refused_and_nothing_is_lost(admin, two, session):
    kept, gone = two
    page = merge(admin, kept, kept, gone, status=400)
    assert "请选择另一个系所" in page.text
    assert session.scalar(sa.select(sa.func.count(Department.id))) == 2


def test_a_place_is_chosen_from_those_that_there_are(admin, session):
    session.add_all(
        Meetingroom(name=name, location=place, seats_count=1)
        for name, place in (("1", "致高楼"), ("2", "勤学楼"), ("3", "勤学楼"))
    )
    page = admin.get("/admin/rooms/meetingrooms/add")
    field = page.html.select_one("input[name=location]")
    options = page.html.select(f"#{field['list']} option")
    assert [option["value"] for option in options] == ["勤学楼", "致高楼"]
