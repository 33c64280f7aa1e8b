"""rooms 会议室预约: find a free room or a free stretch of time in it, reserve it, cancel it."""

from hhu_base import settings as read
from hhu_plugins.rooms import admin, demo, grid, taking_over, tasks


def includeme(config) -> None:
    settings = config.get_settings()
    config.registry["rooms.grid"] = grid.read_grid(settings, config.registry.site_zone)
    config.registry["rooms.reservation_timeout"] = read.seconds(
        settings, "rooms.reservation_timeout", 15, minimum=0.1
    )
    config.scan("hhu_plugins.rooms.api")
    # Every few seconds also whatever lost its message: a dead broker costs time, nothing else.
    config.add_task("rooms.decide", tasks.decide, queue="reservations", every=5)
    config.add_model_admin(admin.RoomAdmin)
    config.add_admin_card(admin.todays_reservations, permission="rooms.view")
    config.add_demo(demo.load)
    config.add_takeover(taking_over.take_rooms, taking_over.ROOM)
    config.add_takeover(taking_over.take_reservations, taking_over.RESERVATION)
