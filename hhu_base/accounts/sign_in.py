"""Signing in with staff number and password, of teachers and of administrators.

First the queue: not all web threads may stand there, tries are counted, and a wrong answer tells
nothing. Then two transactions, with the slow hash between them, so that no connection is held
meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.accounts import devices, known_places, sign_in_audit, sign_in_codes, tokens
from hhu_base.accounts.password_hashes import Passwords
from hhu_base.accounts.providers import PASSWORD, is_on
from hhu_base.accounts.throttle import TooManyTries
from hhu_base.database.transactions import commit
from hhu_base.models import User
from hhu_base.rest import TooManyRequests
from hhu_base.settings import Seconds, Waiting

PLACES = Waiting(
    "auth.max_signing_in", 40, "每个进程同时受理多少个密码登录；要少于 threads", minimum=1
)
WRONG_ANSWER_AFTER = Seconds(
    "auth.wrong_answer_after", 0.3, "密码错误时过多少秒才应答，使时间不透露错在哪里"
)

_TOO_MANY = "登录尝试次数过多，请在 {} 秒后重试。"
_IN_LINE = (
    "有人正在反复尝试登录这个账号，没有登录过的设备需要等候：请在 {} 秒后重试，届时会受理。"
    "登录过的设备和已绑定的微信不受影响。"
)


class TooManySignIns(Exception):
    """More than ``places`` are signing in at this moment, in this process."""


class SignInGate:
    """``wrong_answer_after`` is how long a wrong pair takes, in seconds, whatever was wrong with it.

    Hashes of several kinds may be stored, each of which takes another time to verify: that time
    would tell whether there is an account.
    """

    def __init__(self, places: int, wrong_answer_after: float):
        self._places = threading.BoundedSemaphore(places)
        self._wrong_answer_after = wrong_answer_after

    @contextmanager
    def place(self) -> Iterator[float]:
        """Take one of the places; gives the time when the answer to a wrong pair is due."""
        if not self._places.acquire(blocking=False):
            raise TooManySignIns
        try:
            yield time.monotonic() + self._wrong_answer_after
        finally:
            self._places.release()


@dataclass(frozen=True)
class Candidate:
    """Who may be signing in; somebody who does not exist, or can't sign in, has no id."""

    user_id: int | None
    password: str = field(repr=False)


def find_candidate(session: Session, username: str) -> Candidate:
    """Who has this staff number."""
    found = session.execute(
        sa.select(User.id, User.password, User.is_active).where(User.username == username)
    ).first()
    if found is None:
        return Candidate(None, "")
    return Candidate(found.id if found.is_active else None, found.password)


def _is_right(candidate: Candidate, passwords: Passwords, password: str) -> bool:
    """Whether the password is the candidate's. Slow, for unknown users too."""
    return passwords.verify(candidate.password, password) and candidate.user_id is not None


def sign_in(request, username: str, password: str, *, takes_codes: bool = False) -> str | None:
    """A token for who knows the staff number and the password, or None for a wrong pair.

    ``takes_codes``: a code of ``sign_in_codes`` is as good. Commits midway. Raises TooManyRequests.
    """
    lifetime = request.registry["token_lifetime"]
    passwords = request.registry["passwords"]

    def way_of(candidate: Candidate) -> str | None:
        if takes_codes and sign_in_codes.use(request.db, candidate.user_id, password):
            return sign_in_audit.CODE
        commit(request)  # no connection is held while we hash
        if is_on(request.registry, PASSWORD) and _is_right(candidate, passwords, password):
            return sign_in_audit.PASSWORD
        return None

    def give_token(candidate: Candidate, way: str) -> str | None:
        is_outdated = way == sign_in_audit.PASSWORD and passwords.is_outdated(candidate.password)
        new_hash = passwords.hash(password) if is_outdated else None
        token = finish(
            request.db, candidate, lifetime, new_hash, devices.describe(request.user_agent)
        )
        if token is not None and candidate.user_id is not None:
            known_places.remember(request, username, candidate.user_id, token)
            sign_in_audit.record(request.db, candidate.user_id, way)
        return token

    return _hear(request, username, way_of, give_token)


def confirm(request, password: str) -> bool:
    """Whether this is the signed-in user's password: a stranger may sit at their open browser.

    A try like one at the sign-in. Commits midway. Raises TooManyRequests.
    """
    passwords = request.registry["passwords"]

    def way_of(candidate: Candidate) -> str | None:
        return sign_in_audit.PASSWORD if _is_right(candidate, passwords, password) else None

    return bool(_hear(request, request.identity.username, way_of, lambda candidate, way: True))


_WayOf = Callable[[Candidate], str | None]
_Then = Callable[[Candidate, str], Any]


def _hear(request, username: str, way_of: _WayOf, then: _Then) -> Any:
    """What ``then`` gives for a candidate who proved a ``way_of`` theirs, else None, after a while."""
    try:
        with request.registry["sign_in_gate"].place() as wrong_answer_due:
            outcome = _check(request, username, way_of, then)
            if outcome is None:
                time.sleep(max(0.0, wrong_answer_due - time.monotonic()))
            return outcome
    except TooManyTries as refusal:
        sentence = _IN_LINE if refusal.has_turn else _TOO_MANY
        seconds = refusal.retry_after
        raise TooManyRequests(sentence.format(seconds), seconds) from None
    except TooManySignIns:
        raise TooManyRequests("正在登录的人数过多，请稍后重试。", retry_after=2) from None


def _check(request, username: str, way_of: _WayOf, then: _Then) -> Any:
    throttle = request.registry["throttle"]
    places = known_places.places_of(request, username)
    known = known_places.find_known(request.db, username, places)
    is_known = known is not None
    keys = throttle.keys(username, request.remote_addr or "", known.key if known else None)
    try:
        throttle.count(request.db, keys, is_known=is_known)
    except TooManyTries as refusal:
        if refusal.has_turn:
            commit(request)
        raise
    candidate = find_candidate(request.db, username)
    # The try is counted, whatever comes; and no connection is held while we hash.
    commit(request)
    way = way_of(candidate)
    outcome = then(candidate, way) if way is not None else None
    if outcome is not None:
        throttle.forgive(request.db, keys, is_known=is_known)
    elif is_known:
        throttle.count_wrong(request.db, keys)
        commit(request)  # what is refused is rolled back
    return outcome


def finish(
    session: Session,
    candidate: Candidate,
    lifetime: timedelta,
    new_hash: str | None,
    device: str = "",
) -> str | None:
    """A token for a candidate whose password was right; None if it changed while we hashed.

    The row is locked: who changes the password or switches the user off comes before us, and we
    see it, or after us, and ends this token with the others.
    """
    user_id = session.scalar(
        sa.select(User.id)
        .where(User.id == candidate.user_id, User.password == candidate.password, User.is_active)
        .with_for_update(read=new_hash is None)
    )
    if user_id is None:
        return None
    if new_hash is not None:
        session.execute(
            sa.update(User)
            .where(User.id == user_id)
            .values(password=new_hash)
            .execution_options(synchronize_session=False)
        )
    return tokens.issue(session, user_id, lifetime, device)


def includeme(config) -> None:
    """``registry["sign_in_gate"]``."""
    config.declare_settings(PLACES, WRONG_ANSWER_AFTER)
    settings = config.get_settings()
    config.registry["sign_in_gate"] = SignInGate(
        places=PLACES.read(settings), wrong_answer_after=WRONG_ANSWER_AFTER.read(settings)
    )
