"""WeChat tells who is using the mini-program: a code in, an openid out.

``registry["wechat"].openid_of(code)`` raises WeChatRefusal with a sentence for people.
"""

from __future__ import annotations

from collections.abc import Mapping

from hhu_base import settings as read
from hhu_base.accounts.wechat.client import WeChatClient
from hhu_base.accounts.wechat.refusals import WeChatRefusal
from hhu_base.accounts.wechat.stand_in import NoWeChat, StandIn

__all__ = ["WeChatRefusal", "includeme"]


def includeme(config) -> None:
    config.registry["wechat"] = choose(config.get_settings())


def choose(settings: Mapping) -> WeChatClient | StandIn | NoWeChat:
    """The real one where there is an app id, else the stand-in where it is allowed, else none."""
    is_production = read.is_production(settings)
    has_stand_in = read.boolean(settings, "wechat.stub", "no")
    if has_stand_in and is_production:
        raise read.ConfigurationError(
            "wechat.stub",
            "whoever knows a stub code signs in as its owner; production refuses that",
        )
    app_id = read.text(settings, "wechat.app_id", "")
    if not app_id:
        return StandIn() if has_stand_in else NoWeChat()
    api_url = read.text(settings, "wechat.api_url", "https://api.weixin.qq.com").rstrip("/")
    if not api_url.startswith("https://" if is_production else ("https://", "http://")):
        raise read.ConfigurationError("wechat.api_url", "the app secret is sent there: use https")
    return WeChatClient(
        api_url=api_url,
        app_id=app_id,
        app_secret=read.text(settings, "wechat.app_secret"),
        timeout=read.seconds(settings, "wechat.timeout", 3, minimum=0.05),
        # The mini-program waits five seconds.
        patience=read.seconds(settings, "wechat.patience", 4, minimum=0.05),
        at_once=read.integer(settings, "wechat.at_once", 16, minimum=1),
    )
