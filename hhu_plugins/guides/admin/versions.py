"""The versions of a guide on its page, and the download of each."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from pyramid.httpexceptions import HTTPNotFound
from sqlalchemy.orm import joinedload

from hhu_base.admin import AdminRoot
from hhu_base.web import responses
from hhu_plugins.guides import library
from hhu_plugins.guides.models import (
    TEXT_FAILED,
    TEXT_NONE,
    TEXT_READ,
    TEXT_WAITING,
    Guide,
    GuideVersion,
)

TEXT_TITLES = {
    TEXT_WAITING: "等待读取",
    TEXT_READ: "可以搜索",
    TEXT_NONE: "没有文字",
    TEXT_FAILED: "无法读取",
}


def download(request):
    """``GET /admin/guides/guides/ID/versions/VERSION``; what administrators look at isn't counted."""
    version = request.db.scalar(
        sa.select(GuideVersion).where(
            GuideVersion.guide_id == int(request.matchdict["id"]),
            GuideVersion.id == int(request.matchdict["version"]),
        )
    )
    if version is None:
        raise HTTPNotFound
    try:
        return responses.respond(
            request,
            request.registry["guides.shelf"].store.path_of(version.digest),
            size=version.size,
            etag=version.digest,
            type_=version.type,
            name=version.name,
            modified=version.uploaded_at,
        )
    except FileNotFoundError:
        raise HTTPNotFound from None


def of_guide(request, guide: Guide) -> dict[str, Any]:
    """What the guide's page shows below the form."""
    versions = request.db.scalars(
        sa.select(GuideVersion)
        .where(GuideVersion.guide_id == guide.id)
        .options(joinedload(GuideVersion.uploader))
        .order_by(GuideVersion.id.desc())
    ).all()
    shelf = request.registry["guides.shelf"]
    return {
        "versions": versions,
        "text_titles": TEXT_TITLES,
        "readable_size": library.readable_size,
        "types": shelf.types,
        "max_size": library.readable_size(shelf.max_bytes),
    }


def includeme(config) -> None:
    path = r"/admin/guides/guides/{id:\d{1,18}}/versions/{version:\d{1,18}}"
    config.add_route("guides.admin.version", path, factory=AdminRoot)
    config.add_view(
        download,
        route_name="guides.admin.version",
        request_method="GET",
        permission="guides.view",
    )
