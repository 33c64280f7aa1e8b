"""What the tests of races share: real commits, calls begun in the same moment, and one who waits."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from sqlalchemy.orm import Session
from webtest import TestApp

from hhu_base.accounts import tokens
from hhu_base.testing.clients import AdminClient


def at_once(*calls) -> list:
    """What the calls return, begun in the same moment."""
    gate = threading.Barrier(len(calls))

    def run(call):
        gate.wait(60)
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


class InTurn:
    """One has looked and waits, until the other is done, or can't get on."""

    def __init__(self, monkeypatch, module, look_name: str, has_lock: bool):
        self._has_looked, self._other_is_done = threading.Event(), threading.Event()
        look = getattr(module, look_name)

        def look_and_wait(*args, **kw):
            found = look(*args, **kw)
            if not self._has_looked.is_set():
                self._has_looked.set()
                # In vain if the lock keeps the other one from looking.
                self._other_is_done.wait(0.5 if has_lock else 30)
            return found

        monkeypatch.setattr(module, look_name, look_and_wait)

    def run(self, first, second) -> list:
        with ThreadPoolExecutor(2) as threads:
            one = threads.submit(first)
            assert self._has_looked.wait(30)
            other = threads.submit(second)
            other.add_done_callback(lambda _: self._other_is_done.set())
            return [one.result(60), other.result(60)]


def client_of(house, user_id: int) -> TestApp:
    with Session(house.registry["engine"]) as session, session.begin():
        token = tokens.issue(session, user_id, house.registry["token_lifetime"])
    return TestApp(house, extra_environ={"HTTP_AUTHORIZATION": f"Token {token}"})


def desk(house, username: str) -> tuple[AdminClient, str]:
    """A browser in which an administrator has signed in, and its CSRF token."""
    browser = AdminClient(house, None, Session())  # type: ignore[arg-type]
    browser.sign_in(username)
    page = browser.get("/admin/")
    return browser, page.html.select_one("[name=csrf_token]")["value"]


def ask(guest: TestApp, room_id: int, start: datetime, end: datetime):
    body = {
        "meetingroom": room_id,
        "reserve_from": start.isoformat(),
        "reserve_to": end.isoformat(),
        "description": "小组会",
    }
    return guest.post_json("/reservations/", body, expect_errors=True)
