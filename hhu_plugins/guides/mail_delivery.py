"""Sending a guide's file to the caller's address."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.database import lock
from hhu_base.mail import allowance, outbox
from hhu_base.mail.models import Mail
from hhu_base.models import User
from hhu_base.values.email import is_deliverable
from hhu_base.values.refusal import Refusal
from hhu_plugins.guides import counts
from hhu_plugins.guides.library import MAIL_STORE, current_version, readable_size
from hhu_plugins.guides.models import Guide

KIND = "guides.file"
NO_ADDRESS = "您的账户尚未绑定邮箱。"
BAD_ADDRESS = "您绑定的邮箱地址不正确，请先修改。"
_JUST = timedelta(minutes=1)


def was_just_sent(session: Session, guide_id: int, user_id: int) -> bool:
    """Whether the user has asked for it within the last minute: a button was pressed twice.

    Who asks twice at once is looked at one after the other.
    """
    lock(session, f"guides.mail {user_id}")
    sent = sa.exists().where(
        Mail.user_id == user_id,
        Mail.kind == KIND,
        Mail.cause == _cause(guide_id),
        Mail.created_at > sa.func.clock_timestamp() - _JUST,
    )
    return bool(session.scalar(sa.select(sent)))


def send(
    session: Session,
    guide_id: int,
    user_id: int,
    *,
    max_bytes: int,
    most_an_hour: int = 0,
    only_asks: bool = False,
) -> bool:
    """Put a mail with the file into the outbox; False: there is no such guide.

    ``only_asks``: find out whether that could be done, and do nothing.
    Raises Refusal where the user has no address, or the file is too large for a mail, and
    TooManyRequests where they had ``most_an_hour`` in the last hour; 0: any number.
    """
    # Kept from being deleted: a sweep must see either the guide or the mail that needs its file.
    version = current_version(session, guide_id, is_kept=True)
    if version is None:
        return False
    user = session.get_one(User, user_id)
    if not user.email:
        raise Refusal(NO_ADDRESS)
    if not is_deliverable(user.email):
        raise Refusal(BAD_ADDRESS)
    if version.size > max_bytes:
        size, most = readable_size(version.size), readable_size(max_bytes)
        raise Refusal(f"文件太大（{size}），邮件附件不能超过 {most}，请直接下载。")
    if only_asks:
        return True
    to = outbox.Recipient.of(user)
    allowance.check_another(session, to, KIND, most_an_hour)
    guide = session.get_one(Guide, guide_id)
    outbox.put(
        session,
        [to],
        f"【服务指南】{guide.name}",
        f"{user.fullname}，您好！\n\n您索取的“{guide.name}”请见附件：{version.name}\n",
        attachments=[
            outbox.Attachment(MAIL_STORE, version.digest, version.name, version.type, version.size)
        ],
        cause=_cause(guide_id),
        kind=KIND,
    )
    counts.add_mail(session, guide_id)
    return True


def _cause(guide_id: int) -> str:
    return f"/admin/guides/guides/{guide_id}/"
