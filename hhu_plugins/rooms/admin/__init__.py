"""The administrators' pages of the rooms."""

from pathlib import Path

from hhu_plugins.rooms import cards
from hhu_plugins.rooms.admin import (
    calendar,
    conflicts,
    door_sign,
    hour_list,
    photos,
    reservation_form,
    series_page,
)
from hhu_plugins.rooms.admin.asks import AskAdmin
from hhu_plugins.rooms.admin.closures import ClosureAdmin
from hhu_plugins.rooms.admin.equipment import EquipmentAdmin
from hhu_plugins.rooms.admin.hours import HoursAdmin
from hhu_plugins.rooms.admin.reservations import ReservationAdmin
from hhu_plugins.rooms.admin.rooms import RoomAdmin
from hhu_plugins.rooms.admin.terms import TermAdmin


def includeme(config) -> None:
    config.add_admin_static("rooms", Path(__file__).parents[1] / "static")
    config.include(calendar)
    config.include(reservation_form)
    config.include(series_page)
    config.include(conflicts)
    config.include(hour_list)
    config.add_model_admin(ReservationAdmin)
    config.add_model_admin(AskAdmin)
    config.add_model_admin(RoomAdmin)
    config.add_model_admin(EquipmentAdmin)
    config.add_model_admin(HoursAdmin)
    config.add_model_admin(ClosureAdmin)
    config.include(photos)
    config.add_model_admin(TermAdmin)
    config.include(door_sign)
    config.add_admin_card(cards.todays_reservations, permission="rooms.view")
