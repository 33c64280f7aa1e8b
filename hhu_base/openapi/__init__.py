"""The API document: ``/openapi.json``, made of the services and schemas themselves, ``/docs/``, a
page to read it and try calls in, and ``/``, which says what is here.

What a service answers it says itself: see ``hhu_base.rest.describing``.
"""

from hhu_base import settings as read


def includeme(config) -> None:
    """``hhu.docs = no`` leaves only the start page."""
    config.registry["openapi.is_public"] = read.boolean(config.get_settings(), "hhu.docs", True)
    config.include("hhu_base.openapi.assets")
    config.include("hhu_base.openapi.start")
    if config.registry["openapi.is_public"]:
        config.include("hhu_base.openapi.pages")
