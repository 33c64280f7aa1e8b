"""What people tell us stays out of the log: names, numbers, addresses, tokens, codes, passwords."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from webtest import Upload

from hhu_base import configure
from hhu_base.mail.mailer import Mailer
from hhu_base.mail.models import FAILED, Mail
from hhu_base.models import PeopleImport
from hhu_base.tasks.broker import CeleryBroker
from hhu_base.tasks.sender import TaskSender
from hhu_base.testing.clients import PASSWORD, AdminClient, ApiClient
from hhu_plugins.repairs.models import NotificationRecipient
from hhu_plugins.rooms.models import Meetingroom
from tests.accounts.conftest import APP_SECRET, OPENID, SESSION_KEY, FakeWeChat, running_wechat
from tests.mail.conftest import Server, rules, server, transport_to, writer
from tests.sampling import first

__all__ = ["FakeWeChat", "Server", "rules", "running_wechat", "server", "writer"]

NAMES = ("欧阳", "机密者", "t7391", "Ouyang-New")
NUMBERS = ("13912345678", "987654321", "wx-of-ouyang", "025-83786000")
ADDRESSES = ("ouyang@hhu.example", "duty@hhu.example", "new@hhu.example")
TEXTS = ("关于人事的谈话", "抽屉里的钥匙丢了", "很长的备注", "保密原因")
SECRETS = (PASSWORD, "wrong-Password-1", "Initial-Pass-2026", APP_SECRET, OPENID, SESSION_KEY)
CODE = "081LXytJ1Xq1Y40sg3uJ1FWntJ1LXyth"


@pytest.fixture(scope="module")
def wechat_app(settings, engine, running_wechat):
    """The application with a WeChat of its own, and cheap hashes."""
    config = configure(
        settings
        | {
            "auth.argon2_time_cost": "1",
            "auth.argon2_memory_kib": "8",
            "auth.wrong_answer_after": "0",
            "wechat.app_id": "wx0123456789abcdef",
            "wechat.app_secret": APP_SECRET,
            "wechat.api_url": running_wechat.url,
        }
    )
    app = config.make_wsgi_app()
    yield app
    app.registry["listener"].stop()
    app.registry["engine"].dispose()


@pytest.fixture
def app(wechat_app, server, writer, rules, monkeypatch):
    """Its mails go to the server of the test."""
    office = Mailer(transport_to(server.port), writer, rules)
    monkeypatch.setattr(office, "pause", lambda: None)
    monkeypatch.setitem(wechat_app.registry, "mail.office", office)
    return wechat_app


@pytest.fixture
def person(add_user, app):
    return add_user(
        "t7391",
        last_name="欧阳",
        first_name="机密者",
        password=app.registry["passwords"].hash(PASSWORD),
        email="ouyang@hhu.example",
        phone="13912345678",
        qq="987654321",
        wechat="wx-of-ouyang",
        tel="025-83786000",
    )


@pytest.mark.parametrize("is_json", first(1, [True, False]))
def test_the_log_of_a_busy_day_tells_nothing_about_anybody(
    app,
    api,
    session,
    sessions,
    person,
    superuser,
    run_task,
    server,
    running_wechat,
    capture,
    monkeypatch,
    is_json,
):
    # One that has not just found the broker away, and keeps quiet about it for a moment.
    monkeypatch.setitem(app.registry, "sender", TaskSender(CeleryBroker(app.registry["celery"])))
    log = capture(is_json=is_json)
    tokens = _sign_in(api, person, running_wechat)
    me = ApiClient(app, sessions, session, tokens[0])
    _talk(me, session)
    _reserve(me, session)
    _report(me, session, server, run_task)
    _administrate(app, sessions, session, superuser, run_task)
    assert_nothing_personal(log, tokens)
    # It was a busy day: the requests are there, and what went wrong.
    for said in ("/auth/get-token/", "/reservations/", "WeChat", "no broker", "mail"):
        assert said in log.text


def assert_nothing_personal(log, tokens) -> None:
    text = log.text + "".join(json.loads(f'"{part}"') for part in _escapes(log.text))
    for secret in (*NAMES, *NUMBERS, *ADDRESSES, *TEXTS, *SECRETS, CODE, *tokens):
        assert secret not in text, secret


def _escapes(text: str) -> list[str]:
    import re

    return re.findall(r"(?:\\u[0-9a-f]{4})+", text)


def _sign_in(api, person, wechat) -> list[str]:
    for username, password in (
        (person.username, "wrong-Password-1"),
        ("13912345678", PASSWORD),
        (PASSWORD, person.username),
    ):
        pair = {"username": username, "password": password}
        api.post("/auth/get-token/", pair, status=400)
    pair = {"username": person.username, "password": PASSWORD}
    tokens = [api.post("/auth/get-token/", pair).json["token"]]
    headers = {"Authorization": f"Token {tokens[0]}"}
    wechat.reset()
    api.put("/auth/wechat-auth/", {"code": CODE}, headers=headers)
    tokens.append(api.post("/auth/wechat-code2token/", {"code": CODE}).json["token"])
    for payload, status in (({"errcode": 40029, "errmsg": f"{CODE} {OPENID}"}, 200), (b"?", 500)):
        wechat.answers(payload, status)
        api.post("/auth/wechat-code2token/", {"code": CODE}, status=400)
    wechat.reset()
    api.get(f"/current-user/?token={tokens[0]}", status=401)
    api.get("/current-user/", status=401, headers={"Authorization": "Token " + tokens[0][::-1]})
    return [*tokens, tokens[0][::-1]]


def _talk(me, session) -> None:
    me.put("/current-user/meta/", {"phone": "13912345678", "description": "很长的备注" * 50})
    me.put(
        "/current-user/",
        {"first_name": "Ouyang-New", "last_name": "", "password": "13912345678"},
        status=400,
    )
    me.get("/contacts/", {"search": "欧阳 13912345678"})


def _reserve(me, session) -> None:
    room = Meetingroom(name="101", location="勤学楼", seats_count=10)
    session.add(room)
    session.flush()
    start = (datetime.now(UTC) + timedelta(days=1)).replace(minute=0)
    wish = {
        "meetingroom": room.id,
        "reserve_from": start.isoformat(),
        "reserve_to": (start + timedelta(hours=1)).isoformat(),
        "description": "关于人事的谈话",
    }
    made = me.post("/reservations/", wish).json
    # Sent again at once it is the same one.
    assert me.post("/reservations/", wish).json == made
    me.post("/reservations/", wish | {"meetingroom": "13912345678"}, status=400)
    me.delete(f"/reservations/{made['id']}/")


def _report(me, session, server, run_task) -> None:
    session.add(NotificationRecipient(name="机密者", address="duty@hhu.example"))
    told = {"location": "抽屉里的钥匙丢了", "description": "抽屉里的钥匙丢了"}
    me.post("/repairs/", told)
    run_task("core.send_mails")
    # Each another one: what is reported again within ten seconds is the same report.
    for number, answers in enumerate(
        (
            {"RCPT": ["550 no such user duty@hhu.example"]},
            {"RCPT": ["450 duty@hhu.example is busy"]},
            {"MAIL": ["421 too much for duty@hhu.example"]},
            {"DATA": ["hang up"]},
        )
    ):
        server.handler.answers |= answers
        me.post("/repairs/", told | {"location": f"抽屉里的钥匙丢了{number}"})
        session.execute(sa.update(Mail).values(next_attempt_at=sa.func.now()))
        run_task("core.send_mails")
    server.stop()
    me.post("/repairs/", told | {"location": "抽屉"})
    run_task("core.send_mails")
    server.start()
    assert session.scalar(sa.select(sa.func.count()).where(Mail.status == FAILED)) > 0


def _administrate(app, sessions, session, superuser, run_task) -> None:
    browser = AdminClient(app, sessions, session)
    browser.submit(
        browser.get("/admin/sign-in"), status=400, username="t7391", password="wrong-Password-1"
    )
    superuser.password = app.registry["passwords"].hash(PASSWORD)
    browser.sign_in(superuser.username, PASSWORD)
    browser.get("/admin/core/users/", {"q": "欧阳"})
    rows = "工号,姓氏,名字,电子邮箱,初始密码,手机\n"
    rows += "t7391,欧阳,机密者,new@hhu.example,,13912345678\n"
    rows += "t7392,欧阳,Ouyang-New,ouyang@hhu.example,Initial-Pass-2026,13912345678\n"
    file = Upload("教师.csv", rows.encode(), "text/csv")
    page = browser.submit(browser.get("/admin/core/users/import"), file=file).follow()
    browser.submit(page)
    for name in app.registry["tasks"]:
        if "import" in name:
            run_task(name)
    assert session.scalar(sa.select(PeopleImport.state)) == "done"
    browser.get("/admin/core/users/", {"q": "13912345678"})
