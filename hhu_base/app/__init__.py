"""app 教师页面: what teachers use in a browser, under /app/: the shell, 今天, 待办, and pages that plugins bring.

A plugin's ``pages.py`` has plain views, and its ``includeme`` adds them::

    config.add_page("rooms.find", "/app/rooms/", find_room, title="找会议室",
                    renderer="templates/find.jinja2", menu="会议室", icon="door-open")

Its template extends ``hhu_base.app:templates/page.jinja2`` and fills the block ``content``. What else
a plugin can add: ``config.add_today_card``, ``config.add_inbox``, ``config.add_place_action``,
``config.add_search``.
"""

from hhu_base.app.inbox import InboxAction, InboxItem
from hhu_base.app.places import Place, place_actions
from hhu_base.web.search import MOST_HITS, Hit

__all__ = ["MOST_HITS", "Hit", "InboxAction", "InboxItem", "Place", "place_actions"]


def includeme(config) -> None:
    config.include("hhu_base.app.pages")
    config.include("hhu_base.app.layout")
    config.include("hhu_base.app.places")
    config.include("hhu_base.app.today")
    config.include("hhu_base.app.inbox")
    config.include("hhu_base.app.me")
    config.include("hhu_base.app.search")
    config.include("hhu_base.app.install")
