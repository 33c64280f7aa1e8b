"""No two people have staff numbers that look the same, however they come in."""

import pytest
import sqlalchemy as sa

from hhu_base.accounts.import_export.importer import plan_import
from hhu_base.accounts.import_export.rows import ImportedPeople, PersonRow
from hhu_base.accounts.users import make_administrator
from hhu_base.models import User
from hhu_base.testing.clients import AdminClient
from tests.cli.django_import.dumps import reasons, user  # noqa: TID252

TWINS = ["Boss", "ＢＯＳＳ", "bo\u200bss", "bоss", "ВOSS", "bοss"]
USERS = "/admin/core/users/"


@pytest.fixture
def boss(add_user):
    return add_user("boss")


@pytest.fixture
def admin(app, sessions, session, add_user):
    root = add_user("root", is_staff=True, is_superuser=True)
    return AdminClient(app, sessions, session).as_user(root)


def count(session) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(User))


@pytest.mark.parametrize("twin", TWINS)
def test_a_form_takes_none(admin, boss, session, twin):
    before = count(session)
    page = admin.submit(admin.get(USERS + "add"), status=400, username=twin)
    assert page.html.select("[name=username][aria-invalid=true]")
    assert count(session) == before


def test_a_form_keeps_what_was_tidied(admin, session):
    admin.submit(admin.get(USERS + "add"), username="\u200eＴ０３００ ")
    assert session.scalar(sa.select(User.username).where(User.username == "T0300"))


def test_who_has_a_twin_already_goes_on_working(admin, boss, session, add_user):
    session.execute(sa.insert(User).values(username="Boss", username_skeleton=None))
    twin = session.scalar(sa.select(User).where(User.username == "Boss"))
    page = admin.get(f"{USERS}{twin.id}/")
    admin.submit(page, post="教授")
    assert (twin.username, twin.post) == ("Boss", "教授")


def test_a_name_that_changes_takes_its_skeleton_along(admin, boss, add_user):
    admin.submit(admin.get(f"{USERS}{boss.id}/"), username="chief")
    admin.submit(admin.get(USERS + "add"), username="Boss")
    admin.submit(admin.get(USERS + "add"), status=400, username="Chief")


@pytest.mark.parametrize("twin", TWINS)
def test_an_import_takes_none(session, boss, twin):
    plan = plan_import(
        session, ImportedPeople([PersonRow(2, {"username": twin, "first_name": "杰"})], [])
    )
    assert [bad.reasons[0][:2] for bad in plan.bad] == ["工号"]
    assert not plan.added


def test_two_rows_of_an_import_are_no_twins(session):
    rows = [PersonRow(2, {"username": "new"}), PersonRow(3, {"username": "nеw"})]
    plan = plan_import(session, ImportedPeople(rows, []))
    assert [bad.reasons for bad in plan.bad] == [["工号与第 2 行重复"]]


@pytest.mark.parametrize("twin", TWINS)
def test_a_takeover_takes_none(session, boss, take_objects, twin):
    before = count(session)
    [reason] = reasons(take_objects(user(900, twin)))
    assert "工号" in reason or "已被" in reason
    assert count(session) == before


@pytest.mark.parametrize("twin", TWINS[:1] + TWINS[2:])
def test_the_command_line_makes_none(session, boss, twin):
    before = count(session)
    if twin == "bo\u200bss":
        twin = "Bo\u200bss"
    with pytest.raises(ValueError, match="工号"):
        make_administrator(session, twin, "管理员", "first-2026-pass")
    assert count(session) == before


def test_of_two_at_the_same_time_the_database_takes_one(session, boss):
    with pytest.raises(sa.exc.IntegrityError), session.begin_nested():
        session.execute(sa.insert(User), [{"username": "chief"}, {"username": "Сhief"}])
    assert session.scalar(sa.select(User.username_skeleton).where(User.id == boss.id)) == "boss"
