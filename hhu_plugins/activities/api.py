"""The REST services of the activities; the contract's section of the same name."""

from __future__ import annotations

from datetime import UTC, datetime

from pyramid.security import NO_PERMISSION_REQUIRED

from hhu_base import calendars
from hhu_base.rest import (
    NotFound,
    body,
    must_accept_json,
    no_such_object,
    paged,
    path_id,
    query,
    service,
)
from hhu_base.rest.serializers import NOTHING, list_of, page_of
from hhu_base.values.refusal import TOGETHER, FieldErrors, Refusal
from hhu_base.web.security import hold_identity, permissions_of
from hhu_plugins.activities import calendar_feeds, notifications, queries, serializers, waiting_list
from hhu_plugins.activities import clockins as clockin_rules
from hhu_plugins.activities import enrollments as enrollment_rules
from hhu_plugins.activities.models import Enrollment
from hhu_plugins.activities.schemas import ActivityListSchema, ClockinSchema, EnrollmentSchema

NO_SUCH_ACTIVITY = "该活动不存在。"
_CLOCKING_IN = {
    "idempotent": True,
    "validators": (body(ClockinSchema),),
    "answers": {
        200: serializers.CLOCKED_IN,
        400: [
            clockin_rules.EXPIRED,
            clockin_rules.BAD_CODE,
            clockin_rules.NOT_NOW,
            clockin_rules.NOT_ENROLLED,
            clockin_rules.ALREADY,
        ],
    },
}

activities = service("activities", "/activities/")
activity = service("activity", r"/activities/{id:\d+}/")
# Calendar programs have no token: the feed looks for itself who is asking.
activity_calendar = service(
    "activity.calendar",
    r"/activities/{id:\d+}/calendar.ics/",
    permission=NO_PERMISSION_REQUIRED,
)
enrollments = service("enrollments", "/enrollments/")
enrollment = service("enrollment", r"/enrollments/{id:\d+}/")
waiting_places = service("enrollments.waiting", "/enrollments/waiting/")
waiting_place = service("enrollments.waiting.place", r"/enrollments/waiting/{id:\d+}/")
clockins = service("activities.clockins", "/activities/clockins/")
clockins_of = service("activities.clockins.activity", r"/activities/clockins/{id:\d+}/")
# What the oldest client calls it.
clockin = service("activities.clockin", "/activities/clockin/")
duties = service("activities.clockin-duties", "/activities/clockin-duties/")
duty = service("activities.clockin-duty", r"/activities/clockin-duties/{id:\d+}/")


@activities.get(
    validators=(query(ActivityListSchema),), answers={200: page_of(serializers.ACTIVITY)}
)
def list_activities(request):
    """Those open for enrollment; ``my=yes``: those that the caller is enrolled in."""
    statement = queries.activities(request.identity.user_id, **request.validated)
    return paged(request, statement, serializers.ACTIVITY)


@activity.get(answers={200: serializers.ACTIVITY})
def show_activity(request):
    """One that is open, or that the caller is enrolled in."""
    found = queries.activity(request.db, path_id(request), request.identity.user_id)
    if found is None:
        raise NotFound
    return serializers.ACTIVITY(found)


@activity_calendar.get(exclude=must_accept_json, reads=calendars.READS, answers=calendars.ANSWERS)
def show_activity_calendar(request):
    """One that is open, or that the caller is enrolled in, for calendar programs."""
    reader_id = calendars.authenticate(request)
    feed = calendar_feeds.of_activity(request.db, path_id(request), reader_id)
    return calendars.respond(request, reader_id, feed)


@enrollments.post(
    idempotent=True,
    validators=(body(EnrollmentSchema, summary=True),),
    answers={
        201: serializers.ENROLLMENT,
        202: serializers.QUEUED,
        400: [
            {
                "activity": [enrollment_rules.NOT_OPEN],
                "non_field_errors": [enrollment_rules.NOT_OPEN],
            },
            {"activity": [enrollment_rules.ENDED], "non_field_errors": [enrollment_rules.ENDED]},
            {
                "activity": [enrollment_rules.TOO_LATE],
                "non_field_errors": [enrollment_rules.TOO_LATE],
            },
            {"activity": [enrollment_rules.FULL], "non_field_errors": [enrollment_rules.FULL]},
            {"non_field_errors": [enrollment_rules.ALREADY]},
            {"non_field_errors": ["必填项姓名不得为空。（字段：姓名）"]},
        ],
    },
)
def enroll(request):
    """Take a place; with ``waitlist``, where there is a waiting list, wait for one."""
    wanted = request.validated
    try:
        outcome = enrollment_rules.enroll(
            request.db,
            activity_id=wanted["activity"],
            user_id=request.identity.user_id,
            answers=wanted["participating_metas"],
            now=datetime.now(UTC),
            may_wait=wanted["waitlist"],
        )
    except enrollment_rules.NoSuchActivity:
        message = no_such_object(wanted["activity"])
        raise FieldErrors(
            {"activity": [message], "non_field_errors": [f"活动：{message}"]}
        ) from None
    except Refusal as refusal:
        # The first client reads nothing but non_field_errors.
        refusal.payload.setdefault(TOGETHER, [str(refusal)])
        raise
    notifications.tell(request, outcome.moved_up)
    if isinstance(outcome, enrollment_rules.Queued):
        request.response.status_code = 202
        return {"activity": wanted["activity"], "position": outcome.position}
    request.response.status_code = 201
    return serializers.ENROLLMENT(request.db.get_one(Enrollment, outcome.enrollment_id))


@enrollments.get(answers={200: page_of(serializers.ENROLLMENT)})
def list_enrollments(request):
    """The caller's own."""
    return paged(request, queries.enrollments(request.identity.user_id), serializers.ENROLLMENT)


@enrollment.get(answers={200: serializers.ENROLLMENT})
def show_enrollment(request):
    """One of the caller's own."""
    found = request.db.scalar(
        queries.enrollments(request.identity.user_id).where(Enrollment.id == path_id(request))
    )
    if found is None:
        raise NotFound
    return serializers.ENROLLMENT(found)


@enrollment.delete(
    answers={204: NOTHING, 400: [enrollment_rules.ENDED_ALREADY, enrollment_rules.HAS_CLOCKED_IN]}
)
def cancel_enrollment(request):
    """Give one's place back, as long as nothing has happened that can't be undone."""
    moved_up = enrollment_rules.cancel(
        request.db,
        path_id(request),
        now=datetime.now(UTC),
        holder_id=request.identity.user_id,
    )
    if moved_up is None:
        raise NotFound
    notifications.tell(request, moved_up)
    request.response.status_code = 204


@waiting_places.get(answers={200: page_of(serializers.WAITING)})
def list_waiting(request):
    """Where the caller waits, and how many are before him."""
    return paged(request, queries.waiting(request.identity.user_id), serializers.WAITING)


@waiting_place.delete(answers={204: NOTHING})
def stop_waiting(request):
    """Wait no longer."""
    if not waiting_list.leave(request.db, path_id(request), request.identity.user_id):
        raise NotFound
    request.response.status_code = 204


@clockins_of.get(answers={200: list_of(serializers.CLOCKIN_STATE), 400: [NO_SUCH_ACTIVITY]})
def show_clockins(request):
    """What can be clocked in for in an activity, and what the caller has."""
    activity_id, user_id = path_id(request), request.identity.user_id
    is_administrator = _is_administrator(request, "activities.view")
    if not clockin_rules.may_see_items(
        request.db, activity_id, user_id, is_administrator=is_administrator
    ):
        raise Refusal(NO_SUCH_ACTIVITY)
    return [
        {"label": item.label, "is_clockin": item.is_clockin}
        for item in clockin_rules.states(request.db, activity_id, user_id)
    ]


@clockins.post(**_CLOCKING_IN)
@clockins_of.post(**_CLOCKING_IN)
@clockin.post(**_CLOCKING_IN)
def clock_in(request):
    """Clock in with a scanned code."""
    try:
        done = clockin_rules.clock_in(
            request.db,
            request.registry["activities.codes"],
            str(request.validated["key"]),
            user_id=request.identity.user_id,
            now=datetime.now(UTC),
            # Not client_addr, which believes any header.
            device=clockin_rules.Device(request.remote_addr or "", request.user_agent or ""),
            activity_id=path_id(request) if "id" in request.matchdict else None,
        )
    except Refusal as refusal:
        hold_identity(request)  # of who has been deleted meanwhile, no registration is left
        raise Refusal(str(refusal)) from None
    return {"label": done.label, "activity_name": done.activity_name}


@duties.get(answers={200: list_of(serializers.DUTY)})
def list_duties(request):
    """The clock-ins whose code the caller may show."""
    found = clockin_rules.duties(
        request.db,
        request.identity.user_id,
        is_administrator=_is_administrator(request),
        now=datetime.now(UTC),
    )
    return list_of(serializers.DUTY)(found)


@duty.get(answers={200: serializers.CODE})
def show_code(request):
    """The code of this moment."""
    item_id = path_id(request)
    is_administrator = _is_administrator(request)
    user_id = request.identity.user_id
    if not clockin_rules.duty(request.db, item_id, user_id, is_administrator=is_administrator):
        raise NotFound
    codes = request.registry["activities.codes"]
    now = datetime.now(UTC)
    request.response.cache_control = "no-store"
    return serializers.code(codes, item_id, now)


def _is_administrator(request, permission: str = "activities.change") -> bool:
    identity = request.identity
    return identity.is_superuser or (
        identity.is_staff and permission in permissions_of(request.db, identity.user_id)
    )
