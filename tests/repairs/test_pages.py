"""报修 in a browser, and the button for it at the doors of rooms."""

import sqlalchemy as sa

from hhu_plugins.repairs.models import RepairCategory, RepairRequest
from hhu_plugins.rooms.models import Meetingroom


def test_from_the_door_of_a_room_to_a_fault_reported_there(browser, session, teacher):
    room = Meetingroom(name="101", location="勤学楼", seats_count=10)
    category = RepairCategory(name="网络")
    session.add_all([room, category])
    session.flush()
    mine = browser.as_user(teacher)
    button = mine.get(f"/r/{room.id}").html.select_one(".door-actions a")
    assert button.get_text(strip=True) == "报修"
    page = mine.get(button["href"])
    form = mine.form(page)
    assert form["location"].value == "勤学楼 101"
    form["category"] = str(category.id)
    form["description"] = "投影仪不亮"
    assert "已报修" in form.submit(status=303).follow().text
    [row] = session.scalars(sa.select(RepairRequest))
    assert (row.user_id, row.location, row.category_id) == (teacher.id, "勤学楼 101", category.id)
    assert row.description == "投影仪不亮"


def test_what_is_missing_is_said(browser, session, teacher):
    mine = browser.as_user(teacher)
    form = mine.form(mine.get("/app/repairs/new/"))
    form["description"] = ""
    assert "必填" in form.submit(status=400).text
    assert session.scalar(sa.select(sa.func.count(RepairRequest.id))) == 0
