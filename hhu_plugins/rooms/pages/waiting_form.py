"""The form that begins to wait, for one room or for any: the same request as over REST."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther

from hhu_base.rest import form
from hhu_base.web.sessions import flash
from hhu_plugins.rooms import waiting_list
from hhu_plugins.rooms.pages.question import Question
from hhu_plugins.rooms.schemas import WaitingSchema
from hhu_plugins.rooms.waiting_api import begin
from hhu_plugins.rooms.waiting_notices import PAGE

_WAIT = form(WaitingSchema, summary=True)


def submit(request, asked: Question, room_id: int | None = None) -> HTTPSeeOther:
    """Wait for this room, or for any that fits. Raises Refusal."""
    start, end = asked.interval
    fields: dict[str, Any] = {
        "reserve_from": start.isoformat(),
        "reserve_to": end.isoformat(),
        "description": request.POST.get("description", ""),
        "confirms_itself": request.POST.get("confirms_itself", "no"),
    }
    if room_id is not None:
        fields["meetingroom"] = room_id
    else:
        fields |= {"equipment": list(asked.equipment), "location": asked.place}
        fields["people_count"] = asked.people
    row = begin(request, _WAIT.read(request, fields))
    ahead = waiting_list.count_ahead(request.db, row)
    place = f"前面还有 {ahead} 人" if ahead else "您排在第一位"
    flash(request, f"已加入候补，{place}。空出来会通知您。")
    return HTTPSeeOther(PAGE)
