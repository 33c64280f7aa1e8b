"""Sign-ins with a password are throttled, so that nobody can go through a list of passwords.

Each key has an allowance of tries, used up by wrong ones and given back with time. There are three
keys to a try, all shared by every process, since they are rows:

- the account at this place: few tries, then one a minute;
- the account from anywhere: more, so that who has many addresses gets no further;
- the address: many, because a campus shares one; against those who try many accounts.

When an allowance is used up, a try is refused unheard, and is not counted: there is no pause that
grows, so an attacker of the dean's account can make them wait for minutes, not for a day; with
WeChat they get in meanwhile. An account that does not exist is counted like any other.

Where somebody has signed in before (``known_places``) only the first of the three holds them up: no
guesser elsewhere, and none of other accounts at the same address, keeps them out. Their wrong tries
count in the other two as anybody's do. Everybody else stands in line while an account is guessed
at: each place gets a turn, which is kept for it and taken out of the same allowance, so that
guessing gets no faster by it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from hhu_base.accounts.sign_in_keys import digest, network
from hhu_base.models import SignInTry
from hhu_base.settings import Integer, Seconds


class TooManyTries(Exception):
    """``retry_after``: in how many seconds the next try is heard.

    ``has_turn``: it surely is, and the transaction is to be committed, so that the turn is kept.
    """

    def __init__(self, retry_after: timedelta, has_turn: bool = False):
        self.retry_after = max(1, math.ceil(retry_after.total_seconds()))
        self.has_turn = has_turn
        super().__init__(f"again in {self.retry_after} s")


@dataclass(frozen=True)
class Allowance:
    """So many tries at once, and afterwards one in each interval."""

    tries: int
    interval: timedelta


# So far ahead turns are given, and so long one is kept for who does not come.
LONGEST_LINE = timedelta(minutes=5)
TURN_KEPT = timedelta(minutes=10)
_FARTHEST = timedelta(hours=1)
_NOTHING = timedelta(0)


class Throttle:
    """The rules of this site. ``keys`` names a try's three rows for the other methods."""

    def __init__(self, pair: Allowance, account: Allowance, address: Allowance):
        # In one order everywhere, so that two transactions never wait for each other.
        self.allowances = (pair, account, address)

    def keys(
        self, username: str, address: str, place: bytes | None = None
    ) -> tuple[bytes, bytes, bytes]:
        """``place``: the key of a known one; by default the address is the place."""
        address = network(address)
        return (
            place or digest("pair", username, address),
            digest("account", username),
            digest("address", address),
        )

    def count(self, session: Session, keys: tuple[bytes, ...], *, is_known: bool = False) -> None:
        """Count a try before it is heard: of many at the same time, none gets in uncounted.

        To be committed at once. Raises TooManyTries, and counts nothing, if an allowance is used up.
        """
        # Looked at first, because what is refused should not cost a write.
        rows = session.execute(_WAITS, {"keys": list(keys)}).all()
        waits = {row.key: row.wait for row in rows}
        if is_known:
            self._check(waits, keys, (0,))
            return self._use_up(session, keys, (0,))
        self._check(waits, keys, (0,))
        turn = next((row.turn for row in rows if row.key == keys[0]), None)
        if turn is not None and turn > -TURN_KEPT:
            # The account's try was counted when the turn was given.
            if turn > _NOTHING or not self._take_turn(session, keys[0]):
                raise TooManyTries(turn, has_turn=True)
            return self._use_up(session, keys, (0,))
        self._check(waits, keys, (2,))
        wait = self._wait(waits, keys, 1)
        if wait > LONGEST_LINE:
            raise TooManyTries(wait - LONGEST_LINE)
        if wait > _NOTHING:
            raise TooManyTries(self._stand_in_line(session, keys), has_turn=True)
        return self._use_up(session, keys, (0, 1, 2))

    def count_wrong(self, session: Session, keys: tuple[bytes, ...]) -> None:
        """A try at a known place was wrong: it counts for the account and the address, too."""
        for key, allowance in zip(keys[1:], self.allowances[1:], strict=True):
            full = sa.func.now() + allowance.interval * allowance.tries + _FARTHEST
            statement = insert(SignInTry).values(
                key=key, free_at=sa.func.now() + allowance.interval
            )
            more = sa.func.greatest(SignInTry.free_at, sa.func.now()) + allowance.interval
            # Or who is at several known places could put off everybody else for days.
            most = sa.func.greatest(SignInTry.free_at, full)
            session.execute(
                statement.on_conflict_do_update(
                    index_elements=[SignInTry.key], set_={"free_at": sa.func.least(more, most)}
                )
            )

    def forgive(self, session: Session, keys: tuple[bytes, ...], *, is_known: bool = False) -> None:
        """The password was right: this place starts afresh, and the others get their try back."""
        place_key, *other_keys = keys
        session.execute(sa.delete(SignInTry).where(SignInTry.key == place_key))
        if is_known:
            return  # was not counted there
        for key, allowance in zip(other_keys, self.allowances[1:], strict=True):
            session.execute(
                sa.update(SignInTry)
                .where(SignInTry.key == key)
                .values(free_at=SignInTry.free_at - allowance.interval)
                .execution_options(synchronize_session=False)
            )

    def _use_up(self, session: Session, keys: tuple[bytes, ...], which: tuple[int, ...]) -> None:
        """Count in these rows, and look whether it was too much: others count at the same time."""
        statement = insert(SignInTry).values(
            [
                {"key": keys[i], "free_at": sa.func.now() + self.allowances[i].interval}
                for i in which
            ]
        )
        counted = session.execute(
            statement.on_conflict_do_update(
                index_elements=[SignInTry.key],
                set_={
                    "free_at": sa.func.greatest(SignInTry.free_at, sa.func.now())
                    + (statement.excluded.free_at - sa.func.now())
                },
            ).returning(SignInTry.key, (SignInTry.free_at - sa.func.now()).label("wait"))
        )
        waits = {row.key: row.wait for row in counted}
        self._check(waits, keys, which, now_counted=1)

    def _stand_in_line(self, session: Session, keys: tuple[bytes, ...]) -> timedelta:
        """Take the account's next free interval for this place; returns how far away it is."""
        place = insert(SignInTry).values(key=keys[0], free_at=sa.func.now())
        turn: timedelta | None = session.scalar(
            place.on_conflict_do_update(
                index_elements=[SignInTry.key], set_={"free_at": SignInTry.free_at}
            ).returning((SignInTry.turn_at - sa.func.now()).cast(sa.Interval))
        )
        if turn is not None and turn > -TURN_KEPT:
            return turn  # of another request of this place, a moment ago
        allowance = self.allowances[1]
        until_free = session.scalar(
            sa.update(SignInTry)
            .where(SignInTry.key == keys[1])
            .values(free_at=sa.func.greatest(SignInTry.free_at, sa.func.now()) + allowance.interval)
            .returning((SignInTry.free_at - sa.func.now()).cast(sa.Interval))
            .execution_options(synchronize_session=False)
        )
        wait = (until_free or _NOTHING) - allowance.interval * allowance.tries
        session.execute(
            sa.update(SignInTry)
            .where(SignInTry.key == keys[0])
            .values(turn_at=sa.func.now() + wait)
            .execution_options(synchronize_session=False)
        )
        return wait

    def _take_turn(self, session: Session, key: bytes) -> bool:
        """Use a turn that has come; False if another request of this place has just done so."""
        taken = session.execute(
            sa.update(SignInTry)
            .where(SignInTry.key == key, SignInTry.turn_at <= sa.func.now())
            .values(turn_at=None)
            .returning(SignInTry.key)
            .execution_options(synchronize_session=False)
        )
        return taken.first() is not None

    def _check(
        self,
        waits: Mapping[bytes, timedelta],
        keys: tuple[bytes, ...],
        which: tuple[int, ...],
        now_counted: int = 0,
    ) -> None:
        longest = max(self._wait(waits, keys, i, now_counted) for i in which)
        if longest > _NOTHING:
            raise TooManyTries(longest)

    def _wait(
        self,
        waits: Mapping[bytes, timedelta],
        keys: tuple[bytes, ...],
        which: int,
        now_counted: int = 0,
    ) -> timedelta:
        """How long until a try is within this allowance; ``waits``: until all have been given back."""
        allowance = self.allowances[which]
        most = allowance.interval * (allowance.tries - 1 + now_counted)
        return waits.get(keys[which], _NOTHING) - most


_WAITS = sa.select(
    SignInTry.key,
    (SignInTry.free_at - sa.func.now()).label("wait"),
    (SignInTry.turn_at - sa.func.now()).label("turn"),
).where(SignInTry.key.in_(sa.bindparam("keys", expanding=True)))


def sweep(session: Session) -> None:
    """Forget the tries that have been given back."""
    # It takes them in any order, so it waits for nobody: a row in use is in use.
    over = (
        sa.select(SignInTry.key)
        .where(
            SignInTry.free_at < sa.func.now(),
            SignInTry.turn_at.is_(None) | (SignInTry.turn_at < sa.func.now() - TURN_KEPT),
        )
        .with_for_update(skip_locked=True)
    )
    session.execute(
        sa.delete(SignInTry)
        .where(SignInTry.key.in_(over))
        .execution_options(synchronize_session=False)
    )


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
