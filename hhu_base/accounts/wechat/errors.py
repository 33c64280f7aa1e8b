"""What is said when WeChat doesn't tell who somebody is."""

from __future__ import annotations

# Of https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/user-login/code2Session.html
MESSAGES = {
    -1: "微信系统繁忙，请稍后重试。",
    40029: "微信登录凭证无效，请重新进入小程序。",
    40163: "微信登录凭证已被使用，请重新进入小程序。",
    40226: "微信认为该账号存在风险，拒绝登录。",
    45011: "微信登录过于频繁，请稍后重试。",
}
UNREACHABLE = "无法连接微信服务器，请稍后重试。"
NONSENSE = "微信服务器的应答异常，请稍后重试。"
BUSY = "正在通过微信登录的人数过多，请稍后重试。"
SWITCHED_OFF = "本系统没有开通微信登录，请使用工号和密码登录。"
SWITCHED_OFF_ON_PAGES = "本系统没有开通微信登录，请在网页上登录。"
MISCONFIGURED = "微信登录暂时不可用，请联系管理员。"

# Wrong app id or secret: nothing that the user could do anything about.
OUR_FAULT = frozenset((40001, 40002, 40013, 40125, 41002, 41004))


class WeChatRefusal(Exception):
    """There is no openid; the message is a sentence for people."""


def sentence_for(errcode: int) -> str:
    if errcode in OUR_FAULT:
        return MISCONFIGURED
    return MESSAGES.get(errcode, f"微信登录失败（错误码 {errcode}），请稍后重试。")
