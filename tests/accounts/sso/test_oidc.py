"""Signing in by OpenID Connect, and what must not be one."""

import base64
import hmac
import json
import time
from types import SimpleNamespace

import pytest

from hhu_base import configure
from hhu_base.accounts.sso.errors import CANCELLED, NO_NUMBER, NONSENSE, REFUSED, STALE
from hhu_base.testing.clients import AdminClient
from tests.accounts.sso.conftest import sso_settings
from tests.accounts.sso.university import CLIENT_ID, CLIENT_SECRET, LOGOUT, new_key


@pytest.fixture
def other(sign_on) -> AdminClient:
    """Another browser."""
    return AdminClient(*sign_on.browser._parts)


def test_who_has_signed_in_there_is_signed_in_here_and_where_they_wanted_to_be(
    sign_on, teacher, ways, university
):
    answer = sign_on.by_oidc("t0001", "/app/me/devices/")
    assert answer.headers["Location"] == "http://localhost/app/me/devices/"
    assert sign_on.is_in()
    assert ways() == [("t0001 褚杰", "学校账号")]
    # Nothing is kept of the session that was there before, nor of what had begun in it.
    assert "sign-ons" not in sign_on.browser.client.cookies


def test_the_provider_is_asked_with_pkce_state_and_a_nonce_each_time_others(sign_on, app):
    first, second = sign_on.go("oidc"), sign_on.go("oidc")
    assert first["code_challenge_method"] == "S256"
    assert first["response_type"] == "code"
    assert first["client_id"] == CLIENT_ID
    assert first["redirect_uri"] == f"{app.registry.public_url}/app/sign-in/oidc/back"
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) > 20
        assert first[name] != second[name]


def test_two_tabs_may_sign_in_at_once(sign_on, teacher, university):
    first, second = sign_on.go("oidc"), sign_on.go("oidc")
    code = university.give_code(first, "s", employee="t0001")
    sign_on.return_from_oidc(first, code=code)
    assert sign_on.is_in()
    # The other comes back later, and is there already.
    answer = sign_on.return_from_oidc(second, code="x")
    assert answer.headers["Location"] == "http://localhost/app/"


def test_the_description_and_the_keys_are_asked_for_once(sign_on, teacher, university):
    for _ in range(2):
        sign_on.browser.client.reset()
        sign_on.by_oidc("t0001")
    assert university.asked.count("/oidc/.well-known/openid-configuration") == 1
    assert university.asked.count("/oidc/jwks") == 1


def test_a_claim_that_the_id_token_leaves_out_is_asked_for(sign_on, teacher, university):
    university.user_info = {"sub": "s", "employee": "t0001"}
    asked = sign_on.go("oidc")
    sign_on.return_from_oidc(asked, code=university.give_code(asked, "s"))
    assert sign_on.is_in()


@pytest.mark.parametrize(
    ("user_info", "sentence"),
    [
        ({"sub": "another", "employee": "t0001"}, REFUSED),
        ({"employee": "t0001"}, REFUSED),
        ({"sub": "s"}, NO_NUMBER),
        ({"sub": "s", "employee": {"a": 1}}, NO_NUMBER),
        ({"sub": "s", "employee": True}, NO_NUMBER),
    ],
)
def test_what_is_about_somebody_else_or_says_no_number_is_refused(
    sign_on, teacher, university, user_info, sentence
):
    university.user_info = user_info
    asked = sign_on.go("oidc")
    answer = sign_on.return_from_oidc(asked, code=university.give_code(asked, "s"))
    assert sign_on.refusal(answer) == sentence


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"iss": ""},
        {"aud": "another client"},
        {"aud": [CLIENT_ID, "another"], "azp": "another"},
        {"aud": [CLIENT_ID, "another"]},
        {"exp": int(time.time()) - 3600},
        {"exp": "soon"},
        {"exp": None},
        {"iat": int(time.time()) + 3600},
        {"iat": None},
        {"nonce": "another"},
        {"nonce": None},
        {"nonce": ""},
        {"nbf": int(time.time()) + 3600},
        {"sub": ""},
        {"sub": 3},
        {"at_hash": "of-another-token"},
    ],
    # No moment in them: each process of the tests collects at one of its own.
    ids=" ".join,
)
def test_a_token_of_another_issuer_client_time_or_nonce_is_refused(
    sign_on, teacher, claims, university
):
    asked = sign_on.go("oidc")
    code = university.give_code(asked, "s", employee="t0001")
    found = university.codes[code]["claims"] | claims
    university.codes[code]["claims"] = {k: v for k, v in found.items() if v is not None}
    assert sign_on.refusal(sign_on.return_from_oidc(asked, code=code)) == REFUSED
    assert not sign_on.is_in()


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _token(header: dict, claims: dict, secret: bytes = b"") -> str:
    text = f"{_base64(json.dumps(header).encode())}.{_base64(json.dumps(claims).encode())}"
    mac = hmac.digest(secret, text.encode(), "sha256") if secret else b""
    return f"{text}.{_base64(mac)}"


def _unsigned(university):
    return lambda claims: _token({"alg": "none", "typ": "JWT"}, claims)


def _with_our_secret(university):
    return lambda claims: _token({"alg": "HS256"}, claims, CLIENT_SECRET.encode())


def _with_the_public_key_as_a_secret(university):
    header = {"alg": "HS256", "kid": university.key.kid}
    return lambda claims: _token(header, claims, university.key.as_pem(private=False))


def _with_another_key(university):
    return lambda claims: university.sign(claims, key=new_key(), kid=university.key.kid)


def _with_a_key_that_it_brings(university):
    key = new_key()
    return lambda claims: university.sign(claims, key=key, jwk=key.as_dict(private=False))


def _changed_afterwards(university):
    def sign(claims):
        head, _, signature = university.sign(claims).split(".")
        return f"{head}.{university.sign(claims | {'x': 1}).split('.')[1]}.{signature}"

    return sign


@pytest.mark.parametrize(
    "forge",
    [
        _unsigned,
        _with_our_secret,
        _with_the_public_key_as_a_secret,
        _with_another_key,
        _with_a_key_that_it_brings,
        _changed_afterwards,
        lambda university: lambda claims: "a.b.c",
        lambda university: lambda claims: "",
        lambda university: lambda claims: "票",
        lambda university: lambda claims: None,
        lambda university: lambda claims: 3,
    ],
)
def test_a_token_that_the_provider_has_not_signed_is_refused(sign_on, teacher, university, forge):
    university.signs_with = forge(university)
    assert sign_on.refusal(sign_on.by_oidc("t0001")) == REFUSED
    assert not sign_on.is_in()


def test_new_keys_are_fetched_when_they_are_met_but_not_at_every_token(
    sign_on, teacher, university, app
):
    sign_on.by_oidc("t0001")
    university.rotate()
    sign_on.browser.client.reset()
    # Fetched a moment ago: not again, or anybody could have us ask all the time.
    assert sign_on.refusal(sign_on.by_oidc("t0001")) == REFUSED
    assert university.asked.count("/oidc/jwks") == 1
    app.registry["sso"]["oidc"].metadata._keys_at -= 60
    sign_on.by_oidc("t0001")
    assert sign_on.is_in()
    # And what the old key signs is worth nothing.
    university.key = university.first_key
    sign_on.browser.client.reset()
    assert sign_on.refusal(sign_on.by_oidc("t0001")) == REFUSED


@pytest.mark.parametrize("change", [{"state": "another"}, {"state": ""}])
def test_another_state_is_refused_unheard(sign_on, teacher, university, change):
    asked = sign_on.go("oidc")
    code = university.give_code(asked, "s", employee="t0001")
    before = len(university.asked)
    answer = sign_on.return_from_oidc(asked | change, code=code)
    assert sign_on.refusal(answer) == STALE
    assert len(university.asked) == before


def test_a_code_that_somebody_else_got_signs_nobody_else_in(sign_on, teacher, university, other):
    asked = sign_on.go("oidc")
    code = university.give_code(asked, "s", employee="t0001")
    # Neither without an attempt of one's own, nor with one: the proof is in the other's browser.
    sign_on.return_from_oidc(asked, code=code, browser=other)
    theirs = sign_on.go("oidc", browser=other)
    sign_on.return_from_oidc(theirs, code=code, browser=other)
    assert not sign_on.is_in(other)


def test_an_attempt_is_good_once_and_not_for_ever(sign_on, teacher, university, monkeypatch):
    asked = sign_on.go("oidc")
    assert sign_on.refusal(sign_on.return_from_oidc(asked, error="server_error")) == REFUSED
    code = university.give_code(asked, "s", employee="t0001")
    assert sign_on.refusal(sign_on.return_from_oidc(asked, code=code)) == STALE
    asked = sign_on.go("oidc")
    code = university.give_code(asked, "s", employee="t0001")
    later = SimpleNamespace(time=lambda: time.time() + 3600)
    monkeypatch.setattr("hhu_base.accounts.sso.attempts.time", later)
    assert sign_on.refusal(sign_on.return_from_oidc(asked, code=code)) == STALE


def test_an_attempt_at_one_provider_is_none_at_another(sign_on, teacher, university):
    asked = sign_on.go("oidc")
    answer = sign_on.return_from_cas(f"http://x/?state={asked['state']}", "ST-1")
    assert sign_on.refusal(answer) == STALE


@pytest.mark.parametrize(
    ("came", "sentence"),
    [
        ({"error": "access_denied"}, CANCELLED),
        ({"error": "server_error", "error_description": "<script>"}, REFUSED),
        ({}, REFUSED),
        ({"code": "unknown"}, REFUSED),
        ({"code": "x" * 3000}, REFUSED),
        ({"code": "x", "iss": "https://evil.example"}, REFUSED),
    ],
)
def test_what_the_provider_refuses_is_told(sign_on, teacher, came, sentence):
    assert sign_on.refusal(sign_on.return_from_oidc(sign_on.go("oidc"), **came)) == sentence


@pytest.mark.parametrize(
    "description",
    [
        {"issuer": "https://evil.example"},
        {"jwks_uri": None},
        {"token_endpoint": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"userinfo_endpoint": 3},
    ],
    ids=repr,
)
def test_a_description_of_another_issuer_or_with_strange_addresses_is_nonsense(
    sign_on, university, description
):
    university.description = description
    answer = sign_on.browser.get("/app/sign-in/oidc", status=303)
    assert sign_on.refusal(answer) == NONSENSE


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{", b"[" * 60_000, b" " * 70_000 + b"{}", b"\xff"]
)
@pytest.mark.parametrize("path", ["/oidc/token", "/oidc/jwks", "/oidc/userinfo"])
def test_nonsense_at_any_address_signs_nobody_in(sign_on, teacher, university, path, body):
    asked = sign_on.go("oidc")
    code = university.give_code(asked, "s")

    def answer(handler):
        if handler.path == path:
            handler.send(body, "application/json")
        else:
            handler.usual()

    university.answer = answer
    assert sign_on.refusal(sign_on.return_from_oidc(asked, code=code)) == NONSENSE


# What the provider's server orders.


def order(sign_on, token, status=200):
    server = AdminClient(*sign_on.browser._parts)
    return server.post("/app/sign-in/oidc/logout", {"logout_token": token}, status)


def test_back_channel_logout_ends_the_sign_ins_of_that_session(sign_on, teacher, university, other):
    sign_on.by_oidc("t0001", sub="s", sid="one")
    asked = sign_on.go("oidc", browser=other)
    code = university.give_code(asked, "s", employee="t0001", sid="two")
    sign_on.return_from_oidc(asked, code=code, browser=other)
    answer = order(sign_on, university.logout_token(sid="one", sub="s"))
    assert answer.headers["Cache-Control"] == "no-store"
    assert not sign_on.is_in()
    assert sign_on.is_in(other)
    # Without a session, all of that person.
    order(sign_on, university.logout_token(sub="s"))
    assert not sign_on.is_in(other)


def test_an_order_that_another_web_process_hears_ends_it_as_well(
    sign_on, teacher, university, settings, running_university
):
    sign_on.by_oidc("t0001", sub="s", sid="one")
    # As after a restart: it knows nothing but the rows.
    other = configure(settings | sso_settings(running_university)).make_wsgi_app()
    server = AdminClient(other, *sign_on.browser._parts[1:])
    server.post(
        "/app/sign-in/oidc/logout", {"logout_token": university.logout_token(sid="one")}, 200
    )
    assert not sign_on.is_in()
    other.registry["listener"].stop()
    other.registry["engine"].dispose()


def test_what_is_no_form_is_no_order_and_what_is_no_text_is_no_answer(sign_on, university):
    client = sign_on.browser.client
    client.post_json("/app/sign-in/oidc/logout", {"logout_token": "x"}, status=400)
    client.post("/app/sign-in/oidc/logout", upload_files=[("logout_token", "a", b"x")], status=400)
    for path in ("oidc", "cas"):
        answer = client.get(f"/app/sign-in/{path}/back?state=%ff&code=%ff", status="*")
        assert answer.status_code < 500
        assert client.get(f"/app/sign-in/{path}/back", status=303)


def test_a_sign_in_without_a_session_ends_with_any_of_its_person(sign_on, teacher, university):
    sign_on.by_oidc("t0001", sub="s")
    order(sign_on, university.logout_token(sid="one", sub="another"))
    assert sign_on.is_in()
    order(sign_on, university.logout_token(sid="one", sub="s"))
    assert not sign_on.is_in()


def test_an_order_is_followed_once(sign_on, teacher, university):
    sign_on.by_oidc("t0001", sub="s")
    token = university.logout_token(sub="s")
    order(sign_on, token)
    sign_on.by_oidc("t0001", sub="s")
    order(sign_on, token, 400)
    assert sign_on.is_in()


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"iat": int(time.time()) - 3600},
        {"iat": int(time.time()) + 3600},
        {"iat": None},
        {"iat": True},
        {"exp": int(time.time()) - 3600},
        {"jti": None},
        {"jti": ""},
        {"jti": "x" * 300},
        {"events": None},
        {"events": {}},
        {"events": [LOGOUT]},
        {"events": {LOGOUT: True}},
        {"nonce": "n"},
        {"sub": None},
        {"sub": ["s"]},
        {"sid": 3},
    ],
    ids=" ".join,
)
def test_what_is_no_order_ends_nothing(sign_on, teacher, university, changes):
    sign_on.by_oidc("t0001", sub="s")
    order(sign_on, university.logout_token(**({"sub": "s"} | changes)), 400)
    assert sign_on.is_in()


def test_an_id_token_and_a_forged_order_end_nothing(sign_on, teacher, university):
    sign_on.by_oidc("t0001", sub="s")
    claims = {"iss": university.issuer, "aud": CLIENT_ID, "sub": "s", "jti": "1"}
    claims |= {"iat": int(time.time()), "exp": int(time.time()) + 60}
    order(sign_on, university.sign(claims), 400)
    forged = claims | {"events": {LOGOUT: {}}}
    order(sign_on, _with_another_key(university)(forged), 400)
    order(sign_on, _unsigned(university)(forged), 400)
    for text in ("", "x", "a.b.c", "票", "x" * 20_000):
        order(sign_on, text, 400)
    assert sign_on.is_in()
