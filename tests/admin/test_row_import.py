"""Rows of a declared table from a spreadsheet: the dry run, the agreement, what is refused."""

import io
import json

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook
from pyramid.exceptions import ConfigurationError
from webtest import Upload

from hhu_base.admin import field_names, import_views, row_import
from hhu_base.models import AuditEntry
from hhu_base.values.spreadsheets import write_table
from hhu_plugins.rooms.admin.rooms import RoomAdmin
from hhu_plugins.rooms.models import Meetingroom

LIST = "/admin/rooms/meetingrooms/"
IMPORT = LIST + "import"
HEADER = ("名称", "地点", "座位数", "标签", "颜色")


def table(*rows, header=HEADER) -> Upload:
    return Upload("会议室.csv", write_table("a.csv", header, rows), "text/csv")


def dry_run(browser, *rows, status=200, header=HEADER):
    return browser.submit(browser.get(IMPORT), file=table(*rows, header=header), status=status)


def tally(page) -> list[str]:
    return [" ".join(item.text.split()) for item in page.html.select(".tally li")]


def reasons(page) -> list[str]:
    return [each.text for each in page.html.select(".reasons")]


def rooms(session) -> list[tuple]:
    found = session.scalars(sa.select(Meetingroom).order_by(Meetingroom.name))
    return [(room.name, room.location, room.seats_count, room.label) for room in found]


def test_from_the_file_to_the_rooms(admin, session, add_room):
    add_room("101", label="投影")
    add_room("102", seats_count=20)
    page = dry_run(
        admin,
        ("101", "勤学楼", "12", "", "红"),
        ("102", "勤学楼", "20", "", ""),
        ("103", "勤学楼", "30", "视频", ""),
    )
    assert tally(page) == ["0 行有误", "1 间新增", "1 间修改", "1 间不变"]
    assert "不认识的列，不会导入：颜色" in page.text
    assert rooms(session) == [("101", "勤学楼", 10, "投影"), ("102", "勤学楼", 20, "")]
    assert session.scalar(sa.select(AuditEntry.id)) is None
    done = admin.submit(page).follow()
    assert "已导入会议室：新增 1 间，修改 1 间。" in done.text
    # An empty cell has changed nothing.
    assert rooms(session) == [
        ("101", "勤学楼", 12, "投影"),
        ("102", "勤学楼", 20, ""),
        ("103", "勤学楼", 30, "视频"),
    ]
    entries = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(each.action, each.before, each.after) for each in entries] == [
        ("导入修改", {"座位数": "10"}, {"座位数": "12"}),
        (
            "导入新增",
            {},
            {"名称": "103", "地点": "勤学楼", "座位数": "30", "标签": "视频"}
            | {"要签到": "否", "门口显示预约人": "否", "排序": "0"},
        ),
    ]


def test_one_bad_row_and_nothing_is_imported(admin, session):
    page = dry_run(
        admin,
        ("101", "勤学楼", "10", "", ""),
        ("102", "", "10", "", ""),
        ("103", "勤学楼", "许多", "", ""),
        ("104", "勤学楼", "", "", ""),
        ("101", "勤学楼", "11", "", ""),
        ("105", "勤学楼", "10", "长" * 256, ""),
    )
    assert tally(page)[:2] == ["5 行有误", "1 间新增"]
    assert reasons(page) == [
        "地点为空",
        "座位数：请填写合法的整数值",
        "请填写座位数",
        "与第 2 行重复",
        "标签：请确保这个字段不能超过 255 个字符",
    ]
    assert "agreed" not in admin.form(page).fields
    assert rooms(session) == []


def test_bad_rows_are_mended_in_a_file_while_the_others_come_in(admin, session):
    page = dry_run(
        admin,
        ("101", "勤学楼", "10", "", "红"),
        ("103", "勤学楼", "许多", "=1", ""),
        ("104", "勤学楼", "5", "", ""),
    )
    download, rest = (form for name, form in page.forms.items() if "rows" in form.fields)
    content = admin._call(download.submit, status=200).body
    assert list(load_workbook(io.BytesIO(content)).active.values) == [
        ("有误的原因", "名称", "地点", "座位数", "标签"),
        ("座位数：请填写合法的整数值", "103", "勤学楼", "许多", "'=1"),
    ]
    done = admin._call(rest.submit, status=303).follow()
    assert "已导入会议室：新增 2 间，修改 0 间。" in done.text
    header = ("有误的原因", "名称", "地点", "座位数", "标签")
    page = dry_run(admin, ("x", "103", "勤学楼", "30", "=1"), header=header)
    assert "不认识的列" not in page.text
    admin.submit(page)
    assert rooms(session)[1] == ("103", "勤学楼", 30, "=1")


@pytest.mark.parametrize("rows", ["", "x", "[]", '[[1, {"名称": "\\u0000"}, []]]'])
def test_a_file_of_bad_rows_is_made_of_rows_that_a_page_of_ours_has_sent(admin, rows):
    csrf = admin.form(admin.get(IMPORT))["csrf_token"].value
    admin.post(LIST + "import-bad.xlsx", {"rows": rows, "csrf_token": csrf}, status=400)


@pytest.fixture
def only_by_name(app, monkeypatch):
    monkeypatch.setattr(
        app.registry["admin.tables"]["rooms", "meetingrooms"], "import_key", ("name",)
    )


def test_a_key_that_several_rows_have(admin, only_by_name, add_room):
    add_room("101")
    add_room("101", location="致高楼")
    page = dry_run(admin, ("101", "勤学楼", "1", "", ""))
    assert reasons(page) == ["有几间会议室都是这样，请在页面上修改"]


def test_what_the_database_refuses_is_told_in_the_dry_run(
    admin, only_by_name, add_room, monkeypatch
):
    monkeypatch.setattr(RoomAdmin, "new", lambda self, request: Meetingroom(id=room.id))
    room = add_room("101")
    page = dry_run(admin, ("102", "勤学楼", "1", "", ""), ("101", "勤学楼", "1", "", ""))
    assert tally(page) == ["1 行有误", "0 间新增", "1 间修改", "0 间不变"]
    assert reasons(page) == ["数据库拒绝了这些内容，请检查各字段是否互相矛盾"]


def test_a_rule_of_the_table_refuses(admin, add_room, monkeypatch):
    room = add_room("101")
    monkeypatch.setattr(RoomAdmin, "refusal", lambda self, request, row: "这间正在装修。")
    page = dry_run(admin, ("101", "勤学楼", "11", "", ""))
    assert reasons(page) == ["这间正在装修"]
    monkeypatch.setattr(RoomAdmin, "can_add", False)
    page = dry_run(admin, ("101", "勤学楼", "10", "", ""), ("102", "勤学楼", "10", "", ""))
    assert (tally(page)[3], reasons(page)) == ("1 间不变", ["没有这样的会议室，这里不能新增"])
    assert room.seats_count == 10


def test_what_changed_meanwhile_is_shown_again(admin, session, add_room):
    room = add_room("101")
    page = dry_run(admin, ("101", "勤学楼", "12", "", ""))
    room.seats_count = 11
    again = admin.submit(page, status=409)
    assert import_views.OUTDATED in again.text
    assert room.seats_count == 11
    admin.submit(again)
    assert room.seats_count == 12


def test_what_is_downloaded_can_be_imported_again(admin, session, add_room):
    add_room("=1+1", label="投影\n视频")
    add_room("001", seats_count=7)
    content = admin.get(LIST + "import.xlsx").body
    rows = list(load_workbook(io.BytesIO(content)).active.values)
    assert rows[0][:6] == ("名称", "地点", "座位数", "设备", "标签", "说明")
    assert {"最短多少分钟", "最长多少分钟", "最多提前多少天", "排序"} <= set(rows[0])
    file = Upload("会议室.xlsx", content, "application/octet-stream")
    page = admin.submit(admin.get(IMPORT), file=file, status=200)
    assert tally(page) == ["0 行有误", "0 间新增", "0 间修改", "2 间不变"]
    assert "没有需要导入的" in page.text


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("", "请先选择一个文件。"),
        (Upload("a.csv", b"", "text/csv"), "文件是空的。"),
        (Upload("a.csv", b"x" * (import_views.MAX_BYTES + 1), "text/csv"), "文件超过 5 MB。"),
        (table(("101",), header=("名称",)), "找不到标题行：前 10 行里没有名为“地点”、“名称”的列。"),
        (table(), "表格里只有标题行，没有内容。"),
        (table(header=(*HEADER, "座位数")), "“座位数”这一列出现了 2 次。"),
        (Upload("a.xlsx", b"PK\3\4", "x"), "XLSX"),
    ],
)
def test_a_file_that_is_none(admin, file, sentence):
    page = admin.submit(admin.get(IMPORT), file=file, status=400)
    error = page.html.select_one("#file-error").text
    assert sentence in error


def test_too_many_rows(admin, monkeypatch):
    monkeypatch.setattr(row_import, "MAX_ROWS", 2)
    page = dry_run(admin, *((str(n), "楼", "1", "", "") for n in range(3)), status=400)
    assert "表格超过 2 行" in page.text


@pytest.mark.parametrize(
    "rows",
    ["", "{}", "[1]", '[[2, {"名称": 1}, []]]', '[[2, {"名称": "\\ud800"}, []]]', "[" * 9999],
)
def test_rows_that_no_page_has_sent(admin, rows):
    page = admin.get(IMPORT)
    body = {"csrf_token": admin.form(page)["csrf_token"].value, "rows": rows, "agreed": "x"}
    admin.post(IMPORT, body, status=400)


def test_rows_that_were_agreed_to_are_looked_at_again(admin, session):
    page = dry_run(admin, ("101", "勤学楼", "10", "", ""))
    form = admin.form(page)
    [row] = json.loads(form["rows"].value)
    row[1]["座位数"] = "-1"
    form["rows"] = json.dumps([row])
    again = form.submit(status=409)
    assert "座位数：请确保该值大于或者等于 0" in again.text
    assert rooms(session) == []


def test_who_may_only_look_cannot_import(browser, add_staff):
    viewer = browser.as_user(add_staff("rooms.view"))
    assert IMPORT not in viewer.get(LIST).text
    viewer.get(IMPORT, status=403)
    viewer.get(LIST + "import.xlsx", status=403)


def test_a_table_without_a_key_has_no_import(admin):
    admin.get("/admin/repairs/categories/import", status=404)


def test_a_key_that_is_no_field_of_the_form_is_found_at_the_start(monkeypatch):
    monkeypatch.setattr(RoomAdmin, "import_key", ("lokation",))
    with pytest.raises(ConfigurationError, match="did you mean 'location'"):
        field_names.check(RoomAdmin())
