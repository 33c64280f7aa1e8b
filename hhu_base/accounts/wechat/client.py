"""Asks WeChat whose code a mini-program has sent: ``jscode2session``.

The answer has an openid, which is the user, and a session key, which we have no use for. Neither
may get into a log, nor may the secret, which WeChat wants in the URL: so errors are logged by
their types only, and what raised them is not chained.
"""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from hhu_base.accounts.wechat.errors import (
    BUSY,
    NONSENSE,
    OUR_FAULT,
    UNREACHABLE,
    WeChatRefusal,
    sentence_for,
)

logger = logging.getLogger(__name__)

_OPENID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_LARGEST_ANSWER = 64 * 1024
# Compressed, a small answer could be a huge one.
_PLAIN = {"Accept-Encoding": "identity"}


@dataclass
class WeChatClient:
    """``timeout`` is for connecting and for each piece of the answer, ``patience`` for all of it.

    Not more than ``at_once`` calls: a WeChat that hangs must not take all the web threads with it.
    """

    api_url: str
    app_id: str
    app_secret: str = field(repr=False)
    timeout: float
    patience: float
    at_once: int

    def __post_init__(self):
        self._places = threading.BoundedSemaphore(self.at_once)
        self._guard = threading.Lock()
        self._tls: Any = None

    def openid_of(self, code: str) -> str:
        """The openid that ``code`` stands for; raises WeChatRefusal, within ``patience``."""
        if not self._places.acquire(blocking=False):
            logger.warning("%d calls to WeChat at once: one more was refused", self.at_once)
            raise WeChatRefusal(BUSY)
        client = None
        try:
            client = self._connect()
            answer = _start(self._fetch, self._places.release, client, code)
        except BaseException:
            self._places.release()
            raise
        try:
            return _read(answer.result(self.patience))
        except TimeoutError:
            logger.warning("WeChat did not answer within %s s", self.patience)
            raise WeChatRefusal(UNREACHABLE) from None
        finally:
            # Also ends a call that goes on in its thread, such as one that gets a byte a second.
            client.close()

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
                    raise WeChatRefusal(UNREACHABLE) from None
        return httpx.Client(verify=self._tls, timeout=self.timeout)

    def _fetch(self, client, code: str) -> bytes:
        import httpx

        deadline = time.monotonic() + self.patience
        parameters = {
            "appid": self.app_id,
            "secret": self.app_secret,
            "js_code": code,
            "grant_type": "authorization_code",
        }
        url = f"{self.api_url}/sns/jscode2session"
        body = b""
        try:
            with client.stream("GET", url, params=parameters, headers=_PLAIN) as response:
                if response.status_code != 200:
                    logger.warning("WeChat answered with status %d", response.status_code)
                    raise WeChatRefusal(NONSENSE)
                for piece in response.iter_raw():
                    body += piece
                    if len(body) > _LARGEST_ANSWER or time.monotonic() > deadline:
                        logger.warning("WeChat's answer was too large or too slow")
                        raise WeChatRefusal(NONSENSE)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, RuntimeError) as error:
            logger.warning("WeChat can't be reached: %s", type(error).__name__)
            raise WeChatRefusal(UNREACHABLE) from None
        return body


def _read(body: bytes) -> str:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        logger.warning("WeChat's answer is no JSON object")
        raise WeChatRefusal(NONSENSE)
    errcode = answer.get("errcode", 0)
    if type(errcode) is int and errcode != 0:
        level = logging.ERROR if errcode in OUR_FAULT else logging.INFO
        logger.log(level, "WeChat refused with errcode %d", errcode)
        raise WeChatRefusal(sentence_for(errcode))
    openid = answer.get("openid")
    if type(errcode) is not int or not isinstance(openid, str) or not _OPENID.fullmatch(openid):
        logger.warning("WeChat's answer has no openid")
        raise WeChatRefusal(NONSENSE)
    return openid


def _start(function: Callable, then: Callable[[], object], *args) -> Future:
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

    threading.Thread(target=run, name="wechat", daemon=True).start()
    return future
