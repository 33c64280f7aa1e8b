"""Plays WeChat where there is no app id: for trying out, refused in production.

The code ``stub-anna`` is always the same WeChat user, bound to any account; a code ``error-40163``
is answered as WeChat's error 40163; any other code is invalid. With curl::

    curl -X PUT  …/auth/wechat-auth/      -H 'Authorization: Token …' -d code=stub-anna   # bind
    curl -X POST …/auth/wechat-code2token/                            -d code=stub-anna   # sign in
    curl -X DELETE …/auth/wechat-auth/    -H 'Authorization: Token …'                     # unbind
"""

from __future__ import annotations

import re

from hhu_base.accounts.wechat.errors import SWITCHED_OFF, WeChatRefusal, sentence_for

_PERSON = re.compile(r"stub-[A-Za-z0-9_-]{1,64}")
_ERROR = re.compile(r"error-(-?[0-9]{1,6})")
_INVALID = 40029


class StubWeChat:
    """Answers as the client does."""

    def openid_of(self, code: str) -> str:
        if _PERSON.fullmatch(code):
            return code
        error = _ERROR.fullmatch(code)
        raise WeChatRefusal(sentence_for(int(error[1]) if error else _INVALID))


class DisabledWeChat:
    """Where neither an app id nor the stand-in is set up, or WeChat is no way in."""

    def __init__(self, sentence: str = SWITCHED_OFF):
        self._sentence = sentence

    def openid_of(self, code: str) -> str:
        raise WeChatRefusal(self._sentence)
