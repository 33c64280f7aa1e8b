"""What people see of the rooms in a browser, beyond the back office."""

from hhu_plugins.rooms.pages import (
    approvals,
    ask_form,
    asks,
    board,
    change,
    door,
    find,
    photo,
    repeat,
    reservation,
    reservations,
    room,
    series,
    waiting,
)

_MODULES = (
    find,
    board,
    photo,
    room,
    repeat,
    reservations,
    reservation,
    change,
    series,
    door,
    waiting,
    asks,
    ask_form,
    approvals,
)


def includeme(config) -> None:
    for module in _MODULES:
        config.include(module)
