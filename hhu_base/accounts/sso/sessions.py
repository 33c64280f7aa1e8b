"""Which of our sign-ins came by which session at the provider, so that the provider can end them.

They are rows, so an order that one web process gets ends the sign-ins of all, also after a restart.
A row goes with its token: by signing out, by expiry, by a user's being switched off.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from hhu_base.accounts.sign_in_keys import digest
from hhu_base.accounts.sso.provider import Person
from hhu_base.models import LogoutToken, ProviderSession, Token
from hhu_base.web.security import digest_of


def remember(session: Session, provider: str, person: Person, token: str) -> None:
    """This token came by the session in which ``provider`` has seen the person."""
    session.add(
        ProviderSession(
            token_digest=digest_of(token),
            session_key=_key(provider, "session", person.session),
            subject_key=_key(provider, "subject", person.subject),
        )
    )
    session.flush()


def is_known(session: Session, provider: str, name: str) -> bool:
    """Whether somebody is signed in by this session of the provider already."""
    same = ProviderSession.session_key == _key(provider, "session", name)
    return bool(session.scalar(sa.select(sa.exists().where(same))))


def end(session: Session, provider: str, *, name: str = "", subject: str = "") -> int:
    """End the sign-ins by the session ``name``; without a name, all of ``subject``. Returns how many.

    Who came without a session's name has only the subject.
    """
    of_session = ProviderSession.session_key == _key(provider, "session", name)
    of_subject = ProviderSession.subject_key == _key(provider, "subject", subject)
    which: sa.ColumnElement[bool]
    if name and subject:
        which = of_session | (of_subject & ProviderSession.session_key.is_(None))
    else:
        which = of_session if name else of_subject
    ended = sa.delete(Token).where(
        Token.digest.in_(sa.select(ProviderSession.token_digest).where(which))
    )
    return len(session.execute(ended.returning(Token.digest)).all())


def follow_once(session: Session, provider: str, order_id: str, kept: timedelta) -> bool:
    """Note that this order is followed; False: it has been already. Kept until it is void itself."""
    statement = insert(LogoutToken).values(
        key=digest("logout token", provider, order_id), expires_at=sa.func.now() + kept
    )
    noted = session.scalar(statement.on_conflict_do_nothing().returning(LogoutToken.key))
    return noted is not None


def delete_expired(session: Session) -> None:
    """Forget the orders that would not be followed any more anyway."""
    session.execute(sa.delete(LogoutToken).where(LogoutToken.expires_at < sa.func.now()))


def _key(provider: str, kind: str, name: str) -> bytes | None:
    return digest(provider, kind, name) if name else None
