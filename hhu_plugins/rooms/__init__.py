"""rooms 会议室预约: find a free room or a free stretch of time in it, reserve it, cancel it."""

from datetime import timedelta

from hhu_base import settings as read
from hhu_base.doctor import TABLES
from hhu_plugins.rooms import checking, demo, grid, taking_over, tasks, watching


def includeme(config) -> None:
    settings = config.get_settings()
    config.registry["rooms.grid"] = grid.read_grid(settings, config.registry.site_zone)
    config.registry["rooms.reservation_timeout"] = read.seconds(
        settings, "rooms.reservation_timeout", 15, minimum=0.1
    )
    config.scan("hhu_plugins.rooms.api")
    config.add_calendar_feed("reservations", "/reservations/calendar.ics", "我的会议室预约")
    config.add_calendar_feed("meetingroom", "/meetingrooms/{id}/calendar.ics", "会议室的预约")
    # Every few seconds also whatever lost its message: a dead broker costs time, nothing else.
    config.add_task("rooms.decide", tasks.decide, queue="reservations", every=5)
    config.registry["rooms.notify_after"] = timedelta(
        seconds=read.seconds(settings, "rooms.notify_after", 60)
    )
    config.add_task("rooms.notify", tasks.notify, every=10)
    config.include(watching)
    config.include("hhu_plugins.rooms.admin")
    config.add_check("rooms.pending", checking.check_pending, needs=TABLES)
    config.add_demo(demo.load)
    config.add_takeover(taking_over.take_rooms, taking_over.ROOM)
    config.add_takeover(taking_over.take_reservations, taking_over.RESERVATION)
