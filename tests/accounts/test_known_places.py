"""Somebody else's guessing keeps nobody out of where they have signed in before."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hhu_base.accounts import known_places
from hhu_base.accounts.throttle import Allowance, Throttle, TooManyTries
from hhu_base.models import SignInPlace, SignInTry
from hhu_base.testing.clients import AdminClient
from tests.accounts.conftest import PASSWORD

CAMPUS = "202.119.112.1"
HOME = "192.0.2.10"
CAFE = "192.0.2.99"


@pytest.fixture
def sign_in_from(api):
    """``sign_in_from(address)``: the status, and what was answered."""

    def sign_in_from(address, password=PASSWORD, username="t0001", headers=None):
        return api.post(
            "/auth/get-token/",
            {"username": username, "password": password},
            status="*",
            extra_environ={"REMOTE_ADDR": address},
            headers=headers or {},
        )

    return sign_in_from


@pytest.fixture
def let_pass(session):
    """``let_pass(60)``: time goes by."""

    def let_pass(seconds: float) -> None:
        gone = timedelta(seconds=seconds)
        session.execute(
            sa.update(SignInTry).values(
                free_at=SignInTry.free_at - gone, turn_at=SignInTry.turn_at - gone
            )
        )

    return let_pass


@pytest.fixture
def guess(app, session):
    """``guess(100)``: so many wrong passwords for t0001, each from another address.

    Past the web server, for speed; the statuses are those that it would answer.
    """

    def guess(times: int, first: int = 0, username: str = "t0001") -> list[int]:
        throttle = app.registry["throttle"]
        statuses = []
        for i in range(first, first + times):
            try:
                throttle.count(session, throttle.keys(username, f"198.51.{i // 250}.{i % 250 + 1}"))
            except TooManyTries:
                statuses.append(429)
            else:
                statuses.append(400)
        return statuses

    return guess


@pytest.fixture
def guess_at_campus(sign_in_from, app, monkeypatch):
    """Somebody behind the campus's address uses up what it has, with many staff numbers."""

    def guess(times: int = 22) -> list[int]:
        pair, account, _ = app.registry["throttle"].allowances
        address = Allowance(20, timedelta(seconds=2))
        monkeypatch.setitem(app.registry, "throttle", Throttle(pair, account, address))
        return [sign_in_from(CAMPUS, "x", f"t{i}").status_int for i in range(2000, 2000 + times)]

    return guess


def test_at_a_known_address_the_right_password_is_heard_while_others_guess(
    sign_in_from, guess, teacher
):
    assert sign_in_from(HOME).status_int == 201
    assert guess(36)[-1] == 429
    assert [sign_in_from(HOME).status_int for _ in range(5)] == [201] * 5
    # The control: at an address where nobody has signed in, it is not.
    assert sign_in_from(CAFE).status_int == 429


def test_behind_an_address_that_is_used_up_who_is_known_there_gets_in(
    sign_in_from, guess_at_campus, teacher, add_user, passwords
):
    add_user("t0002", password=passwords.hash(PASSWORD))
    assert sign_in_from(CAMPUS).status_int == 201
    assert guess_at_campus()[-1] == 429
    assert [sign_in_from(CAMPUS).status_int for _ in range(5)] == [201] * 5
    assert sign_in_from(CAMPUS, username="t0002").status_int == 429


def test_a_device_with_an_old_token_is_heard_wherever_it_is(sign_in_from, guess, teacher):
    token = sign_in_from(HOME).json["token"]
    guess(36)
    headers = {"Authorization": f"Token {token}"}
    answer = sign_in_from(CAFE, headers=headers)
    assert answer.status_int == 201
    assert sign_in_from(CAFE, headers={"Authorization": "Token of-nobody"}).status_int == 201
    # What was known of the device is now known of its new token.
    new = {"Authorization": f"Token {answer.json['token']}"}
    assert sign_in_from("192.0.2.50", headers=headers).status_int == 429
    assert sign_in_from("192.0.2.51", headers=new).status_int == 201


def test_a_browser_with_its_cookie_is_heard_wherever_it_is(
    app, sessions, session, guess, guess_at_campus, teacher
):
    browser = AdminClient(app, sessions, session)
    browser.client.extra_environ["REMOTE_ADDR"] = HOME
    browser.sign_in("t0001", PASSWORD)
    cookie = next(c for c in browser.client.cookiejar if c.name == known_places.COOKIE)
    assert (cookie.path, cookie.has_nonstandard_attr("HttpOnly")) == ("/", True)
    guess(36)
    guess_at_campus()
    other = AdminClient(app, sessions, session)
    other.client.extra_environ["REMOTE_ADDR"] = CAMPUS
    other.sign_in("t0001", PASSWORD, status=429)
    other.client.set_cookie(known_places.COOKIE, cookie.value)
    other.sign_in("t0001", PASSWORD)


def test_guessing_at_the_same_address_does_not_keep_a_browser_out(
    app, sessions, session, sign_in_from, teacher
):
    browser = AdminClient(app, sessions, session)
    browser.client.extra_environ["REMOTE_ADDR"] = CAMPUS
    browser.sign_in("t0001", PASSWORD)
    statuses = [sign_in_from(CAMPUS, "x").status_int for _ in range(10)]
    assert statuses == [400] * 5 + [429] * 5
    browser.client.cookiejar.clear("localhost.local", "/", "hhu_session")
    browser.sign_in("t0001", PASSWORD)


def test_a_cookie_of_somebody_else_is_worth_nothing(sign_in_from, guess, teacher, app, session):
    sign_in_from(HOME)
    session.execute(
        sa.insert(SignInPlace).values(user_id=teacher.id, key=b"x" * 32, kind=known_places.BROWSER)
    )
    guess(36, username="t0002")
    assert sign_in_from(HOME, username="t0002").status_int == 429


def test_a_new_device_waits_for_its_turn_and_is_heard_then(sign_in_from, guess, let_pass, teacher):
    guess(30)  # all are heard; from now on the ten that guess stand in line
    guess(10)
    answer = sign_in_from(CAFE)
    wait = int(answer.headers["Retry-After"])
    assert answer.status_int == 429
    assert answer.json["detail"].startswith("有人正在反复尝试登录这个账号")
    assert f"请在 {wait} 秒后重试" in answer.json["detail"]
    for _ in range(wait // 20):
        let_pass(20)
        guess(10)
    let_pass(20)
    guess(10)
    assert sign_in_from(CAFE).status_int == 201


def test_who_comes_before_their_turn_is_told_how_long_it_still_is(
    sign_in_from, guess, let_pass, teacher
):
    guess(30)
    first = int(sign_in_from(CAFE).headers["Retry-After"])
    let_pass(first - 5)
    assert sign_in_from(CAFE).headers["Retry-After"] == "5"
    let_pass(5)
    assert sign_in_from(CAFE, "wrong").status_int == 400
    assert sign_in_from(CAFE).status_int == 429  # a turn is for one try


def heard(statuses) -> int:
    return sum(status == 400 for status in statuses)


@pytest.fixture
def try_places(session):
    """``try_places(throttle, places, known)``: how many of these tries are heard, and are wrong."""

    def try_places(throttle: Throttle, addresses, is_known: bool = False) -> int:
        count = 0
        for address in addresses:
            keys = throttle.keys("t0001", address)
            with suppress(TooManyTries):
                throttle.count(session, keys, is_known=is_known)
                count += 1
                if is_known:
                    throttle.count_wrong(session, keys)
        return count

    return try_places


@pytest.mark.parametrize("addresses", [1, 6, 24])
def test_guessing_gets_no_faster_than_the_allowances(app, try_places, let_pass, addresses):
    """A quarter of an hour of guessing from so many addresses, which use every turn they get."""
    throttle = app.registry["throttle"]
    total = 0
    for _ in range(15):
        for _ in range(3):
            total += try_places(throttle, [f"198.51.100.{i}" for i in range(addresses)])
            let_pass(20)
    account = 30 + 3 * 15
    place = addresses * (5 + 15)
    assert total <= min(account, place) + 1
    assert total >= min(account, place) * 0.7  # the control: there was something to be had


def test_guessing_gets_no_faster_at_places_that_are_known(app, try_places, let_pass):
    throttle = app.registry["throttle"]
    total = 0
    for _ in range(30):
        total += try_places(throttle, [HOME, CAMPUS] * 2, is_known=True)
        total += try_places(throttle, [f"198.51.100.{i}" for i in range(10)])
        let_pass(30)
    # Whatever is heard there is taken from what is heard elsewhere.
    assert total <= 30 + 3 * 15 + 2 * 5
    assert total >= 60


def test_the_owner_signing_in_gives_a_guesser_no_more_tries(sign_in_from, guess, teacher):
    sign_in_from(HOME)
    assert heard(guess(36)) == 30
    for _ in range(5):
        assert sign_in_from(HOME).status_int == 201
        assert heard(guess(20, first=1000)) == 0


def test_only_a_right_password_makes_a_place_known(sign_in_from, session, teacher):
    sign_in_from(HOME, "x")
    sign_in_from(HOME, "x", "t9999")
    assert not session.scalars(sa.select(SignInPlace)).all()


def test_of_each_kind_so_many_are_kept_and_the_newest(sign_in_from, session, teacher):
    for i in range(15):
        assert sign_in_from(f"192.0.2.{i + 1}").status_int == 201
        session.execute(
            sa.update(SignInPlace).values(used_at=SignInPlace.used_at - timedelta(minutes=1))
        )
    kinds = list(session.scalars(sa.select(SignInPlace.kind)))
    assert kinds.count(known_places.ADDRESS) == known_places.MOST_OF_A_KIND
    assert kinds.count(known_places.DEVICE) == known_places.MOST_OF_A_KIND


def test_places_that_nobody_uses_are_forgotten(sign_in_from, session, run_task, teacher):
    sign_in_from(HOME)
    places = sa.select(sa.func.count()).select_from(SignInPlace)
    age = sa.update(SignInPlace).values(used_at=sa.func.now() - timedelta(days=179))
    session.execute(age)
    run_task("core.delete_unused_places")
    assert session.scalar(places) == 2
    session.execute(sa.update(SignInPlace).values(used_at=sa.func.now() - timedelta(days=181)))
    run_task("core.delete_unused_places")
    assert session.scalar(places) == 0


def test_a_flood_of_guesses_leaves_nothing_behind(app, try_places, session, let_pass, run_task):
    try_places(app.registry["throttle"], [f"198.51.{i // 250}.{i % 250}" for i in range(300)])
    rows = sa.select(sa.func.count()).select_from(SignInTry)
    # What is refused is not written; a place in the line is, and the line has an end.
    assert session.scalar(rows) <= 2 * 30 + 15 + 1
    let_pass(3600)
    run_task("core.sweep_sign_in_tries")
    assert session.scalar(rows) == 0
