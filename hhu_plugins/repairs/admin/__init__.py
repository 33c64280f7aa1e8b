"""The administrators' pages of the repairs: 报修请求, 故障分类 with 报修通知人, and a card."""

from hhu_base.admin import AdminRoot
from hhu_plugins.repairs import cards
from hhu_plugins.repairs.admin import categories, notes, phone_reports, recipients
from hhu_plugins.repairs.admin.categories import CategoryAdmin
from hhu_plugins.repairs.admin.requests import RequestAdmin
from hhu_plugins.repairs.photo_files import PHOTO_PATH, respond_photo


def includeme(config) -> None:
    config.add_model_admin(RequestAdmin)
    config.add_model_admin(CategoryAdmin)
    for module in (phone_reports, notes, categories, recipients):
        config.include(module)
    config.add_route(
        "repairs.admin.photo", RequestAdmin.path + r"{id:\d{1,18}}/" + PHOTO_PATH, factory=AdminRoot
    )
    config.add_view(
        respond_photo,
        route_name="repairs.admin.photo",
        request_method="GET",
        permission="repairs.view",
    )
    config.add_admin_card(cards.open_requests, permission="repairs.view")
