"""What can't be read."""

from __future__ import annotations


class Unreadable(ValueError):
    """The message is for people; ``position`` counts characters from zero, for the cursor."""

    def __init__(self, sentence: str, position: int):
        super().__init__(sentence)
        self.position = position
