"""The administrators' pages of the activities, and the codes on the projector."""

from pathlib import Path


def includeme(config) -> None:
    config.add_admin_static("activities", Path(__file__).parents[1] / "static")
    config.include("hhu_plugins.activities.admin.activities")
    config.include("hhu_plugins.activities.admin.attendance")
    config.include("hhu_plugins.activities.admin.inline_items")
    config.include("hhu_plugins.activities.admin.copies")
    config.include("hhu_plugins.activities.admin.clockin_items")
    config.include("hhu_plugins.activities.admin.enrollments")
    config.include("hhu_plugins.activities.admin.corrections")
    config.include("hhu_plugins.activities.admin.form_files")
    config.include("hhu_plugins.activities.admin.clockins")
    config.include("hhu_plugins.activities.admin.projector")
