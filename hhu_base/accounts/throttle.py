"""Sign-ins with a password are throttled, so that nobody can go through a list of passwords.

Each key has an allowance of tries, used up by wrong ones and given back with time. There are three
keys to a try, all shared by every process, since they are rows:

- the account from this address: few tries, then one a minute;
- the account from anywhere: more, so that who has many addresses gets no further;
- the address: many, because a campus shares one; against those who try many accounts.

When an allowance is used up, a try is refused unheard, and is not counted: there is no pause that
grows, so whoever hammers at the dean's account can make him wait for one interval, not for a day;
with WeChat he gets in meanwhile. An account that does not exist is counted like any other.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from hhu_base.models import SignInTry
from hhu_base.settings import Integer, Seconds


class TooManyTries(Exception):
    """``retry_after``: in how many seconds the next try is heard."""

    def __init__(self, retry_after: int):
        super().__init__(f"again in {retry_after} s")
        self.retry_after = retry_after


@dataclass(frozen=True)
class Allowance:
    """So many tries at once, and afterwards one in each interval."""

    tries: int
    interval: timedelta


class Throttle:
    """The rules of this site. ``keys`` names a try's three rows for the other methods."""

    def __init__(self, pair: Allowance, account: Allowance, address: Allowance):
        # In one order everywhere, so that two transactions never wait for each other.
        self.allowances = (pair, account, address)

    def keys(self, username: str, address: str) -> tuple[bytes, bytes, bytes]:
        address = _network(address)
        return (
            _digest("pair", username, address),
            _digest("account", username),
            _digest("address", address),
        )

    def count(self, session: Session, keys: tuple[bytes, ...]) -> None:
        """Count a try before it is heard: of many at the same time, none gets in uncounted.

        To be committed at once. Raises TooManyTries, and counts nothing, if an allowance is used up.
        """
        # Looked at first, because what is refused should not cost a write.
        self._check(session.execute(_WAITS, {"keys": list(keys)}).all(), keys, now_counted=0)
        statement = insert(SignInTry).values(
            [
                {"key": key, "free_at": sa.func.now() + allowance.interval}
                for key, allowance in zip(keys, self.allowances, strict=True)
            ]
        )
        counted = session.execute(
            statement.on_conflict_do_update(
                index_elements=[SignInTry.key],
                set_={
                    "free_at": sa.func.greatest(SignInTry.free_at, sa.func.now())
                    + (statement.excluded.free_at - sa.func.now())
                },
            ).returning(SignInTry.key, SignInTry.free_at - sa.func.now())
        )
        self._check(counted.all(), keys, now_counted=1)

    def forgive(self, session: Session, keys: tuple[bytes, ...]) -> None:
        """The password was right: the account starts afresh, and the address gets its try back."""
        *account_keys, address_key = keys
        for key in account_keys:  # one by one, which keeps the order
            session.execute(sa.delete(SignInTry).where(SignInTry.key == key))
        session.execute(
            sa.update(SignInTry)
            .where(SignInTry.key == address_key)
            .values(free_at=SignInTry.free_at - self.allowances[-1].interval)
            .execution_options(synchronize_session=False)
        )

    def _check(self, rows, keys: tuple[bytes, ...], now_counted: int) -> None:
        """``rows``: key, and how long until all its tries have been given back."""
        waits = dict(rows)
        retry_after = timedelta(0)
        for key, allowance in zip(keys, self.allowances, strict=True):
            most = allowance.interval * (allowance.tries - 1 + now_counted)
            retry_after = max(retry_after, waits.get(key, timedelta(0)) - most)
        if retry_after > timedelta(0):
            raise TooManyTries(math.ceil(retry_after.total_seconds()))


_WAITS = sa.select(SignInTry.key, SignInTry.free_at - sa.func.now()).where(
    SignInTry.key.in_(sa.bindparam("keys", expanding=True))
)


def sweep(session: Session) -> None:
    """Forget the tries that have been given back."""
    # It takes them in any order, so it waits for nobody: a row in use is in use.
    over = (
        sa.select(SignInTry.key)
        .where(SignInTry.free_at < sa.func.now())
        .with_for_update(skip_locked=True)
    )
    session.execute(
        sa.delete(SignInTry)
        .where(SignInTry.key.in_(over))
        .execution_options(synchronize_session=False)
    )


def _digest(*parts: str) -> bytes:
    # Not what was typed: people type their passwords into the wrong field.
    return hashlib.sha256("\0".join(parts).encode()).digest()


def _network(address: str) -> str:
    """The address; of an IPv6 address the part that a subscriber can't choose."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((int(parsed), 64), strict=False))
    return str(parsed)


def _declared(name: str, tries: int, interval: float, whose: str) -> tuple[Integer, Seconds]:
    return (
        Integer(f"auth.{name}_tries", tries, f"{whose}可以连续输错多少次密码", 1, 10**6),
        Seconds(
            f"auth.{name}_interval", interval, f"{whose}用完次数以后，每多少秒可以再试一次", 0.001
        ),
    )


PAIR = _declared("account_at_address", 5, 60, "一个账号从一个地址")
ACCOUNT = _declared("account", 30, 20, "一个账号从任何地址")
ADDRESS = _declared("address", 300, 2, "一个地址")


def includeme(config) -> None:
    """``registry["throttle"]``."""
    config.declare_settings(*PAIR, *ACCOUNT, *ADDRESS)
    settings = config.get_settings()
    pair, account, address = (
        Allowance(tries.read(settings), timedelta(seconds=interval.read(settings)))
        for tries, interval in (PAIR, ACCOUNT, ADDRESS)
    )
    config.registry["throttle"] = Throttle(pair=pair, account=account, address=address)
