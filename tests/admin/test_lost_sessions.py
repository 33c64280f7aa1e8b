"""An administrator who is signed out, or loses a right, while a form of theirs is under way."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from hhu_base.accounts import tokens, users
from hhu_base.database import lock
from hhu_base.models import Group, GroupPermission, User
from hhu_base.testing.clients import PASSWORD, AdminClient

USERS = "/admin/core/users/"


@pytest.fixture
def database(house):
    with Session(house.registry["engine"]) as session:
        yield session
        session.rollback()
        session.execute(sa.delete(Group))
        session.execute(sa.delete(User))
        session.commit()


@pytest.fixture
def actor(database) -> User:
    """A member of the staff who may change people."""
    user = User(username="staff", is_staff=True, is_active=True)
    root = User(username="root", is_staff=True, is_superuser=True, is_active=True)
    grants = [GroupPermission(permission="core.change")]
    database.add_all([user, root, Group(name="人事", users=[user], grants=grants)])
    database.commit()
    return user


@pytest.fixture
def teacher(database) -> User:
    user = User(username="t0001", is_active=True)
    database.add(user)
    database.commit()
    return user


@pytest.fixture
def browser(house, database, actor) -> AdminClient:
    made = AdminClient(house, sessionmaker(house.registry["engine"]), database).as_user(actor)
    database.commit()
    return made


def nothing(session, user) -> None:
    pass


def sign_out(session, user) -> None:
    tokens.revoke(session, user.id)


def switch_off(session, user) -> None:
    users.deactivate(session, user.id)


def leave_the_group(session, user) -> None:
    session.execute(sa.delete(Group))


def lose_the_door(session, user) -> None:
    user.is_staff = False
    session.flush()


@pytest.mark.parametrize(
    ("event", "status", "is_saved"),
    [
        (nothing, 303, True),
        (sign_out, 303, False),
        (switch_off, 303, False),
        (leave_the_group, 403, False),
        (lose_the_door, 403, False),
    ],
)
def test_a_form_that_waits_is_saved_by_who_still_may(
    house, database, actor, teacher, browser, event, status, is_saved
):
    form = browser.form(browser.client.get(f"{USERS}{teacher.id}/"))
    form["post"] = "教授"
    with ThreadPoolExecutor(1) as threads:
        lock(database, users.LOCK)
        running = threads.submit(form.submit, status="*")
        wait_until_somebody_waits(house)
        event(database, actor)
        database.commit()
        answer = running.result(timeout=20)
    assert answer.status_int == status
    if status == 303:
        assert answer.location.endswith("/admin/sign-in") == (not is_saved)
    database.expire_all()
    assert (teacher.post == "教授") == is_saved


@pytest.mark.parametrize("is_signed_out", [True, False])
def test_an_own_password_is_changed_by_who_is_still_signed_in(
    house, database, actor, browser, monkeypatch, is_signed_out
):
    form = browser.form(browser.client.get("/admin/password"))
    form["current"] = PASSWORD
    form["new"] = form["again"] = "correct horse 9"
    before = actor.password
    database.commit()
    hash_password = house.registry["passwords"].hash

    def slow_hash(password: str) -> str:
        if is_signed_out:
            with Session(house.registry["engine"]) as session, session.begin():
                tokens.revoke(session, actor_id)
        return hash_password(password)

    actor_id = actor.id
    database.commit()
    monkeypatch.setattr(house.registry["passwords"], "hash", slow_hash)
    answer = form.submit(status=303)
    assert answer.location.endswith("/admin/sign-in") == is_signed_out
    database.expire_all()
    assert (actor.password == before) == is_signed_out


def wait_until_somebody_waits(house) -> None:
    """Until a backend of this database waits for a lock."""
    waiting = sa.text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    for _ in range(1000):
        with house.registry["engine"].connect() as connection:
            if connection.scalar(waiting):
                return
        threading.Event().wait(0.01)
    raise AssertionError("nobody waits")
