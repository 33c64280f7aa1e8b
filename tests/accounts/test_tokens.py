"""How long a token lives, and what ends it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from hhu_base.accounts import tokens
from hhu_base.accounts.users import deactivate, make_administrator
from hhu_base.models import Token, User
from hhu_base.web.security import digest_of
from tests.accounts.conftest import PASSWORD

LIFETIME = 3 * 3600
OPEN = ["/auth/get-token/", "/auth/wechat-code2token/"]
CLOSED = [
    ("GET", "/current-user/"),
    ("PUT", "/current-user/"),
    ("GET", "/current-user/meta/"),
    ("PUT", "/current-user/meta/"),
    ("PUT", "/auth/wechat-auth/"),
    ("DELETE", "/auth/wechat-auth/"),
    ("GET", "/departments/"),
]


@pytest.fixture
def let_pass(session):
    """``let_pass(60)``: time goes by."""

    def let_pass(seconds: float) -> None:
        session.execute(
            sa.update(Token).values(expires_at=Token.expires_at - timedelta(seconds=seconds))
        )

    return let_pass


def seconds_left(session, token: str) -> float:
    left = sa.select(Token.expires_at - sa.func.now()).where(Token.digest == digest_of(token))
    return session.scalar(left).total_seconds()


def test_each_device_has_a_token_of_its_own(sign_in, teacher):
    phone, tablet = sign_in(), sign_in()
    assert phone.token != tablet.token
    phone.get("/current-user/")
    tablet.get("/current-user/")


def test_a_token_lives_for_three_hours(sign_in, session, let_pass, teacher):
    phone = sign_in()
    assert seconds_left(session, phone.token) == LIFETIME
    let_pass(LIFETIME)
    assert phone.get("/current-user/", status=401).json == {"detail": "认证令牌无效。"}


def test_use_renews_a_token_but_not_at_every_request(sign_in, session, let_pass, teacher):
    phone = sign_in()
    let_pass(LIFETIME * 0.05)
    phone.get("/current-user/")
    assert seconds_left(session, phone.token) == LIFETIME * 0.95
    let_pass(LIFETIME * 0.9)
    phone.get("/current-user/")
    assert seconds_left(session, phone.token) == LIFETIME


def test_expired_tokens_are_swept_and_others_are_not(sign_in, session, let_pass, teacher):
    sign_in()
    let_pass(LIFETIME + 1)
    phone = sign_in()
    tokens.delete_expired(session)
    assert session.scalars(sa.select(Token.digest)).all() == [digest_of(phone.token)]


def test_a_user_who_is_switched_off_is_signed_out_at_once(sign_in, session, teacher, add_user, api):
    phone = sign_in()
    other = api.as_user(add_user("t0002"))
    deactivate(session, teacher.id)
    assert phone.get("/current-user/", status=401).json == {"detail": "认证令牌无效。"}
    other.get("/current-user/")
    # And stays so when he is switched on again.
    session.execute(sa.update(User).values(is_active=True))
    phone.get("/current-user/", status=401)


def test_who_is_switched_off_by_other_means_is_not_let_in_either(sign_in, session, teacher):
    phone = sign_in()
    teacher.is_active = False
    phone.get("/current-user/", status=401)


def test_a_password_set_on_the_command_line_ends_all_tokens(sign_in, session, teacher):
    phone = sign_in()
    make_administrator(session, "t0001", "", "another good password")
    phone.get("/current-user/", status=401)
    assert sign_in(password="another good password").get("/current-user/").json["is_staff"]


@pytest.mark.parametrize(("method", "path"), CLOSED)
@pytest.mark.parametrize(
    ("header", "detail"),
    [
        (None, "身份认证信息未提供。"),
        ("", "身份认证信息未提供。"),
        ("Basic dDAwMDE6eA==", "身份认证信息未提供。"),
        ("Bearer abc", "身份认证信息未提供。"),
        ("Token", "认证令牌无效。"),
        ("Token ", "认证令牌无效。"),
        ("Token abc", "认证令牌无效。"),
        ("Token a b", "认证令牌无效。"),
        ("Token \xe9\xff", "认证令牌无效。"),
    ],
)
def test_all_else_asks_for_a_token(api, method, path, header, detail):
    headers = {} if header is None else {"Authorization": header}
    answer = api.client.request(path, method=method, headers=headers, status=401)
    assert answer.json == {"detail": detail}
    assert answer.headers["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize("path", OPEN)
def test_the_sign_in_services_take_no_other_method(api, path):
    assert api.client.get(path, status=405).headers["Allow"] == "POST"


def test_the_same_token_with_another_case_of_its_scheme_is_taken(api, sign_in, teacher):
    token = sign_in().token
    api.client.get("/current-user/", headers={"Authorization": f"token {token}"}, status=200)
    wrong = {"Authorization": f"Token {token.swapcase()}"}
    api.client.get("/current-user/", headers=wrong, status=401)


def test_a_user_who_is_deleted_takes_his_tokens_along(sign_in, session, teacher):
    phone = sign_in(password=PASSWORD)
    session.execute(sa.delete(User).where(User.id == teacher.id))
    phone.get("/current-user/", status=401)
