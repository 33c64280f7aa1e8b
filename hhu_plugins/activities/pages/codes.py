"""``/app/activities/codes/``: the codes that one was appointed to show, and each on the screen."""

from __future__ import annotations

from hhu_base.web.security import SIGNED_IN
from hhu_plugins.activities.admin import projector

_ONE = projector.APP_PATH + r"{id:\d{1,18}}/"


def includeme(config) -> None:
    config.add_page(
        "activities.app.codes",
        projector.APP_PATH,
        projector.list_duties,
        title="打卡码",
        renderer="hhu_plugins.activities:templates/app_codes.jinja2",
        icon="qr-code",
    )
    config.add_page(
        "activities.app.code",
        _ONE,
        projector.show_projector,
        title="打卡码",
        renderer="hhu_plugins.activities:templates/projector.jinja2",
    )
    config.add_route("activities.app.code.now", f"{_ONE}code", request_method="GET")
    config.add_view(
        projector.show_code,
        route_name="activities.app.code.now",
        permission=SIGNED_IN,
        renderer="json",
    )
