"""The teachers' pages of the base: the door, 我的, notices."""

from hhu_base.testing.clients import PASSWORD

PACKAGE = "core"

TABLE = """
                                                nobody teacher other keeper elsewhere view change admin off
GET    /app/sign-in                                200     303   303    303       303  303    303   303 200
POST   /app/sign-in                                303     303   303    303       303  303    303   303 303
GET    /app/sign-in/forgotten                      200     200   200    200       200  200    200   200 200
POST   /app/sign-in/forgotten                      200     200   200    200       200  200    200   200 200
GET    /app/sign-in/new-password?key={password_key} 200     200   200    200       200  200    200   200 200
POST   /app/sign-in/new-password                    in      in    in     in        in   in     in    in  in
GET    /app/sign-in/unsaved                            in     200   200    200       200  200    200   200  in
POST   /app/sign-in/unsaved                            in     303   303    303       303  303    303   303  in
POST   /app/sign-out                                in      in    in     in        in   in     in    in  in
GET    /app/manifest.webmanifest                   200     200   200    200       200  200    200   200 200
GET    /app/worker.js                              200     200   200    200       200  200    200   200 200
GET    /app/                                        in     200   200    200       200  200    200   200  in
GET    /app/inbox/                                  in     200   200    200       200  200    200   200  in
GET    /app/search/?q=a                             in     200   200    200       200  200    200   200  in
GET    /app/search/results?q=a                      in     200   200    200       200  200    200   200  in
GET    /app/me/                                     in     200   200    200       200  200    200   200  in
GET    /app/me/profile/                             in     200   200    200       200  200    200   200  in
POST   /app/me/profile/                             in     303   303    303       303  303    303   303  in
GET    /app/me/password                             in     200   200    200       200  200    200   200  in
POST   /app/me/password                             in     303   303    303       303  303    303   303  in
GET    /app/me/devices/                             in     200   200    200       200  200    200   200  in
POST   /app/me/devices/                             in     303   303    303       303  303    303   303  in
GET    /app/me/wechat/                              in     200   200    200       200  200    200   200  in
POST   /app/me/wechat/                              in     303   303    303       303  303    303   303  in
POST   /app/me/wechat/code                          in     200   200    200       200  200    200   200  in
GET    /app/me/calendar/                            in     200   200    200       200  200    200   200  in
POST   /app/me/calendar/                            in     303   303    303       303  303    303   303  in
GET    /app/me/notices/                             in     200   200    200       200  200    200   200  in
POST   /app/me/notices/                             in     303   303    303       303  303    303   303  in
GET    /app/notices/                                in     200   200    200       200  200    200   200  in
POST   /app/notices/                                in     303   303    303       303  303    303   303  in
GET    /notices/                                   401     200   200    200       200  200    200   200 401
POST   /notices/read/                              401     200   200    200       200  200    200   200 401
# One's own, and nobody else's, whoever asks.
POST   /notices/{notice}/read/                     401     200   404    404       404  404    404   404 401
"""

_NEW = "Xin-de-mima-2026"

SENT = {
    "POST /app/sign-in": lambda world: {"username": "r-other", "password": PASSWORD},
    "POST /app/sign-in/forgotten": lambda world: {"name": "r-other"},
    # Who has the key may, whoever is signed in.
    "POST /app/sign-in/new-password": lambda world: {
        "key": "the key of a link",
        "new": _NEW,
        "again": _NEW,
    },
    "POST /app/me/profile/": lambda world: {"first_name": "杰", "last_name": "褚"},
    "POST /app/me/password": lambda world: {"current": PASSWORD, "new": _NEW, "again": _NEW},
    "POST /app/me/devices/": lambda world: {"device": "others"},
    "POST /app/me/notices/": lambda world: {"kind": "repairs.status"},
}
