"""Texts of people in formats that are made of lines: cards and calendars."""

from __future__ import annotations

import re

_CONTROL_CHARACTERS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def without_control_characters(text: str) -> str:
    """Whatever breaks a line somewhere becomes the one line break that is allowed: a line feed."""
    return _CONTROL_CHARACTERS.sub("", "\n".join(text.splitlines()))
