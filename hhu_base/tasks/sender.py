"""The one thread of a process that talks to the broker, and what the others give it to send.

Nobody who answers a client ever waits for the broker: a message is put down here, and the thread
sends it on a connection that nobody else uses. While the broker is away the messages stay here,
and are sent when it is back. A message is only the fast path: what must happen is a row.
"""

from __future__ import annotations

import atexit
import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

from kombu.exceptions import EncodeError

from hhu_base.tasks.broker import PROBE, Broker, Message
from hhu_base.tasks.broker_options import PATIENCE
from hhu_base.telemetry import request_ids

logger = logging.getLogger(__name__)

# Seconds between two wake-ups of the same task for each who waits for it: those who come meanwhile
# share the next. With 32 clients it saves a third of the worker's time; a client that is alone
# does not notice.
_DISTANCE_EACH = 0.0015
_LONGEST_DISTANCE = 0.025
# A broker that has not taken a message for so many seconds is not waited for any more.
_SILENCE = 0.2
# Seconds between two tries to reach a broker that is away.
_PAUSE = 0.5
# Seconds for which a broker that is back is not relied on: its workers are coming back, too.
_CONVALESCENCE = 5.0
# Messages that wait for a broker that is away; the rows of those that find no place are found by
# the periodic tasks.
_MOST_KEPT = 1000
_NEVER = float("inf")


class _Mark(threading.Event):
    """Set when all that was put down before it is sent, or is not."""

    is_sent = False


class TaskSender:
    """Sends messages, in the order of their coming, in a thread of its own.

    A wake-up is owed to everything that was committed before it is sent, so one message that
    *begins* to be sent after a commit serves that commit too: those who ask while one waits here
    share it. At 500 reservations a second that saves most messages.

    ``when_silent`` is called when the broker turns out to be away. ``processes`` is how many send
    the same wake-ups: each sends fewer of them.
    """

    def __init__(
        self,
        broker: Broker,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], object] = time.sleep,
        *,
        processes: int = 1,
    ):
        self._broker = broker
        self._clock = clock
        self._pause = pause
        # A message of another process serves our rows, too.
        self._distance_each = _DISTANCE_EACH * processes
        self._longest_distance = _LONGEST_DISTANCE * min(processes, 4)
        self._guard = threading.Lock()
        self._queue: queue.SimpleQueue[Message | _Mark] = queue.SimpleQueue()
        # What is in the queue, and how many wait for what it wakes.
        self._waiting: dict[Message, int] = {}
        self._thread: threading.Thread | None = None
        self._last_sent: dict[Message, float] = {}
        self._began: float | None = None
        self._relied_on_from = float("-inf")
        self.when_silent: Callable[[], object] = lambda: None
        self.problem: Exception | None = None  # why the broker was away last

    def send(self, task: str, *args: Any) -> None:
        """Send this message as soon as the broker takes it."""
        self._put(Message(task, args, request_ids.current()))

    def wake(self, task: str, waiting: int = 1) -> bool:
        """Send a message without arguments, or share one; False: better not wait for its effect.

        ``waiting``: how many wait for what the task does.
        """
        # Shared, so it is about no request; the rows that it is about know theirs.
        self._put(Message(task), waiting)
        return self.is_relied_on

    @property
    def is_relied_on(self) -> bool:
        """Whether the broker took what it got last, and has not just come back."""
        began, now = self._began, self._clock()
        is_silent = began is not None and now - began > _SILENCE
        return not is_silent and now >= self._relied_on_from

    def answers(self, patience: float) -> bool:
        """Ask the broker, and wait so many seconds at most."""
        self._put(PROBE)
        return self.flush(patience)

    def flush(self, patience: float) -> bool:
        """Wait until all that was put down before is sent; False: it is not, or not yet."""
        if self._thread is None:
            return True
        if self._relied_on_from == _NEVER:
            return False
        mark = _Mark()
        with self._guard:
            self._queue.put(mark)
        mark.wait(patience)
        return mark.is_sent

    def _put(self, message: Message, waiting: int = 1) -> None:
        with self._guard:
            if self._relied_on_from == _NEVER:
                message = message._replace(request_id=None)  # see _merge
            if message not in self._waiting:
                if len(self._waiting) >= _MOST_KEPT:
                    logger.warning("too many messages wait for the broker: %s", message.task)
                    return
                self._queue.put(message)
            self._waiting[message] = waiting
            # Also after a fork, which threads do not survive.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="sender", daemon=True)
                self._thread.start()
                # A command may end as soon as it has put a message down.
                atexit.register(self.flush, PATIENCE)

    def _run(self) -> None:
        # A connection that was opened before a fork is not ours.
        self._broker.close()
        while True:
            one = self._queue.get()
            if isinstance(one, _Mark):
                one.is_sent = True
                one.set()
                continue
            self._keep_distance(one)
            with self._guard:
                # From here on a newcomer's commit may be too late for this message.
                self._waiting.pop(one, None)
            if not self._deliver(one):
                self._merge(one)
                self._pause(_PAUSE)

    def _merge(self, failed: Message) -> None:
        """Keep one message for all requests that want the same, and the order.

        When the broker is back, many at once would have the rows of an absence done in any order.
        """
        with self._guard:
            kept = [one._replace(request_id=None) for one in (failed, *self._waiting)]
            self._waiting = dict.fromkeys(kept, 1)
            while not self._queue.empty():
                one = self._queue.get()
                if isinstance(one, _Mark):
                    one.set()
            for message in self._waiting:
                self._queue.put(message)

    def _keep_distance(self, message: Message) -> None:
        if not message.is_wake_up:
            return
        waiting = self._waiting.get(message, 1)
        distance = min(self._distance_each * waiting, self._longest_distance)
        missing = self._last_sent.get(message, float("-inf")) + distance - self._clock()
        if missing > 0:
            self._pause(missing)
        self._last_sent[message] = self._clock()

    def _deliver(self, message: Message) -> bool:
        """Whether the broker has it now, or never will."""
        self._began = self._clock()
        try:
            return self._try(message) or self._try(message)
        finally:
            self._began = None

    def _try(self, message: Message) -> bool:
        try:
            self._broker.deliver(message)
        except EncodeError:
            logger.exception("a message that can't be sent: %s", message.task)
        except Exception as error:
            # Each broker's library has errors of its own; whatever it is, nothing was sent.
            self._give_up(message, error)
            return False
        if self._relied_on_from == _NEVER:
            logger.info("the broker is back")
            self._relied_on_from = self._clock() + _CONVALESCENCE
        return True

    def _give_up(self, message: Message, error: Exception) -> None:
        self.problem = error
        self._broker.close()
        if self._relied_on_from != _NEVER:
            self._relied_on_from = _NEVER
            logger.warning("no broker for %s: %s", message.task or "anybody", error)
            self.when_silent()
