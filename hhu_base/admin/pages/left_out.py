"""A card of the home page: plugins that cannot be loaded, so that the site does without them."""

from __future__ import annotations

from typing import Any


def left_out_card(request) -> dict[str, Any] | None:
    left_out: dict[str, str] = request.registry["plugins.left_out"]
    if not left_out:
        return None
    return {
        "title": "插件",
        "icon": "plug",
        "figure": len(left_out),
        "text": "个插件无法加载，已跳过，其他功能不受影响",
        "lines": [
            *({"text": name, "note": reason} for name, reason in left_out.items()),
            {"text": "修复以后请重新启动", "note": "在服务器上运行 hhu plugins，可以再次检查。"},
        ],
    }
