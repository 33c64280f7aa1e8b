"""Running the parts of a takeover over one dump, in one transaction that the caller ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hhu_base.taking_over.dump import Record
from hhu_base.taking_over.takeover import Takeover

# Django's own book-keeping: nobody misses it.
_BOOK_KEEPING = ("admin", "auth", "authtoken", "contenttypes", "sessions")


@dataclass(frozen=True)
class Part:
    """``function(takeover)`` brings over the records of ``models``."""

    function: Callable[[Takeover], None]
    models: tuple[str, ...]


def take_over(takeover: Takeover, parts: Iterable[Part]) -> None:
    """Write everything, as far as there are no problems; afterwards ``takeover`` tells all.

    The caller rolls back if there are problems, or if this was a rehearsal.
    """
    for part in parts:
        part.function(takeover)
    takeover.session.flush()


def skipped_models(dump: Mapping[str, Sequence[Record]], parts: Iterable[Part]) -> dict[str, int]:
    """How many records of each model no part asks for; Django's own are left out."""
    wanted = {model for part in parts for model in part.models}
    return {
        model: len(records)
        for model, records in sorted(dump.items())
        if model not in wanted and model.partition(".")[0] not in _BOOK_KEEPING
    }


def move_sequences(session: Session, tables: Iterable[str]) -> None:
    """Let the next new row of each table get an id behind those that were brought.

    Sequences know no rollback, so this comes last, and never in a rehearsal.
    """
    for name in tables:
        table = sa.table(name, sa.column("id"))
        sequence = sa.func.pg_get_serial_sequence(name, "id")
        # Never back: another row may have been written and deleted again.
        reached = sa.func.nextval(sa.cast(sequence, sa.dialects.postgresql.REGCLASS)) - 1
        highest = sa.select(sa.func.max(table.c.id)).scalar_subquery()
        session.execute(
            sa.select(
                sa.func.setval(
                    sa.cast(sequence, sa.dialects.postgresql.REGCLASS),
                    sa.func.greatest(highest, reached, 1),
                )
            )
        )
