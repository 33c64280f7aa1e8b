"""New addresses that people give themselves: nothing but a link is sent there until it is used.

What the office gives (forms, imports, the takeover, the command line) is good at once, and so is
an address in a domain of the college (``mail.own_domains``).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.mail import allowance, outbox
from hhu_base.mail.models import CONFIRMATION, SECRET
from hhu_base.models import EmailConfirmation, User
from hhu_base.settings.site import TITLE
from hhu_base.web.security import digest_of

PATH = "/confirm-email"

# Mails to addresses that may be anybody's: by one user, or to one address, so many in an hour.
_LINKS_AN_HOUR = 5
# Clients send the address with every change of the profile; another link is sent after this only.
_LINK_IS_NEW = timedelta(minutes=10)


@dataclass(frozen=True)
class Confirmations:
    """Where the links lead, and whose addresses need none."""

    public_url: str
    own_domains: tuple[str, ...]

    def change_address(self, session: Session, user_id: int, address: str | None) -> None:
        """Give a user the address that they ask for, and send a link there if it needs one.

        It voids the link to any other address. The one that they have already is asked about once
        more if its link is not new. Raises TooManyRequests.
        """
        user = session.scalars(
            sa.select(User)
            .where(User.id == user_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one()
        is_same = (address or "").lower() == (user.email or "").lower()
        user.email = address
        session.flush()
        open_one = session.get(EmailConfirmation, user_id, populate_existing=True)
        if is_same:
            if open_one is not None and _asks_again(open_one, address or ""):
                self._send_link(session, user)
            return
        if not address or self._is_own(address):
            if open_one is not None:
                session.delete(open_one)
                session.flush()
            return
        for to in _counted(user):
            allowance.check_another(session, to, CONFIRMATION, _LINKS_AN_HOUR)
        self._send_link(session, user)

    def _is_own(self, address: str) -> bool:
        domain = address.rpartition("@")[2].lower()
        return any(domain == own or domain.endswith(f".{own}") for own in self.own_domains)

    def _send_link(self, session: Session, user: User) -> None:
        """Silently none, where there were too many."""
        if any(
            allowance.wait_for_another(session, to, CONFIRMATION, _LINKS_AN_HOUR)
            for to in _counted(user)
        ):
            return
        address, secret = user.email or "", secrets.token_urlsafe(32)
        session.merge(
            EmailConfirmation(
                user_id=user.id,
                address=address,
                digest=digest_of(secret),
                created_at=sa.func.now(),
                expires_at=sa.func.now() + outbox.HELD_FOR,
            )
        )
        # No name, nor anything else that the user can choose: it may be a stranger who reads it.
        outbox.put(
            session,
            [outbox.Recipient(address, user_id=user.id)],
            f"【确认邮箱】{TITLE}",
            f"您好！\n\n{TITLE}的用户（工号 {user.username}）把邮箱改成了 {address}。"
            "如果这是您本人的操作，请在三天内打开下面的链接，并在网页上按“确认”：\n\n"
            f"{self.public_url}{PATH}?key={SECRET}\n\n"
            "确认之前，系统不会向这个邮箱发送别的邮件。如果不是您本人的操作，请忽略这封邮件。\n",
            kind=CONFIRMATION,
            secret=secret,
        )


def find(session: Session, key: str) -> EmailConfirmation | None:
    """What the key of a link confirms; None where it is used, void, expired or none at all."""
    return session.scalar(
        sa.select(EmailConfirmation)
        .join(EmailConfirmation.user)
        .where(
            EmailConfirmation.digest == digest_of(key),
            EmailConfirmation.expires_at > sa.func.now(),
            sa.func.lower(EmailConfirmation.address) == sa.func.lower(User.email),
            User.is_active,
        )
    )


def confirm(session: Session, key: str) -> bool:
    """The address is good from now on, and what has waited is sent; each link does it once."""
    if find(session, key) is None:
        return False
    used = sa.delete(EmailConfirmation).where(EmailConfirmation.digest == digest_of(key))
    outbox.hurry(session)
    return session.scalar(used.returning(EmailConfirmation.user_id)) is not None


def waiting_for(user: User) -> EmailConfirmation | None:
    """What the present address of a user still waits for."""
    found = user.email_confirmation
    is_its = found is not None and found.address.lower() == (user.email or "").lower()
    return found if is_its else None


def call_good(session: Session, user_id: int) -> None:
    """The office knows the address: what has waited is sent."""
    outbox.hurry(session)
    session.execute(sa.delete(EmailConfirmation).where(EmailConfirmation.user_id == user_id))


def _counted(user: User) -> tuple[outbox.Recipient, outbox.Recipient]:
    """By whom, and to which address."""
    return outbox.Recipient("", user_id=user.id), outbox.Recipient(user.email or "")


def _asks_again(open_one: EmailConfirmation, address: str) -> bool:
    is_new = datetime.now(UTC) - open_one.created_at < _LINK_IS_NEW
    return open_one.address.lower() == address.lower() and not is_new
