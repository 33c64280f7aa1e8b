"""The API document: ``/openapi.json``, made of the services and schemas themselves, ``/docs/``, a
page to read it and try calls in, and ``/``, which says what is here.

What a service answers it says itself: see ``hhu_base.rest.serializers``.
"""

from hhu_base.settings import Boolean

IS_PUBLIC = Boolean("hhu.docs", True, "/openapi.json 和 /docs/ 是否向所有人说明接口")


def includeme(config) -> None:
    """``hhu.docs = no`` leaves only the start page."""
    config.declare_settings(IS_PUBLIC)
    config.registry["openapi.is_public"] = IS_PUBLIC.read(config.get_settings())
    config.include("hhu_base.rest.openapi.assets")
    config.include("hhu_base.rest.openapi.start")
    if config.registry["openapi.is_public"]:
        config.include("hhu_base.rest.openapi.views")
