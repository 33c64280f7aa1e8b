"""What people see of the rooms in a browser, beyond the back office: the doors, and who waits."""

from hhu_plugins.rooms.pages import door, waiting


def includeme(config) -> None:
    config.include(door)
    config.include(waiting)
