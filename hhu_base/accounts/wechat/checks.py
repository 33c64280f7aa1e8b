"""What ``hhu doctor`` looks at of WeChat; nobody signs in."""

from __future__ import annotations

from collections.abc import Iterator

from hhu_base.accounts.wechat.client import WeChatClient
from hhu_base.accounts.wechat.errors import MESSAGES, MISCONFIGURED, WeChatRefusal
from hhu_base.accounts.wechat.stub import StubWeChat
from hhu_base.cli.doctor.contract import Deployment, Finding, error, good, notice

_INVALID_CODE = 40029


def check_wechat(deployment: Deployment) -> Iterator[Finding]:
    """With a code that nobody has: WeChat looks at the app id and the secret first."""
    wechat = deployment.registry["wechat"]
    if isinstance(wechat, StubWeChat):
        yield notice("微信由替身扮演（wechat.stub）。", "只用于试用：正式环境设置 wechat.app_id。")
        return
    if not isinstance(wechat, WeChatClient):
        yield notice("没有开通微信登录。", "设置 wechat.app_id 和 HHU_WECHAT_APP_SECRET。")
        return
    try:
        wechat.openid_of("hhu-doctor")
    except WeChatRefusal as refusal:
        if str(refusal) == MESSAGES[_INVALID_CODE]:
            yield good("微信接受 wechat.app_id 和密钥。")
        elif str(refusal) == MISCONFIGURED:
            yield error(
                "微信不接受 wechat.app_id 或密钥。",
                "对照微信公众平台的“开发设置”检查 wechat.app_id 和 HHU_WECHAT_APP_SECRET。",
            )
        else:
            yield error(
                f"向微信（{wechat.api_url}）询问失败：{refusal}",
                "检查网络、DNS 和 wechat.api_url；稍后再试。",
            )
    else:
        yield error("微信接受了一个不存在的登录凭证。", "wechat.api_url 指向的不是微信。")
