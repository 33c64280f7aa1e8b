"""The teachers' pages of repairs: to report, one's own, and one of them with all that became of it."""

from __future__ import annotations

from urllib.parse import urlencode

from hhu_base.app import Place
from hhu_plugins.repairs import cards
from hhu_plugins.repairs.pages import assigned, one, own, report
from hhu_plugins.repairs.photo_files import PHOTO_PATH

_TEMPLATES = "hhu_plugins.repairs:templates"


def report_at(place: Place) -> str:
    """Where something is reported that is broken at this place."""
    return f"{report.PATH}?{urlencode({'place': place.name})}"


def includeme(config) -> None:
    config.add_page(
        "repairs.app.report",
        report.PATH,
        report.show_report,
        title="报修",
        renderer=f"{_TEMPLATES}/app_report.jinja2",
        menu="报修",
        icon="tools",
        hint="拍照说明，随时看进度",
        order=200,
        methods=("GET", "POST"),
        takes_files=True,
    )
    config.add_page(
        "repairs.app.own",
        own.PATH,
        own.show_own,
        title="我的报修",
        renderer=f"{_TEMPLATES}/app_own.jinja2",
    )
    config.add_page(
        "repairs.app.one",
        one.PATH,
        one.show_request,
        title="报修",
        renderer=f"{_TEMPLATES}/app_request.jinja2",
        methods=("GET", "POST"),
        takes_files=True,
    )
    config.add_page(
        "repairs.app.photo",
        one.PATH + PHOTO_PATH,
        one.show_photo,
        title="照片",
    )
    config.add_place_action("repairs.report", "报故障", report_at, order=50, icon="tools")
    config.add_inbox("repairs.assigned", "由我处理的报修", assigned.find_assigned, order=55)
    config.add_inbox("repairs.unconfirmed", "报修", own.find_waiting, order=60)
    config.add_today_card(30, cards.own_requests, f"{_TEMPLATES}/app_card.jinja2")
