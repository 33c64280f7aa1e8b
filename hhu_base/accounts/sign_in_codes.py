"""登录码: eight digits from 我的 → 微信 that stand for the password once, within ten minutes.

For who has no password, having come by the university's sign-on: with the staff number and the code
the mini-program signs in as ever (``POST /auth/get-token/``) and binds their WeChat, which from then
on needs neither. Tries are counted like those of passwords.
"""

from __future__ import annotations

import re
import secrets
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from hhu_base.accounts.sign_in_keys import digest
from hhu_base.models import SignInCode

LIVES = timedelta(minutes=10)
_DIGITS = 8
_CODE = re.compile(rf"[0-9]{{{_DIGITS}}}")


def issue(session: Session, user_id: int) -> str:
    """A new code for this user, ``1234 5678``; it is shown once, and the one before is void."""
    code = "".join(secrets.choice("0123456789") for _ in range(_DIGITS))
    values = {"digest": _digest(user_id, code), "expires_at": sa.func.now() + LIVES}
    statement = insert(SignInCode).values(user_id=user_id, **values)
    session.execute(
        statement.on_conflict_do_update(index_elements=[SignInCode.user_id], set_=values)
    )
    return f"{code[:4]} {code[4:]}"


def use(session: Session, user_id: int | None, text: str) -> bool:
    """Whether this is the user's code; it is void then."""
    code = "".join(text.split())
    # No password that anybody could choose is all digits.
    if user_id is None or not _CODE.fullmatch(code):
        return False
    used = sa.delete(SignInCode).where(
        SignInCode.user_id == user_id,
        SignInCode.digest == _digest(user_id, code),
        SignInCode.expires_at > sa.func.now(),
    )
    return session.scalar(used.returning(SignInCode.user_id)) is not None


def delete_expired(session: Session) -> None:
    """Delete the codes that nobody has used."""
    session.execute(sa.delete(SignInCode).where(SignInCode.expires_at < sa.func.now()))


def _digest(user_id: int, code: str) -> bytes:
    return digest("sign-in code", str(user_id), code)
