"""What ``hhu doctor`` looks at of mail; nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from hhu_base.cli.doctor.contract import TABLES, Deployment, Finding, error, good, notice
from hhu_base.mail import outbox
from hhu_base.mail.answers import explain
from hhu_base.mail.models import QUEUED, Mail
from hhu_base.mail.transports import ServerUnavailable, SmtpTransport
from hhu_base.models import User
from hhu_base.values.email import is_deliverable

_LATE = sa.text("interval '10 minutes'")
_SHOWN = 10


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
            "在管理页面的“教师”里改正。",
        )
    else:
        yield good("用户的电子邮箱都合法。")


def includeme(config) -> None:
    config.add_check("core.mail", check_mail)
    config.add_check("core.mails", check_mails, needs=TABLES)
    config.add_check("core.addresses", check_addresses, needs=TABLES)
