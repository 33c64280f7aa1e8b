"""What a provider of a sign-on is to the rest: where to send people, and whom it says it has seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from hhu_base.accounts.outside import BadAnswer, OutsideServer, TooManyCalls, Unreachable
from hhu_base.accounts.sso.attempts import Attempt
from hhu_base.accounts.sso.errors import BUSY, NONSENSE, UNREACHABLE, SignOnRefusal

T = TypeVar("T")


@dataclass(frozen=True)
class Person:
    """Somebody whom a provider has seen, as it describes them; texts as they came.

    ``session`` and ``subject`` are what it will name when it wants the session ended.
    """

    staff_number: str
    name: str = ""
    email: str = ""
    department: str = ""
    session: str = ""
    subject: str = ""


@dataclass(frozen=True)
class ClaimNames:
    """What this provider calls what we want to know; empty: it does not tell."""

    staff_number: str
    name: str
    email: str
    department: str

    def person(self, claims: Mapping[str, Any], staff_number: str, **more: str) -> Person:
        return Person(
            staff_number=staff_number,
            name=text_of(claims, self.name),
            email=text_of(claims, self.email),
            department=text_of(claims, self.department),
            **more,
        )


def text_of(claims: Mapping[str, Any], name: str) -> str:
    """A claim as a text; of several values the first; empty where there is none."""
    value = claims.get(name) if name else None
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""


class Provider(Protocol):
    """``title`` is on its button. Its methods raise SignOnRefusal, within ``auth.timeout``."""

    name: str
    title: str
    server: OutsideServer
    is_session_used_once: bool

    def address(self, attempt: Attempt) -> str:
        """Where the browser goes to sign in."""
        ...

    def sign_out_address(self) -> str:
        """Where somebody signs out there; empty: it has no such page."""
        ...

    def person(self, attempt: Attempt, came: Mapping[str, str]) -> Person:
        """Whom the provider has seen, by the parameters that came back with the browser."""
        ...


def ask(server: OutsideServer, question: Callable[[Any], T]) -> T:
    """Ask a provider. Raises SignOnRefusal with a sentence."""
    try:
        return server.ask(question)
    except TooManyCalls:
        raise SignOnRefusal(BUSY) from None
    except Unreachable:
        raise SignOnRefusal(UNREACHABLE) from None
    except BadAnswer:
        raise SignOnRefusal(NONSENSE) from None
