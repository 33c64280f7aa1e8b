"""What an import would do, before it does it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class NewUser:
    number: int
    username: str
    values: dict[str, str]
    password: str | None = field(repr=False)
    password_hash: str = field(default="", repr=False)

    @property
    def has_password(self) -> bool:
        return bool(self.password or self.password_hash)


@dataclass(frozen=True)
class ChangedUser:
    """``changes``: field → (old, new)."""

    number: int
    username: str
    changes: dict[str, tuple[str, str]]

    @property
    def values(self) -> dict[str, str]:
        return {name: new for name, (_, new) in self.changes.items()}


@dataclass(frozen=True)
class BadRow:
    number: int
    username: str
    reasons: list[str]


@dataclass
class Plan:
    """What an import would do. With a single bad row it does nothing."""

    added: list[NewUser] = field(default_factory=list)
    changed: list[ChangedUser] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    new_departments: list[str] = field(default_factory=list)
    unused_passwords: list[str] = field(default_factory=list)
    # Sentences about rows that are right as they stand, and perhaps not what was meant.
    warnings: list[str] = field(default_factory=list)

    @property
    def without_password(self) -> int:
        """How many of those who are new."""
        return sum(not new.has_password for new in self.added)

    @property
    def passwords(self) -> dict[str, str]:
        """The initial passwords that are not hashed yet, by staff number."""
        return {new.username: new.password for new in self.added if new.password is not None}
