"""The rows that somebody has ticked."""

from __future__ import annotations

from typing import Any

from hhu_base.admin.permissions import TableContext
from hhu_base.database import among

MOST_AT_ONCE = 500


def chosen_rows(context: TableContext, texts: list[str]) -> list[Any]:
    """The rows with these ids, in the order of their ids, locked until the transaction ends."""
    admin, request = context.admin, context.request
    # Python refuses to read numbers of thousands of digits; no id has more than 19.
    digits = [each for each in texts[:MOST_AT_ONCE] if each.isascii() and each.isdigit()]
    ids = {int(each) for each in digits if len(each) < 20 and int(each) < 2**63}
    if not ids:
        return []
    statement = admin.query(request).where(among(admin.key, ids)).order_by(admin.key)
    if request.method == "POST":
        statement = statement.with_for_update(of=admin.model)
    return list(request.db.scalars(statement).unique())
