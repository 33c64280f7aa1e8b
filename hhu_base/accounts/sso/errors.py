"""What is said when the university's sign-on lets nobody in; the log knows more."""

from __future__ import annotations

BUSY = "正在通过统一身份认证登录的人数过多，请稍后再试。"
UNREACHABLE = "统一身份认证没有应答，请稍后再试。"
NONSENSE = "统一身份认证的应答异常，请稍后再试。"
# After one of these, where there is another way in.
OR_ANOTHER_WAY = "也可以用其他方式登录。"
NOT_THEIR_FAULT = (BUSY, UNREACHABLE, NONSENSE)
REFUSED = "统一身份认证没有确认您的身份，请重新登录。"
CANCELLED = "您取消了登录。"
STALE = "这次登录已经失效，请重新登录。"
SWITCHED_OFF = "您的账号已停用，请联系学院办公室。"
UNKNOWN = "工号 {} 还没有登记在本系统里，请联系学院办公室。"
UNUSABLE = "统一身份认证给出的工号不能使用：{}。请联系系统管理员。"
NO_NUMBER = "统一身份认证没有给出您的工号，请联系系统管理员。"


class SignOnRefusal(Exception):
    """Nobody is signed in; the message is a sentence for people."""
