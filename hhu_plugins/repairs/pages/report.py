"""``/app/repairs/``, 报修: where, what kind, what is wrong, and photos of it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from pyramid.httpexceptions import HTTPSeeOther

from hhu_base.values.refusal import Refusal
from hhu_base.web import sessions
from hhu_base.web.security import hold_identity
from hhu_plugins.repairs import photo_uploads, photos, submission
from hhu_plugins.repairs.models import RepairCategory, RepairRequest
from hhu_plugins.repairs.notifications import page_of
from hhu_plugins.repairs.schemas import RequestSchema

PATH = "/app/repairs/"
_PLACES = 8
# Of how many of one's last requests the places are offered.
_LAST = 50


def show_report(request) -> dict[str, Any] | HTTPSeeOther:
    """``GET /app/repairs/?place=…`` and ``POST``, with ``file`` for each photo."""
    from hhu_base.web.forms import Form, Invalid

    form = Form(request, _schema(request))
    if request.method == "POST":
        try:
            return HTTPSeeOther(page_of(_submit(request, form.validate())))
        except Invalid:
            pass
        except Refusal as refusal:
            form.refuse(refusal.payload)
        request.response.status = 400
    places = _own_places(request)
    values = form.read({"location": request.GET.get("place", "")})
    values.setdefault("location", places[0] if places else "")
    return {
        "form": form.render(values),
        "places": places,
        "most": photos.MOST,
        "accept": photo_uploads.ACCEPT,
    }


def _schema(request) -> RequestSchema:
    from deform.widget import SelectWidget, TextAreaWidget, TextInputWidget

    found = request.db.execute(
        sa.select(RepairCategory.id, RepairCategory.name).order_by(
            RepairCategory.name_key, RepairCategory.id
        )
    )
    schema = RequestSchema().clone()
    schema["location"].widget = TextInputWidget(max_length=255, attributes={"list": "places"})
    schema["category"].widget = SelectWidget(
        values=[("", "不清楚"), *((str(row.id), row.name) for row in found)]
    )
    schema["description"].widget = TextAreaWidget(rows=4)
    return schema


def _submit(request, values: dict[str, Any]) -> RepairRequest:
    # Reading them may take long: before anything is locked.
    pictures = photo_uploads.read(request)
    hold_identity(request)
    reported = submission.submit(
        request.db,
        request.registry["repairs.letters"],
        user_id=request.identity.user_id,
        location=values["location"],
        category_id=values["category"],
        description=values["description"],
    )
    photo_uploads.store(request, reported.id, pictures, user_id=request.identity.user_id)
    sessions.flash(request, "报修已提交，有进展会通知您。")
    return reported


def _own_places(request) -> list[str]:
    """Where one's last requests were, the last first, each once."""
    last = (
        sa.select(RepairRequest.location)
        .where(RepairRequest.user_id == request.identity.user_id)
        .order_by(RepairRequest.id.desc())
        .limit(_LAST)
    )
    return list(dict.fromkeys(request.db.scalars(last)))[:_PLACES]
