"""admin 管理后台: the shell around the administrators' pages, and pages that are only declared.

A plugin's ``admin.py`` describes its tables, its ``includeme`` adds them::

    class RoomAdmin(ModelAdmin):
        \"""会议室\"""                        # the menu line and the title

        path = "/admin/rooms/meetingrooms/"
        model = Meetingroom
        schema = RoomSchema                   # Deform draws the form from it
        columns = ("name", "location", "seats_count")
        search = ("name", "location")
        filters = ("location",)

    config.add_model_admin(RoomAdmin)

A page that does not fit is a plain view with a template of its own in the same shell::

    config.add_admin_page(show_calendar, "/admin/rooms/calendar/", "预约日历",
                          permission="rooms.view", renderer="templates/calendar.jinja2")

``config.add_admin_static("rooms", folder)`` serves its scripts, ``config.add_admin_card(function, permission=…)`` adds to the home page what needs attention.
"""

from hhu_base.admin.action_views import MOST_AT_ONCE
from hhu_base.admin.audit_log import audited
from hhu_base.admin.back_urls import list_url, with_back
from hhu_base.admin.edit_views import inline_form
from hhu_base.admin.headings import Headings
from hhu_base.admin.model_admin import Action, Badge, Column, Link, ModelAdmin, Tab
from hhu_base.admin.permissions import TableContext, find_row
from hhu_base.values.form_fields import Choice, Relation, Relations
from hhu_base.web.display import label, labels, site_time, text_of
from hhu_base.web.pages import CHANGE, VIEW, AdminRoot, MenuItem, back_url
from hhu_base.web.responses import download
from hhu_base.web.sessions import flash

__all__ = [
    "Action",
    "AdminRoot",
    "Badge",
    "CHANGE",
    "Choice",
    "Column",
    "Headings",
    "Link",
    "MOST_AT_ONCE",
    "MenuItem",
    "ModelAdmin",
    "Relation",
    "Relations",
    "Tab",
    "TableContext",
    "VIEW",
    "audited",
    "back_url",
    "download",
    "find_row",
    "flash",
    "inline_form",
    "label",
    "labels",
    "list_url",
    "site_time",
    "text_of",
    "with_back",
]


def includeme(config) -> None:
    config.include("hhu_base.admin.permissions")
    config.include("hhu_base.admin.directives")
    config.include("hhu_base.admin.home")
    config.include("hhu_base.admin.handbook")
    config.include("hhu_base.admin.list_views")
    config.include("hhu_base.admin.edit_views")
    config.include("hhu_base.admin.delete_views")
    config.include("hhu_base.admin.action_views")
    config.include("hhu_base.admin.import_views")
    config.include("hhu_base.admin.audit_log")
    config.include("hhu_base.admin.site_search")
