"""Plugins that are really installed, for as long as a test lasts, and fail in every way."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import dedent

import httpx
import pytest

from hhu_base.database import Base

# Whatever a plugin can register, before it fails or does not.
REGISTERS_ALL = """
    config.registry["broken.things"] = object()
    config.add_route("broken", "/broken/")
    config.add_view(lambda request: None, route_name="broken", renderer="json")
    config.add_task("broken.sweep", lambda request: None, every=60)
    config.add_admin_page(lambda request: {}, "/admin/broken/page/", "坏页", renderer="json")
    config.add_admin_card(lambda request: {"title": "坏卡"})
    config.add_admin_static("broken", __import__("pathlib").Path(__file__).parent)
    config.add_demo(lambda session, registry: None)
    config.add_django_import(lambda takeover: None, "broken.thing")
    config.add_mail_store("broken", lambda reference: None)
    config.add_stored_files("broken", __import__("pathlib").Path(__file__).parent, lambda session: {})
    config.add_calendar_feed("broken", "/broken/calendar.ics/", "坏历")
    config.add_metric("hhu_broken_things", "Broken.", lambda session: 1)
    config.add_check("broken.check", lambda doctor: ())
"""
MODELS = """
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship
from hhu_base.database import Base
from hhu_base.models import User

class Thing(Base):
    __tablename__ = "broken_things"
    id: Mapped[int] = mapped_column(sa.Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("core_users.id"))
    user: Mapped[User] = relationship(lambda: User)
"""


class Shelf:
    """Where the distributions of a test lie."""

    def __init__(self, folder: Path):
        self.folder = folder

    def install(self, name: str, files: dict[str, str]) -> None:
        """A distribution with the plugin ``name``, whose package is ``hhu_<name>``."""
        package = self.folder / f"hhu_{name}"
        for path, text in {"__init__.py": "", **files}.items():
            (package / path).parent.mkdir(parents=True, exist_ok=True)
            (package / path).write_text(dedent(text))
        metadata = self.folder / f"hhu_{name}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: hhu-{name}\nVersion: 1.0\n"
        )
        (metadata / "entry_points.txt").write_text(f"[hhu.plugins]\n{name} = hhu_{name}\n")


@pytest.fixture
def shelf(tmp_path, monkeypatch) -> Shelf:
    monkeypatch.syspath_prepend(tmp_path)
    yield Shelf(tmp_path)
    for table in [name for name in Base.metadata.tables if name.startswith("broken")]:
        Base.metadata.remove(Base.metadata.tables[table])
    for name in [name for name in sys.modules if name.startswith("hhu_broken")]:
        del sys.modules[name]


def includeme(body: str, before: str = "") -> str:
    """The text of a package with this ``includeme``."""
    return f"{before}\ndef includeme(config):\n    pass\n{body}\n"


def answers(client: httpx.Client, path: str) -> bool:
    """Whether somebody is there who likes the question."""
    try:
        return client.get(path).status_code == 200
    except httpx.TransportError:
        return False
