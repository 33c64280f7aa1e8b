"""The administrators' pages of the activities, and the codes on the projector."""


def includeme(config) -> None:
    config.include("hhu_plugins.activities.admin.assets")
    config.include("hhu_plugins.activities.admin.activities")
    config.include("hhu_plugins.activities.admin.items")
    config.include("hhu_plugins.activities.admin.enrollments")
    config.include("hhu_plugins.activities.admin.corrections")
    config.include("hhu_plugins.activities.admin.clockins")
    config.include("hhu_plugins.activities.admin.projector")
