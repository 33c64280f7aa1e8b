"""What a rule says no with, as the sentences above a form; and the transaction begins anew."""

from __future__ import annotations

from typing import Any

from hhu_base.database.transactions import abort
from hhu_base.tasks.decisions import OutcomeUnknown
from hhu_base.values.refusal import TOGETHER, Refusal
from hhu_base.web.errors import Conflict, RestError

REFUSED = (Refusal, Conflict, OutcomeUnknown)


def sentences(error: Exception) -> list[str]:
    """Each of them once."""
    payload = error.payload if isinstance(error, Refusal | RestError) else {"detail": str(error)}
    said = payload.get(TOGETHER) or [
        sentence
        for name, value in payload.items()
        if name not in ("alternatives", "plan")
        for sentence in _texts(value)
    ]
    return list(dict.fromkeys(said))


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def refuse(request, error: Exception) -> list[str]:
    """Forget what this request has done; what it drew is drawn again, with these sentences."""
    abort(request)
    statuses = {Conflict: 409, OutcomeUnknown: 503}
    request.response.status_code = next(
        (status for kind, status in statuses.items() if isinstance(error, kind)), 400
    )
    return sentences(error)
