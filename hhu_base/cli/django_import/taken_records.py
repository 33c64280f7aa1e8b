"""What earlier takeovers have brought: so a later one knows its records again, whatever changed.

Of each field there is a digest only. It tells what has changed in the replaced system since, as
opposed to what somebody has changed here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from hhu_base.models import TakenRecord


@dataclass(frozen=True, slots=True)
class Taken:
    """Where a record went, and the digests of its fields; of a link there is neither."""

    row_id: int | None
    digests: Mapping[str, str]


def read(session: Session, model: str) -> dict[int, Taken]:
    """Key in the dump → what became of it."""
    rows = session.execute(
        sa.select(TakenRecord.pk, TakenRecord.row_id, TakenRecord.digests).where(
            TakenRecord.model == model
        )
    )
    return {row.pk: Taken(row.row_id, row.digests) for row in rows}


def write(session: Session, model: str, records: Iterable[tuple[int, Taken]]) -> None:
    values = [
        {"model": model, "pk": pk, "row_id": taken.row_id, "digests": dict(taken.digests)}
        for pk, taken in records
    ]
    if values:
        statement = insert(TakenRecord)
        changed = {name: statement.excluded[name] for name in ("row_id", "digests")}
        session.execute(
            statement.on_conflict_do_update(index_elements=["model", "pk"], set_=changed), values
        )


def digest(value: Any) -> str:
    text = json.dumps(value, default=str)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
