"""会议室 and 会议室设备: what administrators say of rooms."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from webtest import Upload

from hhu_base.models import AuditEntry, Department
from hhu_plugins.rooms import equipment
from hhu_plugins.rooms.models import Equipment, Meetingroom

ROOMS = "/admin/rooms/meetingrooms/"
WORDS = "/admin/rooms/equipment/"


@pytest.fixture
def words(session) -> dict[str, Equipment]:
    """投影, 白板 and 视频会议."""
    found = {name: Equipment(name=name) for name in ("投影", "白板", "视频会议")}
    session.add_all(found.values())
    session.flush()
    return found


@pytest.fixture
def department(session) -> Department:
    department = Department(name="水利系")
    session.add(department)
    session.flush()
    return department


def names(page) -> list[str]:
    return [cell.get_text(strip=True) for cell in page.html.select("td.first")]


def errors(page) -> dict[str, str]:
    """Field → what is wrong with it."""
    return {
        field["id"].removeprefix("item-"): field.select_one(".field-error").get_text(strip=True)
        for field in page.html.select(".field:has(.field-error)")
    }


class TestForm:
    def test_a_room_with_rules_of_its_own(self, admin, words, department, session):
        page = admin.get(ROOMS + "add")
        form = admin.form(page)
        boxes = {box["value"] for box in page.html.select("[name=checkbox][type=checkbox]")}
        assert boxes == set(words)
        for name, value in {
            "name": "报告厅",
            "location": "勤学楼",
            "seats_count": "110",
            "position": "-5",
            "max_minutes": "480",
            "max_days_ahead": "0",
        }.items():
            form[name] = value
        for field in form.fields["checkbox"]:
            field.checked = field._value in ("投影", "视频会议")
        form["departments"].force_value([str(department.id)])
        assert form.submit().status_code == 303
        session.expire_all()
        room = session.scalars(sa.select(Meetingroom)).one()
        assert room.equipment == ["投影", "视频会议"]
        assert room.departments == [department]
        limits = (room.min_minutes, room.max_minutes, room.max_days_ahead, room.position)
        assert limits == (None, 480, 0, -5)
        after = session.scalars(sa.select(AuditEntry)).one().after
        assert after["设备"] == "投影、视频会议"
        assert after["可预约的系所"] == "水利系"

    def test_all_can_be_taken_back(self, admin, words, department, add_room, session):
        room = add_room(
            "101", equipment=["投影"], departments=[department], min_minutes=60, max_days_ahead=7
        )
        page = admin.get(f"{ROOMS}{room.id}/")
        form = admin.form(page)
        for field in form.fields["checkbox"]:
            field.checked = False
        form["departments"].force_value([])
        form["min_minutes"] = form["max_days_ahead"] = ""
        assert form.submit().status_code == 303
        session.expire_all()
        assert (room.equipment, room.departments) == ([], [])
        assert (room.min_minutes, room.max_days_ahead) == (None, None)

    @pytest.mark.parametrize(
        ("values", "wrong"),
        [
            ({"max_minutes": "20"}, {"max_minutes": "预约以30分钟为单位，不能更短。"}),
            (
                {"min_minutes": "90", "max_minutes": "60"},
                {"max_minutes": "最长不能比最短更短。"},
            ),
            (
                {"min_minutes": "240"},
                {"max_minutes": "其他会议室最长 180 分钟，比最短更短，请填写。"},
            ),
            ({"min_minutes": "0"}, {"min_minutes": "请确保该值大于或者等于 1。"}),
            ({"max_minutes": "1441"}, {"max_minutes": "请确保该值小于或者等于 1440。"}),
            ({"max_days_ahead": "-1"}, {"max_days_ahead": "请确保该值大于或者等于 0。"}),
            ({"position": "x"}, {"position": "请填写合法的整数值。"}),
        ],
    )
    def test_limits_that_contradict_each_other_are_refused(
        self, admin, add_room, session, values, wrong
    ):
        room = add_room()
        page = admin.submit(admin.get(f"{ROOMS}{room.id}/"), status=400, **values)
        fields = {name: page.html.select_one(f"[name={name}]")["id"] for name in wrong}
        assert errors(page) == {fields[name]: sentence for name, sentence in wrong.items()}
        session.expire_all()
        assert (room.min_minutes, room.max_minutes, room.max_days_ahead) == (None, None, None)

    def test_a_word_that_is_none_any_more_is_refused(self, admin, words, add_room, session):
        room = add_room()
        page = admin.get(f"{ROOMS}{room.id}/")
        admin.form(page).fields["checkbox"][0].checked = True
        equipment.delete(session, words["投影"])
        equipment.delete(session, words["白板"])
        equipment.delete(session, words["视频会议"])
        admin.submit(page, status=400)
        session.expire_all()
        assert room.equipment == []


class TestList:
    def test_comes_in_the_given_order_and_can_be_filtered_by_equipment(self, admin, add_room):
        add_room("1", equipment=["投影", "白板"])
        add_room("2", equipment=["投影"], position=-1)
        add_room("3", label="投影仪")
        page = admin.get(ROOMS)
        assert names(page) == ["2", "1", "3"]
        options = page.html.select('[name="f.equipment"] option')
        assert [each["value"] for each in options] == ["", "白板", "投影"]
        assert names(admin.get(ROOMS, {"f.equipment": "投影"})) == ["2", "1"]
        assert names(admin.get(ROOMS, {"f.equipment": "白板"})) == ["1"]
        assert names(admin.get(ROOMS, {"f.equipment": "没有"})) == []

    def test_a_search_finds_what_rooms_are_equipped_with(self, admin, add_room):
        add_room("1", equipment=["投影", "视频会议"])
        add_room("2", label="视频会议")
        add_room("3", equipment=["投影"])
        assert names(admin.get(ROOMS, {"q": "视频"})) == ["1", "2"]

    def test_equipment_and_limits_come_from_a_spreadsheet(self, admin, words, add_room, session):
        room = add_room("101", equipment=["白板"], max_minutes=60)
        table = "名称,地点,座位数,设备,最长多少分钟,排序\n101,勤学楼,,投影、视频会议,,\n102,勤学楼,8,白板,240,3\n"

        def send(text: str):
            page = admin.get(ROOMS + "import")
            form = admin.form(page)
            form["file"] = Upload("会议室.csv", text.encode(), "text/csv")
            return form.submit()

        assert "“黑板” 不是合法选项" in send(table.replace("白板", "黑板")).text
        admin.submit(send(table))
        session.expire_all()
        assert (sorted(room.equipment), room.max_minutes) == (["投影", "视频会议"], 60)
        new = session.scalars(sa.select(Meetingroom).where(Meetingroom.name == "102")).one()
        assert (new.equipment, new.max_minutes, new.position) == (["白板"], 240, 3)


class TestEquipment:
    def test_words_are_added_renamed_and_deleted_with_the_rooms_that_have_them(
        self, admin, words, add_room, session
    ):
        room = add_room("101", equipment=["投影", "白板"])
        admin.submit(admin.get(WORDS + "add"), name="电视")
        page = admin.get(f"{WORDS}{words['投影'].id}/")
        assert "1 间" in page.html.select_one(".facts").get_text()
        admin.submit(page, name="投影仪")
        session.expire_all()
        assert sorted(room.equipment) == ["投影仪", "白板"]
        page = admin.get(WORDS + "delete", {"id": words["白板"].id})
        admin.submit(page)
        session.expire_all()
        assert room.equipment == ["投影仪"]
        assert set(equipment.words(session)) == {"投影仪", "视频会议", "电视"}

    @pytest.mark.parametrize(
        ("name", "sentence"),
        [
            ("投影 仪", equipment.NOT_ONE_WORD),
            ("投影、白板", equipment.NOT_ONE_WORD),
            ("白板", "已经有相同名称的会议室设备。"),
            ("投" * 21, "请确保这个字段不能超过 20 个字符。"),
            ("", "请填写名称。"),
        ],
    )
    def test_what_is_no_word_or_there_already_is_refused(self, admin, words, name, sentence):
        page = admin.submit(admin.get(f"{WORDS}{words['投影'].id}/"), status=400, name=name)
        assert list(errors(page).values()) == [sentence]
