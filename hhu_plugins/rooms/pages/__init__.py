"""What people see of the rooms in a browser, beyond the back office."""

from hhu_plugins.rooms.pages import (
    board,
    change,
    door,
    find,
    photo,
    reservation,
    reservations,
    room,
    waiting,
)


def includeme(config) -> None:
    for module in (find, board, photo, room, reservations, reservation, change, door, waiting):
        config.include(module)
