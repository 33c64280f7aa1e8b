"""activities 活动: enroll with a form, wait for a place, clock in by a rotating QR code."""

from hhu_plugins.activities import codes, demo, taking_over, tasks


def includeme(config) -> None:
    config.declare_settings(*codes.SETTINGS)
    config.registry["activities.codes"] = codes.read_codes(config.get_settings())
    config.scan("hhu_plugins.activities.api")
    config.add_calendar_feed("activity", "/activities/{id}/calendar.ics", "活动")
    config.include("hhu_plugins.activities.admin")
    config.add_task("activities.fill_places", tasks.fill_places, every=60)
    config.add_demo(demo.load)
    config.add_takeover(taking_over.take_activities, taking_over.ACTIVITY)
    config.add_takeover(taking_over.take_enrollments, taking_over.ENROLLMENT)
    config.add_takeover(taking_over.take_items, taking_over.ITEM)
    config.add_takeover(taking_over.take_clockins, taking_over.CLOCKIN)
    config.add_takeover(taking_over.take_staff, taking_over.STAFF)
