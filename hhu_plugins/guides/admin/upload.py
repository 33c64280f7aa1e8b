"""Uploading: several files at once, each a guide; what is refused does not stop the others.

The page works as a plain form. With JavaScript each file goes in a request of its own, which
answers JSON, so that the page can show how far it is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from webob.compat import cgi_FieldStorage

from hhu_base.admin import (
    CHANGE,
    AdminRoot,
    TableContext,
    back_url,
    flash,
    list_url,
    with_back,
)
from hhu_base.values.refusal import Refusal
from hhu_base.web import audit
from hhu_base.web.errors import DISK_FULL, is_disk_full
from hhu_base.web.security import hold_identity
from hhu_plugins.guides import library, previews, text_extraction
from hhu_plugins.guides.admin.categories import CategoryAdmin
from hhu_plugins.guides.admin.guides import GuideAdmin
from hhu_plugins.guides.models import Guide, GuideCategory

log = logging.getLogger(__name__)

NO_FILE = "请选择文件。"
NO_CATEGORY = "请选择指南分类。"
UPLOADED, REPLACED = "上传", "替换文件"


def ask(context: TableContext, request) -> dict[str, Any]:
    """``GET /admin/guides/guides/add``"""
    shelf = request.registry["guides.shelf"]
    return {
        "title": "上传指南文件",
        "admin": context.admin,
        "categories": request.db.query(GuideCategory)
        .order_by(GuideCategory.name_key, GuideCategory.id)
        .all(),
        "categories_path": CategoryAdmin.path,
        "list_url": list_url(request, context.admin),
        "chosen": _id(request.params.get("category_id", "")),
        "types": shelf.types,
        "max_size": library.readable_size(shelf.max_bytes),
        "max_bytes": shelf.max_bytes,
    }


def upload(context: TableContext, request) -> dict[str, Any] | HTTPSeeOther:
    """``POST /admin/guides/guides/add``"""
    hold_identity(request)
    category = request.db.get(GuideCategory, _id(request.POST.get("category_id", "")))
    files = uploaded(request)
    if category is None or not files:
        flash(request, NO_CATEGORY if category is None else NO_FILE, "danger")
        request.response.status = 400
        return ask(context, request)
    for file in files:
        try:
            guide = _add(request, file, category)
        except Refusal as refusal:
            flash(request, f"没有上传“{library.clean_name(file.filename)}”：{refusal}", "danger")
        else:
            flash(request, f"已上传“{guide.name}”。")
    _hurry(request)
    return HTTPSeeOther(list_url(request, context.admin))


def upload_one(context: TableContext, request) -> dict[str, Any]:
    """The same for a script: ``{"name": …, "url": …}`` or ``{"error": …}``."""
    hold_identity(request)
    category = request.db.get(GuideCategory, _id(request.POST.get("category_id", "")))
    files = uploaded(request)
    if category is None or not files:
        request.response.status = 400
        return {"error": NO_CATEGORY if category is None else NO_FILE}
    try:
        guide = _add(request, files[0], category)
    except Refusal as refusal:
        request.response.status = 400
        return {"error": str(refusal)}
    except OSError as error:
        if not is_disk_full(error):
            raise
        log.error("the disk is full: a guide was not kept")
        request.response.status = 507
        return {"error": DISK_FULL}
    _hurry(request)
    return {"name": guide.name, "url": context.admin.url(guide)}


def replace(request) -> HTTPSeeOther:
    """``POST /admin/guides/guides/ID/file``"""
    hold_identity(request)
    guide = request.db.get(Guide, int(request.matchdict["id"]))
    files = uploaded(request)
    if guide is None:
        flash(request, "该指南刚刚被删除。", "danger")
        return HTTPSeeOther(GuideAdmin.path)
    answer = HTTPSeeOther(with_back(f"{GuideAdmin.path}{guide.id}/", back_url(request)))
    if not files:
        flash(request, NO_FILE, "danger")
        return answer
    before = _file_name(request, guide)

    def put() -> None:
        library.replace(
            request.db,
            request.registry["guides.shelf"],
            guide.id,
            files[0].file,
            files[0].filename,
            by_user_id=request.identity.user_id,
        )
        after = {"文件": _file_name(request, guide)}
        audit.record(request, REPLACED, guide, guide.name, {"文件": before}, after)

    try:
        _whole(request, put)
    except Refusal as refusal:
        flash(request, f"没有替换：{refusal}", "danger")
    else:
        _hurry(request)
        flash(request, f"已替换“{guide.name}”的文件，以前的版本仍然保留。")
    return answer


def _hurry(request) -> None:
    request.enqueue(text_extraction.TASK)
    request.enqueue(previews.TASK)


def uploaded(request) -> list[Any]:
    """The files of the form; an empty field is none."""
    found = [each for each in request.POST.getall("file") if isinstance(each, cgi_FieldStorage)]
    return [each for each in found if each.filename]


def _add(request, file, category: GuideCategory) -> Guide:
    def put() -> Guide:
        guide = library.add(
            request.db,
            request.registry["guides.shelf"],
            file.file,
            file.filename,
            category_id=category.id,
            by_user_id=request.identity.user_id,
        )
        after = {"名称": guide.name, "指南分类": category.name, "文件": _file_name(request, guide)}
        audit.record(request, UPLOADED, guide, guide.name, {}, after)
        return guide

    return _whole(request, put)


def _whole(request, put: Callable[[], Any]) -> Any:
    with request.db.begin_nested():
        return put()


def _file_name(request, guide: Guide) -> str:
    version = library.current_version(request.db, guide.id)
    return version.name if version else ""


def _id(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def includeme(config) -> None:
    config.add_route(
        "guides.admin.file", r"/admin/guides/guides/{id:\d{1,18}}/file", factory=AdminRoot
    )
    config.add_view(
        replace,
        route_name="guides.admin.file",
        request_method="POST",
        permission="guides.change",
        takes_files=True,
    )
    common: dict[str, Any] = {
        "route_name": "admin.add",
        "match_param": ("plugin=guides", "table=guides"),
        "permission": CHANGE,
    }
    page = "hhu_plugins.guides:templates/upload.jinja2"
    config.add_view(ask, request_method="GET", renderer=page, **common)
    common |= {"request_method": "POST", "takes_files": True}
    config.add_view(upload, renderer=page, **common)
    config.add_view(upload_one, xhr=True, renderer="json", **common)
