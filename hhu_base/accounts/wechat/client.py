"""Asks WeChat whose code a mini-program has sent: ``jscode2session``.

The answer has an openid, which is the user, and a session key, which we have no use for. Neither
may get into a log, nor may the secret, which WeChat wants in the URL.
"""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass, field

from hhu_base.accounts.outside import BadAnswer, OutsideServer, TooManyCalls, Unreachable
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


@dataclass
class WeChatClient:
    """``timeout``, ``patience`` and ``at_once`` are those of an :class:`OutsideServer`."""

    api_url: str
    app_id: str
    app_secret: str = field(repr=False)
    timeout: float
    patience: float
    at_once: int

    def __post_init__(self):
        self.server = OutsideServer("WeChat", self.timeout, self.patience, self.at_once)

    def openid_of(self, code: str) -> str:
        """The openid that ``code`` stands for; raises WeChatRefusal, within ``patience``."""
        parameters = {
            "appid": self.app_id,
            "secret": self.app_secret,
            "js_code": code,
            "grant_type": "authorization_code",
        }
        url = f"{self.api_url}/sns/jscode2session"

        def question(client) -> bytes:
            answer = client.get(url, params=parameters)
            if answer.status_code != 200:
                raise BadAnswer(f"status {answer.status_code}")
            return answer.content

        try:
            return _read(self.server.ask(question))
        except TooManyCalls:
            raise WeChatRefusal(BUSY) from None
        except Unreachable:
            raise WeChatRefusal(UNREACHABLE) from None
        except BadAnswer:
            raise WeChatRefusal(NONSENSE) from None


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
