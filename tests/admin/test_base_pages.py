"""The base's own tables open, with something in them."""

import pytest

from hhu_base.accounts.admin.users import UserSchema
from hhu_base.accounts.import_export.columns import COLUMNS
from hhu_base.models import AuditEntry, Department, Group, GroupPermission

MENU = ("users", "departments", "groups", "mails", "audit")


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("users", "t0001"),
        ("departments", "信息系"),
        ("groups", "会议室预约 · 修改"),
        ("audit", "座位数：8 → 12"),
    ],
)
def test_lists(admin, session, teacher, table, words):
    session.add(Department(name="信息系"))
    grants = [GroupPermission(permission="rooms.change")]
    session.add(Group(name="教学秘书", users=[teacher], grants=grants))
    session.add(
        AuditEntry(
            actor="x",
            action="修改",
            table_name="rooms_meetingrooms",
            before={"座位数": "8"},
            after={"座位数": "12"},
        )
    )
    page = admin.get(f"/admin/core/{table}/")
    assert words in page.text
    for cell in page.html.select("tbody a")[:1]:
        admin.get(cell["href"])


def test_the_form_of_a_person_calls_everything_as_the_imported_table_does():
    titles = {node.name: node.title for node in UserSchema()}
    of_table = {column.field: column.title for column in COLUMNS if column.field in titles}
    assert len(of_table) > 8
    assert of_table.items() <= titles.items()


def test_the_menu_of_the_base_has_its_order(admin):
    menu = admin.get("/admin/").text
    places = [menu.index(f'href="/admin/core/{name}/"') for name in MENU]
    assert places == sorted(places)
