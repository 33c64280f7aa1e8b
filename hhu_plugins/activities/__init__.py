"""activities 活动: enroll with a form, wait for a place, clock in by a rotating QR code."""

from hhu_plugins.activities import codes, demo, tasks


def includeme(config) -> None:
    config.registry["activities.codes"] = codes.read_codes(config.get_settings())
    config.scan("hhu_plugins.activities.api")
    config.add_task("activities.fill_places", tasks.fill_places, every=60)
    config.add_demo(demo.load)
