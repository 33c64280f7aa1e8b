"""Hashing many initial passwords: slow on purpose, so several at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor


def hash_passwords(
    passwords: Mapping[str, str], hash_password: Callable[[str], str]
) -> Iterator[tuple[str, str]]:
    """``(staff number, hash)`` of each, as they become ready.

    Equal passwords get different hashes: with a common one, whoever read the table would know
    who shares his password. Argon2 releases the interpreter lock, so threads are enough.
    """
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from zip(passwords, pool.map(hash_password, passwords.values()), strict=True)
