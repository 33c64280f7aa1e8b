"""Hashes: made, verified, renewed; and that garbage never raises."""

import base64
import hashlib
import threading
import time

import pytest
from argon2 import PasswordHasher

from hhu_base import configure
from hhu_base.accounts.password_hashes import (
    MEMORY_KIB,
    PARALLELISM,
    TIME_COST,
    Passwords,
    hash_password,
)
from hhu_base.settings import ConfigurationError

CHEAP = PasswordHasher(1, 8, 1)


@pytest.fixture
def passwords():
    return Passwords(CHEAP, at_once=2)


def django_hash(password: str, iterations=1000, salt="seasalt") -> str:
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), iterations)
    return f"pbkdf2_sha256${iterations}${salt}${base64.b64encode(digest).decode()}"


def test_a_hash_is_of_its_password_only(passwords):
    stored = passwords.hash("密码 one")
    assert stored.startswith("$argon2id$")
    assert passwords.verify(stored, "密码 one")
    assert not passwords.verify(stored, "密码 One")
    assert stored != passwords.hash("密码 one")


def test_the_command_line_makes_hashes_that_the_application_takes(passwords):
    stored = hash_password("x")
    assert f"m={MEMORY_KIB},t={TIME_COST},p={PARALLELISM}" in stored
    assert passwords.verify(stored, "x")
    assert passwords.is_outdated(stored)
    assert not passwords.is_outdated(passwords.hash("x"))


def test_djangos_hashes_are_verified_and_outdated(passwords):
    stored = django_hash("密码")
    assert passwords.verify(stored, "密码")
    assert not passwords.verify(stored, "x")
    assert passwords.is_outdated(stored)


def test_one_that_django_itself_made_is_verified(passwords):
    # Django 5.2: PBKDF2PasswordHasher().encode("lètmein", "seasalt", 20000)
    stored = "pbkdf2_sha256$20000$seasalt$oBSd886ysm3AqYun62DOdin8YcfbU1z9cksZSuLP9r0="
    assert passwords.verify(stored, "lètmein")
    assert not passwords.verify(stored, "lètmeout")


GARBAGE = [
    None,
    "",
    "!",
    "!kX8s",
    "x",
    "密码",
    "\0",
    "\ud800",
    "$",
    "$argon2id$",
    "$argon2id$密码",
    "$argon2id$v=19$m=8,t=1,p=1$",
    "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$!!!!",
    "$argon2id$v=19$m=99999999999999,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo",
    "$argon2id$v=19$m=-8,t=0,p=0$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo",
    "$argon2x$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo",
    "pbkdf2_sha256$",
    "pbkdf2_sha256$1$s",
    "pbkdf2_sha256$1$s$h$x",
    "pbkdf2_sha256$x$s$h",
    "pbkdf2_sha256$0$s$h",
    "pbkdf2_sha256$-1$s$h",
    "pbkdf2_sha256$99999999999$s$h",
    "pbkdf2_sha256$1$\ud800$h",
    "pbkdf2_sha256$1$s$密",
    "pbkdf2_sha256$" + "9" * 5000 + "$s$h",
    "md5$s$5d41402abc4b2a76b9719d911017c592",
]


@pytest.mark.parametrize("stored", GARBAGE, ids=lambda stored: repr(stored)[:50])
@pytest.mark.parametrize("password", ["", "x", "密码", "\ud800", "x" * 100_000])
def test_garbage_is_nobodys_hash_and_never_raises(passwords, stored, password):
    assert passwords.verify(stored, password) is False


def test_nobodys_hash_takes_as_long_as_one_that_is_stored():
    passwords = Passwords(PasswordHasher(2, 8 * 1024, 1), at_once=1)
    stored = passwords.hash("x")

    def fastest(verified) -> float:
        times = []
        for _ in range(10):
            start = time.process_time()  # that of the clock depends on what else is running
            passwords.verify(verified, "y")
            times.append(time.process_time() - start)
        return min(times)

    real = fastest(stored)
    for nobody in (None, "", "!unusable", "garbage"):
        assert fastest(nobody) == pytest.approx(real, rel=0.5)


def test_not_more_than_so_many_are_hashed_at_once():
    running = most = 0
    guard = threading.Lock()

    class Watched:
        memory_cost, time_cost, parallelism, salt_len, hash_len = 8, 1, 1, 16, 32

        def hash(self, password):
            nonlocal running, most
            with guard:
                running += 1
                most = max(most, running)
            time.sleep(0.01)
            with guard:
                running -= 1
            return ""

    passwords = Passwords(Watched(), at_once=2)
    threads = [threading.Thread(target=passwords.hash, args=("x",)) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("auth.argon2_time_cost", "0"),
        ("auth.argon2_memory_kib", "7"),
        ("auth.argon2_parallelism", "0"),
        ("auth.argon2_parallelism", "many"),
        ("auth.hashes_at_once", "0"),
        ("auth.max_signing_in", "0"),
        ("auth.wrong_answer_after", "-1"),
        ("auth.account_at_address_tries", "0"),
        ("auth.account_interval", "0"),
        ("auth.address_interval", "nan"),
    ],
)
def test_a_wrong_setting_is_named(settings, key, value):
    with pytest.raises(ConfigurationError, match=f"^{key}: "):
        configure(settings | {key: value})


def test_the_settings_are_the_costs(settings):
    costs = {
        "auth.argon2_time_cost": "3",
        "auth.argon2_memory_kib": "64",
        "auth.argon2_parallelism": "2",
    }
    config = configure(settings | costs)
    assert "$m=64,t=3,p=2$" in config.registry["passwords"].hash("x")
