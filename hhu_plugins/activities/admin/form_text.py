"""A registration form as people copy and paste it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def dump(form: Mapping[str, Any]) -> str:
    """A field a line: short enough to be compared by eye."""
    lines = [
        f"  {json.dumps(name, ensure_ascii=False)}: {json.dumps(rule, ensure_ascii=False)}"
        for name, rule in form.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}" if lines else "{}"
