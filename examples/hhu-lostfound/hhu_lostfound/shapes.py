"""What goes out about found things."""

from __future__ import annotations

from collections.abc import Callable

from hhu_base.rest.serializers import (
    component,
    instant,
    nullable,
    page_of,
    text,
    whole_number,
    yes_no,
)
from hhu_lostfound.models import STATUS_NAMES, WAITING, Thing

# For the API document; the tests compare every answer with it.
THING = component(
    "lostfound.Thing",
    id=whole_number(1),
    name=text("雨伞"),
    place=text("勤学楼 301"),
    description=text(),
    found_at=instant(),
    finder=text("褚杰"),
    status=text(WAITING),
    status_name=text(STATUS_NAMES[WAITING]),
    is_mine=yes_no(),
    claimer=nullable(text("赵敏"), example=None),
    message=nullable(text(), example=None),
)
THINGS = page_of(THING)


def thing_for(user_id: int) -> Callable[[Thing], dict]:
    """The shape of a thing for this user: who claims it is told to finder and claimer only."""

    def shape(thing: Thing) -> dict:
        is_concerned = user_id in (thing.finder_id, thing.claimer_id)
        return {
            "id": thing.id,
            "name": thing.name,
            "place": thing.place,
            "description": thing.description,
            "found_at": thing.found_at,
            "finder": thing.finder.fullname,
            "status": thing.status,
            "status_name": STATUS_NAMES[thing.status],
            "is_mine": thing.finder_id == user_id,
            "claimer": thing.claimer.fullname if is_concerned and thing.claimer else None,
            "message": thing.message if is_concerned else None,
        }

    return shape
