"""What a check says: one line for whoever has deployed the system."""

from __future__ import annotations

from dataclasses import dataclass

GOOD, NOTICE, ERROR = "好", "注意", "错误"


@dataclass(frozen=True)
class Finding:
    """``what`` was found, and what to do about it."""

    level: str
    what: str
    advice: str = ""

    def __str__(self) -> str:
        return f"{self.level}　{self.what}" + (f" → {self.advice}" if self.advice else "")


def good(what: str) -> Finding:
    return Finding(GOOD, what)


def notice(what: str, advice: str) -> Finding:
    return Finding(NOTICE, what, advice)


def error(what: str, advice: str) -> Finding:
    return Finding(ERROR, what, advice)


def first_line(problem: BaseException) -> str:
    """What an exception says, short enough for a line."""
    lines = str(problem).strip().splitlines()
    return lines[0][:300] if lines else type(problem).__name__
