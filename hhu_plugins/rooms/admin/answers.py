"""Answers that administrators give in the place of others: one that came too late is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hhu_base.admin import audited
from hhu_base.values.refusal import Refusal


def answering(title: str, rule: Callable[..., str | None]) -> Callable[..., dict[int, str]]:
    """For ``do_many`` of an action: ``rule`` for each of the rows, recorded as ``title``.

    What a rule returns, or refuses with, is why it was not done.
    """

    def do_many(request, rows: Sequence[Any], seen, **values) -> dict[int, str]:
        late: dict[int, str] = {}
        for row in rows:
            try:
                with request.db.begin_nested(), audited(request, row, title):
                    said = rule(
                        request.db,
                        request.registry["rooms.policy"],
                        row.id,
                        by_user_id=request.identity.user_id,
                        **values,
                    )
                    request.db.refresh(row)
            except Refusal as refused:
                said = " ".join(" ".join(each) for each in refused.payload.values())
            if said:
                late[row.id] = said
        return late

    return do_many
