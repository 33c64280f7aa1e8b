"""The control of every race: what happens where the advisory lock keeps nobody out."""

import itertools

import pytest

from hhu_base import database


def take_off_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody who locks gets a key of their own."""
    keys = itertools.count()
    monkeypatch.setattr(database, "_key_of", lambda name: {"space": 1, "key": next(keys)})
