"""Signing in with WeChat, binding it, and signing out: the services."""

import logging

import pytest
import sqlalchemy as sa
from webtest import TestApp

from hhu_base.accounts.password_hashes import Passwords
from hhu_base.accounts.users import deactivate
from hhu_base.accounts.wechat import bindings
from hhu_base.models import AuditEntry, User
from tests.accounts.conftest import APP_SECRET, OPENID, PASSWORD, SESSION_KEY

CODE = {"code": "081Kq4Ga1lCvbG0oEzHa1XyS2t2Kq4Gq"}
NO_CODE = {"detail": "缺少微信登录凭证 code。"}
NOT_BOUND = {"detail": "该微信账号尚未绑定用户，请先使用工号和密码登录。"}


@pytest.fixture
def bound(session, teacher):
    """t0001, whose WeChat is bound."""
    bindings.bind(session, teacher.id, OPENID)
    return teacher


def owner_of(session, openid=OPENID):
    return session.scalar(sa.select(User.username).where(User.wechat_openid == openid))


def test_the_code_is_told_to_wechat_as_it_wants_it(api, wechat, bound):
    api.post("/auth/wechat-code2token/", CODE)
    assert wechat.asked == [
        {
            "path": "/sns/jscode2session",
            "appid": "wx0123456789abcdef",
            "secret": APP_SECRET,
            "js_code": CODE["code"],
            "grant_type": "authorization_code",
        }
    ]


def test_who_has_bound_wechat_gets_a_token(api, wechat, bound):
    answer = api.client.post(
        "/auth/wechat-code2token", CODE, headers={"Authorization": "Token stale"}, status=201
    )
    assert list(answer.json) == ["token"]
    headers = {"Authorization": f"Token {answer.json['token']}"}
    assert api.client.get("/current-user/", headers=headers).json["username"] == "t0001"


def test_a_wechat_that_nobody_has_bound_is_refused(api, wechat, teacher):
    assert api.post("/auth/wechat-code2token/", CODE, status=400).json == NOT_BOUND


def test_a_user_who_is_switched_off_is_refused(api, wechat, session, bound):
    deactivate(session, bound.id)
    assert api.post("/auth/wechat-code2token/", CODE, status=400).json == NOT_BOUND
    assert owner_of(session) == "t0001"


def test_binding_is_answered_with_the_user(mine, wechat, session):
    answer = mine.put("/auth/wechat-auth/", CODE).json
    assert answer == mine.get("/current-user/").json
    assert owner_of(session) == "t0001"


def test_binding_takes_wechat_from_whoever_had_it(api, wechat, session, bound, add_user):
    other = api.as_user(add_user("t0002"))
    other.put("/auth/wechat-auth/", CODE)
    assert owner_of(session) == "t0002"


def test_binding_again_changes_nothing_and_another_wechat_replaces_it(mine, wechat, session):
    mine.put("/auth/wechat-auth/", CODE)
    mine.put("/auth/wechat-auth/", CODE)
    wechat.answers({"openid": "another", "session_key": SESSION_KEY})
    mine.put("/auth/wechat-auth/", CODE)
    assert owner_of(session) is None
    assert owner_of(session, "another") == "t0001"


def test_signing_out_unbinds_and_ends_all_tokens(api, mine, sign_in, wechat, session, bound):
    phone = sign_in()
    answer = mine.delete("/auth/wechat-auth/", status=200).json
    assert answer["username"] == "t0001"
    assert owner_of(session) is None
    phone.get("/current-user/", status=401)
    mine.get("/current-user/", status=401)
    assert api.post("/auth/wechat-code2token/", CODE, status=400).json == NOT_BOUND


def test_signing_out_without_wechat_is_fine_and_leaves_others_alone(api, mine, wechat, add_user):
    other = api.as_user(add_user("t0002"))
    mine.delete("/auth/wechat-auth/", status=200)
    other.get("/current-user/")
    assert wechat.asked == []


@pytest.mark.parametrize("body", [{}, {"code": ""}, {"code": "  "}, {"code": None}, {"cod": "x"}])
@pytest.mark.parametrize("method", ["post", "put"])
def test_a_missing_code_is_nobodys_field(api, mine, wechat, method, body):
    if method == "post":
        answer = api.post("/auth/wechat-code2token/", body, status=400)
    else:
        answer = mine.put("/auth/wechat-auth/", body, status=400)
    assert answer.json == NO_CODE
    assert wechat.asked == []


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (True, "不是有效的字符串。"),
        ([], "不是有效的字符串。"),
        ({}, "不是有效的字符串。"),
        ("a\0b", "不允许包含空字符或无效字符。"),
        ("a\ud800", "不允许包含空字符或无效字符。"),
        ("x" * 513, "请确保这个字段不能超过 512 个字符。"),
    ],
)
@pytest.mark.parametrize("method", ["post", "put"])
def test_what_can_be_no_code_is_a_field_error(api, mine, wechat, method, code, message):
    if method == "post":
        answer = api.post("/auth/wechat-code2token/", {"code": code}, status=400)
    else:
        answer = mine.put("/auth/wechat-auth/", {"code": code}, status=400)
    assert answer.json == {"code": [message]}
    assert wechat.asked == []


@pytest.mark.parametrize("code", ["&secret=x#?/%00 +", "码", "../../x", 12345])
def test_a_strange_code_reaches_wechat_as_it_is(api, wechat, bound, code):
    api.post("/auth/wechat-code2token/", {"code": code})
    assert wechat.asked[0]["js_code"] == str(code)
    assert wechat.asked[0]["secret"] == APP_SECRET


def test_a_refusal_by_wechat_is_told_and_binds_nothing(mine, api, wechat, session):
    wechat.answers({"errcode": 40029, "errmsg": "invalid code, rid: 1"})
    told = {"detail": "微信登录凭证无效，请重新进入小程序。"}
    assert mine.put("/auth/wechat-auth/", CODE, status=400).json == told
    assert api.post("/auth/wechat-code2token/", CODE, status=400).json == told
    assert owner_of(session) is None


def test_no_answer_and_no_log_has_the_openid_the_key_or_the_secret(api, mine, wechat, caplog):
    caplog.set_level(logging.DEBUG)
    answers = [
        mine.put("/auth/wechat-auth/", CODE),
        api.post("/auth/wechat-code2token/", CODE),
        mine.get("/current-user/"),
        mine.get("/current-user/meta/"),
    ]
    for payload in ({"errcode": 40125}, {"errcode": 1}, [OPENID, SESSION_KEY], b"<html>"):
        wechat.answers(payload)
        answers.append(api.post("/auth/wechat-code2token/", CODE, status=400))
    wechat.answers({"openid": OPENID + "\n", "session_key": SESSION_KEY})
    answers.append(mine.put("/auth/wechat-auth/", CODE, status=400))
    told = "".join(answer.text + str(answer.headers) for answer in answers) + caplog.text
    assert "WeChat" in caplog.text
    for secret in (OPENID, SESSION_KEY, APP_SECRET, CODE["code"]):
        assert secret not in told


def test_an_error_of_the_database_does_not_tell_the_openid(session, teacher):
    with pytest.raises(sa.exc.DataError) as failure:
        bindings.bind(session, teacher.id, "o" * 129)
    assert "ooo" not in str(failure.value)


def test_the_openid_is_loaded_by_nobody_who_does_not_ask(session, bound):
    session.expunge_all()
    user = session.get_one(User, bound.id)
    assert "wechat_openid" in sa.inspect(user).unloaded


@pytest.fixture
def committed(app, engine):
    """A client of the application on its own connections, and t7777, really stored."""
    passwords = app.registry["passwords"]
    with engine.begin() as connection:
        connection.execute(
            sa.insert(User).values(username="t7777", password=passwords.hash(PASSWORD))
        )
    yield TestApp(app)
    with engine.begin() as connection:
        connection.execute(sa.delete(User).where(User.username == "t7777"))
        connection.execute(sa.text("DELETE FROM core_sign_in_tries"))
    with engine.begin() as connection:
        # The audit only grows, where its trigger looks.
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        connection.execute(sa.delete(AuditEntry))


def test_no_database_connection_is_held_while_wechat_or_a_hash_is_waited_for(
    app, wechat, committed, monkeypatch
):
    pool = app.registry["engine"].pool
    held = []
    well_behaved = wechat.answer

    def answer(handler):
        held.append(pool.checkedout())
        well_behaved(handler)

    class Watched(Passwords):
        def __init__(self, other):
            self.__dict__ = other.__dict__

        def verify(self, stored, password):
            held.append(pool.checkedout())
            return super().verify(stored, password)

        def hash(self, password):
            held.append(pool.checkedout())
            return super().hash(password)

    wechat.answer = answer
    monkeypatch.setitem(app.registry, "passwords", Watched(app.registry["passwords"]))
    pair = {"username": "t7777", "password": PASSWORD}
    token = committed.post_json("/auth/get-token/", pair, status=201).json["token"]
    headers = {"Authorization": f"Token {token}"}
    committed.put_json("/auth/wechat-auth/", CODE, headers=headers, status=200)
    committed.post_json("/auth/wechat-code2token/", CODE, status=201)
    me = {"first_name": "杰", "last_name": "褚", "password": "a quite new one"}
    committed.put_json("/current-user/", me, headers=headers, status=200)
    committed.post_json("/auth/get-token/", pair, status=400)
    assert held == [0] * 5


def test_a_wrong_try_is_counted_although_it_is_refused(committed, engine):
    for status in [400] * 5 + [429]:
        pair = {"username": "t7777", "password": "wrong"}
        committed.post_json("/auth/get-token/", pair, status=status)
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM core_sign_in_tries")) == 3
