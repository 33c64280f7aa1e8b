"""The handbook inside the application: each page leads to the section that is about it.

It is the one in ``docs``, beside the package; where only the package is installed there is none,
and no page offers it.
"""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import Any

from markupsafe import Markup

import hhu_base
from hhu_base.web.pages import AdminRoot
from hhu_base.web.security import ADMIN_PATH, SIGNED_IN

PATH = f"{ADMIN_PATH}help/"
FOLDER = Path(hhu_base.__file__).parents[1] / "docs"
_EVERY_PAGE = "所有列表都一样"
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)


class Handbook:
    """``titles`` are those of its sections, in their order."""

    def __init__(self, folder: Path):
        self._folder = folder
        file = folder / "handbook.md"
        self._text = file.read_text(encoding="utf-8") if file.is_file() else ""
        self.titles = _HEADING.findall(self._text)

    def url_for(self, *names: str) -> str:
        """The section that is called like the first of these names that one is called like."""
        if not self.titles:
            return ""
        found = (title for name in names for title in self.titles if _is_about(title, name))
        return f"{PATH}#{anchor(next(found, _EVERY_PAGE))}"

    @cached_property
    def _html(self) -> str:
        from markdown_it import MarkdownIt

        # It is ours, as the templates are.
        reader = MarkdownIt("commonmark", {"html": True}).enable("table")
        parts = [_section(reader.render(part)) for part in re.split(r"(?m)^(?=## )", self._text)]
        return "".join(parts).replace('src="pictures/', 'loading="lazy" src="pictures/')

    def html(self, pictures: str) -> Markup:
        """All of it; ``pictures`` is the address of their folder."""
        return Markup(self._html.replace('src="pictures/', f'src="{pictures}'))  # noqa: S704


def anchor(title: str) -> str:
    """As GitHub makes it of a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _is_about(title: str, name: str) -> bool:
    """``打卡项和打卡员`` is about 打卡项, too."""
    return bool(name) and title.startswith(name)


def _section(html: str) -> str:
    found = re.match(r"<h2>(.+?)</h2>", html)
    if found is None:
        return f"<section>{html}</section>"
    return f'<section id="{anchor(found[1])}">{html}</section>'


def show_handbook(request) -> dict[str, Any]:
    """``GET /admin/help/``"""
    handbook: Handbook = request.registry["admin.handbook"]
    pictures = request.asset("handbook:") if handbook.titles else ""
    return {"title": "手册", "handbook": handbook.html(pictures) if handbook.titles else ""}


def includeme(config) -> None:
    handbook = config.registry["admin.handbook"] = Handbook(FOLDER)
    if handbook.titles:
        config.add_admin_static("handbook", FOLDER / "pictures")
    config.add_route("admin.help", PATH, factory=AdminRoot)
    config.add_view(
        show_handbook,
        route_name="admin.help",
        request_method="GET",
        permission=SIGNED_IN,
        renderer="hhu_base.admin:templates/handbook.jinja2",
    )
