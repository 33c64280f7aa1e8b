"""Too many tries to sign in: 429."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hhu_base.accounts.sign_in import SignInGate, TooManySignIns
from hhu_base.accounts.tasks import sweep_sign_in_tries
from hhu_base.accounts.throttle import Allowance, Throttle, TooManyTries
from hhu_base.models import SignInTry
from tests.accounts.conftest import PASSWORD

CAMPUS = "202.119.112.1"
ELSEWHERE = "198.51.100.7"


@pytest.fixture
def try_from(sign_in):
    """``try_from(address, username, password, status)``"""

    def try_from(address, username="t0001", password="x", status=400):  # noqa: S107
        return sign_in(username, password, status, extra_environ={"REMOTE_ADDR": address})

    return try_from


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
def small_address(app, monkeypatch):
    """The allowance of an address is 20 tries."""
    pair, account, _ = app.registry["throttle"].allowances
    address = Allowance(20, timedelta(seconds=2))
    monkeypatch.setitem(app.registry, "throttle", Throttle(pair, account, address))


def test_the_sixth_wrong_password_is_not_heard(try_from, teacher):
    for _ in range(5):
        try_from(CAMPUS)
    answer = try_from(CAMPUS, status=429)
    assert answer.headers["Retry-After"] == "60"
    assert answer.json == {"detail": "登录尝试次数过多，请在 60 秒后重试。"}


def test_nor_is_the_right_one_until_the_time_is_up(try_from, let_pass, teacher):
    for _ in range(5):
        try_from(CAMPUS)
    try_from(CAMPUS, password=PASSWORD, status=429)
    let_pass(59)
    assert try_from(CAMPUS, password=PASSWORD, status=429).headers["Retry-After"] == "1"
    let_pass(1)
    try_from(CAMPUS, password=PASSWORD, status=201)


def test_hammering_does_not_make_the_pause_longer(try_from, let_pass, teacher):
    for _ in range(5):
        try_from(CAMPUS)
    for _ in range(50):
        try_from(CAMPUS, status=429)
    let_pass(60)
    try_from(CAMPUS, password=PASSWORD, status=201)


def test_a_right_password_gives_all_tries_back(try_from, session, teacher):
    for _ in range(3):
        for _ in range(4):
            try_from(CAMPUS)
        try_from(CAMPUS, password=PASSWORD, status=201)


def test_right_passwords_use_nothing_up(try_from, small_address, teacher):
    for _ in range(30):
        try_from(CAMPUS, password=PASSWORD, status=201)


def test_an_account_that_does_not_exist_is_counted_like_any_other(try_from, teacher):
    statuses = {
        name: [try_from(CAMPUS, name, status="*").status_int for _ in range(7)]
        for name in ("t0001", "t9999")
    }
    assert statuses["t0001"] == statuses["t9999"] == [400] * 5 + [429] * 2


def test_whoever_hammers_from_elsewhere_does_not_lock_the_owner_out(try_from, teacher):
    for _ in range(100):
        try_from(ELSEWHERE, status="*")
    try_from(CAMPUS, password=PASSWORD, status=201)


def test_who_has_many_addresses_gets_no_further(try_from, let_pass, teacher):
    statuses = [try_from(f"198.51.100.{i}", status="*").status_int for i in range(1, 101)]
    assert statuses == [400] * 30 + [429] * 70
    # And the owner, on a device that is not known, waits for minutes, not for hours.
    assert try_from(CAMPUS, password=PASSWORD, status=429).headers["Retry-After"] == "20"
    let_pass(20)
    answer = try_from(CAMPUS, password=PASSWORD, status=429)
    assert answer.headers["Retry-After"] == "300"
    assert answer.json["detail"].startswith("有人正在反复尝试登录这个账号")
    let_pass(300)
    try_from(CAMPUS, password=PASSWORD, status=201)


def test_a_hundred_wrong_tries_do_no_harm_to_a_neighbour(try_from, add_user, passwords, teacher):
    add_user("t0002", password=passwords.hash(PASSWORD))
    statuses = [try_from(CAMPUS, status="*").status_int for _ in range(100)]
    assert statuses.count(400) == 5
    assert statuses.count(429) == 95
    try_from(CAMPUS, "t0002", PASSWORD, status=201)


def test_who_tries_many_accounts_is_stopped_by_his_address(
    try_from, let_pass, small_address, teacher
):
    statuses = [try_from(ELSEWHERE, f"t{i}", status="*").status_int for i in range(2000, 2030)]
    assert statuses == [400] * 20 + [429] * 10
    try_from(CAMPUS, password=PASSWORD, status=201)
    let_pass(2)
    try_from(ELSEWHERE, password=PASSWORD, status=201)


def test_a_campus_may_share_an_address(app):
    *_, address = app.registry["throttle"].allowances
    assert address.tries >= 300
    assert address.interval <= timedelta(seconds=2)


def test_the_addresses_of_one_ipv6_subscriber_are_one(try_from, teacher):
    for i in range(5):
        try_from(f"2001:db8:1:2::{i:x}")
    try_from("2001:db8:1:2:ffff::1", status=429)
    try_from("2001:db8:1:3::1", status=400)


def test_an_ipv4_address_is_the_same_in_ipv6_clothes(try_from, teacher):
    for _ in range(5):
        try_from(f"::ffff:{CAMPUS}")
    try_from(CAMPUS, status=429)


@pytest.mark.parametrize("address", ["", "localhost", "unix:"])
def test_an_address_that_is_none_is_a_key_as_well(try_from, teacher, address):
    for _ in range(5):
        try_from(address)
    try_from(address, status=429)


def test_bad_input_is_not_counted(api, sign_in, session, teacher):
    for _ in range(20):
        api.post("/auth/get-token/", {"username": "t0001"}, status=400)
    assert session.scalar(sa.select(sa.func.count()).select_from(SignInTry)) == 0


def test_what_was_typed_is_not_stored(try_from, session):
    try_from(CAMPUS, "my password by mistake")
    for row in session.scalars(sa.select(SignInTry)):
        assert len(row.key) == 32
        assert b"mistake" not in row.key


def test_tries_that_were_given_back_are_swept(try_from, let_pass, session):
    try_from(CAMPUS)
    let_pass(30)
    sweep_sign_in_tries(_Request(session))
    assert len(session.scalars(sa.select(SignInTry)).all()) == 1
    let_pass(31)
    sweep_sign_in_tries(_Request(session))
    assert not session.scalars(sa.select(SignInTry)).all()


def test_of_many_tries_at_the_same_time_none_gets_in_uncounted(engine):
    """With real commits: the tries of 16 threads are counted as if they came in a row."""
    allowance = Allowance(5, timedelta(seconds=60))
    throttle = Throttle(allowance, allowance, allowance)
    keys = throttle.keys("nobody", "203.0.113.9")
    heard = []

    def try_once() -> None:
        with sa.orm.Session(engine) as session:
            try:
                throttle.count(session, keys)
            except TooManyTries:
                return
            heard.append(1)
            session.commit()

    threads = [threading.Thread(target=try_once) for _ in range(16)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(heard) == 5
    finally:
        with engine.begin() as connection:
            connection.execute(sa.delete(SignInTry))


def test_not_all_threads_may_stand_at_the_desk():
    desk = SignInGate(places=2, wrong_answer_after=0)
    with desk.place(), desk.place(), pytest.raises(TooManySignIns), desk.place():
        pass
    with desk.place():
        pass


def test_a_desk_that_is_busy_says_when_to_come_again(api, app, teacher, monkeypatch):
    desk = SignInGate(places=1, wrong_answer_after=0)
    monkeypatch.setitem(app.registry, "sign_in_gate", desk)
    with desk.place():
        pair = {"username": "t0001", "password": PASSWORD}
        answer = api.post("/auth/get-token/", pair, status=429)
    assert answer.json == {"detail": "正在登录的人数过多，请稍后重试。"}
    assert answer.headers["Retry-After"] == "2"


class _Request:
    """As much of one as a task needs."""

    def __init__(self, session):
        self.db = session
