"""A shelf of its own for each test, and guides on it."""

import io
import struct
import zlib

import pytest
import sqlalchemy as sa

from hhu_base.documents.file_store import FileStore
from hhu_plugins.guides import demo_files, library
from hhu_plugins.guides.models import Guide, GuideCategory, GuideVersion

PDF = demo_files.pdf("差旅费", ["报销流程"])


@pytest.fixture
def mine(api, teacher):
    return api.as_user(teacher)


@pytest.fixture
def shelf(app, tmp_path, monkeypatch) -> library.LibrarySettings:
    """The application's shelf is an empty folder."""
    types = app.registry["guides.shelf"].types
    shelf = library.LibrarySettings(FileStore(tmp_path / "guides"), types, max_bytes=1_000_000)
    monkeypatch.setitem(app.registry, "guides.shelf", shelf)
    monkeypatch.setitem(app.registry["mail.stores"], "guides", shelf.store.path_of)
    return shelf


@pytest.fixture
def category(session) -> GuideCategory:
    category = GuideCategory(name="财务")
    session.add(category)
    session.flush()
    return category


@pytest.fixture
def add_guide(session, shelf, category):
    """``add_guide("报销.pdf", b"…")``: a stored guide."""

    def add(file_name: str = "报销流程.pdf", content: bytes = PDF, **values) -> Guide:
        values.setdefault("category_id", category.id)
        values.setdefault("by_user_id", None)
        return library.add(session, shelf, io.BytesIO(content), file_name, **values)

    return add


@pytest.fixture
def version_of(session):
    """The current file of a guide."""

    def version_of(guide: Guide) -> GuideVersion:
        found = library.current_version(session, guide.id)
        assert found is not None
        return found

    return version_of


@pytest.fixture
def versions(session):
    return lambda: session.scalar(sa.select(sa.func.count(GuideVersion.id)))


def png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    image = zlib.compress(b"\0\0")
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", image) + chunk(b"IEND", b"")
    )
