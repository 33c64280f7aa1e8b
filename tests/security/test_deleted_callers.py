"""Who is deleted while a request of theirs is under way is not signed in: 401, whatever it was."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from webtest import TestApp

from hhu_base.accounts import tokens
from hhu_base.models import User
from hhu_plugins.activities.models import Activity, ClockinItem
from hhu_plugins.guides.models import Guide, GuideCategory, GuideVersion
from hhu_plugins.repairs.models import NotificationRecipient
from hhu_plugins.rooms.models import Meetingroom

TOMORROW = (datetime.now(UTC) + timedelta(days=1)).replace(hour=2, minute=0, second=0)


@pytest.fixture(scope="module")
def college(house) -> dict[str, int]:
    """The ids of what there is to ask for."""
    with Session(house.registry["engine"]) as session, session.begin():
        now = datetime.now(UTC)
        activity = Activity(
            name="春游",
            time_start=now,
            time_end=now + timedelta(days=2),
            open_for_enrollment=True,
            form_metas={},
        )
        full = Activity(
            name="讲座",
            time_start=now,
            time_end=now + timedelta(days=2),
            open_for_enrollment=True,
            form_metas={},
            participants_total_limit=0,
            has_waiting_list=True,
        )
        guide = Guide(name="报销", category=GuideCategory(name="财务"))
        guide.versions = [
            GuideVersion(
                is_current=True, digest="0" * 64, size=1, type="text/plain", name="报销.txt"
            )
        ]
        room = Meetingroom(name="301", location="勤学楼", seats_count=8)
        colleague = User(username="t0002", first_name="杰")
        session.add_all([activity, full, guide, room, colleague])
        session.add(
            NotificationRecipient(name="办公室", address="office@hhu.example", category_id=None)
        )
        session.flush()
        item = ClockinItem(
            activity_id=activity.id,
            label="签到",
            from_time=now - timedelta(hours=1),
            to_time=now + timedelta(hours=1),
        )
        session.add(item)
        session.flush()
        return {
            "activity": activity.id,
            "full": full.id,
            "guide": guide.id,
            "room": room.id,
            "colleague": colleague.id,
            "item": item.id,
        }


@pytest.fixture
def caller(house):
    """A client, and the id of who is signed in there."""
    with Session(house.registry["engine"]) as session, session.begin():
        user = User(username="t0001", last_name="褚", first_name="杰", email="chu@hhu.example")
        session.add(user)
        session.flush()
        token = tokens.issue(session, user.id, house.registry["token_lifetime"])
        user_id = user.id
    return TestApp(house, extra_environ={"HTTP_AUTHORIZATION": f"Token {token}"}), user_id


@pytest.fixture
def is_deleted_once_known(house, monkeypatch):
    """The caller is deleted as soon as a request has found out who it is."""
    policy = house.registry["token_policy"]
    load = policy.load

    def load_and_delete(request, digest):
        identity = load(request, digest)
        request.tm.commit()
        request.tm.begin()
        if identity is not None:
            with house.registry["engine"].begin() as connection:
                connection.execute(sa.delete(User).where(User.id == identity.user_id))
        return identity

    monkeypatch.setattr(policy, "load", load_and_delete)


def ask(client: TestApp, college: dict[str, int], house, what: str):
    house.registry["wechat"] = _WeChat()
    whole = {"reserve_from": TOMORROW.isoformat(), "description": "例会"}
    whole |= {"reserve_to": (TOMORROW + timedelta(hours=1)).isoformat()}
    key = house.registry["activities.codes"].make(college["item"], datetime.now(UTC))
    reservation = whole | {"meetingroom": college["room"]}
    calls = {
        "reserve": ("POST", "/reservations/", reservation),
        "reserve later": ("POST", "/reservations/", reservation),
        "report": ("POST", "/repairs/", {"location": "301", "description": "灯不亮"}),
        "enrol": (
            "POST",
            "/enrollments/",
            {"activity": college["activity"], "participating_metas": "{}"},
        ),
        "wait": (
            "POST",
            "/enrollments/",
            {"activity": college["full"], "participating_metas": "{}", "waitlist": True},
        ),
        "befriend": ("POST", f"/friends/{college['colleague']}/", {}),
        "clock in": ("POST", "/activities/clockin/", {"key": key}),
        "see feeds": ("GET", "/current-user/calendar/", None),
        "renew feeds": ("POST", "/current-user/calendar/", {}),
        "mail": ("POST", f"/guides/{college['guide']}/email/", {}),
        "see oneself": ("GET", "/current-user/", None),
        "change oneself": ("PUT", "/current-user/", {"first_name": "杰", "last_name": "褚"}),
        "change meta": ("PUT", "/current-user/meta/", {"qq": "1"}),
        "bind": ("PUT", "/auth/wechat-auth/", {"code": "stub-anna"}),
        "unbind": ("DELETE", "/auth/wechat-auth/", None),
    }
    method, path, body = calls[what]
    if method == "GET":
        return client.get(path, status="*")
    if method == "DELETE":
        return client.delete(path, status="*")
    headers = {"Prefer": "respond-async"} if what == "reserve later" else {}
    return client.request(
        path,
        method=method,
        body=_json(body),
        content_type="application/json",
        headers=headers,
        status="*",
    )


class _WeChat:
    def openid_of(self, code: str) -> str:
        return code


def _json(body) -> bytes:
    return json.dumps(body).encode()


ASKED = [
    "reserve",
    "reserve later",
    "report",
    "enrol",
    "wait",
    "befriend",
    "clock in",
    "see feeds",
    "renew feeds",
    "mail",
    "see oneself",
    "change oneself",
    "change meta",
    "bind",
    "unbind",
]


@pytest.mark.parametrize("what", ASKED)
def test_who_is_deleted_meanwhile_is_told_to_sign_in(
    house, college, caller, is_deleted_once_known, caplog, what
):
    client, _ = caller
    answer = ask(client, college, house, what)
    assert (answer.status_int, answer.json) == (401, {"detail": "认证令牌无效。"})
    assert answer.headers["WWW-Authenticate"] == "Token"
    assert "unexpected error" not in caplog.text


def test_what_is_asked_here_is_done_for_who_is_still_there(house, college, caller):
    client, _ = caller
    statuses = {what: ask(client, college, house, what).status_int for what in ASKED}
    assert set(statuses.values()) <= {200, 201, 202}, statuses
