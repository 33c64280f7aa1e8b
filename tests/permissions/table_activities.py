"""Activities, registrations, clock-ins and their codes."""

from datetime import timedelta

PACKAGE = "activities"

TABLE = """
                                                                  nobody teacher other keeper elsewhere view change admin off
GET    /activities/                                                  401     200   200    200       200  200    200   200 401
GET    /activities/{activity}/                                       401     200   200    200       200  200    200   200 401
GET    /activities/{activity}/calendar.ics/                          401     200   200    200       200  200    200   200 401
POST   /enrollments/                                                 401     400   201    201       201  201    201   201 401
GET    /enrollments/                                                 401     200   200    200       200  200    200   200 401
GET    /enrollments/{enrollment}/                                    401     200   404    404       404  404    404   404 401
DELETE /enrollments/{enrollment}/                                    401     204   404    404       404  404    404   404 401
GET    /enrollments/waiting/                                         401     200   200    200       200  200    200   200 401
DELETE /enrollments/waiting/{waiting}/                               401     204   404    404       404  404    404   404 401
GET    /activities/clockins/{activity}/                              401     200   200    200       200  200    200   200 401
POST   /activities/clockins/                                         401     200   400    400       400  400    400   400 401
POST   /activities/clockins/{activity}/                              401     200   400    400       400  400    400   400 401
POST   /activities/clockin/                                          401     200   400    400       400  400    400   400 401
GET    /activities/clockin-duties/                                   401     200   200    200       200  200    200   200 401
GET    /activities/clockin-duties/{item}/                            401     404   404    200       404  404    200   200 401

GET    /app/activities/                                               in     200   200    200       200  200    200   200  in
GET    /app/activities/{activity}/                                    in     200   200    200       200  200    200   200  in
POST   /app/activities/{activity}/                                    in     303   303    303       303  303    303   303  in
GET    /app/activities/clockin/                                       in     200   200    200       200  200    200   200  in
POST   /app/activities/clockin/                                       in     303   400    400       400  400    400   400  in
GET    /app/activities/codes/                                         in     200   200    200       200  200    200   200  in
GET    /app/activities/codes/{item}/                                  in     404   404    200       404  404    200   200  in
GET    /app/activities/codes/{item}/code                              in     404   404    200       404  404    200   200  in
GET    /c/{code}                                                      in     200   200    200       200  200    200   200  in
POST   /c/{code}                                                      in     303   400    400       400  400    400   400  in

GET    /admin/activities/clockin/                                     in     200   200    200       200  200    200   200  in
GET    /admin/activities/clockin/{item}/                              in     404   404    200       404  404    200   200  in
GET    /admin/activities/clockin/{item}/code                          in     404   404    200       404  404    200   200  in
GET    /admin/activities/clockins/                                    in     403   403    403       403  200    200   200  in
GET    /admin/activities/clockins/export.xlsx                         in     403   403    403       403  200    200   200  in
GET    /admin/activities/clockins/export.csv                          in     403   403    403       403  200    200   200  in
POST   /admin/activities/form-check                                   in     403   403    403       403  403    200   200  in

GET    /admin/activities/activities/                                  in     403   403    403       403  200    200   200  in
GET    /admin/activities/activities/options                           in     403   403    403       403  200    200   200  in
GET    /admin/activities/activities/export.xlsx                       in     403   403    403       403  200    200   200  in
GET    /admin/activities/activities/export.csv                        in     403   403    403       403  200    200   200  in
GET    /admin/activities/activities/add                               in     403   403    403       403  403    200   200  in
POST   /admin/activities/activities/add                               in     403   403    403       403  403    303   303  in
GET    /admin/activities/activities/{activity}/                       in     403   403    403       403  200    200   200  in
POST   /admin/activities/activities/{activity}/                       in     403   403    403       403  403    303   303  in
GET    /admin/activities/activities/{activity}/attendance             in     403   403    403       403  200    200   200  in
GET    /admin/activities/activities/{activity}/?tab=items             in     403   403    403       403  200    200   200  in
POST   /admin/activities/activities/{activity}/items                  in     403   403    403       403  403    303   303  in
GET    /admin/activities/activities/{activity}/copy                   in     403   403    403       403  403    200   200  in
POST   /admin/activities/activities/{activity}/copy                   in     403   403    403       403  403    303   303  in
GET    /admin/activities/activities/delete?id={empty_activity}        in     403   403    403       403  403    200   200  in
POST   /admin/activities/activities/delete                            in     403   403    403       403  403    303   303  in

GET    /admin/activities/items/                                       in     403   403    403       403  200    200   200  in
GET    /admin/activities/items/options                                in     403   403    403       403  200    200   200  in
GET    /admin/activities/items/export.xlsx                            in     403   403    403       403  200    200   200  in
GET    /admin/activities/items/export.csv                             in     403   403    403       403  200    200   200  in
GET    /admin/activities/items/add                                    in     403   403    403       403  403    200   200  in
POST   /admin/activities/items/add                                    in     403   403    403       403  403    303   303  in
GET    /admin/activities/items/{item}/                                in     403   403    403       403  200    200   200  in
POST   /admin/activities/items/{item}/                                in     403   403    403       403  403    303   303  in
GET    /admin/activities/items/delete?id={item}                       in     403   403    403       403  403    200   200  in
POST   /admin/activities/items/delete                                 in     403   403    403       403  403    303   303  in

GET    /admin/activities/enrollments/                                 in     403   403    403       403  200    200   200  in
GET    /admin/activities/enrollments/options                          in     403   403    403       403  200    200   200  in
GET    /admin/activities/enrollments/export.xlsx                      in     403   403    403       403  200    200   200  in
GET    /admin/activities/enrollments/export.csv                       in     403   403    403       403  200    200   200  in
GET    /admin/activities/enrollments/add                              in     403   403    403       403  403    303   303  in
POST   /admin/activities/enrollments/add                              in     403   403    403       403  403    303   303  in
GET    /admin/activities/enrollments/{enrollment}/                    in     403   403    403       403  200    200   200  in
POST   /admin/activities/enrollments/{enrollment}/                    in     403   403    403       403  403    303   303  in
POST   /admin/activities/enrollments/{enrollment}/correct             in     403   403    403       403  403    303   303  in
POST   /admin/activities/enrollments/correct?activity={activity}      in     403   403    403       403  403    303   303  in
GET    /admin/activities/enrollments/sheet?activity={activity}        in     403   403    403       403  200    200   200  in
GET    /admin/activities/enrollments/{file_enrollment}/files/{form_file} in  403   403    403       403  200    200   200  in
GET    /admin/activities/enrollments/delete?id={enrollment}           in     403   403    403       403  403    200   200  in
POST   /admin/activities/enrollments/delete                           in     403   403    403       403  403    303   303  in
"""


def _clockin(world) -> dict:
    return {"key": world.new_code()}


def _activity(world) -> dict:
    start = world.tomorrow
    return {
        "name": "秋游",
        "time_start": start.isoformat(),
        "time_end": (start + timedelta(hours=2)).isoformat(),
        "open_for_enrollment": "true",
    }


def _item(world) -> dict:
    start = world.tomorrow
    return {
        "activity_id": world["activity"],
        "label": "签退",
        "from_time": start.isoformat(),
        "to_time": (start + timedelta(hours=2)).isoformat(),
    }


SENT = {
    "POST /enrollments/": lambda world: {
        "activity": world["activity"],
        "participating_metas": "{}",
    },
    "POST /activities/clockins/": _clockin,
    "POST /activities/clockins/{activity}/": _clockin,
    "POST /activities/clockin/": _clockin,
    "POST /app/activities/clockin/": _clockin,
    "POST /app/activities/{activity}/": lambda world: {"do": "enroll"},
    "POST /admin/activities/form-check": lambda world: {"form": "{}"},
    "POST /admin/activities/activities/add": _activity,
    "POST /admin/activities/activities/{activity}/": _activity,
    "POST /admin/activities/activities/delete": lambda world: {"id": world["empty_activity"]},
    "POST /admin/activities/items/add": _item,
    "POST /admin/activities/items/{item}/": _item,
    "POST /admin/activities/items/delete": lambda world: {"id": world["item"]},
    "POST /admin/activities/enrollments/{enrollment}/": lambda world: {"f0": "褚"},
    "POST /admin/activities/enrollments/{enrollment}/correct": lambda world: {
        "item": world["item"],
        "reason": "没带手机",
        "add": "1",
    },
    "POST /admin/activities/enrollments/correct?activity={activity}": lambda world: {
        "id": world["enrollment"],
        "item": world["item"],
        "reason": "没带手机",
        "add": "1",
    },
    "POST /admin/activities/activities/{activity}/items": lambda world: {
        key: value for key, value in _item(world).items() if key != "activity_id"
    },
    "POST /admin/activities/activities/{activity}/copy": lambda world: {
        "name": "秋游",
        "time_start": world.tomorrow.isoformat(),
    },
    "POST /admin/activities/enrollments/delete": lambda world: {"id": world["enrollment"]},
}
