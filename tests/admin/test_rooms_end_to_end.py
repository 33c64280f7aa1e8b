"""A declared table from end to end: 会议室, the model of a declared page."""

import sqlalchemy as sa

from hhu_base.models import AuditEntry
from hhu_plugins.rooms.models import Meetingroom

ROOMS = "/admin/rooms/meetingrooms/"


def test_a_room_is_added_changed_and_deleted(admin, session):
    page = admin.get(ROOMS + "add")
    answer = admin.submit(page, name="101", location="勤学楼", seats_count="8", label="投影")
    assert answer.location.endswith(ROOMS)
    page = admin.get(ROOMS)
    assert "已新增会议室“勤学楼 101”" in page.text
    room = session.scalar(sa.select(Meetingroom))
    assert (room.name, room.location, room.seats_count) == ("101", "勤学楼", 8)

    page = admin.get(f"{ROOMS}{room.id}/")
    admin.submit(page, seats_count="12")
    assert room.seats_count == 12

    page = admin.get(f"{ROOMS}delete?id={room.id}")
    assert "确定删除会议室“勤学楼 101”吗" in page.text
    admin.submit(page)
    assert session.scalar(sa.select(sa.func.count(Meetingroom.id))) == 0

    entries = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.action for entry in entries] == ["新增", "修改", "删除"]
    assert (entries[1].before, entries[1].after) == ({"座位数": "8"}, {"座位数": "12"})
    assert {entry.row_id for entry in entries} == {entries[0].row_id}


def test_what_is_wrong_is_said_next_to_its_field(admin):
    page = admin.submit(admin.get(ROOMS + "add"), status=400, name="", seats_count="many")
    assert "没有保存" in page.text
    assert page.html.select_one("#item-deformField1 .field-error").text.strip() == "请填写名称。"
    assert "请填写合法的整数值" in page.text


def test_the_same_room_twice_is_refused_by_its_names(admin, session):
    session.add(Meetingroom(name="101", location="勤学楼", seats_count=1))
    page = admin.submit(
        admin.get(ROOMS + "add"), status=400, name="101", location="勤学楼", seats_count="8"
    )
    assert "已经有地点、名称都相同的会议室。" in page.text
    assert session.scalar(sa.select(sa.func.count(AuditEntry.id))) == 0
