"""repairs 故障报修: tell what is broken and where; who is responsible gets a mail and takes it up."""

from hhu_plugins.repairs import demo, taking_over
from hhu_plugins.repairs.letters import Letters


def includeme(config) -> None:
    registry = config.registry
    registry["repairs.letters"] = Letters(registry.public_url, registry.site_zone)
    config.scan("hhu_plugins.repairs.api")
    config.include("hhu_plugins.repairs.admin")
    config.add_demo(demo.load)
    config.add_takeover(taking_over.take_categories, taking_over.CATEGORY)
    config.add_takeover(taking_over.take_requests, taking_over.REQUEST)
    config.add_takeover(taking_over.take_recipients, taking_over.RECIPIENT)
