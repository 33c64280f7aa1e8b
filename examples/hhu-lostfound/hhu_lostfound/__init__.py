"""lostfound 失物招领: tell what was found, look for what was lost, claim it."""

from datetime import timedelta

from hhu_base import settings as read
from hhu_lostfound import demo, tasks
from hhu_lostfound.admin import ThingAdmin, claims_card
from hhu_lostfound.letters import Letters


def includeme(config) -> None:
    registry = config.registry
    days = read.integer(config.get_settings(), "lostfound.keep_days", 30, minimum=1, maximum=3650)
    registry["lostfound.keep"] = timedelta(days=days)
    registry["lostfound.letters"] = Letters(registry.site_zone)
    config.scan("hhu_lostfound.api")
    config.add_task("lostfound.hand_on", tasks.hand_on, every=3600)
    config.add_model_admin(ThingAdmin)
    config.add_admin_card(claims_card, permission="lostfound.view")
    config.add_demo(demo.load)
