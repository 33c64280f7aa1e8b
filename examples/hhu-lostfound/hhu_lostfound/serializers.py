"""What goes out about found things."""

from __future__ import annotations

from hhu_base.rest.serializers import Object, instant, nullable, text, whole_number, yes_no
from hhu_lostfound.models import STATUS_NAMES, WAITING


def thing_for(user_id: int) -> Object:
    """A thing for this user: who claims it is told to finder and claimer only."""

    def is_concerned(thing) -> bool:
        return user_id in (thing.finder_id, thing.claimer_id)

    return Object(
        "lostfound.Thing",
        id=whole_number(1),
        name=text("雨伞"),
        place=text("勤学楼 301"),
        description=text(),
        found_at=instant(),
        finder=text("褚杰").of("finder.fullname"),
        status=text(WAITING),
        status_name=text(STATUS_NAMES[WAITING]).of(lambda thing: STATUS_NAMES[thing.status]),
        is_mine=yes_no().of(lambda thing: thing.finder_id == user_id),
        claimer=nullable(text("赵敏"), example=None).of(
            lambda thing: thing.claimer.fullname if is_concerned(thing) and thing.claimer else None
        ),
        message=nullable(text(), example=None).of(
            lambda thing: thing.message if is_concerned(thing) else None
        ),
    )


# For the API document; the tests compare every answer with it.
THING = thing_for(0)
