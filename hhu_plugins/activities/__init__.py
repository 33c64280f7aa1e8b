"""activities 活动: enroll with a form, wait for a place, clock in by a rotating QR code."""

from hhu_plugins.activities import (
    clockin_codes,
    demo,
    django_import,
    notifications,
    reminders,
    search,
    tasks,
    today,
)


def includeme(config) -> None:
    config.declare_settings(*clockin_codes.SETTINGS, reminders.REMIND_HOUR)
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
    config.add_demo(demo.load)
    config.add_django_import(django_import.take_activities, django_import.ACTIVITY)
    config.add_django_import(django_import.take_enrollments, django_import.ENROLLMENT)
    config.add_django_import(django_import.take_items, django_import.ITEM)
    config.add_django_import(django_import.take_clockins, django_import.CLOCKIN)
    config.add_django_import(django_import.take_staff, django_import.STAFF)
