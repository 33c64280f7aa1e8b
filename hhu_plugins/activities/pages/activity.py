"""``/app/activities/ID/``: one activity, its form, one's place in it, one's clock-ins."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from pyramid.httpexceptions import HTTPSeeOther

from hhu_base.models import User
from hhu_base.rest import NotFound, path_id
from hhu_base.values.refusal import Refusal
from hhu_base.web.security import hold_identity
from hhu_base.web.sessions import flash
from hhu_plugins.activities import (
    clockins,
    display,
    enrollments,
    form_variants,
    notifications,
    queries,
    waiting_list,
)
from hhu_plugins.activities.admin import projector
from hhu_plugins.activities.answers import shown
from hhu_plugins.activities.models import Activity, Enrollment, WaitingEntry
from hhu_plugins.activities.pages import answers_form
from hhu_plugins.activities.pages.listing import PATH

_ONE = PATH + r"{id:\d{1,18}}/"
_NOT_ENROLLED = "您没有报名这个活动。"


def show_activity(request) -> dict[str, Any] | HTTPSeeOther:
    """``GET``, and ``POST`` with what to ``do``: enroll, leave, or wait no longer."""
    if request.method == "POST":
        return _act(request)
    return _page(request)


def _act(request) -> dict[str, Any] | HTTPSeeOther:
    deed = {"enroll": _enroll, "leave": _leave, "stop": _stop_waiting}.get(
        request.POST.get("do", "")
    )
    if deed is None:
        raise Refusal("请求格式错误。")
    hold_identity(request)
    return deed(request)


def _enroll(request) -> dict[str, Any] | HTTPSeeOther:
    activity_id = path_id(request)
    activity = request.db.get(Activity, activity_id)
    if activity is None:
        raise NotFound
    filled = answers_form.read(request, activity.form_metas, activity_id)
    try:
        if filled.refusals:
            raise Refusal("；".join(filled.refusals.values()))
        # What is refused leaves nothing, but the files.
        with request.db.begin_nested():
            outcome = enrollments.enroll(
                request.db,
                activity_id=activity_id,
                user_id=request.identity.user_id,
                answers=filled.answers,
                now=datetime.now(UTC),
                may_wait=request.POST.get("waitlist") == "yes",
                files=filled.files,
            )
    except Refusal as refusal:
        if str(refusal) == enrollments.ALREADY:  # tapped twice, or on another device
            flash(request, "您已经报名这个活动。", "info")
            return HTTPSeeOther(request.path)
        request.response.status = 400
        return _page(request, filled, str(refusal))
    notifications.tell(request, outcome.moved_up)
    if isinstance(outcome, enrollments.Queued):
        flash(
            request, f"名额已满，您排在候补第 {outcome.position} 位；有了空位会自动报名并通知您。"
        )
    else:
        flash(request, "报名成功。")
    return HTTPSeeOther(request.path)


def _leave(request) -> HTTPSeeOther:
    user_id = request.identity.user_id
    mine = sa.select(Enrollment.id).where(
        Enrollment.activity_id == path_id(request), Enrollment.user_id == user_id
    )
    enrollment_id = request.db.scalar(mine)
    try:
        moved_up = enrollment_id and enrollments.cancel(
            request.db, enrollment_id, now=datetime.now(UTC), holder_id=user_id
        )
    except Refusal as refusal:
        flash(request, str(refusal), "danger")
        return HTTPSeeOther(request.path)
    if moved_up is None:
        flash(request, _NOT_ENROLLED, "info")
    else:
        notifications.tell(request, moved_up)
        flash(request, "已取消报名，名额让给了其他老师。" if moved_up else "已取消报名。")
    return _back(request)


def _stop_waiting(request) -> HTTPSeeOther:
    waiting = _waiting(request)
    user_id = request.identity.user_id
    if waiting is not None and waiting_list.leave(request.db, waiting.WaitingEntry.id, user_id):
        flash(request, "已退出候补。")
    else:
        # A place may have become free meanwhile.
        flash(request, "您已不在候补之列。", "info")
    return _back(request)


def _back(request) -> HTTPSeeOther:
    """One that is not open is gone for who no longer has to do with it."""
    row = _find(request)
    return HTTPSeeOther(request.path if row is not None else PATH)


def _page(request, filled: answers_form.Filled | None = None, refusal: str = "") -> dict[str, Any]:
    row = _find(request)
    if row is None:
        raise NotFound
    activity, now = row.Activity, datetime.now(UTC)
    user_id, zone = request.identity.user_id, request.registry.site_zone
    mine = request.db.scalar(
        queries.enrollments(user_id).where(Enrollment.activity_id == activity.id)
    )
    waiting = _waiting(request)
    limit = activity.participants_total_limit
    is_full = limit is not None and row.enrollment_count >= limit
    may_enroll = (
        mine is None
        and waiting is None
        and activity.open_for_enrollment
        and activity.time_end > now
        and (activity.enroll_until is None or activity.enroll_until > now)
        and (not is_full or activity.has_waiting_list)
    )
    person = request.db.get_one(User, user_id)
    form = answers_form.fields(form_variants.filled(activity.form_metas, person), filled)
    has_errors = any(field.error for field in form)
    return {
        "title": activity.name,
        "activity": activity,
        "when": display.span(activity.time_start, activity.time_end, zone),
        "state": display.state_of(
            activity,
            row.enrollment_count,
            now,
            is_mine=mine is not None,
            is_waiting=waiting is not None,
        ),
        "enrolled": row.enrollment_count,
        "until": activity.enroll_until if mine is None else None,
        "refusal": "" if has_errors else refusal,
        "has_errors": has_errors,
        "answers": _told(mine.participating_metas) if mine else [],
        "mine": mine,
        "may_leave": mine is not None and activity.time_end > now,
        "position": waiting.position if waiting else 0,
        "waiting_answers": _told(waiting.WaitingEntry.participating_metas) if waiting else [],
        "may_enroll": may_enroll,
        "is_full": is_full,
        "form": form,
        "takes_files": any(field.kind == "file" for field in form),
        "accept": ",".join(f".{each}" for each in request.registry["activities.uploads"].types),
        "items": _items(request, activity, now, is_mine=mine is not None),
        "back": PATH,
        "clockin": f"{PATH}clockin/",
    }


def _items(request, activity: Activity, now: datetime, *, is_mine: bool) -> list[dict[str, Any]]:
    """The clock-ins with what has become of them; the states are in the order of the items."""
    states = clockins.states(request.db, activity.id, request.identity.user_id)
    return [
        {
            "label": item.label,
            "window": projector.window(request, item),
            "is_done": state.is_clockin,
            "is_open": is_mine and item.from_time <= now < item.to_time,
            "is_missed": is_mine and item.to_time <= now and not state.is_clockin,
        }
        for item, state in zip(activity.clockin_items, states, strict=True)
    ]


def _told(answers: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name, text) for name, answer in answers.items() if (text := shown(answer))]


def _find(request):
    return request.db.execute(
        queries.visible(request.identity.user_id).where(Activity.id == path_id(request))
    ).first()


def _waiting(request):
    return request.db.execute(
        queries.waiting(request.identity.user_id).where(
            WaitingEntry.activity_id == path_id(request)
        )
    ).first()


def includeme(config) -> None:
    config.add_page(
        "activities.app.one",
        _ONE,
        show_activity,
        title="活动",
        renderer="hhu_plugins.activities:templates/app_activity.jinja2",
        methods=("GET", "POST"),
        takes_files=True,
    )
