"""Where sign-ins with a password queue, of teachers and of administrators.

Not all web threads may stand there, tries are counted, and a wrong answer tells nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from hhu_base.accounts import known_places
from hhu_base.accounts import sign_in as sign_in_rules
from hhu_base.accounts.throttle import TooManyTries
from hhu_base.database.transactions import commit
from hhu_base.rest import TooManyRequests
from hhu_base.settings import Integer, Seconds

PLACES = Integer(
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


def sign_in(request, username: str, password: str) -> str | None:
    """A token for who knows the staff number and the password, or None for a wrong pair.

    Commits midway. Raises TooManyRequests.
    """
    lifetime = request.registry["token_lifetime"]

    def finish(candidate: sign_in_rules.Candidate) -> str | None:
        passwords = request.registry["passwords"]
        new_hash = sign_in_rules.renewed_hash(candidate, passwords, password)
        token = sign_in_rules.finish(request.db, candidate, lifetime, new_hash)
        if token is not None and candidate.user_id is not None:
            known_places.remember(request, username, candidate.user_id, token)
        return token

    return _hear(request, username, password, finish)


def confirm(request, password: str) -> bool:
    """Whether this is the signed-in user's password: a stranger may sit at their open browser.

    A try like one at the sign-in. Commits midway. Raises TooManyRequests.
    """
    return bool(_hear(request, request.identity.username, password, lambda candidate: True))


def _hear(
    request, username: str, password: str, finish: Callable[[sign_in_rules.Candidate], Any]
) -> Any:
    """What ``finish`` gives for the candidate if the password is right, else None, after a while."""
    try:
        with request.registry["sign_in_desk"].place() as wrong_answer_due:
            outcome = _check(request, username, password, finish)
            if outcome is None:
                time.sleep(max(0.0, wrong_answer_due - time.monotonic()))
            return outcome
    except TooManyTries as refusal:
        sentence = _IN_LINE if refusal.has_turn else _TOO_MANY
        seconds = refusal.retry_after
        raise TooManyRequests(sentence.format(seconds), seconds) from None
    except TooManySignIns:
        raise TooManyRequests("正在登录的人数过多，请稍后重试。", retry_after=2) from None


def _check(
    request, username: str, password: str, finish: Callable[[sign_in_rules.Candidate], Any]
) -> Any:
    throttle, passwords = request.registry["throttle"], request.registry["passwords"]
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
    candidate = sign_in_rules.find_candidate(request.db, username)
    # The try is counted, whatever comes; and no connection is held while we hash.
    commit(request)
    is_right = sign_in_rules.is_right(candidate, passwords, password)
    outcome = finish(candidate) if is_right else None
    if outcome is not None:
        throttle.forgive(request.db, keys, is_known=is_known)
    elif is_known:
        throttle.count_wrong(request.db, keys)
        commit(request)  # what is refused is rolled back
    return outcome


def includeme(config) -> None:
    """``registry["sign_in_desk"]``."""
    config.declare_settings(PLACES, WRONG_ANSWER_AFTER)
    settings = config.get_settings()
    config.registry["sign_in_desk"] = SignInGate(
        places=PLACES.read(settings), wrong_answer_after=WRONG_ANSWER_AFTER.read(settings)
    )
