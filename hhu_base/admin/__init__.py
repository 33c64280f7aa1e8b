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

from hhu_base.admin.model_admin import Action, Badge, Column, Link, ModelAdmin, Tab
from hhu_base.values.form_fields import Choice, Relation, Relations
from hhu_base.web.sessions import flash

__all__ = [
    "Action",
    "Badge",
    "Choice",
    "Column",
    "Link",
    "ModelAdmin",
    "Relation",
    "Relations",
    "Tab",
    "flash",
]


def includeme(config) -> None:
    config.include("pyramid_jinja2")
    config.include("hhu_base.web.sessions")
    config.include("hhu_base.web.headers")
    config.include("hhu_base.web.form_limits")
    config.include("hhu_base.admin.permissions")
    config.include("hhu_base.web.pages")
    config.include("hhu_base.web.error_pages")
    config.include("hhu_base.web.assets")
    config.include("hhu_base.accounts.pages")
    config.include("hhu_base.web.layout")
    config.include("hhu_base.admin.exporting")
    config.include("hhu_base.admin.list_views")
    config.include("hhu_base.admin.edit_views")
    config.include("hhu_base.admin.delete_views")
    config.include("hhu_base.admin.action_views")
    config.include("hhu_base.admin.import_views")
    config.include("hhu_base.accounts.admin")
