"""rooms 会议室预约: find a free room or a free stretch of time in it, reserve it, cancel it."""

from hhu_base.cli.doctor import TABLES
from hhu_base.settings import Seconds
from hhu_plugins.rooms import checks, demo, django_import, metrics, policy, tasks

RESERVATION_TIMEOUT = Seconds(
    "rooms.reservation_timeout", 15, "提交预约后最多等待结果多少秒", minimum=0.1
)


def includeme(config) -> None:
    config.declare_settings(*policy.SETTINGS, RESERVATION_TIMEOUT)
    settings = config.get_settings()
    config.registry["rooms.policy"] = policy.read_policy(settings, config.registry.site_zone)
    config.registry["rooms.reservation_timeout"] = RESERVATION_TIMEOUT.read(settings)
    for module in ("api", "reservation_api", "series_api", "one_series_api"):
        config.scan(f"hhu_plugins.rooms.{module}")
    config.add_calendar_feed("reservations", "/reservations/calendar.ics", "我的会议室预约")
    config.add_calendar_feed("meetingroom", "/meetingrooms/{id}/calendar.ics", "会议室的预约")
    # Every few seconds also whatever lost its message: a dead broker costs time, nothing else.
    config.add_task("rooms.decide", tasks.decide, queue="reservations", every=5, is_awaited=True)
    config.add_task("rooms.notify", tasks.notify, every=10)
    config.include(metrics)
    config.include("hhu_plugins.rooms.admin")
    config.add_check("rooms.pending", checks.check_pending, needs=TABLES)
    config.add_demo(demo.load)
    config.add_django_import(django_import.take_rooms, django_import.ROOM)
    config.add_django_import(django_import.take_reservations, django_import.RESERVATION)
