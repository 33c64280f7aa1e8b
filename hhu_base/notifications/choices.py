"""What somebody wants to be told by mail: a choice for each kind that may be turned off."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from hhu_base.notifications.kinds import NoticeKind
from hhu_base.notifications.models import NoticeChoice
from hhu_base.plugins import title_of


@dataclass(frozen=True)
class Choice:
    """A kind, and whether its mail is on."""

    kind: NoticeKind
    by_mail: bool


def sections(request) -> list[tuple[str, list[Choice]]]:
    """Title of the plugin → its kinds, as the person who is signed in has chosen."""
    off = set(
        request.db.scalars(
            sa.select(NoticeChoice.kind).where(
                NoticeChoice.user_id == request.identity.user_id, ~NoticeChoice.by_mail
            )
        )
    )
    kinds = sorted(request.registry["notices.kinds"], key=lambda kind: kind.plugin)
    return [
        (
            title_of(plugin),
            [Choice(kind, kind.is_compulsory or kind.name not in off) for kind in found],
        )
        for plugin, found in groupby(kinds, key=lambda kind: kind.plugin)
    ]


def store(request, wanted: Collection[str]) -> None:
    """Mail for the kinds that are ``wanted``, and for no other that may be turned off."""
    rows = [
        {"user_id": request.identity.user_id, "kind": kind.name, "by_mail": kind.name in wanted}
        for kind in sorted(request.registry["notices.kinds"], key=lambda kind: kind.name)
        if not kind.is_compulsory
    ]
    if rows:
        statement = insert(NoticeChoice).values(rows)
        request.db.execute(
            statement.on_conflict_do_update(
                index_elements=[NoticeChoice.user_id, NoticeChoice.kind],
                set_={"by_mail": statement.excluded.by_mail},
            )
        )
