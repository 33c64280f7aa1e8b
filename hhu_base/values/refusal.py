"""How a rule says no: it raises a Refusal, and nobody has to translate it.

It knows no HTTP. REST answers it with 400 and its payload, forms and actions of the back office show
its sentences, commands print it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# The field of a sentence about several fields, right one by one and wrong together.
TOGETHER = "non_field_errors"


class Refusal(Exception):
    """A rule forbids it; ``sentence`` is for people.

    ``payload`` is what a client gets (the shapes of the REST contract): ``{"detail": sentence}``, or
    with a field ``{field: [sentence], **extra}``.
    """

    payload: dict[str, Any]

    def __init__(self, sentence: str, field: str | None = None, **extra: Any):
        super().__init__(sentence)
        said = {"detail": sentence} if field is None else {field: [sentence]}
        self.payload = {**said, **extra}


class FieldErrors(Refusal):
    """Several fields are wrong, or nested ones: ``FieldErrors({"email": ["…"]})``.

    ``instead``: what a form shows in some fields in place of what was filled in.
    """

    def __init__(self, errors: Mapping[str, Any], instead: Mapping[str, str] | None = None):
        super().__init__(str(errors))
        self.payload = dict(errors)
        self.instead = dict(instead or {})
