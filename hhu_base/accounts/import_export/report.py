"""A plan in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hhu_base.accounts.import_export.columns import BY_FIELD
from hhu_base.accounts.import_export.plan import BadRow, ChangedUser, NewUser, Plan
from hhu_base.accounts.import_export.rows import ImportedPeople

_MOST_LINES = 50
_LONGEST = 30


def describe(people: ImportedPeople, plan: Plan, is_complete: bool = False) -> Iterator[str]:
    """The lines that a deployer reads; long lists are cut unless ``is_complete``."""
    most = None if is_complete else _MOST_LINES
    yield from _section("新增", "人", [_added(new) for new in plan.added], most)
    yield from _section("修改", "人", [_changed(change) for change in plan.changed], most)
    yield f"不变：{len(plan.left)} 人"
    if plan.new_departments:
        yield f"新建系所：{'、'.join(plan.new_departments)}"
    if people.ignored:
        yield f"忽略的列：{'、'.join(map(_short, people.ignored))}"
    yield from people.notes
    if plan.unused_passwords:
        yield f"已有用户的初始密码不会使用：{len(plan.unused_passwords)} 人"
    if without := plan.without_password:
        yield f"新增的人没有初始密码，不能用密码登录：{without} 人"
    if plan.warnings:
        yield from _section("注意", "条", [f"  ! {each}" for each in plan.warnings], most)
    if plan.bad:
        # Never cut: each of them has to be put right.
        yield from _section("有误", "行", [_bad(bad) for bad in plan.bad], None)


def _section(title: str, unit: str, lines: Sequence[str], most: int | None) -> Iterator[str]:
    yield f"{title}：{len(lines)} {unit}"
    yield from lines[:most]
    if most is not None and len(lines) > most:
        yield f"  ……还有 {len(lines) - most} {unit}（--all 全部列出）"


def _added(new: NewUser) -> str:
    name = new.values.get("last_name", "") + new.values.get("first_name", "")
    department = new.values.get("department", "")
    return f"  + {new.username} {name} {department}".rstrip()


def _changed(change: ChangedUser) -> str:
    parts = [
        f"{BY_FIELD[field].title} {_short(old) or '（空）'} → {_short(new)}"
        for field, (old, new) in change.changes.items()
    ]
    return f"  ~ {change.username}：{'；'.join(parts)}"


def _bad(bad: BadRow) -> str:
    who = f" {_short(bad.username)}" if bad.username else ""
    return f"  第 {bad.number} 行{who}：{'；'.join(bad.reasons)}"


def _short(text: str) -> str:
    # In quotes where line breaks or commands to the terminal would garble the list.
    text = text if text.isprintable() else repr(text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
