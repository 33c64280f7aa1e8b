"""The administrators' pages of the repairs: 故障分类, 邮件提醒, 报修请求, and a card."""

from hhu_plugins.repairs import cards
from hhu_plugins.repairs.admin.categories import CategoryAdmin
from hhu_plugins.repairs.admin.recipients import RecipientAdmin
from hhu_plugins.repairs.admin.requests import RequestAdmin


def includeme(config) -> None:
    config.add_model_admin(RequestAdmin)
    config.add_model_admin(CategoryAdmin)
    config.add_model_admin(RecipientAdmin)
    config.add_admin_card(cards.open_requests, permission="repairs.view")
