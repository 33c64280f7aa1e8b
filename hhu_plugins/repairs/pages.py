"""``/app/repairs/new/``, 报修 in a browser: from the door of a room its place is filled in."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import colander
import sqlalchemy as sa
from pyramid.httpexceptions import HTTPSeeOther

from hhu_base.app import Place
from hhu_base.rest import Name, Text
from hhu_base.values.form_fields import Choice
from hhu_base.web.sessions import flash
from hhu_plugins.repairs import requests
from hhu_plugins.repairs.models import RepairCategory

PATH = "/app/repairs/new/"


@colander.deferred
def _categories(node, kw: dict[str, Any]) -> list[tuple[str, str]]:
    found = kw["request"].db.scalars(
        sa.select(RepairCategory).order_by(RepairCategory.name_key, RepairCategory.id)
    )
    return [(str(row.id), row.name) for row in found]


class FaultSchema(colander.MappingSchema):
    location = Name(max_length=255, title="地点")
    category = Choice(_categories, nullable=True, missing=None, title="分类")
    description = Text(rows=4, title="哪里坏了")


def report(request) -> dict[str, Any] | HTTPSeeOther:
    """``GET`` and ``POST /app/repairs/new/``; ``?location=…`` is filled in."""
    from hhu_base.web.forms import Form, Invalid

    form = Form(request, FaultSchema())
    if request.method == "POST":
        try:
            _submit(request, form.validate())
        except (Invalid, requests.NoSuchCategory):
            request.response.status = 400
        else:
            flash(request, "已报修，有进展会通知您。")
            return HTTPSeeOther("/app/")
    return {
        "title": "报修",
        "form": form.render(form.read(request.GET)),
        "save": "提交",
        "cancel": "/app/",
    }


def _submit(request, values: dict[str, Any]) -> None:
    """Raises NoSuchCategory."""
    requests.submit(
        request.db,
        request.registry["repairs.letters"],
        user_id=request.identity.user_id,
        location=values["location"],
        category_id=int(values["category"]) if values["category"] else None,
        description=values["description"],
    )


def path_for(place: Place) -> str:
    return f"{PATH}?{urlencode({'location': place.name})}"


def includeme(config) -> None:
    config.add_page(
        "repairs.report",
        PATH,
        report,
        title="报修",
        renderer="hhu_base.app:templates/form.jinja2",
        methods=("GET", "POST"),
    )
    config.add_place_action("repairs.report", "报修", path_for, order=50, icon="tools")
