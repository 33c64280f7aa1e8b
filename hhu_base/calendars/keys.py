"""The unguessable address of each person's feeds: the key in it says whose it is.

The database holds a random number for each user, the server a secret; a key is made of both. So
it can be shown again whenever its owner asks for it, a new number makes the old key worthless,
and who reads the database alone, or a backup of it, can make no key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.models import User
from hhu_base.values.schema_types import BIGINT_MAX

_KEY = re.compile(r"([1-9][0-9]{0,18})-[A-Za-z0-9_-]{32}", re.ASCII)


@dataclass(frozen=True)
class FeedKeys:
    """The keys of this site."""

    secret: bytes = field(repr=False)

    def key_of(self, session: Session, user_id: int) -> str:
        """The key in the addresses of this user's feeds; the same until it is renewed.

        Raises NoResultFound for who has been deleted meanwhile.
        """
        number = sa.select(User.calendar_number).where(User.id == user_id)
        return self._key(user_id, session.scalars(number).one())

    def renew(self, session: Session, user_id: int) -> str:
        """A new key; the old one is worth nothing from now on."""
        session.execute(
            sa.update(User)
            .where(User.id == user_id)
            .values(calendar_number=sa.func.gen_random_uuid())
            .execution_options(synchronize_session=False)
        )
        return self.key_of(session, user_id)

    def reader_of(self, session: Session, key: str) -> int | None:
        """Whose key this is; None for any other text, and for who has been switched off."""
        found = _KEY.fullmatch(key)
        if found is None or (user_id := int(found[1])) > BIGINT_MAX:
            return None
        number = session.scalar(
            sa.select(User.calendar_number).where(User.id == user_id, User.is_active)
        )
        if number is None or not hmac.compare_digest(self._key(user_id, number), key):
            return None
        return user_id

    def _key(self, user_id: int, number: UUID) -> str:
        digest = hmac.digest(self.secret, f"{user_id} {number.hex}".encode(), hashlib.sha256)
        return f"{user_id}-{base64.urlsafe_b64encode(digest[:24]).decode()}"
