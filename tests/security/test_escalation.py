"""Whoever may change people may not become more than he is."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from webtest import Upload

from hhu_base.models import AuditEntry, Group, GroupPermission, User, group_users

USERS = "/admin/core/users/"
MORE = {
    "is_staff": "true",
    "is_superuser": "true",
    "password": "x",
    "wechat_openid": "mine",
    "id": "1",
    "groups": "1",
}


@pytest.fixture
def secretary(add_staff) -> User:
    return add_staff("core.change", username="sec")


@pytest.fixture
def hers(browser, secretary):
    return browser.as_user(secretary)


@pytest.fixture
def powerful(session) -> Group:
    group = Group(name="权限", grants=[GroupPermission(permission="rooms.change")])
    session.add(group)
    session.flush()
    return group


def token_of(browser) -> str:
    return browser.get("/admin/").html.select_one("input[name=csrf_token]")["value"]


def groups_of(session, user: User) -> set[int]:
    found = sa.select(group_users.c.group_id).where(group_users.c.user_id == user.id)
    return set(session.scalars(found))


def test_fields_that_the_form_has_not_are_not_written(hers, secretary, add_user, powerful, session):
    for user in (secretary, add_user("t7")):
        before = (user.password, groups_of(session, user), user.is_staff)
        form = {"csrf_token": token_of(hers), "username": user.username, "is_active": "true"}
        hers.post(f"{USERS}{user.id}/", form | MORE | {"groups": str(powerful.id)})
        assert (user.password, groups_of(session, user), user.is_staff) == before
        assert not user.is_superuser
        assert session.scalar(sa.select(User.wechat_openid).where(User.id == user.id)) is None


def test_nor_by_a_new_user(hers, powerful, session):
    form = {"csrf_token": token_of(hers), "username": "new", "is_active": "true"}
    hers.post(f"{USERS}add", form | MORE | {"groups": str(powerful.id)})
    user = session.scalars(sa.select(User).where(User.username == "new")).one()
    assert not user.is_staff
    assert not user.is_superuser
    assert not user.password
    assert groups_of(session, user) == set()


@pytest.mark.parametrize("action", ["reset-password", "sign-out", "unbind-wechat", "switch-off"])
def test_of_several_the_protected_are_left_out(
    hers, add_user, add_staff, superuser, session, action
):
    """A colleague with other permissions is as protected as a superuser."""
    colleague = add_staff("rooms.change", username="colleague")
    for number, user in enumerate((colleague, superuser)):
        user.wechat_openid = f"openid-{number}"
    session.flush()
    before = {user.id: (user.password, user.is_active) for user in (colleague, superuser)}
    ids = [("id", str(user.id)) for user in (add_user("t7"), colleague, superuser)]
    fields = [("csrf_token", token_of(hers)), ("new_password", "Xin-de-mima-2026"), *ids]
    hers.post(f"{USERS}do/{action}", fields, status="*")
    for user in (colleague, superuser):
        assert (user.password, user.is_active) == before[user.id]
        assert session.scalar(sa.select(User.wechat_openid).where(User.id == user.id))


def test_nor_are_they_deleted_among_others(hers, add_user, superuser, session):
    ids = [("id", str(user.id)) for user in (add_user("t7"), superuser)]
    hers.post(f"{USERS}delete", [("csrf_token", token_of(hers)), *ids])
    assert session.scalar(sa.select(sa.func.count()).where(User.username == "root")) == 1


def test_an_imported_table_has_no_column_for_it(hers, secretary, session):
    head = "工号,姓氏,is_superuser,超级管理员,工作人员,用户组\n"
    table = Upload(
        "a.csv", f"{head}sec,张,1,是,是,权限\nnew,李,1,是,是,权限\n".encode(), "text/csv"
    )
    page = hers.submit(hers.get(USERS + "import"), file=table).follow()
    assert "不认识的列" in page.text


def test_the_names_of_the_groups_are_not_for_everybody(hers, powerful):
    hers.get("/admin/core/groups/options", {"q": "权"}, status=403)


def test_a_group_has_no_permission_that_there_is_not(admin, session):
    for permission in ("core.everything", "*", "superuser", "rooms.change\0", "rooms"):
        form = [
            ("csrf_token", token_of(admin)),
            ("name", "g"),
            ("__start__", "permissions:sequence"),
            ("checkbox", permission),
            ("__end__", "permissions:sequence"),
        ]
        admin.post("/admin/core/groups/add", form, status=400)


def test_the_openid_of_somebody_who_was_deleted_is_not_told(admin, add_user, session):
    user = add_user("t7", wechat_openid="oWx-secret-of-theirs", password="$argon2id$secret")
    admin.post(f"{USERS}delete", {"csrf_token": token_of(admin), "id": str(user.id)})
    entry = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry.before["工号"] == "t7"
    assert "secret" not in str(entry.before)
