"""WeChat tells who is using the mini-program: a code in, an openid out.

``registry["wechat"].openid_of(code)`` raises WeChatRefusal with a sentence for people.
"""

from __future__ import annotations

from collections.abc import Mapping

from hhu_base.accounts.providers import PASSWORD, WECHAT, is_on
from hhu_base.accounts.wechat.checks import check_wechat
from hhu_base.accounts.wechat.client import WeChatClient
from hhu_base.accounts.wechat.errors import (
    SWITCHED_OFF,
    SWITCHED_OFF_ON_PAGES,
    WeChatRefusal,
)
from hhu_base.accounts.wechat.stub import DisabledWeChat, StubWeChat
from hhu_base.settings import Boolean, Seconds, Secret, Text, Waiting, is_production

__all__ = ["WeChatRefusal", "includeme"]


APP_ID = Text("wechat.app_id", "", "小程序的 AppID；空的是没有开通微信登录")
APP_SECRET = Secret("wechat.app_secret", "", "小程序的 AppSecret")
API_URL = Text("wechat.api_url", "https://api.weixin.qq.com", "向微信询问登录者身份的地址")
TIMEOUT = Seconds("wechat.timeout", 3, "连接微信、等它继续应答，最多多少秒", minimum=0.05)
# The mini-program waits five seconds.
PATIENCE = Seconds("wechat.patience", 4, "微信的整个应答最多多少秒", minimum=0.05)
AT_ONCE = Waiting("wechat.at_once", 16, "每个进程同时询问微信的次数；要远少于 threads", minimum=1)
STUB = Boolean("wechat.stub", False, "没有 AppID 时用替身试用微信登录；正式环境拒绝")


def includeme(config) -> None:
    config.declare_settings(APP_ID, APP_SECRET, API_URL, TIMEOUT, PATIENCE, AT_ONCE, STUB)
    wechat = choose(config.get_settings())
    if not is_on(config.registry, WECHAT) or isinstance(wechat, DisabledWeChat):
        has_passwords = is_on(config.registry, PASSWORD)
        wechat = DisabledWeChat(SWITCHED_OFF if has_passwords else SWITCHED_OFF_ON_PAGES)
    config.registry["wechat"] = wechat
    config.add_check("core.wechat", check_wechat)


def choose(settings: Mapping) -> WeChatClient | StubWeChat | DisabledWeChat:
    """The real one where there is an app id, else the stand-in where it is allowed, else none."""
    is_serious = is_production(settings)
    has_stand_in = STUB.read(settings)
    if has_stand_in and is_serious:
        raise STUB.wrong("whoever knows a stub code signs in as its owner; production refuses that")
    app_id = APP_ID.read(settings)
    if not app_id:
        return StubWeChat() if has_stand_in else DisabledWeChat()
    api_url = API_URL.read(settings).rstrip("/")
    if not api_url.startswith("https://" if is_serious else ("https://", "http://")):
        raise API_URL.wrong("the app secret is sent there: use https")
    app_secret = APP_SECRET.read(settings)
    if not app_secret:
        raise APP_SECRET.missing()
    return WeChatClient(
        api_url=api_url,
        app_id=app_id,
        app_secret=app_secret,
        timeout=TIMEOUT.read(settings),
        patience=PATIENCE.read(settings),
        at_once=AT_ONCE.read(settings),
    )
