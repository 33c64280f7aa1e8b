"""Questions to servers that are not ours, such as WeChat's, and that may be slow, down or mad.

Whatever they do, an answer or an :class:`OutsideError` comes within ``patience``, is not large, and
not more than ``at_once`` threads wait for it: the other ways in go on working. Addresses have secrets
in them (WeChat's app secret, tickets, codes): so errors are logged by their types only, and what
raised them is not chained.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T")

# Compressed, a small answer could be a huge one.
_PLAIN = {"Accept-Encoding": "identity"}


class OutsideError(Exception):
    """There is no answer."""


class TooManyCalls(OutsideError):
    """All places are taken by others who wait."""


class Unreachable(OutsideError):
    """It is down, or did not answer in time."""


class BadAnswer(OutsideError):
    """What came is no answer; the message is for the log."""


@dataclass
class OutsideServer:
    """``timeout`` is for connecting and for each piece of an answer, ``patience`` for all of it."""

    name: str
    timeout: float
    patience: float
    at_once: int
    largest_answer: int = 64 * 1024
    places: threading.BoundedSemaphore = field(init=False, repr=False)

    def __post_init__(self):
        self.places = threading.BoundedSemaphore(self.at_once)
        self._guard = threading.Lock()
        self._tls: Any = None

    def ask(self, question: Callable[[Any], T]) -> T:
        """What ``question(client)`` gives, which may ask several times within ``patience``.

        No redirect is followed. Raises OutsideError, and whatever ``question`` raises.
        """
        if not self.places.acquire(blocking=False):
            logger.warning("%d calls to %s at once: one more was refused", self.at_once, self.name)
            raise TooManyCalls
        client = None
        try:
            client = self._connect()
            answer = _start(self._run, self.places.release, question, client)
        except BaseException:
            self.places.release()
            raise
        try:
            return answer.result(self.patience)
        except TimeoutError:
            logger.warning("%s did not answer within %s s", self.name, self.patience)
            raise Unreachable from None
        except BadAnswer as error:
            logger.warning("%s talks nonsense: %s", self.name, error)
            raise
        finally:
            # Also ends a call that goes on in its thread, such as one that gets a byte a second.
            client.close()

    def _run(self, question: Callable[[Any], T], client) -> T:
        import httpx

        try:
            return question(client)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, RuntimeError) as error:
            logger.warning("%s can't be reached: %s", self.name, type(error).__name__)
            raise Unreachable from None

    def _connect(self):
        # Imported here: 4 MB, and 50 ms for the certificates, that most processes never need.
        import httpx

        with self._guard:
            if self._tls is None:
                # They write the URL, with the secret in it, into the log.
                for name in ("httpx", "httpcore"):
                    logging.getLogger(name).setLevel(logging.WARNING)
                try:
                    self._tls = httpx.create_ssl_context()
                except (OSError, ValueError) as error:
                    logger.error("the certificates of SSL_CERT_FILE can't be read: %s", error)
                    raise Unreachable from None
        return httpx.Client(
            verify=self._tls,
            timeout=self.timeout,
            headers=_PLAIN,
            follow_redirects=False,
            event_hooks={"response": [self._limit()]},
        )

    def _limit(self) -> Callable[[Any], None]:
        """What each answer has to pass before it is read."""
        deadline = time.monotonic() + self.patience

        def limit(response) -> None:
            if response.headers.get("Content-Encoding", "identity").lower() != "identity":
                raise BadAnswer("it is compressed")
            response.stream = _limited(response.stream, self.largest_answer, deadline)

        return limit


def _limited(stream, largest: int, deadline: float):
    import httpx

    class Limited(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            size = 0
            for piece in stream:
                size += len(piece)
                if size > largest:
                    raise BadAnswer("it is too large")
                if time.monotonic() > deadline:
                    raise Unreachable
                yield piece

        def close(self) -> None:
            stream.close()

    return Limited()


def _start(function: Callable[..., T], then: Callable[[], object], *args) -> Future[T]:
    """Run ``function`` in a thread that a process which stops does not wait for.

    Only so can somebody stop waiting for it: looking up a host's name knows no time-out.
    """
    future: Future = Future()

    def run() -> None:
        try:
            future.set_result(function(*args))
        except BaseException as error:
            future.set_exception(error)
        finally:
            then()

    threading.Thread(target=run, name="outside", daemon=True).start()
    return future
