"""What goes out about found things."""

from __future__ import annotations

from collections.abc import Callable

from hhu_lostfound.models import STATUS_NAMES, Thing


def thing_for(user_id: int) -> Callable[[Thing], dict]:
    """The shape of a thing for this user: who claims it is told to finder and claimer only."""

    def shape(thing: Thing) -> dict:
        told = {
            "id": thing.id,
            "name": thing.name,
            "place": thing.place,
            "description": thing.description,
            "found_at": thing.found_at,
            "finder": thing.finder.fullname,
            "status": thing.status,
            "status_name": STATUS_NAMES[thing.status],
            "is_mine": thing.finder_id == user_id,
        }
        if user_id in (thing.finder_id, thing.claimer_id):
            told["claimer"] = thing.claimer.fullname if thing.claimer else None
            told["message"] = thing.message
        return told

    return shape
