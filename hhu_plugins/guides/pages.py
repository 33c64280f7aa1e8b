"""The teachers' pages of guides: find one, look at it, download it, have it sent by mail."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.response import Response
from sqlalchemy.orm import joinedload

from hhu_base.database.keys import contains
from hhu_base.documents.file_kinds import extension_of
from hhu_base.documents.photos import TYPE
from hhu_base.models import User
from hhu_base.rest import NotFound, TooManyRequests, path_id
from hhu_base.values.refusal import Refusal
from hhu_base.values.search import MAX_CHARACTERS, SearchError, search_words
from hhu_base.web import responses, sessions
from hhu_base.web.security import hold_identity
from hhu_plugins.guides import downloads, library, mail_delivery, previews, snippets
from hhu_plugins.guides.models import Guide, GuideVersion

PATH = "/app/guides/"
_GUIDE = PATH + r"{id:\d{1,18}}/"
_ON_A_PAGE = 20
_MOST_PAGES = 1000


def show_guides(request) -> dict[str, Any]:
    """``GET /app/guides/?search=…&category=ID&page=2``; where a name is meant it comes first."""
    search, error = request.GET.get("search", ""), ""
    try:
        words = search_words(search)
    except SearchError as refusal:
        words, error = [], str(refusal)
    page = min(_number(request.GET.get("page", "")) or 1, _MOST_PAGES)
    category_id = _number(request.GET.get("category", ""))
    statement = library.searched(" ".join(words)).options(joinedload(Guide.category))
    if category_id is not None:
        statement = statement.where(Guide.category_id == category_id)
    if words:
        is_named = sa.and_(*(contains([Guide.search_key], word) for word in words))
        statement = statement.order_by(None).order_by(
            is_named.desc(), Guide.created_at.desc(), Guide.id.desc()
        )
    start = (page - 1) * _ON_A_PAGE
    guides = request.db.scalars(statement.offset(start).limit(_ON_A_PAGE + 1)).all()
    shown = [] if error else guides[:_ON_A_PAGE]
    ids = [guide.id for guide in shown]
    return {
        "guides": shown,
        "found": snippets.find(request.db, ids, words) if words else {},
        "marked": lambda text: snippets.marked(text, words),
        "types": _types(request, ids),
        "search": search[:MAX_CHARACTERS],
        "error": error,
        "category_id": category_id,
        "categories": library.categories_in_use(request.db),
        "page": page,
        "has_more": len(guides) > _ON_A_PAGE and not error,
    }


def _types(request, ids: list[int]) -> dict[int, str]:
    """``PDF`` and its like, of each of these guides."""
    found = request.db.execute(
        sa.select(GuideVersion.guide_id, GuideVersion.name).where(
            GuideVersion.guide_id.in_(ids), GuideVersion.is_current
        )
    )
    return {guide_id: extension_of(name).upper() for guide_id, name in found}


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def show_guide(request) -> dict[str, Any] | HTTPSeeOther:
    """``GET /app/guides/ID/``; ``POST`` sends its file to one's own address."""
    if request.method == "POST":
        return _send_by_mail(request)
    guide = request.db.get(Guide, path_id(request), options=[joinedload(Guide.category)])
    version = library.current_version(request.db, path_id(request))
    if guide is None or version is None:
        raise NotFound
    is_drawn = previews.can_preview(version.name)
    store = request.registry["guides.shelf"].store
    return {
        "title": guide.name,
        "guide": guide,
        "version": version,
        "type": extension_of(version.name).upper(),
        "size": library.readable_size(version.size),
        "is_drawn": is_drawn,
        "preview": previews.find(store, version.digest) if is_drawn else None,
        "address": request.db.get_one(User, request.identity.user_id).email,
    }


def _send_by_mail(request) -> HTTPSeeOther:
    hold_identity(request)
    guide_id, me = path_id(request), request.identity.user_id
    back = HTTPSeeOther(request.path)
    if mail_delivery.was_just_sent(request.db, guide_id, me):
        sessions.flash(request, "刚才已经发送，请到邮箱里查收。", "info")
        return back
    try:
        is_found = mail_delivery.send(
            request.db,
            guide_id,
            me,
            max_bytes=request.registry["mail.max_attachment_bytes"],
            most_an_hour=request.registry["mail.a_person_an_hour"],
        )
    except Refusal as refusal:
        sessions.flash(request, str(refusal), "danger")
        return back
    except TooManyRequests as error:
        sessions.flash(request, error.payload["detail"], "danger")
        return back
    if not is_found:
        raise NotFound
    address = request.db.get_one(User, me).email
    sessions.flash(request, f"已发送到 {address}，请稍后查收。")
    return back


def download(request) -> Response:
    """``GET /app/guides/ID/file``"""
    return downloads.respond(request, path_id(request))


def show_picture(request) -> Response:
    """``GET /app/guides/ID/DIGEST/NUMBER.jpg``: what is under its address never changes."""
    version = library.current_version(request.db, path_id(request))
    digest, number = request.matchdict["digest"], int(request.matchdict["number"])
    if version is None or version.digest != digest:
        raise NotFound
    try:
        return responses.respond(
            request,
            previews.path_of(request.registry["guides.shelf"].store, digest, number),
            etag=f"{digest}-{number}",
            type_=TYPE,
            name=None,
            modified=version.uploaded_at,
            caching=responses.IMMUTABLE,
        )
    except FileNotFoundError:
        raise NotFound from None


def includeme(config) -> None:
    templates = "hhu_plugins.guides:templates"
    config.add_page(
        "guides.app.list",
        PATH,
        show_guides,
        title="指南",
        renderer=f"{templates}/app_guides.jinja2",
        menu="指南",
        icon="book",
        hint="办事流程、制度和表格",
        order=400,
    )
    config.add_place_action("guides.guides", "服务指南", lambda place: PATH, order=60, icon="book")
    config.add_page(
        "guides.app.one",
        _GUIDE,
        show_guide,
        title="指南",
        renderer=f"{templates}/app_guide.jinja2",
        methods=("GET", "POST"),
    )
    config.add_page("guides.app.file", f"{_GUIDE}file", download, title="下载")
    config.add_page(
        "guides.app.picture",
        _GUIDE + r"{digest:[0-9a-f]{64}}/{number:\d{1,3}}.jpg",
        show_picture,
        title="预览",
    )
