"""POST /auth/get-token/."""

import pytest
import sqlalchemy as sa

from hhu_base.accounts import sign_in, users
from hhu_base.accounts.users import deactivate
from hhu_base.models import Token, User
from hhu_base.web.security import digest_of
from tests.accounts.conftest import PASSWORD

WRONG_PAIR = {"non_field_errors": ["无法使用提供的认证信息登录。"]}
# pbkdf2_sha256 with few iterations, as Django stores it.
DJANGO_HASH = "pbkdf2_sha256$1000$seasalt$DrdiWD40lyBuydnjvZiDrdQMx1S1mOA9O0QYex0R6ww="


def test_the_right_pair_gets_a_token_that_signs_in(sign_in, teacher):
    assert sign_in().get("/current-user/").json["username"] == "t0001"


def test_a_form_is_taken_as_well_and_a_stale_header_is_ignored(api, teacher):
    answer = api.client.post(
        "/auth/get-token",
        {"username": "t0001", "password": PASSWORD},
        headers={"Authorization": "Token long-gone"},
        status=201,
    )
    assert list(answer.json) == ["token"]


def test_only_a_digest_of_the_token_is_stored(sign_in, session, teacher):
    token = sign_in().token
    [stored] = session.scalars(sa.select(Token))
    assert stored.digest == digest_of(token)
    assert token.encode() not in stored.digest


def test_a_wrong_password_an_unknown_and_a_switched_off_user_get_the_same_answer(
    sign_in, add_user, passwords, teacher
):
    add_user("t0002", password=passwords.hash(PASSWORD), is_active=False)
    add_user("t0003")  # has no password
    answers = [
        sign_in(password="wrong horse", status=400),
        sign_in("t9999", status=400),
        sign_in("t0002", status=400),
        sign_in("t0003", status=400),
        sign_in("t0003", password=" ", status=400),
    ]
    assert [answer.json for answer in answers] == [WRONG_PAIR] * 5


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"username": ["该字段是必填项。"], "password": ["该字段是必填项。"]}),
        ({"username": "t0001"}, {"password": ["该字段是必填项。"]}),
        ({"username": None, "password": "x"}, {"username": ["该字段不能为 null。"]}),
        ({"username": "t0001", "password": None}, {"password": ["该字段不能为 null。"]}),
        ({"username": "", "password": "x"}, {"username": ["该字段不能为空。"]}),
        ({"username": "  ", "password": "x"}, {"username": ["该字段不能为空。"]}),
        ({"username": "t0001", "password": ""}, {"password": ["该字段不能为空。"]}),
        ({"username": True, "password": "x"}, {"username": ["不是有效的字符串。"]}),
        ({"username": ["t0001"], "password": "x"}, {"username": ["不是有效的字符串。"]}),
        ({"username": "t0001", "password": {}}, {"password": ["不是有效的字符串。"]}),
        (
            {"username": "a\0b", "password": "x"},
            {"username": ["不允许包含空字符或无效字符。"]},
        ),
        (
            {"username": "t0001", "password": "a\ud800"},
            {"password": ["不允许包含空字符或无效字符。"]},
        ),
        (
            {"username": "t" * 151, "password": "x"},
            {"username": ["请确保这个字段不能超过 150 个字符。"]},
        ),
        (
            {"username": "t0001", "password": "x" * 1025},
            {"password": ["请确保这个字段不能超过 1024 个字符。"]},
        ),
    ],
)
def test_bad_input_is_named_by_field(api, body, errors):
    assert api.post("/auth/get-token/", body, status=400).json == errors


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"3"])
def test_a_body_that_is_no_object_is_refused(api, body):
    headers = {"Content-Type": "application/json"}
    answer = api.client.post("/auth/get-token/", body, headers=headers, status=400)
    assert list(answer.json) == ["non_field_errors"]


def test_a_body_that_is_no_json_is_refused(api):
    headers = {"Content-Type": "application/json"}
    answer = api.client.post("/auth/get-token/", b"{", headers=headers, status=400)
    assert list(answer.json) == ["detail"]


def test_a_staff_number_of_digits_may_come_as_a_number(sign_in, add_user, passwords):
    add_user("20200001", password=passwords.hash("12345"))
    sign_in(20200001, 12345)


def test_the_password_counts_as_it_was_typed(sign_in, add_user, passwords):
    add_user("t0002", password=passwords.hash(" blank "))
    sign_in("t0002", " blank ")
    sign_in("t0002", "blank", status=400)


def test_a_hash_of_django_is_accepted_and_renewed(sign_in, add_user, session):
    user = add_user("t0002", password=DJANGO_HASH)
    sign_in("t0002", "wrong horse", status=400)
    assert user.password == DJANGO_HASH
    sign_in("t0002")
    assert user.password.startswith("$argon2id$")
    sign_in("t0002")


def test_a_hash_with_other_costs_is_renewed_and_one_with_these_is_not(sign_in, add_user, passwords):
    from argon2 import PasswordHasher

    user = add_user("t0002", password=PasswordHasher(2, 16, 1).hash(PASSWORD))
    sign_in("t0002")
    renewed = user.password
    assert "m=8,t=1,p=1" in renewed
    sign_in("t0002")
    assert user.password == renewed


@pytest.mark.parametrize("garbage", ["!", "密码", "$argon2id$", "pbkdf2_sha256$$$", "md5$a$b"])
def test_a_stored_hash_that_is_none_lets_nobody_in(sign_in, add_user, garbage):
    add_user("t0002", password=garbage)
    assert sign_in("t0002", garbage, status=400).json == WRONG_PAIR


def test_a_password_that_changes_while_it_is_checked_gives_no_token(session, teacher, app):
    candidate = sign_in.find_candidate(session, "t0001")
    users.change_password(session, teacher.id, "another hash")
    lifetime = app.registry["token_lifetime"]
    assert sign_in.finish(session, candidate, lifetime, None) is None
    assert sign_in.finish(session, candidate, lifetime, "renewed") is None
    assert session.scalar(sa.select(User.password)) == "another hash"


def test_who_is_switched_off_while_the_password_is_checked_gets_no_token(session, teacher, app):
    candidate = sign_in.find_candidate(session, "t0001")
    deactivate(session, teacher.id)
    assert sign_in.finish(session, candidate, app.registry["token_lifetime"], None) is None


def test_a_candidate_does_not_show_the_hash():
    assert "secret" not in repr(sign_in.Candidate(1, "secret"))
