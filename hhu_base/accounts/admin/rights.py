"""权限: the fields in which they are given, and who has what, on one page."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlencode

import colander

from hhu_base.accounts import rights
from hhu_base.admin.headings import Headings
from hhu_base.admin.model_admin import ModelAdmin
from hhu_base.models import Group, User
from hhu_base.values.form_fields import Levels
from hhu_base.web.pages import permission_names
from hhu_base.web.security import SUPERUSER

PATH = "/admin/core/rights/"
TITLE = "权限一览"


@colander.deferred
def _choices(node, kw: dict[str, Any]) -> list[tuple[str, str]]:
    return list(permission_names(kw["registry"]).items())


@colander.deferred
def _rows(node, kw: dict[str, Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        (title, [(f"{plugin}.{level}" if level else "", text) for level, text in _levels()])
        for plugin, title in kw["registry"]["admin.sections"].items()
    ]


def _levels() -> list[tuple[str, str]]:
    return list(rights.LEVELS.items())


def Rights(**kw: Any) -> colander.SchemaNode:  # noqa: N802 - reads as a type in a schema
    """Permissions, one level for each service."""
    return Levels(_rows, choices=_choices, **kw)


def in_words(request, user_id: int) -> str:
    """``会议室预约 · 修改（用户组“会议室管理员”）``, of all that somebody may."""
    sections: dict[str, str] = request.registry["admin.sections"]
    found = rights.of_users(request.db, list(sections), [user_id]).get(user_id, [])
    return "；".join(
        f"{sections[right.plugin]} · {right.text}（{right.by}）" for right in found if right.level
    )


def show_rights(request) -> dict[str, Any]:
    """``GET /admin/core/rights/``"""
    session = request.db
    sections: dict[str, str] = request.registry["admin.sections"]
    found = rights.of_users(session, list(sections))
    tables: dict[type, ModelAdmin] = request.registry["admin.by_model"]
    nothing = [rights.Right(plugin, "", ()) for plugin in sections]
    # Superusers come first; they may everything.
    people = [
        Line(user, user.name_key, -user.is_superuser, found.get(user.id, nothing))
        for user in rights.everybody(session, found)
    ]
    groups = [
        Line(group, group.name_key, count, its_own)
        for group, count, its_own in rights.of_groups(session, list(sections))
    ]
    of_people = Headings(request, _columns(sections, "姓名", "身份"), "")
    of_groups = Headings(request, _columns(sections, "用户组", "人数"), "name")
    return {
        "title": TITLE,
        "sections": sections,
        "people": of_people.sorted(people),
        "people_heads": of_people.all(_sorted_by),
        "group_lines": of_groups.sorted(groups),
        "group_heads": of_groups.all(_sorted_by),
        "users": tables[User],
        "groups": tables[Group],
    }


class Line(NamedTuple):
    """A user or a group on the page: by what it is sorted, and what it may of each service."""

    of: User | Group
    name_key: str
    rank: int
    rights: list[rights.Right]


def _columns(sections: dict[str, str], name: str, rank: str) -> dict[str, tuple[str, Any]]:
    columns: dict[str, tuple[str, Any]] = {
        "name": (name, lambda line: line.name_key),
        "rank": (rank, lambda line: line.rank),
    }
    levels = list(rights.LEVELS)
    for number, (plugin, title) in enumerate(sections.items()):

        def level(line: Line, number: int = number) -> int:
            return levels.index(line.rights[number].level)

        columns[f"of.{plugin}"] = (title, level)
    return columns


def _sorted_by(sort: str) -> str:
    return "?" + urlencode({"sort": sort})


def includeme(config) -> None:
    config.add_admin_page(
        show_rights,
        PATH,
        TITLE,
        permission=SUPERUSER,
        icon="shield-check",
        request_method="GET",
        renderer="hhu_base.accounts:templates/rights.jinja2",
    )
