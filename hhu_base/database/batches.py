"""One trip to the database for what many requests want from it at the same moment.

At 32 clients a trip costs the web server more than most of what is done with its answer: each
wakes threads, and these have to wait for each other. So the requests that come while one of them
is at the database wait together, and the next of them goes for all::

    find_people = Batches(lambda session, numbers: …)  # as many answers, in the same order
    person = find_people(request, number)

Who finds nobody there goes at once, so who is alone waits for nothing. What is answered was read
after the request came: nothing is remembered.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy.orm import Session

from hhu_base.database.errors import is_lost
from hhu_base.database.transactions import autocommit_session

Item = TypeVar("Item")
Answer = TypeVar("Answer")

# Seconds that anybody waits for their turn; then they go alone, and what holds the others up (a
# lock, a host that does not answer) is theirs. How long a statement takes is limited anyway.
_PATIENCE = 0.1


class _Place:
    """One who waits: for an answer, or to go for all who wait then."""

    def __init__(self, item: Any):
        self.item = item
        self.is_done = False
        self.answers: list[Any] = []  # one, or none if it is better tried alone
        self.error: BaseException | None = None
        # Released by who is at the database when there is something to do.
        self.call = threading.Lock()
        self.call.acquire()


class Batches(Generic[Item, Answer]):
    """What ``run(session, items)`` returns for each item: one statement, committed by itself.

    An error is nobody else's: where several come to one together, each is tried alone. Only where
    the connection was lost all get that error, since nobody can tell what has been done.
    """

    def __init__(self, run: Callable[[Session, Sequence[Item]], Sequence[Answer]]):
        self._run = run
        self._guard = threading.Lock()
        self._waiting: list[_Place] = []
        self._is_busy = False

    def __call__(self, request, item: Item) -> Answer:
        """The answer for this item. Raises what ``run`` raises."""
        mine = _Place(item)
        with self._guard:
            is_first, self._is_busy = not self._is_busy, True
            self._waiting.append(mine)
        if is_first or self._wait(mine):
            if not mine.is_done:
                self._go(request)
            if mine.error is not None:
                raise mine.error
            if mine.answers:
                return mine.answers[0]
        return self._ask(request, [item])[0]

    def _wait(self, mine: _Place) -> bool:
        """Until somebody calls; False: better go alone."""
        if mine.call.acquire(timeout=_PATIENCE):
            return True
        with self._guard:
            is_on_its_way = mine not in self._waiting
            if not is_on_its_way and not mine.call.acquire(blocking=False):
                self._waiting.remove(mine)
                return False
        if is_on_its_way:
            mine.call.acquire()
        return True

    def _go(self, request) -> None:
        """Ask for all who wait now, and call the first of those who have come meanwhile."""
        with self._guard:
            places, self._waiting = self._waiting, []
        try:
            answers = self._ask(request, [place.item for place in places])
            for place, answer in zip(places, answers, strict=True):
                place.answers.append(answer)
        except BaseException as error:
            if len(places) == 1 or is_lost(error):
                for place in places:
                    place.error = error
        with self._guard:
            self._is_busy = bool(self._waiting)
            if self._is_busy:
                self._waiting[0].call.release()
        for place in places:
            place.is_done = True
            place.call.release()

    def _ask(self, request, items: Sequence[Item]) -> Sequence[Answer]:
        with autocommit_session(request) as session:
            return self._run(session, items)
