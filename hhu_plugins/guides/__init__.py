"""guides 服务指南: files to look up, to search, to download, and to have sent by mail."""

from hhu_base.documents import file_kinds
from hhu_base.settings import Integer, Words
from hhu_plugins.guides import (
    checks,
    counts,
    demo,
    django_import,
    library,
    previews,
    search,
    statistics,
    tasks,
    text_extraction,
)

TYPES = Words(
    "guides.types", file_kinds.DEFAULT.split(), "接受的文件类型", choices=tuple(file_kinds.KINDS)
)
MAX_BYTES = Integer("guides.max_bytes", 100 * 1024 * 1024, "一个文件最多多少字节", minimum=1)


def includeme(config) -> None:
    config.declare_settings(TYPES, MAX_BYTES)
    settings, registry = config.get_settings(), config.registry
    store = config.add_file_store("guides", "指南文件", library.needed_digests)
    shelf = library.LibrarySettings(store, tuple(TYPES.read(settings)), MAX_BYTES.read(settings))
    registry["guides.shelf"] = shelf
    registry["session_info"][counts.ZONE] = registry.site_zone
    config.add_statistics("guides", "服务指南", statistics.find, order=40)
    config.add_mail_store(library.MAIL_STORE, store.path_of)
    config.scan("hhu_plugins.guides.api")
    config.add_task(
        text_extraction.TASK,
        tasks.read_texts,
        queue=text_extraction.QUEUE,
        every=60,
        is_long=True,
    )
    config.add_task(
        previews.TASK,
        tasks.draw_previews,
        queue=text_extraction.QUEUE,
        every=60,
        is_long=True,
    )
    config.add_task("guides.sweep_files", tasks.sweep_files, every=3600)
    config.include("hhu_plugins.guides.admin")
    config.include("hhu_plugins.guides.pages")
    config.include(search)
    config.add_demo(demo.load)
    config.add_django_import(django_import.take_categories, django_import.CATEGORY)
    config.add_django_import(
        lambda takeover: django_import.take_guides(takeover, registry["guides.shelf"].store),
        django_import.GUIDE,
    )
    config.add_check("guides.upload_size", checks.check_upload_size)
