"""A card of the home page: plugins that cannot be loaded, and what fails of those that are."""

from __future__ import annotations

from typing import Any

from hhu_base.web.security import SUPERUSER


def left_out_card(request) -> dict[str, Any] | None:
    left_out: dict[str, str] = request.registry["plugins.left_out"]
    failing: dict[tuple[str, str], str] = request.registry["plugins.failures"].reasons
    if not left_out and not failing:
        return None
    lines = [{"text": name, "note": reason} for name, reason in left_out.items()]
    text = "个插件无法加载，已跳过，其他功能不受影响"
    if left_out:
        note = "在服务器上运行 hhu plugins，可以再次检查。"
        lines.append({"text": "修复以后请重新启动", "note": note})
    if failing:
        names = {plugin for plugin, _ in failing}
        text = f"个插件有一部分出错：{'、'.join(sorted(names))}" if not left_out else text
        lines += [
            {"text": f"{plugin} 出错：{what}", "note": reason}
            for (plugin, what), reason in sorted(failing.items())
        ]
    return {
        "title": "插件",
        "icon": "plug",
        "figure": len(left_out) or len({plugin for plugin, _ in failing}),
        "text": text,
        "lines": lines,
    }


def includeme(config) -> None:
    # What is wrong, and where, is for who may everything: nobody else has this permission.
    config.add_admin_card(left_out_card, permission=SUPERUSER)
