"""``/app/rooms/ID/repeat/``: the same room every day, every week, or in weeks of a term, as one plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther

from hhu_base.rest import form
from hhu_base.web.sessions import flash
from hhu_plugins.rooms import display, plan_form, rule_form, series_orders
from hhu_plugins.rooms.models import Meetingroom
from hhu_plugins.rooms.pages import find, question, words
from hhu_plugins.rooms.pages.question import FIND, Question
from hhu_plugins.rooms.pages.refusals import REFUSED, refuse
from hhu_plugins.rooms.pages.room import find_room
from hhu_plugins.rooms.plans import Plan
from hhu_plugins.rooms.recurrence import MOST_DATES
from hhu_plugins.rooms.schemas import LONGEST_DESCRIPTION
from hhu_plugins.rooms.series_orders import PlanChanged
from hhu_plugins.rooms.series_plans import Choice
from hhu_plugins.rooms.series_schemas import SeriesPlanSchema, SeriesSchema

SKIPPED = "跳过这一次"
_PLAN, _RESERVE = form(SeriesPlanSchema, summary=True), form(SeriesSchema, summary=True)
_FIELDS = ("repeat", "until", "count", "weeks", "term", "description")


def show(request) -> dict[str, Any]:
    """``GET /app/rooms/ID/repeat/``, with the question of the room's page."""
    return _page(request, question.read(request), texts_of(request.GET))


def act(request) -> dict[str, Any] | HTTPSeeOther:
    """``POST /app/rooms/ID/repeat/``: ``do`` is ``plan`` or ``save``."""
    asked, texts = question.read(request, request.POST), texts_of(request.POST)
    room_id = find_room(request).id
    plan: Plan | None = None
    try:
        question.check(asked, request.POST)
        fields = _fields(asked, room_id, texts, request.POST.getall("weekdays"))
        plan = series_orders.plan(request, _PLAN.read(request, fields))
        if request.POST.get("do") != "save":
            return _page(request, asked, texts, plan=plan)
        return _reserve(request, fields, plan)
    except PlanChanged as changed:
        return _page(request, asked, texts, refuse(request, changed), changed.plan)
    except REFUSED as error:
        return _page(request, asked, texts, refuse(request, error), plan)


def texts_of(given: Any) -> dict[str, str]:
    texts = dict(given)
    return texts | {name: given.get(name, "") for name in _FIELDS}


def _fields(
    asked: Question, room_id: int, texts: dict[str, str], weekdays: Sequence[str]
) -> dict[str, Any]:
    """What the schemas read. Raises FieldErrors."""
    start, end = asked.interval
    kind = texts["repeat"] if texts["repeat"] in rule_form.FIELDS else rule_form.WEEK
    return {
        "meetingroom": room_id,
        "reserve_from": start.isoformat(),
        "reserve_to": end.isoformat(),
        "description": texts["description"],
        "rule": rule_form.texts_of(kind, texts, weekdays),
    }


def _reserve(request, fields: dict[str, Any], plan: Plan) -> HTTPSeeOther:
    policy = request.registry["rooms.policy"]
    choices = plan_form.read(plan, request.POST, policy.zone)
    digest = request.POST.get(plan_form.DIGEST, "") or "-"
    wanted = _RESERVE.read(request, {**fields, "digest": digest, "dates": as_fields(choices)})
    made = series_orders.reserve(request, wanted)
    flash(request, f"已预约 {len(made.reservations)} 次。")
    return HTTPSeeOther(f"{words.RESERVATIONS}series/{made.id}/")


def as_fields(choices: Sequence[Choice]) -> list[dict[str, Any]]:
    """What the schemas read."""
    found = []
    for each in choices:
        values = {
            "index": each.index,
            "skip": each.skip,
            "meetingroom": each.room_id,
            "reserve_from": each.reserve_from and each.reserve_from.isoformat(),
            "reserve_to": each.reserve_to and each.reserve_to.isoformat(),
        }
        found.append({name: value for name, value in values.items() if value is not None})
    return found


def _page(
    request,
    asked: Question,
    texts: dict[str, str],
    errors: Sequence[str] = (),
    plan: Plan | None = None,
) -> dict[str, Any]:
    room: Meetingroom = find_room(request)
    first = asked.interval[0].astimezone(asked.policy.zone)
    return {
        "room": display.full_name(room),
        "here": f"{FIND}{room.id}/repeat/",
        "back": find.room_url(room.id, asked),
        "asked": asked,
        "texts": texts,
        "kind": texts["repeat"] if texts["repeat"] in rule_form.FIELDS else rule_form.WEEK,
        "weekdays": request.POST.getall("weekdays") or [str(first.isoweekday())],
        "day_names": list(enumerate(display.WEEKDAYS, 1)),
        "terms": rule_form.terms(request),
        "errors": [*asked.errors, *errors],
        "plan": plan and plan_form.draw(request, plan, request.POST, skipped=SKIPPED),
        "most_dates": MOST_DATES,
        "longest": LONGEST_DESCRIPTION,
    }


def includeme(config) -> None:
    renderer, name = "hhu_plugins.rooms:templates/app_repeat.jinja2", "rooms.repeat"
    path = FIND + r"{id:\d{1,18}}/repeat/"
    config.add_page(name, path, show, title="重复预约", renderer=renderer)
    config.add_view(
        act, route_name=name, renderer=renderer, request_method="POST", permission="signed-in"
    )
