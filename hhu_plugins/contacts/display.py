"""How somebody is worded: their name, their post, a text to paste."""

from __future__ import annotations

from typing import Any


def name_of(person: Any) -> str:
    """Not everybody has entered a name."""
    return (person.last_name + person.first_name).strip() or person.username


def post_of(person: Any) -> str:
    """``副教授 · 软件工程系``; empty where neither is known."""
    department = person.department.name if person.department else ""
    return " · ".join(part for part in (person.post, department) if part)


def as_text(person: Any) -> str:
    """To be pasted into a message, a line for each thing that is known."""
    known = (
        ("", name_of(person)),
        ("", post_of(person)),
        ("手机：", person.phone),
        ("办公电话：", person.tel),
        ("邮箱：", person.email),
        ("微信：", person.wechat),
        ("QQ：", person.qq),
    )
    return "\n".join(title + value for title, value in known if value)
