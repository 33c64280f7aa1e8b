"""activities 活动: enroll with a form, wait for a place, clock in by a rotating QR code."""

from hhu_base.documents import file_kinds
from hhu_base.documents.uploads import UploadSettings
from hhu_base.settings import Integer, Words
from hhu_plugins.activities import (
    clockin_codes,
    demo,
    django_import,
    form_files,
    notifications,
    reminders,
    search,
    statistics,
    tasks,
    today,
)

TYPES = Words(
    "activities.types",
    ["pdf", "docx", "xlsx", "doc", "xls", "png", "jpg", "jpeg", "zip"],
    "报名时可以上传的文件类型",
    choices=tuple(file_kinds.KINDS),
)
MAX_BYTES = Integer("activities.max_bytes", 20 * 1024 * 1024, "报名文件最多多少字节", minimum=1)


def includeme(config) -> None:
    config.declare_settings(*clockin_codes.SETTINGS, reminders.REMIND_HOUR)
    config.declare_settings(TYPES, MAX_BYTES)
    settings = config.get_settings()
    config.registry["activities.uploads"] = UploadSettings(
        config.add_file_store("activities", "报名文件", form_files.needed_digests),
        tuple(TYPES.read(settings)),
        MAX_BYTES.read(settings),
    )
    config.registry["activities.codes"] = clockin_codes.read_codes(config.get_settings())
    config.scan("hhu_plugins.activities.api")
    config.add_calendar_feed("activity", "/activities/{id}/calendar.ics", "活动")
    config.include("hhu_plugins.activities.admin")
    config.include("hhu_plugins.activities.pages")
    config.add_today_card(20, today.my_activities)
    config.add_notice_kind(notifications.KIND, "候补到了活动的名额", is_compulsory=True)
    config.include(reminders)
    config.include(search)
    config.add_task("activities.fill_places", tasks.fill_places, every=60)
    config.add_statistics("activities", "活动", statistics.find, order=30)
    config.add_task("activities.sweep_files", tasks.sweep_files, every=3600)
    config.add_demo(demo.load)
    config.add_django_import(django_import.take_activities, django_import.ACTIVITY)
    config.add_django_import(django_import.take_enrollments, django_import.ENROLLMENT)
    config.add_django_import(django_import.take_items, django_import.ITEM)
    config.add_django_import(django_import.take_clockins, django_import.CLOCKIN)
    config.add_django_import(django_import.take_staff, django_import.STAFF)
