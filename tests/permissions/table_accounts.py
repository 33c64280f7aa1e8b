"""Signing in, one's own data, and what anybody may ask."""

from hhu_base.testing.clients import PASSWORD

PACKAGE = "core"

TABLE = """
                                 nobody teacher other keeper elsewhere view change admin off
GET    /healthz                     200     200   200    200       200  200    200   200 200
GET    /                            200     200   200    200       200  200    200   200 200
GET    /openapi.json                200     200   200    200       200  200    200   200 200
GET    /docs/                       200     200   200    200       200  200    200   200 200
GET    /docs/static/{docs_style}    200     200   200    200       200  200    200   200 200
GET    /readyz                      503     503   503    503       503  503    503   503 503
GET    /confirm-email?key={mailed_key} 200     200   200    200       200  200    200   200 200
POST   /confirm-email               200     200   200    200       200  200    200   200 200
POST   /auth/get-token/             201     201   201    201       201  201    201   201 201
POST   /auth/wechat-code2token/     201     201   201    201       201  201    201   201 201
PUT    /auth/wechat-auth/           401     200   200    200       200  200    200   200 401
DELETE /auth/wechat-auth/           401     200   200    200       200  200    200   200 401
GET    /current-user/               401     200   200    200       200  200    200   200 401
PUT    /current-user/               401     200   200    200       200  200    200   200 401
GET    /current-user/meta/          401     200   200    200       200  200    200   200 401
PUT    /current-user/meta/          401     200   200    200       200  200    200   200 401
GET    /current-user/calendar/      401     200   200    200       200  200    200   200 401
POST   /current-user/calendar/      401     200   200    200       200  200    200   200 401
PUT    /current-user/calendar/      401     200   200    200       200  200    200   200 401
GET    /departments/                401     200   200    200       200  200    200   200 401
"""

SENT = {
    # Who has the key may, whoever is signed in.
    "POST /confirm-email": lambda world: {"key": "the key in a mail"},
    # The header, whosever it is, is not looked at.
    "POST /auth/get-token/": lambda world: {"username": "r-other", "password": PASSWORD},
    "POST /auth/wechat-code2token/": lambda world: {"code": "teacher"},
    "PUT /auth/wechat-auth/": lambda world: {"code": "new"},
    "PUT /current-user/": lambda world: {"first_name": "杰", "last_name": "褚"},
    "PUT /current-user/meta/": lambda world: {"phone": "15400000000"},
}
