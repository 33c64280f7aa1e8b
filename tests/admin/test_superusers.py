"""The last superuser can't be removed, not even by themselves."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker
from webtest import AppError

from hhu_base.accounts.users import ONE_IS_NEEDED, count_superusers
from hhu_base.models import User
from hhu_base.testing.clients import AdminClient

USERS = "/admin/core/users/"


def strip(browser, user_id, name="is_superuser", status="*"):
    form = browser.form(browser.get(f"{USERS}{user_id}/"))
    form[name] = False
    return browser._call(form.submit, status=status)


@pytest.mark.parametrize("name", ["is_superuser", "is_staff", "is_active"])
def test_the_last_one_keeps_what_it_takes(admin, superuser, add_user, name):
    add_user("off", is_staff=True, is_superuser=True, is_active=False)
    add_user("outside", is_staff=False, is_superuser=True)
    page = strip(admin, superuser.id, name, status=400)
    assert ONE_IS_NEEDED in page.text
    assert getattr(superuser, name)
    admin.get("/admin/")


@pytest.mark.parametrize("name", ["is_superuser", "is_staff", "is_active"])
def test_of_two_one_may_go(admin, superuser, add_user, name):
    add_user("other", is_staff=True, is_superuser=True)
    strip(admin, superuser.id, name, status=303)
    assert not getattr(superuser, name)


def test_the_last_one_is_neither_switched_off_nor_deleted(admin, superuser, session):
    page = admin.get(f"{USERS}do/switch-off?id={superuser.id}")
    assert ONE_IS_NEEDED in admin.submit(page).follow().text
    page = admin.get(f"{USERS}delete?id={superuser.id}")
    assert ONE_IS_NEEDED in admin.submit(page).follow().text
    assert session.get(User, superuser.id).is_active


def test_both_at_once_are_not_deleted(admin, superuser, add_user, session):
    other = add_user("other", is_staff=True, is_superuser=True)
    page = admin.get(f"{USERS}do/switch-off?id={superuser.id}&id={other.id}")
    admin.submit(page)
    assert count_superusers(session) == 2


def test_two_who_remove_each_other_at_once_leave_one(house):
    engine = house.registry["engine"]
    with Session(engine) as session:
        users = [
            User(username=name, is_staff=True, is_superuser=True, is_active=True)
            for name in ("left", "right")
        ]
        session.add_all(users)
        session.commit()
        browsers = [
            AdminClient(house, sessionmaker(engine), session).as_user(user) for user in users
        ]
        session.commit()
        ids = [user.id for user in users]
    forms = []
    for browser, other in zip(browsers, reversed(ids), strict=True):
        form = browser.form(browser.client.get(f"{USERS}{other}/"))
        form["is_superuser"] = False
        forms.append(form)
    start = threading.Barrier(2, timeout=10)

    def send(form) -> None:
        start.wait()
        with suppress(AppError):
            form.submit(status="*")

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(send, forms))
    with Session(engine) as session:
        assert count_superusers(session) == 1
        session.execute(sa.delete(User))
        session.commit()
