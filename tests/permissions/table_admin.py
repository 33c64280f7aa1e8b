"""The base of the administrators' pages: the door, people, groups, mails, the audit."""

from webtest import Upload

from hhu_base.testing.clients import PASSWORD

PACKAGE = "core"

TABLE = """
                                                            nobody teacher other keeper elsewhere view change admin off
GET    /static/{style}                                   200     200   200    200       200  200    200   200 200
GET    /admin/sign-in                                          200     303   303    303       303  303    303   303 200
POST   /admin/sign-in                                          303     303   303    303       303  303    303   303 303
GET    /admin/sign-in/unsaved                                  in     200   200    200       200  200    200   200  in
POST   /admin/sign-in/unsaved                                  in     303   303    303       303  303    303   303  in
POST   /admin/sign-out                                          in      in    in     in        in   in     in    in  in
GET    /admin/                                                  in     200   200    200       200  200    200   200  in
GET    /admin/search/?q=a                                       in     403   403    403       200  200    200   200  in
GET    /admin/search/results?q=a                                in     403   403    403       200  200    200   200  in
GET    /admin/help/                                             in     200   200    200       200  200    200   200  in
GET    /admin/password                                          in     200   200    200       200  200    200   200  in
POST   /admin/password                                          in     303   303    303       303  303    303   303  in

GET    /admin/core/users/                                       in     403   403    403       403  200    200   200  in
GET    /admin/core/users/options                                in     403   403    403       200  200    200   200  in
GET    /admin/core/users/export.xlsx                            in     403   403    403       403  200    200   200  in
GET    /admin/core/users/export.csv                             in     403   403    403       403  200    200   200  in
GET    /admin/core/users/everybody.xlsx                         in     403   403    403       403  200    200   200  in
GET    /admin/core/users/everybody.csv                          in     403   403    403       403  200    200   200  in
GET    /admin/core/users/add                                    in     403   403    403       403  403    200   200  in
POST   /admin/core/users/add                                    in     403   403    403       403  403    303   303  in
GET    /admin/core/users/{person}/                              in     403   403    403       403  200    200   200  in
POST   /admin/core/users/{person}/                              in     403   403    403       403  403    303   303  in
GET    /admin/core/users/delete?id={person}                     in     403   403    403       403  403    200   200  in
POST   /admin/core/users/delete                                 in     403   403    403       403  403    303   303  in
GET    /admin/core/users/do/reset-password?id={person}          in     403   403    403       403  403    200   200  in
POST   /admin/core/users/do/reset-password                      in     403   403    403       403  403    303   303  in
GET    /admin/core/users/do/sign-out?id={person}                in     403   403    403       403  403    200   200  in
POST   /admin/core/users/do/sign-out                            in     403   403    403       403  403    303   303  in
GET    /admin/core/users/do/unbind-wechat?id={teacher}          in     403   403    403       403  403    200   200  in
POST   /admin/core/users/do/unbind-wechat                       in     403   403    403       403  403    303   303  in
GET    /admin/core/users/do/confirm-email?id={teacher}          in     403   403    403       403  403    200   200  in
POST   /admin/core/users/do/confirm-email                       in     403   403    403       403  403    303   303  in
GET    /admin/core/users/do/switch-off?id={person}              in     403   403    403       403  403    200   200  in
POST   /admin/core/users/do/switch-off                          in     403   403    403       403  403    303   303  in
GET    /admin/core/users/import                                 in     403   403    403       403  403    200   200  in
POST   /admin/core/users/import                                 in     403   403    403       403  403    303   303  in
GET    /admin/core/users/import/template.xlsx                   in     403   403    403       403  403    200   200  in
# Whose upload it is sees the plan; to others it is one that has expired.
GET    /admin/core/users/import/{upload}/                       in     403   403    403       403  403    200   303  in
GET    /admin/core/users/import/{upload}/bad.xlsx               in     403   403    403       403  403    200   303  in
POST   /admin/core/users/import/{upload}/                       in     403   403    403       403  403    303   303  in

GET    /admin/core/departments/                                 in     403   403    403       403  200    200   200  in
GET    /admin/core/departments/options                          in     403   403    403       200  200    200   200  in
GET    /admin/core/departments/export.xlsx                      in     403   403    403       403  200    200   200  in
GET    /admin/core/departments/export.csv                       in     403   403    403       403  200    200   200  in
GET    /admin/core/departments/add                              in     403   403    403       403  403    200   200  in
POST   /admin/core/departments/add                              in     403   403    403       403  403    303   303  in
GET    /admin/core/departments/{department}/                    in     403   403    403       403  200    200   200  in
POST   /admin/core/departments/{department}/                    in     403   403    403       403  403    303   303  in
GET    /admin/core/departments/delete?id={department}           in     403   403    403       403  403    200   200  in
POST   /admin/core/departments/delete                           in     403   403    403       403  403    303   303  in
GET    /admin/core/departments/do/merge?id={department}         in     403   403    403       403  403    200   200  in
# Into itself, which nobody may.
POST   /admin/core/departments/do/merge                         in     403   403    403       403  403    400   400  in

# Whoever may change groups may give himself everything.
GET    /admin/core/groups/                                      in     403   403    403       403  403    403   200  in
GET    /admin/core/groups/options                               in     403   403    403       200  403    403   200  in
GET    /admin/core/groups/export.xlsx                           in     403   403    403       403  403    403   200  in
GET    /admin/core/groups/export.csv                            in     403   403    403       403  403    403   200  in
GET    /admin/core/groups/add                                   in     403   403    403       403  403    403   200  in
POST   /admin/core/groups/add                                   in     403   403    403       403  403    403   303  in
GET    /admin/core/groups/{group}/                              in     403   403    403       403  403    403   200  in
POST   /admin/core/groups/{group}/                              in     403   403    403       403  403    403   303  in
GET    /admin/core/groups/delete?id={group}                     in     403   403    403       403  403    403   200  in
POST   /admin/core/groups/delete                                in     403   403    403       403  403    403   303  in
GET    /admin/core/rights/                                      in     403   403    403       403  403    403   200  in

GET    /admin/core/mails/                                       in     403   403    403       403  200    200   200  in
GET    /admin/core/mails/options                                in     403   403    403       403  200    200   200  in
GET    /admin/core/mails/export.xlsx                            in     403   403    403       403  200    200   200  in
GET    /admin/core/mails/export.csv                             in     403   403    403       403  200    200   200  in
GET    /admin/core/mails/add                                    in     403   403    403       403  403    303   303  in
POST   /admin/core/mails/add                                    in     403   403    403       403  403    303   303  in
GET    /admin/core/mails/{mail}/                                in     403   403    403       403  200    200   200  in
POST   /admin/core/mails/{mail}/                                in     403   403    403       403  403    303   303  in
GET    /admin/core/mails/delete?id={mail}                       in     403   403    403       403  403    303   303  in
POST   /admin/core/mails/delete                                 in     403   403    403       403  403    303   303  in
GET    /admin/core/mails/do/send-again?id={mail}                in     403   403    403       403  403    200   200  in
POST   /admin/core/mails/do/send-again                          in     403   403    403       403  403    303   303  in

GET    /admin/core/audit/                                       in     403   403    403       403  200    200   200  in
GET    /admin/core/audit/options                                in     403   403    403       403  200    200   200  in
GET    /admin/core/audit/export.xlsx                            in     403   403    403       403  200    200   200  in
GET    /admin/core/audit/export.csv                             in     403   403    403       403  200    200   200  in
GET    /admin/core/audit/add                                    in     403   403    403       403  403    303   303  in
POST   /admin/core/audit/add                                    in     403   403    403       403  403    303   303  in
GET    /admin/core/audit/{entry}/                               in     403   403    403       403  200    200   200  in
POST   /admin/core/audit/{entry}/                               in     403   403    403       403  403    303   303  in
GET    /admin/core/audit/{entry}/object                         in     403   403    403       403  303    303   303  in
GET    /admin/core/audit/delete?id={entry}                      in     403   403    403       403  403    303   303  in
POST   /admin/core/audit/delete                                 in     403   403    403       403  403    303   303  in
"""

_NEW = "Xin-de-mima-2026"


def _person(world) -> dict:
    return {"username": "t8888", "is_active": "true"}


def _this(name: str):
    return lambda world: {"id": world[name]}


SENT = {
    "POST /admin/sign-in": lambda world: {"username": "r-other", "password": PASSWORD},
    "POST /admin/password": lambda world: {"current": PASSWORD, "new": _NEW, "again": _NEW},
    "POST /admin/core/users/add": _person,
    "POST /admin/core/users/{person}/": _person,
    "POST /admin/core/users/delete": _this("person"),
    "POST /admin/core/users/do/reset-password": lambda world: {
        "id": world["person"],
        "new_password": _NEW,
    },
    "POST /admin/core/users/do/sign-out": _this("person"),
    "POST /admin/core/users/do/unbind-wechat": _this("teacher"),
    "POST /admin/core/users/do/confirm-email": _this("teacher"),
    "POST /admin/core/users/do/switch-off": _this("person"),
    "POST /admin/core/users/import": lambda world: {
        "file": Upload("教师.csv", "工号,姓氏\nt7777,张\n".encode(), "text/csv")
    },
    "POST /admin/core/departments/add": lambda world: {"name": "软件系"},
    "POST /admin/core/departments/{department}/": lambda world: {"name": "软件系"},
    "POST /admin/core/departments/delete": _this("department"),
    "POST /admin/core/departments/do/merge": lambda world: {
        "id": world["department"],
        "target_id": world["department"],
    },
    "POST /admin/core/groups/add": lambda world: {"name": "新组"},
    "POST /admin/core/groups/{group}/": lambda world: {"name": "新组"},
    "POST /admin/core/groups/delete": _this("group"),
    "POST /admin/core/mails/delete": _this("mail"),
    "POST /admin/core/mails/do/send-again": _this("mail"),
    "POST /admin/core/audit/delete": _this("entry"),
}
