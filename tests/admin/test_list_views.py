"""Lists: search, filters, order, pages, export; and what may be deleted."""

import csv
import io
from datetime import UTC, datetime

import openpyxl
import pytest
import sqlalchemy as sa

from hhu_base.accounts.admin.users import UserAdmin
from hhu_base.admin.search import FieldPaths
from hhu_base.models import AuditEntry, Department, User
from hhu_plugins.rooms.models import CONFIRMED, Meetingroom, Reservation

ROOMS = "/admin/rooms/meetingrooms/"
USERS = "/admin/core/users/"


def names(page) -> list[str]:
    return [link.text for link in page.html.select("td.first a")]


def test_every_word_of_a_search_is_found_somewhere(admin, add_room):
    add_room("101", label="投影 视频")
    add_room("102", label="100%_")
    add_room("103", location="致高楼")
    assert names(admin.get(ROOMS, {"q": "勤学 投影"})) == ["101"]
    assert names(admin.get(ROOMS, {"q": "0%_"})) == ["102"]
    assert "没有符合条件" in admin.get(ROOMS, {"q": "勤学 致高"}).text


def test_filters(admin, add_user, session):
    department = Department(name="信息系")
    session.add(department)
    session.flush()
    add_user("t1", department_id=department.id)
    add_user("t2", is_active=False)
    assert names(admin.get(USERS, {"f.department_id": str(department.id)})) == ["t1"]
    assert names(admin.get(USERS, {"f.department_id": "-", "f.is_staff": "no"})) == ["t2"]
    assert names(admin.get(USERS, {"f.is_active": "no"})) == ["t2"]
    page = admin.get(USERS, {"f.is_active": "no"})
    assert page.html.select_one("select[name='f.is_active'] option[selected]").text == "否"


def test_order_also_by_the_rows_that_it_points_to(admin, add_user, session):
    for number, name in ((1, "B"), (2, "A")):
        department = Department(name=name)
        session.add(department)
        session.flush()
        add_user(f"t{number}", department_id=department.id)
    assert names(admin.get(USERS, {"q": "t", "sort": "department.name"}))[:2] == ["t2", "t1"]
    assert names(admin.get(USERS, {"sort": "-department.name"}))[:2] == ["t1", "t2"]
    page = admin.get(USERS, {"sort": "-department.name"})
    assert page.html.select_one("th[aria-sort=descending]").text == "系所"


def test_pages(admin, session):
    session.add_all(
        Meetingroom(name=f"{n:03}", location="楼", seats_count=1) for n in range(1, 121)
    )
    page = admin.get(ROOMS, {"page": "2"})
    assert names(page) == [f"{n:03}" for n in range(51, 101)]
    assert "第 51–100 间，共 120 间会议室" in page.text
    assert names(admin.get(ROOMS, {"page": "99"}))[-1] == "120"


def test_far_pages_are_the_same_from_the_end(admin, session, monkeypatch):
    monkeypatch.setattr(UserAdmin, "page_size", 3)
    monkeypatch.setattr("hhu_base.admin.listing._NEAR", 1)
    department = Department(name="信息系")
    session.add(department)
    session.flush()
    session.add_all(
        User(username=f"t{n:02}", department_id=None if n % 3 else department.id) for n in range(20)
    )
    for sort in ("username", "-username", "department.name", "-department.name"):
        pages = [names(admin.get(USERS, {"sort": sort, "page": str(n)})) for n in range(1, 8)]
        found = [name for page in pages for name in page]
        assert len(set(found)) == 21
        if sort.endswith("name") and "." in sort:
            assert {int(name[1:]) % 3 for name in found[:7]} == {0}
        else:
            assert found == sorted(found, reverse=sort.startswith("-"))


def test_options_for_a_select(admin, add_user):
    add_user("t1", last_name="张")
    found = admin.get(USERS + "options", {"q": "张"}).json["results"]
    assert [each["text"] for each in found] == ["t1 张杰"]


class TestExport:
    @pytest.fixture
    def rooms(self, add_room):
        add_room("=1+1", label="@x", seats_count=-0)
        add_room("甲", label="+5", seats_count=12)

    def test_csv(self, admin, rooms):
        answer = admin.get(ROOMS + "export.csv", {"sort": "-name"})
        assert answer.body.startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"))))
        assert rows == [
            ["名称", "地点", "座位数", "设备", "标签", "可预约的系所", "照片"],
            ["甲", "勤学楼", "12", "", "'+5", "", ""],
            ["'=1+1", "勤学楼", "0", "", "'@x", "", ""],
        ]
        assert "filename*=UTF-8''%E4%BC%9A" in answer.headers["Content-Disposition"]

    def test_xlsx(self, admin, rooms):
        answer = admin.get(ROOMS + "export.xlsx", {"q": "甲"})
        sheet = openpyxl.load_workbook(io.BytesIO(answer.body)).active
        assert list(sheet.values) == [
            ("名称", "地点", "座位数", "设备", "标签", "可预约的系所", "照片"),
            ("甲", "勤学楼", 12, None, "'+5", None, None),
        ]


class TestDeleting:
    def test_what_hangs_on_a_room_keeps_it(self, admin, add_room, teacher, session):
        room = add_room()
        session.add(
            Reservation(
                room_id=room.id,
                user_id=teacher.id,
                reserve_from=datetime(2026, 1, 1, 1, tzinfo=UTC),
                reserve_to=datetime(2026, 1, 1, 2, tzinfo=UTC),
                description="例会",
                status=CONFIRMED,
            )
        )
        page = admin.get(f"{ROOMS}delete?id={room.id}")
        assert "不能删除" in page.text
        assert page.html.select_one(".dependents li").text.startswith("1 条")
        csrf = admin.form(page)["csrf_token"].value
        admin.post(ROOMS + "delete", {"id": str(room.id), "csrf_token": csrf})
        assert "还有其他记录在使用" in admin.get(ROOMS).text
        assert session.scalar(sa.select(sa.func.count(AuditEntry.id))) == 0

    def test_what_vanishes_and_what_stays_is_told(self, admin, api, add_user, session):
        department = Department(name="信息系")
        session.add(department)
        session.flush()
        user = add_user("t1", department_id=department.id)
        api.as_user(user)
        page = admin.get(f"/admin/core/departments/delete?id={department.id}")
        assert "将保留，但不再与之关联" in page.text
        assert "1 位教师" in page.html.select_one("main").text
        admin.submit(page)
        assert user.department_id is None
        page = admin.get(f"{USERS}delete?id={user.id}")
        assert "1 条登录凭证" in page.html.select_one("main").text

    def test_several_at_once(self, admin, add_room, session):
        rooms = [add_room(str(number)) for number in range(3)]
        page = admin.get(ROOMS + "delete?" + "&".join(f"id={room.id}" for room in rooms[:2]))
        assert "确定删除这 2 间会议室吗" in page.text
        admin.submit(page)
        assert session.scalars(sa.select(Meetingroom.name)).all() == ["2"]
        entry = session.scalars(sa.select(AuditEntry)).first()
        assert entry.before["地点"] == "勤学楼"


class TestAudit:
    @pytest.mark.parametrize(
        "statement",
        ["UPDATE core_audit SET actor = 'x'", "DELETE FROM core_audit", "TRUNCATE core_audit"],
    )
    def test_nothing_in_it_can_be_changed(self, session, statement):
        session.add(AuditEntry(actor="a", action="b", table_name="c"))
        session.flush()
        with pytest.raises(sa.exc.DBAPIError, match="append-only"):
            session.execute(sa.text(statement))

    def test_the_page(self, admin, add_room, session):
        room = add_room()
        admin.submit(admin.get(f"{ROOMS}{room.id}/"), seats_count="30", label="投影")
        page = admin.get("/admin/core/audit/", {"q": "101"})
        cells = [cell.text for cell in page.html.select("tbody td")]
        assert cells[1:4] == ["root 管理员", "修改", "会议室"]
        assert "座位数：10 → 30" in cells[5]
        assert not page.html.select("main a[href$=add], main input[name=id]")
        page = admin.get(f"{ROOMS}{room.id}/")
        assert "root 管理员" in page.html.select_one(".timeline").text
        entry = session.scalar(sa.select(AuditEntry))
        page = admin.get(f"/admin/core/audit/{entry.id}/")
        csrf = {"csrf_token": page.html.select_one("[name=csrf_token]")["value"]}
        admin.post(f"/admin/core/audit/{entry.id}/", csrf)
        admin.post("/admin/core/audit/delete", csrf | {"id": str(entry.id)})
        assert session.scalar(sa.select(sa.func.count(AuditEntry.id))) == 1


def test_only_rows_that_may_point_to_nothing_need_an_outer_join():
    """An outer join keeps Postgres from reading no more than a page in the order of the other table."""

    def joined(model: type, path: str) -> str:
        reach = FieldPaths(model)
        reach.column(path)
        return str(reach.join(sa.select(model)))

    assert " LEFT OUTER JOIN " not in joined(Reservation, "room.location")
    assert " LEFT OUTER JOIN " in joined(User, "department.name")
    assert not FieldPaths(Reservation).is_nullable("room.location")
    assert FieldPaths(User).is_nullable("department.name")
    assert FieldPaths(Reservation).is_nullable("user.email")


@pytest.mark.parametrize(
    "search", ["使用方案", "使⽤⽅案", "vpn", "138-1234", "1234５６７８", "\u200b使用"]
)
def test_a_search_finds_what_reads_alike(admin, add_room, search):
    add_room("101", label="使⽤⽅案\u200b ＶＰＮ 138 1234 5678")
    assert names(admin.get(ROOMS, {"q": search})) == ["101"]
    found = admin.get(ROOMS + "options", {"q": search}).json["results"]
    assert len(found) == 1


def test_rooms_are_sorted_by_pinyin_and_so_are_the_places_to_choose_from(admin, add_room):
    for name, location in (("乙", "致高楼"), ("甲", "博学楼"), ("丙", "致高楼"), ("丁", "江宁楼")):
        add_room(name, location=location)
    page = admin.get(ROOMS)
    assert names(page) == ["甲", "丁", "丙", "乙"]
    places = [option.text for option in page.html.select("select[name='f.location'] option")]
    assert places[1:] == ["博学楼", "江宁楼", "致高楼"]
    assert names(admin.get(ROOMS, {"sort": "-name"})) == ["乙", "甲", "丁", "丙"]
    options = admin.get(ROOMS + "options").json["results"]
    assert [one["text"][-1] for one in options] == ["甲", "丁", "丙", "乙"]


def test_people_are_sorted_by_the_pinyin_of_their_names(admin, add_user):
    for number, name in enumerate(("张三", "曾荣", "单立", "安平")):
        add_user(f"t{number}", last_name=name[0], first_name=name[1])
    rows = admin.get(USERS, {"sort": "fullname", "f.is_staff": "no"}).html.select("tbody tr")
    found = [
        next(name for name in ("张三", "曾荣", "单立", "安平") if name in row.text) for row in rows
    ]
    assert found == ["安平", "单立", "曾荣", "张三"]


def test_a_table_that_holds_what_xml_cannot_is_exported(admin, add_room, session):
    room = add_room("101")
    session.execute(
        sa.update(Meetingroom)
        .where(Meetingroom.id == room.id)
        .values(label="投影\ufffe仪\uffff\x0b")
    )
    entry = AuditEntry(actor="\ufffe", action="x", table_name="x", row_label="投影\ufffe仪")
    session.add(entry)
    session.flush()
    for path in (ROOMS, "/admin/core/audit/"):
        book = openpyxl.load_workbook(io.BytesIO(admin.get(path + "export.xlsx").body))
        assert "投影仪" in [cell.value for row in book.active for cell in row]


def test_an_address_that_no_mail_reaches_is_told_on_the_page(admin, add_user):
    good, bad = add_user("t1", email="a@hhu.example"), add_user("t2", email="a..b@hhu.edu.cn")
    assert "收不了信" not in admin.get(f"{USERS}{good.id}/").text
    assert "收不了信" in admin.get(f"{USERS}{bad.id}/").text
