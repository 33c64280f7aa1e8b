"""rooms 会议室预约: find a free room or a free stretch of time in it, reserve it, cancel it."""

from hhu_base.cli.doctor import TABLES
from hhu_base.database.batches import Batches
from hhu_base.settings import Seconds
from hhu_plugins.rooms import (
    approval_notifications,
    ask_notifications,
    checks,
    demo,
    django_import,
    metrics,
    notifications,
    photos,
    policy,
    reminders,
    search,
    statistics,
    submission,
    tasks,
    today,
    waiting_notices,
)

RESERVATION_TIMEOUT = Seconds(
    "rooms.reservation_timeout", 15, "提交预约后最多等待结果多少秒", minimum=0.1
)


def includeme(config) -> None:
    config.declare_settings(*policy.SETTINGS, RESERVATION_TIMEOUT, reminders.REMIND_MINUTES)
    config.registry["rooms.photo_store"] = config.add_file_store(
        "rooms", "会议室照片", photos.needed_digests
    )
    settings = config.get_settings()
    config.registry["rooms.policy"] = policy.read_policy(settings, config.registry.site_zone)
    config.registry["rooms.find"] = Batches(submission.find_rooms)
    config.registry["rooms.write"] = Batches(submission.write)
    config.registry["rooms.reservation_timeout"] = RESERVATION_TIMEOUT.read(settings)
    for module in (
        "api",
        "approvals_api",
        "asks_api",
        "details_api",
        "reservation_api",
        "waiting_api",
        "series_api",
        "one_series_api",
    ):
        config.scan(f"hhu_plugins.rooms.{module}")
    for kind, title in (
        (ask_notifications.KIND, ask_notifications.KIND_TITLE),
        (approval_notifications.KIND, approval_notifications.KIND_TITLE),
        (approval_notifications.OUTCOME_KIND, approval_notifications.OUTCOME_TITLE),
    ):
        config.add_notice_kind(kind, title)
    config.add_calendar_feed("reservations", "/reservations/calendar.ics", "我的会议室预约")
    config.add_calendar_feed("meetingroom", "/meetingrooms/{id}/calendar.ics", "会议室的预约")
    # Every few seconds also whatever lost its message: a dead broker costs time, nothing else.
    config.add_task("rooms.decide", tasks.decide, queue="reservations", every=5, is_awaited=True)
    config.add_task("rooms.due", tasks.settle, queue="reservations", every=5)
    config.add_notice_kind(notifications.KIND, "别人改动了我的预约", is_compulsory=True)
    config.include(reminders)
    config.add_today_card(10, today.my_reservations, "templates/app_today.jinja2")
    config.include(search)
    config.add_task("rooms.notify", tasks.notify, every=10)
    config.add_task("rooms.sweep_photos", tasks.sweep_photos, every=3600)
    config.add_task("rooms.sum_days", tasks.sum_days, every=6 * 3600, is_long=True)
    config.add_statistics("rooms", "会议室", statistics.find, order=10)
    config.add_periods(statistics.periods)
    config.add_notice_kind(waiting_notices.KIND, "会议室候补", is_compulsory=True)
    config.add_notice_kind(waiting_notices.RELEASE_KIND, "没有签到而释放会议室", is_compulsory=True)
    config.include(metrics)
    config.include("hhu_plugins.rooms.admin")
    config.include("hhu_plugins.rooms.pages")
    config.add_check("rooms.pending", checks.check_pending, needs=TABLES)
    config.add_check("rooms.zone", checks.check_zone, needs=TABLES)
    config.add_demo(demo.load)
    config.add_django_import(django_import.take_rooms, django_import.ROOM)
    config.add_django_import(
        lambda takeover: django_import.take_reservations(takeover, config.registry["rooms.policy"]),
        django_import.RESERVATION,
    )
