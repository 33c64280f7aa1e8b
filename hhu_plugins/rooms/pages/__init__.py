"""What people see of the rooms in a browser, beyond the back office."""

from hhu_plugins.rooms.pages import find, photo, reservation, reservations, room


def includeme(config) -> None:
    for module in (find, photo, room, reservations, reservation):
        config.include(module)
