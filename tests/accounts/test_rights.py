"""Rights in the back office: of groups, of one person, and who has what on one page."""

import pytest
import sqlalchemy as sa

from hhu_base.accounts import rights
from hhu_base.models import AuditEntry, Group, GroupPermission, UserPermission
from hhu_base.web.security import permissions_of

USERS = "/admin/core/users/"
ROOMS = "/admin/rooms/meetingrooms/"


def rows(form) -> dict[str, str]:
    """Plugin → the level that is chosen."""
    chosen = {}
    for name, (field, *_) in form.fields.items():
        if name and name.startswith("row-"):
            values = [value for value, *_ in field.options]
            chosen[values[1].partition(".")[0]] = field.value.partition(".")[2]
    return chosen


def choose(form, permission: str) -> None:
    for name, (field, *_) in form.fields.items():
        if name and name[:4] == "row-" and permission in [value for value, *_ in field.options]:
            field.value = permission


def test_what_one_person_may_is_given_on_their_page(admin, browser, add_user, session):
    user = add_user("t1", is_staff=True)
    form = admin.form(admin.get(f"{USERS}{user.id}/"))
    assert set(rows(form).values()) == {""}
    choose(form, "rooms.change")
    admin._call(form.submit, status=303)
    assert permissions_of(session, user.id) == {"rooms.change", "rooms.view"}
    assert rows(admin.form(admin.get(f"{USERS}{user.id}/")))["rooms"] == "change"
    entry = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry.after == {"自己的权限": "会议室预约 · 修改"}
    theirs = browser.as_user(user)
    theirs.get(ROOMS)
    theirs.get("/admin/repairs/requests/", status=403)


def test_rights_without_the_way_in_are_refused(admin, add_user, session):
    user = add_user("t1")
    form = admin.form(admin.get(f"{USERS}{user.id}/"))
    choose(form, "rooms.view")
    page = admin._call(form.submit, status=400)
    assert "要是“工作人员”" in page.html.select_one(".field-error").text
    assert (
        rows(page.forms[1] if "row-0" in page.forms[1].fields else admin.form(page))["rooms"]
        == "view"
    )
    assert session.scalar(sa.select(sa.func.count()).select_from(UserPermission)) == 0


def test_nobody_but_a_superuser_sees_or_gives_rights(browser, add_staff, add_user, session):
    user = add_user("t1")
    browser = browser.as_user(add_staff("core.change"))
    form = browser.form(browser.get(f"{USERS}{user.id}/"))
    assert rows(form) == {}
    page = [
        ("csrf_token", form["csrf_token"].value),
        ("username", "t1"),
        ("__start__", "permissions:mapping"),
        ("row-0", "rooms.change"),
        ("__end__", "permissions:mapping"),
    ]
    browser.post(f"{USERS}{user.id}/", page)
    assert rights.own(session, user.id) == []
    browser.get("/admin/core/rights/", status=403)


def test_a_group_that_may_see_and_change_is_shown_at_its_strongest(admin, session):
    grants = [GroupPermission(permission=f"rooms.{verb}") for verb in ("view", "change")]
    group = Group(name="会议室", grants=grants)
    session.add(group)
    session.flush()
    assert rows(admin.form(admin.get(f"/admin/core/groups/{group.id}/")))["rooms"] == "change"


def cells(row) -> dict[str, str]:
    return {cell["data-label"]: " ".join(cell.text.split()) for cell in row.select("td")}


def test_who_has_what_is_on_one_page(admin, add_user, add_staff, session):
    by_group = add_staff("rooms.change", "repairs.view", username="t1")
    alone = add_user("t2", is_staff=True)
    rights.set_own(session, alone.id, ["guides.view"])
    outside = add_user("t3")
    rights.set_own(session, outside.id, ["rooms.view"])
    add_user("t4")
    page = admin.get("/admin/core/rights/")
    groups, people = page.html.select("table")
    lines = {row.select_one("small").text: cells(row) for row in people.select("tbody tr")}
    assert set(lines) == {"root", "t1", "t2", "t3"}
    assert lines["root"]["身份"] == "超级管理员"
    assert lines["t1"]["会议室预约"] == "修改 组 t1"
    assert lines["t1"]["服务指南"] == "—"
    assert lines["t2"]["服务指南"] == "查看 本人"
    assert "进不了后台" in lines["t3"]["身份"]
    assert by_group.is_staff
    (group,) = map(cells, groups.select("tbody tr"))
    assert (group["用户组"], group["人数"]) == ("组 t1", "1")
    assert (group["会议室预约"], group["故障报修"], group["服务指南"]) == ("修改", "查看", "—")


def test_who_has_what_is_sorted_by_a_click_on_each_column(admin, add_staff, session):
    add_staff("rooms.view", username="t1").first_name = "乙"
    add_staff("rooms.change", username="t2").first_name = "甲"
    session.flush()
    page = admin.get("/admin/core/rights/")
    links = [link["href"] for link in page.html.select("th a")]
    assert len(links) == len(page.html.select("th"))

    def sorted_by(sort: str, table: int) -> list[str]:
        found = admin.get("/admin/core/rights/", {"sort": sort}).html.select("table")[table]
        return [row.a.text for row in found.select("tbody tr")]

    assert sorted_by("-of.rooms", 0) == ["组 t2", "组 t1"]
    assert sorted_by("of.rooms", 0) == ["组 t1", "组 t2"]
    assert [name for name in sorted_by("name", 1) if name != "管理员"] == ["褚甲", "褚乙"]
    assert sorted_by("nonsense", 0) == ["组 t1", "组 t2"]


@pytest.mark.parametrize("of_group", [True, False])
def test_administrators_by_either_way_have_no_limits_of_their_own(session, add_staff, of_group):
    from datetime import UTC, datetime

    from hhu_plugins.rooms.person_limits import _SELECT_HELD

    user = add_staff("rooms.change") if of_group else add_staff()
    if not of_group:
        rights.set_own(session, user.id, ["rooms.change"])
    asked = {"since": datetime.now(UTC), "user_ids": [user.id]}
    assert session.execute(_SELECT_HELD, asked).all() == []
