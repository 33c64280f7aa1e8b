"""The API document: ``/openapi.json``, made of the services and schemas themselves, ``/docs/``, a
page to read it and try calls in, and ``/``, which says what is here.

What a service answers it says itself: see ``hhu_base.rest.serializers``.
"""

from pathlib import Path

from hhu_base.settings import Boolean
from hhu_base.web.assets import add_static_folder

IS_PUBLIC = Boolean("hhu.docs", True, "/openapi.json 和 /docs/ 是否向所有人说明接口")


def includeme(config) -> None:
    """``hhu.docs = no`` leaves only the start page."""
    config.declare_settings(IS_PUBLIC)
    config.registry["openapi.is_public"] = IS_PUBLIC.read(config.get_settings())
    # Swagger UI is there in its compressed form only: a quarter of its size.
    static = Path(__file__).parent / "static"
    add_static_folder(config, "docs", "docs/static/", static, content_encodings=["gzip"])
    config.include("hhu_base.rest.openapi.start")
    if config.registry["openapi.is_public"]:
        config.include("hhu_base.rest.openapi.views")
