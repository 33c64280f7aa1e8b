"""The form that is open in 冲突查询, and what it asks about the reservations that have to give way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from hhu_base.admin import MOST_AT_ONCE
from hhu_base.rest import NotFound
from hhu_base.values.refusal import Refusal
from hhu_plugins.rooms import closures, display
from hhu_plugins.rooms.admin import changes, conflict_actions
from hhu_plugins.rooms.models import Reservation


@dataclass
class OpenForm:
    """The form that is open: what is to be done with which reservations.

    ``posted`` and ``errors`` are what was tried and why it was not done.
    """

    what: str = ""
    ids: list[int] = field(default_factory=list)
    posted: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    general: list[str] = field(default_factory=list)

    def rows(self, found: Sequence[Reservation], now: datetime) -> list[Reservation]:
        """Those that it is about, all of one room; none where no form is open."""
        rows = [row for row in found if row.id in set(self.ids) and row.reserve_to > now]
        is_one_room = len({row.room_id for row in rows}) == 1
        is_known = self.what in conflict_actions.ACTIONS
        most = MOST_AT_ONCE if self.what == "replace" else 1
        return rows if is_known and is_one_room and len(rows) <= most else []


class Displaced(NamedTuple):
    """A reservation in whose place another one comes, and the rooms that it can move to.

    ``chosen``: a room's id, "" for none, or what can't be had any more.
    """

    row: Reservation
    name: str
    rooms: Sequence[tuple[str, str]]
    chosen: str

    @property
    def is_stale(self) -> bool:
        """Whether there is no such choice any more."""
        return self.chosen != "" and self.chosen not in (id_ for id_, _ in self.rooms)


def refused(request, what: str, ids: list[int], why: Refusal | NotFound) -> OpenForm:
    """The form once more, with what was filled in and why it was not done."""
    instead = getattr(why, "instead", {})
    attempt = OpenForm(what, ids, {**request.POST, **instead})
    for name, sentences in why.payload.items():
        text = " ".join(sentences) if isinstance(sentences, list) else str(sentences)
        if name in request.POST or name in conflict_actions.FIELDS:
            attempt.errors[name] = text
        else:
            attempt.general.append(text)
    return attempt


def displaced(request, rows: list[Reservation], attempt: OpenForm) -> list[Displaced]:
    """What the form asks about each of them."""
    if attempt.what != "replace" or not rows:
        return []
    free = closures.free_rooms(request.db, rows)
    zone = request.registry.site_zone
    found = []
    for row in rows:
        # Without a better idea it moves to the first that is as large.
        chosen = next(
            (str(each.id) for each in free[row.id] if each.seats_count >= row.room.seats_count), ""
        )
        if attempt.posted:
            chosen = attempt.posted.get(changes.displaced_field(row.id), "")
        when = display.span(row.reserve_from, row.reserve_to, zone)
        what = display.shortened(display.purpose(row), 30)
        rooms = [
            (str(room.id), f"{display.full_name(room)}（{room.seats_count} 座）")
            for room in free[row.id]
        ]
        found.append(Displaced(row, f"{display.person(row.user)}，{when}“{what}”", rooms, chosen))
    return found
