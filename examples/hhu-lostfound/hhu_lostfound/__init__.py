"""lostfound 失物招领: tell what was found, look for what was lost, claim it."""

from datetime import timedelta

from hhu_base.settings import Integer
from hhu_lostfound import demo, tasks
from hhu_lostfound.admin import ThingAdmin, claims_card
from hhu_lostfound.notifications import KIND, Notifier

KEEP_DAYS = Integer("lostfound.keep_days", 30, "多少天没有人认领就移交", minimum=1, maximum=3650)


def includeme(config) -> None:
    config.declare_settings(KEEP_DAYS)
    registry = config.registry
    registry["lostfound.keep"] = timedelta(days=KEEP_DAYS.read(config.get_settings()))
    registry["lostfound.notifier"] = Notifier(registry.site_zone)
    config.add_notice_kind(KIND, "我登记的物品有了着落")
    config.scan("hhu_lostfound.api")
    config.add_task("lostfound.hand_on", tasks.hand_on, every=3600)
    config.add_model_admin(ThingAdmin)
    config.add_admin_card(claims_card, permission="lostfound.view")
    config.add_demo(demo.load)
