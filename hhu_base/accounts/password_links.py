"""A forgotten password: a link by mail, good once and for half an hour, gives another one.

Whether an address or a staff number is known is told to nobody: the answer is the same, and takes
as long. Only good addresses get a link, those that the office gave or that were confirmed.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from hhu_base.accounts import allowances, users
from hhu_base.accounts.email_confirmation import waiting_for
from hhu_base.accounts.sign_in_keys import digest, network
from hhu_base.database import lock
from hhu_base.mail import allowance, outbox
from hhu_base.mail.models import SECRET
from hhu_base.models import PasswordLink, User
from hhu_base.settings.site import TITLE
from hhu_base.web.security import digest_of

KIND = "core.password"
PATH = "/app/sign-in/new-password"
LIVES = timedelta(minutes=30)

_LINKS_AN_HOUR = 3
# From one network: a campus shares one.
_TRIES, _INTERVAL = 20, timedelta(seconds=30)
# Several people may have one address, such as that of an office.
_MOST_PEOPLE = 5


def count(session: Session, address: str) -> None:
    """Count a request from this address. To be committed at once. Raises TooManyRequests."""
    allowances.count(session, digest("forgotten", network(address)), _TRIES, _INTERVAL)


def send(session: Session, public_url: str, name: str) -> int:
    """Send a link to those who have this staff number or this address; returns to how many."""
    found = session.scalars(
        sa.select(User)
        .where(
            sa.or_(User.username == name, sa.func.lower(User.email) == name.lower()),
            User.is_active,
            User.email != "",
        )
        .order_by(User.id)
        .limit(_MOST_PEOPLE)
    ).all()
    return sum(_send_to(session, public_url, user) for user in found)


def _send_to(session: Session, public_url: str, user: User) -> bool:
    to = outbox.Recipient.of(user)
    lock(session, f"core.password {user.id}")
    too_many = allowance.wait_for_another(session, to, KIND, _LINKS_AN_HOUR)
    if too_many or waiting_for(user) is not None:
        return False
    secret = secrets.token_urlsafe(32)
    values = {
        "digest": digest_of(secret),
        "created_at": sa.func.now(),
        "expires_at": sa.func.now() + LIVES,
    }
    statement = insert(PasswordLink).values(user_id=user.id, **values)
    session.execute(
        statement.on_conflict_do_update(index_elements=[PasswordLink.user_id], set_=values)
    )
    outbox.put(
        session,
        [to],
        f"【重设密码】{TITLE}",
        f"{user.fullname or user.username}，您好！\n\n有人为工号 {user.username} 申请重设密码。"
        "如果这是您本人的操作，请在 30 分钟内打开下面的链接，设置新密码：\n\n"
        f"{public_url}{PATH}?key={SECRET}\n\n"
        "链接只能使用一次。如果不是您本人的操作，请忽略这封邮件，密码不会改变。\n",
        kind=KIND,
        secret=secret,
    )
    return True


def find(session: Session, key: str) -> User | None:
    """Whose link this is; None where it is used, replaced, expired or none at all."""
    return session.scalar(
        sa.select(User)
        .join(PasswordLink, PasswordLink.user_id == User.id)
        .where(
            PasswordLink.digest == digest_of(key),
            PasswordLink.expires_at > sa.func.now(),
            User.is_active,
        )
    )


def use(session: Session, key: str, hashed: str) -> int | None:
    """Give the owner of the link this password, and sign all devices out; each link does it once.

    Returns the id of the user; None: the link is worth nothing any more.
    """
    used = (
        sa.delete(PasswordLink)
        .where(PasswordLink.digest == digest_of(key), PasswordLink.expires_at > sa.func.now())
        .returning(PasswordLink.user_id)
    )
    user_id = session.scalar(used)
    if user_id is not None:
        users.change_password(session, user_id, hashed)
    return user_id


def delete_expired(session: Session) -> None:
    """Delete the links that nobody has used."""
    session.execute(sa.delete(PasswordLink).where(PasswordLink.expires_at < sa.func.now()))
