"""A request that waits until a worker has decided about a row it wrote.

The one place in the house that commits in the middle of a request. While a thread sleeps here it
holds no database connection; how many may sleep at once is limited (``hhu.max_waiting``), so that
a dead worker does not use up the threads that serve everything else.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from hhu_base.database.errors import is_unavailable
from hhu_base.database.transactions import abort, commit, try_commit
from hhu_base.settings import Waiting
from hhu_base.telemetry import request_ids

logger = logging.getLogger(__name__)

# With the listening connection up, news comes by itself; looking, and waking again, is a belt more.
# The first looks come sooner: a message may be on its way to a broker that has just stopped.
_FIRST_LOOK = 0.2
_LOOK_EVERY = 2.0
_LOOK_EVERY_WITHOUT_NEWS = 0.1
MAX_WAITING = Waiting(
    "hhu.max_waiting", 32, "每个进程最多有多少个请求同时等待结果；要少于 threads", minimum=1
)


class OutcomeUnknown(Exception):
    """Nobody can tell what became of it: the database is away. The message is for people."""


@dataclass(frozen=True)
class DecisionKind:
    """What has to be decided: a row, the task that decides it, and the rules that go with it.

    ``find_outcome(session, id)`` reads what ``decide`` announces of a row, or None while it is
    undecided, ``decide(request)`` is the task, ``withdraw(session, id)`` closes the row
    for good if nobody has decided it. ``is_written(session, id, request_id)`` says whether the row
    of this request is there, for when its commit broke off. ``unknown`` is the sentence for who
    can't be told what became of it, since the database stays away.
    """

    topic: str
    task: str
    find_outcome: Callable[[Session, int], Any]
    decide: Callable[[Any], object]
    withdraw: Callable[[Session, int], object]
    is_written: Callable[[Session, int, str | None], bool]
    unknown: str


def await_decision(
    request,
    matter: DecisionKind,
    row_id: int,
    timeout: float,
    write: Callable[[Any], bool] = try_commit,
) -> Any:
    """Commit what the request wrote, and return its outcome when it is decided or withdrawn.

    ``write(request)`` does that; it returns False if its connection broke, so that nobody knows.
    None: it was not written, as its commit broke off. Within ``timeout`` seconds, plus the
    database's own time. Where the broker can't be reached, or too many wait already, this very
    thread does the worker's work, under the same lock.

    From the commit on the row may be decided, whatever happens here: nothing that fails may make
    its client ask again before time is up, be the database away, the commit broken off, or a
    statement out of time. Raises OutcomeUnknown, with ``unknown``, if it is so still.
    """
    began = time.monotonic()
    deadline = began + timeout
    sender, listener = request.registry["sender"], request.registry["listener"]
    with listener.expect(matter.topic, row_id) as news:
        is_certain = write(request)
        with _place_to_wait(request.registry) as has_place:
            while time.monotonic() < deadline:
                # Said again at every look: a message may be lost with its broker.
                if not has_place or not sender.wake(matter.task, listener.waiting):
                    _if_database_is_there(request, _decide, matter)
                    news.set()
                now = time.monotonic()
                news.wait(max(0, min(deadline - now, _patience(request.registry, now - began))))
                news.clear()
                is_certain = is_certain or bool(
                    _if_database_is_there(request, _is_written, matter, row_id)
                )
                if not is_certain:
                    # It may come yet: a server that has lost its client goes on with the commit.
                    time.sleep(_LOOK_EVERY_WITHOUT_NEWS)
                    continue
                outcome = news.outcome
                if outcome is None:
                    outcome = _if_database_is_there(request, _look, matter, row_id)
                if outcome is not None:
                    return outcome
        return _last_word(request, matter, row_id, is_certain)


def _last_word(request, matter: DecisionKind, row_id: int, is_certain: bool) -> Any:
    """The outcome when time is up. What is not there by now is late for everybody."""
    try:
        if not (is_certain or _is_written(request, matter, row_id)):
            return None
        matter.withdraw(request.db, row_id)
        commit(request)
        return matter.find_outcome(request.db, row_id)
    except SQLAlchemyError as error:
        if not is_unavailable(error):
            raise
        logger.warning("nobody knows what became of row %d: %s", row_id, error)
        raise OutcomeUnknown(matter.unknown) from None


@contextmanager
def _place_to_wait(registry) -> Iterator[bool]:
    places: threading.BoundedSemaphore = registry["waiting_places"]
    has_place = places.acquire(blocking=False)
    try:
        yield has_place
    finally:
        if has_place:
            places.release()


def _patience(registry, waited: float) -> float:
    """Until the next look, of somebody who has waited so long."""
    if not registry["listener"].is_listening:
        return _LOOK_EVERY_WITHOUT_NEWS
    return min(max(_FIRST_LOOK, waited), _LOOK_EVERY)


def _decide(request, matter: DecisionKind) -> None:
    matter.decide(request)
    commit(request)


def _is_written(request, matter: DecisionKind, row_id: int) -> bool:
    is_there = matter.is_written(request.db, row_id, request_ids.current())
    commit(request)
    return is_there


def _look(request, matter: DecisionKind, row_id: int) -> Any:
    outcome = matter.find_outcome(request.db, row_id)
    commit(request)  # gives the connection back
    return outcome


def _if_database_is_there(request, step: Callable, *args) -> Any:
    """What ``step`` returns, or None while the database is away: it may be back in time.

    Nor is it the end if a statement was out of time: the row is there, and a worker, or the next
    look, may decide it. It is tried again at most as often as statements of that length fit in.
    """
    try:
        return step(request, *args)
    except SQLAlchemyError as error:
        # IntegrityError: somebody wrote past the lock, and has committed: the next look sees it.
        if not (is_unavailable(error) or isinstance(error, IntegrityError)):
            raise
        logger.warning("the database refuses while waiting: %s", error)
        abort(request)
        time.sleep(_LOOK_EVERY_WITHOUT_NEWS)
        return None


def includeme(config) -> None:
    """How many requests may wait at once, in this process, and what wakes them."""
    config.declare_settings(MAX_WAITING)
    places = MAX_WAITING.read(config.get_settings())
    config.registry["waiting_places"] = threading.BoundedSemaphore(places)

    def do_the_workers_work() -> None:
        config.registry["sender"].when_silent = config.registry["listener"].wake_everybody

    config.action("hhu-decisions", do_the_workers_work, order=9999)
