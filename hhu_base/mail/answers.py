"""What a mail server answered, or what kept us from asking it, in words for people."""

from __future__ import annotations

import re

# RFC 5321 and, more exact where a server says it, RFC 3463.
_ANSWER = re.compile(r"(?P<code>[245]\d\d)\b[ -]*(?:(?P<exact>[245]\.\d{1,3}\.\d{1,3})\b)?")
_BY_EXACT = {
    "1.1": "没有这个邮箱。",
    "1.2": "没有这个邮件域名。",
    "1.3": "收件人地址的写法不对。",
    "1.10": "这个域名不收邮件。",
    "2.1": "这个邮箱已经停用。",
    "2.2": "对方的邮箱满了。",
    "2.3": "邮件太大。",
    "3.4": "邮件太大。",
    "7.0": "对方的邮件系统拒收。",
    "7.1": "对方的邮件系统拒收。",
    "7.8": "发信帐号的用户名或密码不对。",
}
_BY_CODE = {
    "421": "邮件服务器暂停服务。",
    "450": "对方的邮箱暂时收不了信。",
    "451": "邮件服务器暂时出错。",
    "452": "邮件服务器的空间暂时不够。",
    "454": "邮件服务器暂时不能验证发信帐号。",
    "500": "邮件服务器不认识我们的命令。",
    "501": "地址或命令的写法不对。",
    "521": "这个域名不收邮件。",
    "530": "邮件服务器要求先登录。",
    "534": "邮件服务器不接受这种登录方式。",
    "535": "发信帐号的用户名或密码不对。",
    "550": "没有这个邮箱。",
    "551": "没有这个邮箱。",
    "552": "对方的邮箱满了，或者邮件太大。",
    "553": "收件人地址的写法不对。",
    "554": "对方的邮件系统拒收。",
    "556": "这个域名不收邮件。",
}
# The beginnings of what Python says.
_BY_ERROR = {
    "ConnectionRefusedError": "邮件服务器没有在运行，或者端口不对。",
    "gaierror": "找不到邮件服务器的域名。",
    "SSLCertVerificationError": "邮件服务器的证书不可信。",
    "SSL": "无法与邮件服务器加密通信。",
    "SMTPServerDisconnected": "邮件服务器中断了连接。",
    "SMTPNotSupportedError": "邮件服务器缺少所需的功能。",
    "SMTP": "邮件服务器的应答无法理解。",
    "FileExistsError": "存放邮件的文件夹无法使用。",
    "FileNotFoundError": "存放邮件的文件夹无法使用。",
    "NotADirectoryError": "存放邮件的文件夹无法使用。",
    "PermissionError": "存放邮件的文件夹无法使用。",
}
_CHINESE = re.compile("[\u4e00-\u9fff]")


def explain(said: str) -> tuple[str, str]:
    """A sentence, and the original if it says more; ``said`` is a mail's ``last_error``."""
    answer = _ANSWER.match(said)
    if answer:
        return _sentence(answer["code"], answer["exact"], said), said
    if not said or _CHINESE.match(said):
        return said, ""
    return next(
        (sentence for begin, sentence in _BY_ERROR.items() if said.startswith(begin)),
        "连不上邮件服务器。",
    ), said


def _sentence(code: str, exact: str | None, said: str) -> str:
    if exact and (sentence := _BY_EXACT.get(exact[2:])):
        return sentence
    if exact and exact[2:].startswith("7."):
        return "对方的邮件系统拒收。"
    # Servers say 550 of spam, too.
    if code == "550" and re.search(r"spam|policy|block|denied|reject|black", said, re.IGNORECASE):
        return "对方的邮件系统拒收。"
    if sentence := _BY_CODE.get(code):
        return sentence
    return "邮件服务器暂时不收这封信。" if code[0] == "4" else "邮件服务器不收这封信。"
