"""Whether a plugin may be called so."""

from __future__ import annotations

import keyword
import pkgutil
import re

import hhu_base
from hhu_base import plugins

# No underscore: the tables of "lost" and those of "lost_found" could not be told apart.
_NAME = re.compile(r"[a-z][a-z0-9]{1,19}")
# It becomes part of docstrings, and of the name card, where a colon ends it.
_TITLE = re.compile(r"[^\s\x00-\x1f\"\\\\:$][^\x00-\x1f\"\\\\:$]{0,19}")
# What settings, tables or tests of the base begin with, beyond the names of its modules.
_BASE = {"alembic", "auth", "browser", "celery", "core", "flows", "hhu", "sqlalchemy", "wechat"}
# Enough to put an application together that nobody uses.
_SETTINGS = {
    "hhu.data_dir": "nowhere",
    "hhu.on_plugin_error": "skip",
    "sqlalchemy.url": "postgresql://nobody/nothing",
    "celery.broker_url": "memory://",
}


def problem_with_name(name: str) -> str | None:
    """A sentence about what is wrong with it, or None."""
    if not _NAME.fullmatch(name) or keyword.iskeyword(name) or keyword.issoftkeyword(name):
        return f"“{name}”不能作为插件名称：请用 2 至 20 个小写英文字母或数字，以字母开头。"
    if name in plugins.installed():
        return f"已经有名为“{name}”的插件。"
    if name in _BASE or name in {module.name for module in pkgutil.iter_modules(hhu_base.__path__)}:
        return f"“{name}”是系统自己使用的名称。"
    if name in _first_parts_of_paths():
        return f"路径 /{name}/ 已经被使用。"
    return None


def problem_with_title(title: str) -> str | None:
    if _TITLE.fullmatch(title.strip()):
        return None
    return "请给出 20 字以内的中文名称，不含引号、冒号、反斜杠和 $。"


def _first_parts_of_paths() -> set[str]:
    """Of all that the base and the installed plugins serve."""
    config = hhu_base.configure(_SETTINGS | {"hhu.plugins": " ".join(plugins.installed())})
    config.commit()
    routes = config.get_routes_mapper().get_routes(include_static=True)
    return {route.pattern.strip("/").partition("/")[0] for route in routes}
