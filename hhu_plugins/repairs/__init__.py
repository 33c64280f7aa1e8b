"""repairs 故障报修: tell what is broken and where; who is responsible gets a mail and takes it up."""

from datetime import timedelta
from pathlib import Path

from hhu_base.settings import Integer
from hhu_plugins.repairs import demo, django_import, photos, report, search, tasks
from hhu_plugins.repairs.notifications import ASSIGNED_KIND, STATUS_KIND, Notifier

CONFIRM_DAYS = Integer(
    "repairs.confirm_days",
    7,
    "解决以后多少天没有答复，视为报修人已确认；0：不会",
    minimum=0,
    maximum=365,
)


def includeme(config) -> None:
    config.declare_settings(CONFIRM_DAYS)
    registry = config.registry
    registry["repairs.photo_store"] = config.add_file_store(
        "repairs", "报修照片", photos.needed_digests
    )
    config.add_task("repairs.sweep_photos", tasks.sweep_photos, every=3600)
    days = CONFIRM_DAYS.read(config.get_settings())
    after = registry["repairs.confirm_after"] = timedelta(days=days) if days else None
    config.add_task("repairs.take_as_confirmed", tasks.take_as_confirmed, every=600)
    registry["repairs.letters"] = Notifier(registry.public_url, registry.site_zone, after)
    config.add_notice_kind(STATUS_KIND, "我的报修有了进展")
    config.add_notice_kind(ASSIGNED_KIND, "转派给我的报修")
    config.scan("hhu_plugins.repairs.api")
    config.add_admin_static("repairs", Path(__file__).parent / "static")
    config.include("hhu_plugins.repairs.admin")
    config.include("hhu_plugins.repairs.pages")
    config.include(search)
    config.add_statistics("repairs", "故障报修", report.find, order=20)
    config.add_demo(demo.load)
    config.add_django_import(django_import.take_categories, django_import.CATEGORY)
    config.add_django_import(django_import.take_requests, django_import.REQUEST)
    config.add_django_import(django_import.take_recipients, django_import.RECIPIENT)
