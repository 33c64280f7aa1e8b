"""Meeting rooms and reservations."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from webtest import Upload

from hhu_plugins.rooms import demo_photos, plans
from hhu_plugins.rooms.offers import Slot

PACKAGE = "rooms"
_ZONE = ZoneInfo("Asia/Shanghai")

TABLE = """
                                                           nobody teacher other keeper elsewhere view change admin off
GET    /meetingrooms/                                         401     200   200    200       200  200    200   200 401
GET    /meetingrooms/{room}/                                  401     200   200    200       200  200    200   200 401
GET    /meetingrooms/available/?{window}                      401     200   200    200       200  200    200   200 401
GET    /meetingrooms/details/                                 401     200   200    200       200  200    200   200 401
GET    /meetingrooms/{room}/details/                          401     200   200    200       200  200    200   200 401
GET    /meetingrooms/equipment/                               401     200   200    200       200  200    200   200 401
GET    /meetingrooms/photos/{photo}/                          401     200   200    200       200  200    200   200 401
POST   /reservations/                                         401     201   201    201       201  201    201   201 401
GET    /reservations/                                         401     200   200    200       200  200    200   200 401
GET    /reservations/{reservation}/                           401     200   404    404       404  404    404   404 401
DELETE /reservations/{reservation}/                           401     204   404    404       404  404    404   404 401
PATCH  /reservations/{reservation}/                           401     200   404    404       404  404    404   404 401
POST   /reservations/{reservation}/end/                       401     200   404    404       404  404    404   404 401
POST   /reservations/waiting/                                 401     201   201    201       201  201    201   201 401
GET    /reservations/waiting/                                 401     200   200    200       200  200    200   200 401
DELETE /reservations/waiting/{waiting_request}/                401     204   404    404       404  404    404   404 401
POST   /reservations/{held}/confirm/                          401     200   404    404       404  404    404   404 401
POST   /reservations/{begun}/checkin/                         401     200   404    404       404  404    404   404 401
POST   /reservations/{asked}/asks/                            401     400   400    201       201  201    201   201 401
GET    /asks/                                                 401     200   200    200       200  200    200   200 401
GET    /asks/{ask}/                                           401     200   200    404       404  404    404   404 401
DELETE /asks/{ask}/                                           401     404   204    404       404  404    404   404 401
POST   /asks/{ask}/yes/                                       401     200   404    404       404  404    404   404 401
POST   /asks/{ask}/no/                                        401     200   404    404       404  404    404   404 401
GET    /meetingrooms/{room}/reservations/?{times}             401     200   200    200       200  200    200   200 401
# Approvers need no right in the back office.
GET    /reservations/requests/                                401     200   200    200       200  200    200   200 401
POST   /reservations/{requested}/approve/                     401     404   404    200       404  404    404   404 401
POST   /reservations/{requested}/refuse/                      401     404   404    200       404  404    404   404 401
GET    /reservations/terms/                                   401     200   200    200       200  200    200   200 401
POST   /reservations/series/plan/                             401     200   200    200       200  200    200   200 401
POST   /reservations/series/                                  401     201   201    201       201  201    201   201 401
GET    /reservations/series/                                  401     200   200    200       200  200    200   200 401
GET    /reservations/series/{series}/                         401     200   404    404       404  404    404   404 401
PATCH  /reservations/series/{series}/                         401     200   404    404       404  404    404   404 401
DELETE /reservations/series/{series}/                         401     204   404    404       404  404    404   404 401
POST   /reservations/series/{series}/dates/                   401     201   404    404       404  404    404   404 401
GET    /meetingrooms/{room}/calendar.ics/                     401     200   200    200       200  200    200   200 401
GET    /reservations/calendar.ics/                            401     200   200    200       200  200    200   200 401
# A calendar program has nothing but the key in the address, which says whose it is.
GET    /reservations/calendar.ics/?key={key}                  200     200   200    200       200  200    200   200 200
GET    /reservations/calendar.ics/?key={key_of_gone}          404     404   404    404       404  404    404   404 404
GET    /reservations/calendar.ics/?key=                       404     404   404    404       404  404    404   404 404

GET    /admin/rooms/meetingrooms/                              in     403   403    403       403  200    200   200  in
GET    /admin/rooms/meetingrooms/options                       in     403   403    403       403  200    200   200  in
GET    /admin/rooms/meetingrooms/export.xlsx                   in     403   403    403       403  200    200   200  in
GET    /admin/rooms/meetingrooms/export.csv                    in     403   403    403       403  200    200   200  in
GET    /admin/rooms/meetingrooms/import                        in     403   403    403       403  403    200   200  in
POST   /admin/rooms/meetingrooms/import                        in     403   403    403       403  403    200   200  in
GET    /admin/rooms/meetingrooms/import.xlsx                   in     403   403    403       403  403    200   200  in
GET    /admin/rooms/meetingrooms/import.csv                    in     403   403    403       403  403    200   200  in
POST   /admin/rooms/meetingrooms/import-bad.xlsx               in     403   403    403       403  403    200   200  in
POST   /admin/rooms/meetingrooms/import-bad.csv                in     403   403    403       403  403    200   200  in
GET    /admin/rooms/meetingrooms/add                           in     403   403    403       403  403    200   200  in
POST   /admin/rooms/meetingrooms/add                           in     403   403    403       403  403    303   303  in
GET    /admin/rooms/meetingrooms/{room}/                       in     403   403    403       403  200    200   200  in
POST   /admin/rooms/meetingrooms/{room}/                       in     403   403    403       403  403    303   303  in
GET    /admin/rooms/meetingrooms/delete?id={room}              in     403   403    403       403  403    200   200  in
POST   /admin/rooms/meetingrooms/delete                        in     403   403    403       403  403    303   303  in
POST   /admin/rooms/meetingrooms/{room}/photos                 in     403   403    403       403  403    303   303  in
POST   /admin/rooms/meetingrooms/{room}/photos/{photo}         in     403   403    403       403  403    303   303  in
GET    /admin/rooms/meetingrooms/{room}/photos/{photo}/small.jpg  in  403   403    403       403  200    200   200  in
GET    /admin/rooms/meetingrooms/{room}/photos/{photo}/large.jpg  in  403   403    403       403  200    200   200  in
GET    /admin/rooms/meetingrooms/doors                         in     403   403    403       403  200    200   200  in
GET    /r/{room}                                              200     200   200    200       200  200    200   200 200
GET    /r/{room}/photo.jpg                                    200     200   200    200       200  200    200   200 200
POST   /r/{checkin_room}                                       in     303   303    303       303  303    303   303  in
GET    /app/rooms/waiting/                                     in     200   200    200       200  200    200   200  in
POST   /app/rooms/waiting/                                     in     303   303    303       303  303    303   303  in
GET    /app/rooms/                                                 in     200   200    200       200  200    200   200  in
POST   /app/rooms/                                                 in     303   303    303       303  303    303   303  in
GET    /app/rooms/board/                                           in     200   200    200       200  200    200   200  in
GET    /app/rooms/{room}/                                          in     200   200    200       200  200    200   200  in
POST   /app/rooms/{room}/                                          in     303   303    303       303  303    303   303  in
GET    /app/rooms/photos/{photo}/small.jpg                         in     200   200    200       200  200    200   200  in
GET    /app/rooms/photos/{photo}/large.jpg                         in     200   200    200       200  200    200   200  in
GET    /app/rooms/{room}/repeat/                                   in     200   200    200       200  200    200   200  in
POST   /app/rooms/{room}/repeat/                                   in     200   200    200       200  200    200   200  in
GET    /app/reservations/                                          in     200   200    200       200  200    200   200  in
GET    /app/reservations/{reservation}/                            in     200   404    404       404  404    404   404  in
POST   /app/reservations/{reservation}/                            in     303   404    404       404  404    404   404  in
GET    /app/reservations/{reservation}/meeting.ics                 in     200   404    404       404  404    404   404  in
GET    /app/reservations/{reservation}/change                      in     200   404    404       404  404    404   404  in
POST   /app/reservations/{reservation}/change                      in     303   404    404       404  404    404   404  in
GET    /app/reservations/series/{series}/                          in     200   404    404       404  404    404   404  in
POST   /app/reservations/series/{series}/                          in     303   404    404       404  404    404   404  in
GET    /admin/rooms/meetingrooms/{room}/door                   in     403   403    403       403  200    200   200  in

GET    /admin/rooms/equipment/                                 in     403   403    403       403  200    200   200  in
GET    /admin/rooms/equipment/options                          in     403   403    403       403  200    200   200  in
GET    /admin/rooms/equipment/export.xlsx                      in     403   403    403       403  200    200   200  in
GET    /admin/rooms/equipment/export.csv                       in     403   403    403       403  200    200   200  in
GET    /admin/rooms/equipment/add                              in     403   403    403       403  403    200   200  in
POST   /admin/rooms/equipment/add                              in     403   403    403       403  403    303   303  in
GET    /admin/rooms/equipment/{equipment}/                     in     403   403    403       403  200    200   200  in
POST   /admin/rooms/equipment/{equipment}/                     in     403   403    403       403  403    303   303  in
GET    /admin/rooms/equipment/delete?id={equipment}            in     403   403    403       403  403    200   200  in
POST   /admin/rooms/equipment/delete                           in     403   403    403       403  403    303   303  in

GET    /admin/rooms/terms/                                     in     403   403    403       403  200    200   200  in
GET    /admin/rooms/terms/options                              in     403   403    403       403  200    200   200  in
GET    /admin/rooms/terms/export.xlsx                          in     403   403    403       403  200    200   200  in
GET    /admin/rooms/terms/export.csv                           in     403   403    403       403  200    200   200  in
GET    /admin/rooms/terms/import                               in     403   403    403       403  403    200   200  in
POST   /admin/rooms/terms/import                               in     403   403    403       403  403    200   200  in
GET    /admin/rooms/terms/import.xlsx                          in     403   403    403       403  403    200   200  in
GET    /admin/rooms/terms/import.csv                           in     403   403    403       403  403    200   200  in
POST   /admin/rooms/terms/import-bad.xlsx                      in     403   403    403       403  403    200   200  in
POST   /admin/rooms/terms/import-bad.csv                       in     403   403    403       403  403    200   200  in
GET    /admin/rooms/terms/add                                  in     403   403    403       403  403    200   200  in
POST   /admin/rooms/terms/add                                  in     403   403    403       403  403    303   303  in
GET    /admin/rooms/terms/{term}/                              in     403   403    403       403  200    200   200  in
POST   /admin/rooms/terms/{term}/                              in     403   403    403       403  403    303   303  in
GET    /admin/rooms/terms/delete?id={term}                     in     403   403    403       403  403    200   200  in
POST   /admin/rooms/terms/delete                               in     403   403    403       403  403    303   303  in

GET    /admin/rooms/reservations/                              in     403   403    403       403  200    200   200  in
GET    /admin/rooms/reservations/options                       in     403   403    403       403  200    200   200  in
GET    /admin/rooms/reservations/export.xlsx                   in     403   403    403       403  200    200   200  in
GET    /admin/rooms/reservations/export.csv                    in     403   403    403       403  200    200   200  in
GET    /admin/rooms/reservations/add                           in     403   403    403       403  403    200   200  in
POST   /admin/rooms/reservations/add                           in     403   403    403       403  403    303   303  in
GET    /admin/rooms/reservations/{reservation}/                in     403   403    403       403  200    200   200  in
POST   /admin/rooms/reservations/{reservation}/                in     403   403    403       403  403    303   303  in
GET    /admin/rooms/reservations/delete?id={reservation}       in     403   403    403       403  403    303   303  in
POST   /admin/rooms/reservations/delete                        in     403   403    403       403  403    303   303  in
GET    /admin/rooms/reservations/do/cancel?id={reservation}    in     403   403    403       403  403    200   200  in
POST   /admin/rooms/reservations/do/cancel                     in     403   403    403       403  403    303   303  in
GET    /admin/rooms/reservations/do/restore?id={cancelled}     in     403   403    403       403  403    200   200  in
POST   /admin/rooms/reservations/do/restore                    in     403   403    403       403  403    303   303  in
GET    /admin/rooms/reservations/do/checkin?id={begun}         in     403   403    403       403  403    200   200  in
POST   /admin/rooms/reservations/do/checkin                    in     403   403    403       403  403    303   303  in

GET    /admin/rooms/reservations/do/approve?id={requested}     in     403   403    403       403  403    200   200  in
POST   /admin/rooms/reservations/do/approve                    in     403   403    403       403  403    303   303  in
GET    /admin/rooms/reservations/do/refuse?id={requested}      in     403   403    403       403  403    200   200  in
POST   /admin/rooms/reservations/do/refuse                     in     403   403    403       403  403    303   303  in

GET    /admin/rooms/asks/                                      in     403   403    403       403  200    200   200  in
GET    /admin/rooms/asks/options                               in     403   403    403       403  200    200   200  in
GET    /admin/rooms/asks/export.xlsx                           in     403   403    403       403  200    200   200  in
GET    /admin/rooms/asks/export.csv                            in     403   403    403       403  200    200   200  in
GET    /admin/rooms/asks/{ask}/                                in     403   403    403       403  200    200   200  in
POST   /admin/rooms/asks/{ask}/                                in     403   403    403       403  403    303   303  in
GET    /admin/rooms/asks/add                                   in     403   403    403       403  403    303   303  in
POST   /admin/rooms/asks/add                                   in     403   403    403       403  403    303   303  in
GET    /admin/rooms/asks/delete?id={ask}                       in     403   403    403       403  403    303   303  in
POST   /admin/rooms/asks/delete                                in     403   403    403       403  403    303   303  in
GET    /admin/rooms/asks/do/yes?id={ask}                       in     403   403    403       403  403    200   200  in
POST   /admin/rooms/asks/do/yes                                in     403   403    403       403  403    303   303  in
GET    /admin/rooms/asks/do/no?id={ask}                        in     403   403    403       403  403    200   200  in
POST   /admin/rooms/asks/do/no                                 in     403   403    403       403  403    303   303  in

GET    /app/asks/                                              in     200   200    200       200  200    200   200  in
GET    /app/asks/new/                                          in     200   200    200       200  200    200   200  in
POST   /app/asks/new/                                          in     404   400    303       303  303    303   303  in
GET    /app/asks/{ask}/                                        in     200   200    404       404  404    404   404  in
POST   /app/asks/{ask}/                                        in     303   404    404       404  404    404   404  in
POST   /app/approvals/{requested}/                             in     404   404    303       404  404    404   404  in

GET    /admin/rooms/hours/                                     in     403   403    403       403  200    200   200  in
GET    /admin/rooms/hours/options                              in     403   403    403       403  200    200   200  in
GET    /admin/rooms/hours/export.xlsx                          in     403   403    403       403  200    200   200  in
GET    /admin/rooms/hours/export.csv                           in     403   403    403       403  200    200   200  in
GET    /admin/rooms/hours/add                                  in     403   403    403       403  403    200   200  in
POST   /admin/rooms/hours/add                                  in     403   403    403       403  403    303   303  in
GET    /admin/rooms/hours/{hours}/                             in     403   403    403       403  200    200   200  in
POST   /admin/rooms/hours/{hours}/                             in     403   403    403       403  403    303   303  in
GET    /admin/rooms/hours/delete?id={hours}                    in     403   403    403       403  403    200   200  in
POST   /admin/rooms/hours/delete                               in     403   403    403       403  403    303   303  in

GET    /admin/rooms/closures/                                  in     403   403    403       403  200    200   200  in
GET    /admin/rooms/closures/options                           in     403   403    403       403  200    200   200  in
GET    /admin/rooms/closures/export.xlsx                       in     403   403    403       403  200    200   200  in
GET    /admin/rooms/closures/export.csv                        in     403   403    403       403  200    200   200  in
GET    /admin/rooms/closures/add                               in     403   403    403       403  403    200   200  in
POST   /admin/rooms/closures/add                               in     403   403    403       403  403    303   303  in
GET    /admin/rooms/closures/{closure}/                        in     403   403    403       403  200    200   200  in
POST   /admin/rooms/closures/{closure}/                        in     403   403    403       403  403    303   303  in
GET    /admin/rooms/closures/delete?id={closure}               in     403   403    403       403  403    200   200  in
POST   /admin/rooms/closures/delete                            in     403   403    403       403  403    303   303  in

GET    /admin/rooms/calendar/                                  in     403   403    403       403  200    200   200  in
GET    /admin/rooms/calendar/events.json?{days}               401     403   403    403       403  200    200   200 401
POST   /admin/rooms/calendar/move.json                        401     403   403    403       403  403    200   200 401
POST   /admin/rooms/calendar/cancel.json                      401     403   403    403       403  403    200   200 401
GET    /admin/rooms/book/                                      in     403   403    403       403  403    200   200  in
POST   /admin/rooms/book/                                      in     403   403    403       403  403    303   303  in
GET    /admin/rooms/series/{series}/                           in     403   403    403       403  200    200   200  in
POST   /admin/rooms/series/{series}/                           in     403   403    403       403  403    303   303  in
GET    /admin/rooms/hour/?weekday=1&hour=9&from=2026-01-01&to=2026-02-01 in 403 403  403       403  200    200   200  in
GET    /admin/rooms/conflicts/                                 in     403   403    403       403  200    200   200  in
POST   /admin/rooms/conflicts/                                 in     403   403    403       403  403    303   303  in
"""


def _times(world, hours: int) -> dict:
    start = world.tomorrow + timedelta(hours=hours)
    return {
        "reserve_from": start.isoformat(),
        "reserve_to": (start + timedelta(hours=1)).isoformat(),
    }


def _reservation(world, hours: int) -> dict:
    return {"room_id": world["room"], "description": "例会", **_times(world, hours)}


def _question(world, hours: int) -> dict:
    start = (world.tomorrow + timedelta(hours=hours)).astimezone(_ZONE)
    return {"day": f"{start:%Y-%m-%d}", "at": f"{start:%H:%M}", "minutes": "60"}


def _form_times(world, hours: int) -> dict:
    asked = _question(world, hours)
    end = (world.tomorrow + timedelta(hours=hours + 1)).astimezone(_ZONE)
    return {"day": asked["day"], "start": asked["at"], "end": f"{end:%H:%M}"}


def _move(world) -> dict:
    was = {name.replace("reserve", "was"): value for name, value in _times(world, 0).items()}
    return {"id": world["reservation"], **was, **_times(world, 4)}


def _series(world) -> dict:
    times = _times(world, 5)
    return {"meetingroom": world["room"], "rule": {"every": 1, "count": 2}, **times}


def _digest(world) -> str:
    """Of the plan of ``_series``, whose dates are all free."""
    start, end = (datetime.fromisoformat(text) for text in _times(world, 5).values())
    week = timedelta(weeks=1)
    dates = [
        plans.PlannedDate(n, Slot(world["room"], start + n * week, end + n * week), plans.FREE)
        for n in range(2)
    ]
    return plans.Plan(dates).digest


def _ask(world) -> dict:
    return {"description": "招生会", "reason": "急", **_times(world, 11)}


_TERM = {"name": "下学期", "first_monday": "2030-02-18", "weeks_count": "18"}
_ROOM = {"name": "102", "location": "勤学楼", "seats_count": "8"}
_REASON = {"reason": "停电"}
_CLOSURE = {"starts": "2100-01-01T08:00", "ends": "2100-01-01T12:00", "reason": "考试"}

_BAD_ROWS = '[[2, {"名称": "x"}, ["有误"]]]'

SENT = {
    "POST /reservations/": lambda world: {
        "meetingroom": world["room"],
        "description": "例会",
        **_times(world, 4),
    },
    "POST /reservations/{asked}/asks/": _ask,
    "POST /reservations/{requested}/refuse/": lambda world: _REASON,
    "POST /admin/rooms/reservations/do/approve": lambda world: {"id": world["requested"]},
    "POST /admin/rooms/reservations/do/refuse": lambda world: {
        "id": world["requested"],
        **_REASON,
    },
    "POST /admin/rooms/asks/do/yes": lambda world: {"id": world["ask"], **_REASON},
    "POST /admin/rooms/asks/do/no": lambda world: {"id": world["ask"], **_REASON},
    "POST /app/asks/new/": lambda world: {"reservation": world["asked"], **_ask(world)},
    "POST /app/asks/{ask}/": lambda world: {"do": "yes"},
    "POST /app/approvals/{requested}/": lambda world: {"do": "approve"},
    "POST /reservations/waiting/": lambda world: {
        "meetingroom": world["room"],
        "description": "例会",
        **_times(world, 0),
    },
    "PATCH /reservations/{reservation}/": lambda world: {"description": "改一下"},
    "POST /reservations/series/plan/": _series,
    "POST /reservations/series/": lambda world: {
        **_series(world),
        "description": "高等数学",
        "digest": _digest(world),
    },
    "POST /reservations/series/{series}/dates/": lambda world: _times(world, 4),
    "POST /admin/rooms/meetingrooms/import-bad.xlsx": lambda world: {"rows": _BAD_ROWS},
    "POST /admin/rooms/meetingrooms/import-bad.csv": lambda world: {"rows": _BAD_ROWS},
    "POST /admin/rooms/terms/import-bad.xlsx": lambda world: {"rows": _BAD_ROWS},
    "POST /admin/rooms/terms/import-bad.csv": lambda world: {"rows": _BAD_ROWS},
    "POST /admin/rooms/terms/import": lambda world: {
        "file": Upload(
            "学期.csv", "名称,第一周的星期一,周数\n下学期,2030-02-18,18\n".encode(), "text/csv"
        )
    },
    "POST /admin/rooms/terms/add": lambda world: _TERM,
    "POST /admin/rooms/terms/{term}/": lambda world: _TERM,
    "POST /admin/rooms/terms/delete": lambda world: {"id": world["term"]},
    "POST /admin/rooms/meetingrooms/add": lambda world: _ROOM,
    "POST /admin/rooms/meetingrooms/import": lambda world: {
        "file": Upload("会议室.csv", "名称,地点,座位数\n102,勤学楼,8\n".encode(), "text/csv")
    },
    "POST /admin/rooms/meetingrooms/{room}/": lambda world: _ROOM,
    "POST /admin/rooms/meetingrooms/delete": lambda world: {"id": world["room"]},
    "POST /admin/rooms/meetingrooms/{room}/photos": lambda world: {
        "file": Upload("照片.png", demo_photos.drawn(0), "image/png")
    },
    "POST /admin/rooms/meetingrooms/{room}/photos/{photo}": lambda world: {"do": "first"},
    "POST /admin/rooms/equipment/add": lambda world: {"name": "白板"},
    "POST /admin/rooms/equipment/{equipment}/": lambda world: {"name": "投影仪"},
    "POST /admin/rooms/equipment/delete": lambda world: {"id": world["equipment"]},
    "POST /admin/rooms/reservations/add": lambda world: {
        "user_id": world["person"],
        **_reservation(world, 4),
    },
    "POST /admin/rooms/reservations/{reservation}/": lambda world: _reservation(world, 4),
    "POST /admin/rooms/reservations/delete": lambda world: {"id": world["reservation"]},
    "POST /admin/rooms/reservations/do/cancel": lambda world: {
        "id": world["reservation"],
        **_REASON,
    },
    "POST /admin/rooms/reservations/do/restore": lambda world: {"id": world["cancelled"]},
    "POST /r/{checkin_room}": lambda world: {"do": "checkin"},
    "POST /app/rooms/": lambda world: {**_question(world, 4), "people": "1", "description": "例会"},
    "POST /app/rooms/{room}/": lambda world: {
        **_question(world, 4),
        "do": "book",
        "description": "例会",
    },
    "POST /app/rooms/{room}/repeat/": lambda world: {
        **_question(world, 5),
        "do": "plan",
        "repeat": "week",
        "count": "2",
    },
    "POST /app/reservations/{reservation}/": lambda world: {"do": "cancel"},
    "POST /app/reservations/{reservation}/change": lambda world: {
        **_form_times(world, 4),
        "room_id": world["room"],
        "description": "改一下",
    },
    "POST /app/reservations/series/{series}/": lambda world: {"do": "cancel"},
    "POST /app/rooms/waiting/": lambda world: {"do": "withdraw", "id": world["waiting_request"]},
    "POST /admin/rooms/reservations/do/checkin": lambda world: {"id": world["begun"]},
    "POST /admin/rooms/hours/add": lambda world: {"monday": "08:00–12:00"},
    "POST /admin/rooms/hours/{hours}/": lambda world: {
        "room_id": world["room"],
        "monday": "08:00–13:00",
    },
    "POST /admin/rooms/hours/delete": lambda world: {"id": world["hours"]},
    "POST /admin/rooms/closures/add": lambda world: _CLOSURE,
    "POST /admin/rooms/closures/{closure}/": lambda world: _CLOSURE | {"room_id": world["room"]},
    "POST /admin/rooms/closures/delete": lambda world: {"id": world["closure"]},
    "POST /admin/rooms/calendar/move.json": _move,
    "POST /admin/rooms/calendar/cancel.json": lambda world: {
        "id": world["reservation"],
        **_REASON,
    },
    "POST /admin/rooms/book/": lambda world: {
        "do": "book",
        "user_id": world["person"],
        **_reservation(world, 4),
    },
    "POST /admin/rooms/series/{series}/": lambda world: {"do": "cancel", **_REASON},
    "POST /admin/rooms/conflicts/": lambda world: {
        "do": "cancel",
        "id": world["reservation"],
        **_REASON,
    },
}
