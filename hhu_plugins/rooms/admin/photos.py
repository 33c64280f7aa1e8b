"""The photos on the page of a room: uploaded, shown, put first, deleted."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther

from hhu_base.admin import AdminRoot, back_url, flash, with_back
from hhu_base.values.refusal import Refusal
from hhu_base.web import audit
from hhu_base.web.security import hold_identity
from hhu_base.web.uploads import posted_files
from hhu_plugins.rooms import display, photo_files, photos
from hhu_plugins.rooms.models import Meetingroom, Photo

_ROOM = r"/admin/rooms/meetingrooms/{id:\d{1,18}}/photos"
_PHOTO = _ROOM + r"/{photo:\d{1,18}}"
_NO_FILE = "请选择照片。"
_GONE = "这张照片刚刚被删除。"
_NOT_A_ROOM = "该会议室刚刚被删除。"
ADDED, FIRST, DELETED = "上传照片", "设为首图", "删除照片"


def upload(request) -> HTTPSeeOther:
    """``POST /admin/rooms/meetingrooms/ID/photos``, with one ``file`` or several."""
    read: list[tuple[str, photos.Pictures]] = []
    is_empty = True
    for name, content in posted_files(request, photos.MAX_BYTES):
        is_empty = False
        try:
            if len(read) >= photos.MOST:
                raise Refusal(photos.TOO_MANY)
            read.append((name, photos.read(content)))
        except Refusal as refusal:
            flash(request, f"没有上传“{name}”：{refusal}", "danger")
    if is_empty:
        flash(request, _NO_FILE, "danger")
    # Reading them may have taken long.
    hold_identity(request)
    store = request.registry["rooms.photo_store"]
    user_id = request.identity.user_id
    for name, pictures in read:
        try:
            with request.db.begin_nested():
                photo = photos.add(
                    request.db, store, _room_id(request), pictures, by_user_id=user_id
                )
        except Refusal as refusal:
            flash(request, f"没有上传“{name}”：{refusal}", "danger")
            continue
        if photo is None:
            flash(request, _NOT_A_ROOM, "danger")
            return HTTPSeeOther("/admin/rooms/meetingrooms/")
        _record(request, ADDED, after=name)
        flash(request, f"已上传“{name}”。")
    return _back(request)


def change(request) -> HTTPSeeOther:
    """``POST /admin/rooms/meetingrooms/ID/photos/PHOTO``, with ``do``: ``first`` or ``delete``."""
    hold_identity(request)
    photo = _find(request)
    what = request.POST.get("do", "")
    if photo is None:
        flash(request, _GONE, "danger")
    elif what == "first":
        photos.make_first(request.db, photo)
        _record(request, FIRST)
        flash(request, "已设为首图。")
    elif what == "delete":
        photos.delete(request.db, photo)
        _record(request, DELETED)
        flash(request, "已删除照片。")
    return _back(request)


def show(request):
    """``GET /admin/rooms/meetingrooms/ID/photos/PHOTO/SIZE.jpg``"""
    photo = _find(request)
    if photo is None:
        raise HTTPNotFound
    try:
        return photo_files.respond(request, photo, request.matchdict["size"])
    except FileNotFoundError:
        raise HTTPNotFound from None


def of_room(request, room: Meetingroom) -> dict[str, Any]:
    """What the page of a room needs of them."""
    return {
        "photos": photos.of_room(request.db, room.id),
        "max_size": f"{photos.MAX_BYTES // 1024**2} MB",
        "most": photos.MOST,
    }


def _find(request) -> Photo | None:
    return photos.find(request.db, _room_id(request), int(request.matchdict["photo"]))


def _room_id(request) -> int:
    return int(request.matchdict["id"])


def _record(request, what: str, after: str = "") -> None:
    room = request.db.get_one(Meetingroom, _room_id(request))
    said = {"照片": after} if after else {}
    audit.record(request, what, room, display.full_name(room), {}, said)


def _back(request) -> HTTPSeeOther:
    path = f"/admin/rooms/meetingrooms/{_room_id(request)}/"
    return HTTPSeeOther(with_back(path, back_url(request)) + "#photos")


def includeme(config) -> None:
    for name, path in (
        ("rooms.admin.photos", _ROOM),
        ("rooms.admin.photo", _PHOTO),
        ("rooms.admin.photo_file", _PHOTO + "/{size:small|large}.jpg"),
    ):
        config.add_route(name, path, factory=AdminRoot)
    changing: dict[str, Any] = {"request_method": "POST", "permission": "rooms.change"}
    config.add_view(upload, route_name="rooms.admin.photos", takes_files=True, **changing)
    config.add_view(change, route_name="rooms.admin.photo", **changing)
    config.add_view(
        show,
        route_name="rooms.admin.photo_file",
        request_method="GET",
        permission="rooms.view",
    )
