"""Those whom we need outside: the mail server and WeChat. Nothing is sent, nobody signs in."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator

import sqlalchemy as sa

from hhu_base.accounts.wechat.client import WeChatClient
from hhu_base.accounts.wechat.errors import MESSAGES, MISCONFIGURED, WeChatRefusal
from hhu_base.accounts.wechat.stub import StubWeChat
from hhu_base.cli.doctor.contract import Deployment, Finding, error, first_line, good, notice
from hhu_base.mail import outbox
from hhu_base.mail.answers import explain
from hhu_base.mail.models import QUEUED, Mail
from hhu_base.mail.transports import ServerUnavailable, SmtpTransport
from hhu_base.models import User
from hhu_base.values.email import is_deliverable

_LATE = sa.text("interval '10 minutes'")
_INVALID_CODE = 40029
_SHOWN = 10


def check_certificates(deployment: Deployment) -> Iterator[Finding]:
    """OpenSSL passes over a file that it can't read, and then trusts nobody, without a word."""
    file = os.environ.get("SSL_CERT_FILE")
    if not file:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=file)
    except (OSError, ssl.SSLError) as problem:
        yield error(
            f"SSL_CERT_FILE（{file}）里的证书读不了：{first_line(problem)}",
            "它应当是系统用户可以读的 PEM 文件，例如 /etc/ssl/certs/ca-certificates.crt；"
            "学院自己的根证书用 update-ca-certificates 加进去。",
        )
    else:
        yield good(f"信任 {file} 里的根证书。")


def check_mail(deployment: Deployment) -> Iterator[Finding]:
    transport = deployment.registry["mail.office"].transport
    if not isinstance(transport, SmtpTransport):
        yield notice(f"没有邮件服务器，邮件写入 {transport.folder}。", "设置 mail.host。")
        return
    where = f"{transport.host}:{transport.port}"
    try:
        with transport.connect():
            pass
    except ServerUnavailable as away:
        sentence, original = explain(str(away))
        said = f"（{original}）" if original else ""
        yield error(
            f"邮件服务器 {where} 用不了：{sentence}{said}",
            "检查 mail.host、mail.port、mail.security、mail.user 和 HHU_MAIL_PASSWORD。",
        )
        return
    signed_in = "可以登录" if transport.user else "可以连接，不需要登录"
    yield good(f"邮件服务器 {where} {signed_in}（没有发信）。")


def check_mails(deployment: Deployment) -> Iterator[Finding]:
    with deployment.session() as session:
        late = session.scalars(
            sa.select(sa.func.count(Mail.id)).where(
                Mail.status == QUEUED, Mail.next_attempt_at < sa.func.now() - _LATE
            )
        ).one()
        failed = outbox.count_failed(session)
    if late:
        yield error(
            f"{late} 封邮件早该发出。",
            "启动 hhu-worker.service 和 hhu-beat.service，看它们的日志。",
        )
    if failed:
        yield notice(f"{failed} 封邮件没有发成。", "在管理页面的“邮件”里查看原因并重发。")
    if not late and not failed:
        yield good("没有积压的邮件。")


def check_addresses(deployment: Deployment) -> Iterator[Finding]:
    """Older rows and other programs' may have addresses that no form takes today."""
    statement = sa.select(User.username, User.email).where(User.is_active, User.email != "")
    with deployment.session() as session:
        bad = [row.username for row in session.execute(statement) if not is_deliverable(row.email)]
    if bad:
        shown = "、".join(sorted(bad)[:_SHOWN]) + ("……" if len(bad) > _SHOWN else "")
        yield notice(
            f"{len(bad)} 位用户的电子邮箱不合法，邮件寄不到：{shown}。",
            "在管理页面的“教师用户”里改正。",
        )
    else:
        yield good("用户的电子邮箱都合法。")


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
