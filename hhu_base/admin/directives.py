"""``config.add_model_admin``: the pages of a table, its line in the menu, and who points to it."""

from __future__ import annotations

from functools import partial

from hhu_base.admin import field_names
from hhu_base.admin.model_admin import ModelAdmin
from hhu_base.admin.permissions import TableContext
from hhu_base.web.pages import VIEW, MenuItem, add_section


def add_model_admin(config, declaration: type[ModelAdmin]) -> None:
    """Directive: the pages of a table, as ``declaration`` says."""
    admin = declaration()
    field_names.check(admin)
    registry = config.registry
    admin.zone = registry.site_zone
    add_section(registry, admin.plugin)

    def register() -> None:
        registry["admin.tables"][admin.plugin, admin.table] = admin
        if admin.is_in_menu:
            context = partial(TableContext, admin=admin)
            line = MenuItem(admin.plugin, admin.title, admin.path, admin.icon, VIEW, context)
            registry["admin.menu"].append(line)

    config.action(("admin-table", admin.path), register, order=admin.menu_order)


def connect(registry) -> None:
    """Tell each table who points to it."""
    by_model = {admin.model: admin for admin in registry["admin.tables"].values()}
    registry["admin.by_model"] = by_model
    for admin in by_model.values():
        for node in admin.nodes.values():
            target = by_model.get(getattr(node, "relation", None))
            if target is not None:
                target.pointed_at_by.add(admin.plugin)


def includeme(config) -> None:
    config.add_directive("add_model_admin", add_model_admin)
    config.action(None, connect, args=(config.registry,), order=9999)
