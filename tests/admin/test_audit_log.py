"""操作日志: leads to what it tells of, in words, and is asked by person, object and day."""

import pytest
import sqlalchemy as sa

from hhu_base.models import AuditEntry, Department

AUDIT = "/admin/core/audit/"
ROOMS = "/admin/rooms/meetingrooms/"
USERS = "/admin/core/users/"


@pytest.fixture
def entry(admin, add_room, session):
    room = add_room()
    admin.submit(admin.get(f"{ROOMS}{room.id}/"), seats_count="30", label="投影")
    return session.scalar(sa.select(AuditEntry))


def labels(page) -> list[str]:
    return [cell.text.strip() for cell in page.html.select("td[data-label=对象]")]


def test_what_was_changed_is_told_from_before_to_after(admin, entry):
    (cell,) = admin.get(AUDIT).html.select("td[data-label=改动]")
    assert "座位数：10 → 30" in cell.text
    assert "标签：（空） → 投影" in cell.text
    (row,) = (
        row
        for row in admin.get(f"{AUDIT}{entry.id}/").html.select(".changes div")
        if row.select_one("dt").text == "座位数"
    )
    assert (row.select_one("del").text, row.select_one("ins").text) == ("10", "30")


def test_the_object_is_a_link(admin, entry, session):
    link = admin.get(AUDIT).html.select_one("td[data-label=对象] a.cell-link, td.on-card-title a")
    assert admin.get(f"{AUDIT}{entry.id}/object", status=303).location.endswith(
        f"{ROOMS}{entry.row_id}/"
    )
    assert link is not None
    page = admin.get(f"{AUDIT}{entry.id}/")
    assert page.html.select_one(".facts a")["href"].startswith(f"{AUDIT}{entry.id}/object")


def test_of_what_is_gone_that_is_said(admin, entry, session):
    admin.submit(admin.get(f"{ROOMS}delete?id={entry.row_id}"))
    page = admin.get(f"{AUDIT}{entry.id}/object", status=303).follow()
    assert "已经删除" in page.text


def test_it_is_asked_by_person_and_by_object(admin, browser, add_staff, add_room, entry, session):
    other = browser.as_user(add_staff("rooms.change"))
    theirs = add_room("202")
    other.submit(other.get(f"{ROOMS}{theirs.id}/"), seats_count="31")
    page = admin.get(AUDIT)
    people = {
        option.text: option["value"]
        for option in page.html.select("select[name='f.actor_id'] option")
    }
    assert {"管理员 root", "褚杰 staff"} <= set(people)
    assert labels(admin.get(AUDIT, {"f.actor_id": people["褚杰 staff"]})) == ["勤学楼 202"]
    assert page.html.select_one("select[name='f.row_id']") is None
    asked = {"f.table_name": "rooms_meetingrooms"}
    page = admin.get(AUDIT, asked)
    objects = [option.text for option in page.html.select("select[name='f.row_id'] option")][1:]
    assert objects == ["勤学楼 202", "勤学楼 101"]
    assert labels(admin.get(AUDIT, asked | {"f.row_id": str(entry.row_id)})) == ["勤学楼 101"]
    # Of another table it is no object.
    everything = admin.get(AUDIT, {"f.table_name": "core_users", "f.row_id": str(entry.row_id)})
    assert everything.html.select_one("select[name='f.row_id']") is None


def test_the_page_of_a_row_leads_to_all_that_was_done_to_it(admin, entry):
    page = admin.get(f"{ROOMS}{entry.row_id}/")
    link = page.html.select_one(".history .panel-head a")["href"]
    assert labels(admin.get(link)) == ["勤学楼 101"]


def test_what_was_deleted_is_kept_in_words(admin, add_user, session):
    department = Department(name="信息系")
    session.add(department)
    session.flush()
    user = add_user("t1", department_id=department.id, phone="15400000001")
    admin.submit(admin.get(f"{USERS}delete?id={user.id}"))
    entry = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry.before["系所"] == "信息系"
    assert entry.before["启用"] == "是"
    assert entry.before["手机"] == "15400000001"
    assert all(name.isupper() or not name.isascii() for name in entry.before)


@pytest.mark.parametrize("value", ["x", "99999999999999999999", "-1", "\0"])
def test_no_person_and_no_object_is_no_error(admin, entry, value):
    admin.get(AUDIT, {"f.actor_id": value, "f.table_name": value, "f.row_id": value})
    admin.get(AUDIT, {"f.table_name": "rooms_meetingrooms", "f.row_id": value})
