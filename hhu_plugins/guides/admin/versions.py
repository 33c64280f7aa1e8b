"""A guide's page with its versions, and the download of each."""

from __future__ import annotations

import sqlalchemy as sa
from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from sqlalchemy.orm import joinedload

from hhu_base.admin import edit_views
from hhu_base.admin.permissions import TableContext
from hhu_base.web import responses
from hhu_base.web.pages import CHANGE, VIEW, AdminRoot
from hhu_plugins.guides import library
from hhu_plugins.guides.models import TEXT_FAILED, TEXT_NONE, TEXT_READ, TEXT_WAITING, GuideVersion

TEXT_TITLES = {
    TEXT_WAITING: "等待读取",
    TEXT_READ: "可以搜索",
    TEXT_NONE: "没有文字",
    TEXT_FAILED: "无法读取",
}


def show(context: TableContext, request) -> dict:
    """``GET /admin/guides/guides/ID/``"""
    return _with_versions(request, edit_views.show(context, request))


def change(context: TableContext, request) -> dict | HTTPSeeOther:
    """``POST /admin/guides/guides/ID/``"""
    answer = edit_views.change(context, request)
    return _with_versions(request, answer) if isinstance(answer, dict) else answer


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


def _with_versions(request, page: dict) -> dict:
    versions = request.db.scalars(
        sa.select(GuideVersion)
        .where(GuideVersion.guide_id == page["row"].id)
        .options(joinedload(GuideVersion.uploader))
        .order_by(GuideVersion.id.desc())
    ).all()
    shelf = request.registry["guides.shelf"]
    return page | {
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
    row = {
        "route_name": "admin.row",
        "match_param": ("plugin=guides", "table=guides"),
        "renderer": "hhu_plugins.guides:templates/guide.jinja2",
    }
    config.add_view(show, request_method="GET", permission=VIEW, **row)
    config.add_view(change, request_method="POST", permission=CHANGE, **row)
