"""Telling people: one row in the transaction of its cause, and a mail if they want one.

A kind is made known once, and then told of by a rule::

    config.add_notice_kind("rooms.ask", "会议室协商", is_compulsory=True)

    notify(session, user, "rooms.ask", "主题", "正文", cause="/app/rooms/asks/5/",
           links=[Link("去看看", "/app/rooms/asks/5/")])

What falls due by itself is a reminder: see ``hhu_base.notifications.reminders``.
"""

from datetime import timedelta

from hhu_base.notifications import tasks
from hhu_base.notifications.kinds import NoticeKind, NoticeKinds, add_notice_kind
from hhu_base.notifications.notices import Link, notify
from hhu_base.notifications.reminders import Reminder, add_reminder, not_reminded
from hhu_base.settings import Integer, Seconds

__all__ = ["Link", "NoticeKind", "Reminder", "not_reminded", "notify"]

COLLAPSE = Seconds(
    "notices.collapse_seconds", 60, "同一件事在多少秒内的多次变化合为一封邮件；0：每次一封"
)
KEEP_DAYS = Integer("notices.keep_days", 180, "通知保留多少天", minimum=1, maximum=100 * 365)


def includeme(config) -> None:
    config.declare_settings(COLLAPSE, KEEP_DAYS)
    settings = config.get_settings()
    kinds = NoticeKinds(config.registry.public_url, timedelta(seconds=COLLAPSE.read(settings)))
    config.registry["notices.kinds"] = kinds
    config.registry["notices.reminders"] = []
    config.registry["notices.keep"] = timedelta(days=KEEP_DAYS.read(settings))
    # Rules know a session, and no registry.
    config.registry["session_info"]["notices"] = kinds
    config.add_directive("add_notice_kind", add_notice_kind)
    config.add_directive("add_reminder", add_reminder)
    config.scan("hhu_base.notifications.api")
    config.include("hhu_base.notifications.pages")
    config.add_task("core.remind", tasks.remind, every=60)
    config.add_task("core.sweep_notices", tasks.sweep_notices, every=3600)
