"""repairs 故障报修: tell what is broken and where; who is responsible gets a mail and takes it up."""

from hhu_plugins.repairs import demo, django_import, today
from hhu_plugins.repairs.notifications import STATUS_KIND, Notifier


def includeme(config) -> None:
    registry = config.registry
    registry["repairs.letters"] = Notifier(registry.public_url, registry.site_zone)
    config.add_today_card(30, today.my_open_requests)
    config.add_notice_kind(STATUS_KIND, "我的报修有了进展")
    config.scan("hhu_plugins.repairs.api")
    config.include("hhu_plugins.repairs.admin")
    config.include("hhu_plugins.repairs.pages")
    config.add_demo(demo.load)
    config.add_django_import(django_import.take_categories, django_import.CATEGORY)
    config.add_django_import(django_import.take_requests, django_import.REQUEST)
    config.add_django_import(django_import.take_recipients, django_import.RECIPIENT)
