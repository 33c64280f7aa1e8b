"""repairs 故障报修: tell what is broken and where; who is responsible gets a mail and takes it up."""

from datetime import timedelta
from pathlib import Path

from hhu_base.cli.doctor import SERVICES, TABLES
from hhu_base.documents.file_store import FileStore
from hhu_base.settings import Integer, Text
from hhu_base.settings.services import data_dir
from hhu_plugins.repairs import checks, demo, django_import, photos, report, search, tasks
from hhu_plugins.repairs.notifications import ASSIGNED_KIND, STATUS_KIND, Notifier

DIRECTORY = Text("repairs.directory", "", "报修照片的目录；默认 hhu.data_dir 里的 repairs/")
CONFIRM_DAYS = Integer(
    "repairs.confirm_days",
    7,
    "解决以后多少天没有答复，视为报修人已确认；0：不会",
    minimum=0,
    maximum=365,
)


def includeme(config) -> None:
    config.declare_settings(DIRECTORY, CONFIRM_DAYS)
    settings, registry = config.get_settings(), config.registry
    store = FileStore(Path(DIRECTORY.read(settings) or f"{data_dir(settings)}/repairs"))
    registry["repairs.photo_store"] = store
    config.add_stored_files(
        "repairs",
        store.directory,
        lambda session: store.needed_files(photos.needed_digests(session)),
    )
    config.add_task("repairs.sweep_photos", tasks.sweep_photos, every=3600)
    days = CONFIRM_DAYS.read(settings)
    after = registry["repairs.confirm_after"] = timedelta(days=days) if days else None
    config.add_task("repairs.take_as_confirmed", tasks.take_as_confirmed, every=600)
    registry["repairs.letters"] = Notifier(registry.public_url, registry.site_zone, after)
    config.add_notice_kind(STATUS_KIND, "我的报修有了进展")
    config.add_notice_kind(ASSIGNED_KIND, "转派给我的报修")
    config.scan("hhu_plugins.repairs.api")
    config.add_admin_static("repairs", Path(__file__).parent / "static")
    config.include("hhu_plugins.repairs.admin")
    config.include("hhu_plugins.repairs.pages")
    config.add_check("repairs.folder", checks.check_folder, needs=SERVICES)
    config.add_check("repairs.photos", checks.check_photos, needs=TABLES)
    config.include(search)
    config.add_statistics("repairs", "故障报修", report.find, order=20)
    config.add_demo(demo.load)
    config.add_django_import(django_import.take_categories, django_import.CATEGORY)
    config.add_django_import(django_import.take_requests, django_import.REQUEST)
    config.add_django_import(django_import.take_recipients, django_import.RECIPIENT)
