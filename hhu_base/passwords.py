"""Password hashes: argon2id (RFC 9106)."""

from __future__ import annotations

from functools import cache

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's minimum (19 MiB, 2 passes, 1 lane): a machine with two cores, which also has to serve,
# still signs in dozens of people a second, as they come back from a lecture.
_HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hash_password(password: str) -> str:
    return _HASHER.hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Whether ``password`` is the one; takes as long when there is no stored hash."""
    try:
        return _HASHER.verify(stored or _nobodys_hash(), password) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys_hash() -> str:
    # Verified when there is no such user, so that the time of an answer does not tell.
    return _HASHER.hash("nobody has this password")
