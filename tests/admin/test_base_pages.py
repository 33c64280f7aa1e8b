"""The base's own tables open, with something in them."""

import pytest

from hhu_base.models import AuditEntry, Department, Group, GroupPermission


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("users", "t0001"),
        ("departments", "信息系"),
        ("groups", "rooms.change"),
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
