"""Password hashes: argon2id (RFC 9106); those that Django made are understood, too.

``request.registry["passwords"]`` hashes and verifies with the site's parameters. Code without
settings at hand uses ``hash_password``: a hash with other parameters is renewed at sign-in.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error

from hhu_base.settings import Integer
from hhu_base.settings.server import PROCESSES

# OWASP's minimum. More memory or passes would cost attackers more, but also us: 25 ms of
# one core a hash is 40 sign-ins a second, while the other core goes on serving.
TIME_COST = 2
MEMORY_KIB = 19 * 1024
PARALLELISM = 1

_TIME_COST = Integer(
    "auth.argon2_time_cost", TIME_COST, "密码散列（argon2id）的遍数", minimum=1, maximum=100
)
_MEMORY_KIB = Integer(
    "auth.argon2_memory_kib",
    MEMORY_KIB,
    "密码散列用多少 KiB 内存；至少是 argon2_parallelism 的 8 倍",
    minimum=8,
    maximum=4 * 1024 * 1024,
)
_PARALLELISM = Integer(
    "auth.argon2_parallelism", PARALLELISM, "密码散列并行的路数", minimum=1, maximum=64
)
_AT_ONCE = Integer(
    "auth.hashes_at_once",
    None,
    "每个进程同时计算多少个密码散列；默认是各个进程一共占用处理器核数的一半，每个至少 1 个",
    minimum=1,
)

_ARGON2 = "$argon2"
_DJANGO = "pbkdf2_sha256$"
# Django 6 is at 1,200,000; a damaged row must not occupy us for minutes.
_MOST_ITERATIONS = 10_000_000


def hash_password(password: str) -> str:
    """A hash with the default parameters."""
    return _default_hasher().hash(password)


class Passwords:
    """Hashes and verifies, in ``at_once`` threads of its own.

    A flood of sign-ins then waits in a line, and leaves cores to the requests that need no hash.
    And malloc keeps the memory of a hash for each thread that has ever made one: were these the
    48 of the web server, that would be hundreds of megabytes.
    """

    def __init__(self, hasher: PasswordHasher, at_once: int):
        self._hasher = hasher
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="passwords")
        self._nobodys_hash = _hash_of_nothing(hasher)

    def hash(self, password: str) -> str:
        return self._threads.submit(self._hasher.hash, password).result()

    def verify(self, stored: str | None, password: str) -> bool:
        """Whether ``password`` is the one; False for a hash that is none.

        Takes as long where nothing is stored, so that the time does not tell who has an account.
        """
        return self._threads.submit(self._verify, stored, password).result()

    def _verify(self, stored: str | None, password: str) -> bool:
        try:
            if stored and stored.startswith(_DJANGO):
                return _verify_django(stored, password)
            if not stored or not stored.startswith(_ARGON2):
                stored = self._nobodys_hash
            return self._hasher.verify(stored, password)
        except (Argon2Error, ValueError):
            return False

    def is_outdated(self, stored: str) -> bool:
        """Whether a hash that has just been verified was made with other parameters."""
        return not stored.startswith(_ARGON2) or self._hasher.check_needs_rehash(stored)


@cache
def _default_hasher() -> PasswordHasher:
    return PasswordHasher(TIME_COST, MEMORY_KIB, PARALLELISM)


def _hash_of_nothing(hasher: PasswordHasher) -> str:
    """A hash that takes its time to verify and that no password has; made in no time."""

    def chance(length: int) -> str:
        return base64.b64encode(os.urandom(length)).decode().rstrip("=")

    costs = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v=19${costs}${chance(hasher.salt_len)}${chance(hasher.hash_len)}"


def _verify_django(stored: str, password: str) -> bool:
    """Raises ValueError for a hash that is none."""
    _, iterations, salt, expected = stored.split("$")
    count = int(iterations)
    if not 0 < count <= _MOST_ITERATIONS:
        return False
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), count)
    return hmac.compare_digest(base64.b64encode(digest), expected.encode())


def includeme(config) -> None:
    """``registry["passwords"]``."""
    config.declare_settings(_TIME_COST, _MEMORY_KIB, _PARALLELISM, _AT_ONCE)
    settings = config.get_settings()
    memory_kib, parallelism = _MEMORY_KIB.read(settings), _PARALLELISM.read(settings)
    # Argon2 wants eight blocks a lane.
    if memory_kib < 8 * parallelism:
        raise _MEMORY_KIB.wrong(f"{memory_kib} is less than {8 * parallelism}")
    hasher = PasswordHasher(
        time_cost=_TIME_COST.read(settings), memory_cost=memory_kib, parallelism=parallelism
    )
    # Half of the cores: the other half serves, and runs the database.
    half = max(1, (os.cpu_count() or 2) // 2 // PROCESSES.read(settings))
    config.registry["passwords"] = Passwords(hasher, _AT_ONCE.read(settings) or half)


def hash_passwords(
    passwords: Mapping[str, str], hash_password: Callable[[str], str]
) -> Iterator[tuple[str, str]]:
    """``(staff number, hash)`` of each, as they become ready.

    Equal passwords get different hashes: with a common one, a reader of the table would know
    who shares a password. Argon2 releases the interpreter lock, so threads are enough.
    """
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from zip(passwords, pool.map(hash_password, passwords.values()), strict=True)
