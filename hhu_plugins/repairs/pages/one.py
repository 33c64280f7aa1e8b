"""``/app/repairs/ID/``: one of one's own repairs, its course, and what can be done about it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import colander
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.response import Response

from hhu_base.app import InboxAction
from hhu_base.rest import NotFound, path_id
from hhu_base.values.refusal import Refusal
from hhu_base.web import sessions
from hhu_base.web.security import hold_identity
from hhu_plugins.repairs import confirmations, photo_uploads, photos, requests, timeline
from hhu_plugins.repairs.display import tone_of
from hhu_plugins.repairs.models import OPEN, SOLVED, STATUS_NAMES, RepairRequest
from hhu_plugins.repairs.pages import own
from hhu_plugins.repairs.photo_files import respond_photo
from hhu_plugins.repairs.schemas import ConfirmationSchema, ReopeningSchema

PATH = r"/app/repairs/{id:\d{1,18}}/"
_GONE = "这条报修已经撤回了。"
_NO_PHOTO = "请选择照片。"
_NO_REASON = "请写明原因，最多 2000 字。"


def show_request(request) -> dict[str, Any] | HTTPSeeOther:
    """``GET /app/repairs/ID/`` and ``POST``, with what to ``do``."""
    from hhu_base.web.forms import Form, Invalid

    form = Form(request, _confirmation_schema())
    if request.method == "POST":
        try:
            return _change(request, form)
        except Invalid:
            request.response.status = 400
    found = requests.find_own(request.db, request.identity.user_id, path_id(request))
    if found is None:
        raise NotFound
    return _page(request, found) | {"form": form.render() if _is_to_confirm(found) else ""}


def _page(request, found: RepairRequest) -> dict[str, Any]:
    is_solved = found.status == SOLVED
    after = _confirm_after(request)
    confirmed = confirmations.confirmed_at(found, after)
    return {
        "title": f"报修：{found.location}",
        "repair": found,
        "status": STATUS_NAMES[found.status],
        "tone": tone_of(found),
        "course": timeline.of(found, after, is_office=False)[::-1],
        "is_confirmed": confirmed is not None,
        "confirm_before": found.status_changed_at + after if is_solved and after else None,
        "has_room": not is_solved and len(found.photos) < photos.MOST,
        "is_solved": is_solved,
        "most": photos.MOST,
        "accept": photo_uploads.ACCEPT,
        "withdraw": InboxAction("确认撤回", "", "danger", fields={"do": "withdraw"})
        if found.status == OPEN
        else None,
        "reopen": InboxAction("还没修好", "", wants_reason=True, fields={"do": "reopen"})
        if is_solved
        else None,
    }


def _is_to_confirm(found: RepairRequest) -> bool:
    return found.status == SOLVED and found.rating is None


def _confirmation_schema() -> ConfirmationSchema:
    from deform.widget import RadioChoiceWidget, TextAreaWidget

    schema = ConfirmationSchema().clone()
    schema["rating"].description = ""
    schema["rating"].widget = RadioChoiceWidget(
        values=[(str(stars), f"{stars} 星") for stars in range(1, 6)], inline=True
    )
    schema["remark"].widget = TextAreaWidget(rows=2)
    return schema


def _change(request, form) -> HTTPSeeOther:
    """What is refused is said on the page; done twice, the second says what is true."""
    what = request.POST.get("do", "")
    deed = _DEEDS.get(what)
    if deed is None:
        raise Refusal("请求格式错误。")
    try:
        is_found = deed(request, form)
    except Refusal as refusal:
        sessions.flash(request, str(refusal), "danger")
        return HTTPSeeOther(request.path)
    if not is_found:
        _say_that_it_is_gone(request)
    is_there = is_found and what != "withdraw"
    return HTTPSeeOther(request.path if is_there else own.PATH)


def _say_that_it_is_gone(request) -> None:
    """To its reporter, who has withdrawn it; for anybody else it is not found."""
    found = request.db.get(RepairRequest, path_id(request))
    if found is None or found.user_id != _me(request):
        raise NotFound
    sessions.flash(request, _GONE, "warning")


def _withdraw(request, form) -> bool:
    hold_identity(request)
    if not requests.withdraw(request.db, _letters(request), path_id(request), user_id=_me(request)):
        return False
    sessions.flash(request, "报修已撤回。")
    return True


def _reopen(request, form) -> bool:
    try:
        reason = ReopeningSchema().deserialize({"reason": request.POST.get("reason", "")})
    except colander.Invalid:
        raise Refusal(_NO_REASON) from None
    hold_identity(request)
    is_found = requests.reopen(
        request.db, _letters(request), path_id(request), user_id=_me(request), **reason
    )
    if is_found:
        sessions.flash(request, "已重新打开，负责的老师会再来看。")
    return is_found


def _confirm(request, form) -> bool:
    values = form.validate()
    hold_identity(request)
    values |= {"user_id": _me(request), "after": _confirm_after(request)}
    if not confirmations.confirm(request.db, path_id(request), **values):
        return False
    sessions.flash(request, "谢谢您的评价。" if values["rating"] else "谢谢，已确认修好。")
    return True


def _add_photos(request, form) -> bool:
    if requests.find_own(request.db, _me(request), path_id(request)) is None:
        return False
    pictures = photo_uploads.read(request)
    if not pictures:
        if not request.session.peek_flash():
            sessions.flash(request, _NO_PHOTO, "danger")
        return True
    hold_identity(request)
    stored = photo_uploads.store(request, path_id(request), pictures, user_id=_me(request))
    if stored:
        sessions.flash(request, f"已添加 {stored} 张照片。")
    return True


def _delete_photo(request, form) -> bool:
    photo_id = request.POST.get("photo", "")
    if not (photo_id.isascii() and photo_id.isdigit() and len(photo_id) < 19):
        raise Refusal("请求格式错误。")
    hold_identity(request)
    if requests.find_own(request.db, _me(request), path_id(request)) is None:
        return False
    if photos.delete(request.db, path_id(request), int(photo_id), user_id=_me(request)):
        sessions.flash(request, "已删除照片。")
    return True


def _letters(request):
    return request.registry["repairs.letters"]


def _confirm_after(request) -> timedelta | None:
    return request.registry["repairs.confirm_after"]


def _me(request) -> int:
    return request.identity.user_id


_DEEDS = {
    "withdraw": _withdraw,
    "reopen": _reopen,
    "confirm": _confirm,
    "add-photos": _add_photos,
    "delete-photo": _delete_photo,
}


def show_photo(request) -> Response:
    """``GET /app/repairs/ID/photos/PHOTO/SIZE.jpg``"""
    if requests.find_own(request.db, request.identity.user_id, path_id(request)) is None:
        raise NotFound
    return respond_photo(request)
