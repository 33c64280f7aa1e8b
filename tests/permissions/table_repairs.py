"""Repairs."""

PACKAGE = "repairs"

TABLE = """
                                                          nobody teacher other keeper elsewhere view change admin off
GET    /repairs/categories/                                  401     200   200    200       200  200    200   200 401
POST   /repairs/                                             401     201   201    201       201  201    201   201 401
GET    /repairs/                                             401     200   200    200       200  200    200   200 401
GET    /repairs/{repair}/                                    401     200   404    404       404  404    404   404 401
DELETE /repairs/{repair}/                                    401     204   404    404       404  404    404   404 401
POST   /repairs/{solved}/reopen/                             401     200   404    404       404  404    404   404 401
POST   /repairs/{solved}/confirm/                            401     200   404    404       404  404    404   404 401

GET    /app/repairs/                                          in     200   200    200       200  200    200   200  in
POST   /app/repairs/                                          in     303   303    303       303  303    303   303  in
GET    /app/repairs/mine/                                     in     200   200    200       200  200    200   200  in
GET    /app/repairs/{repair}/                                 in     200   404    404       404  404    404   404  in
POST   /app/repairs/{repair}/                                 in     303   404    404       404  404    404   404  in
GET    /app/repairs/{repair}/photos/{repair_photo}/small.jpg  in     200   404    404       404  404    404   404  in
GET    /app/repairs/{repair}/photos/{repair_photo}/large.jpg  in     200   404    404       404  404    404   404  in
GET    /admin/repairs/requests/{repair}/photos/{repair_photo}/small.jpg in 403 403 403      403  200    200   200  in
GET    /admin/repairs/requests/{repair}/photos/{repair_photo}/large.jpg in 403 403 403      403  200    200   200  in

GET    /admin/repairs/requests/                               in     403   403    403       403  200    200   200  in
GET    /admin/repairs/requests/options                        in     403   403    403       403  200    200   200  in
GET    /admin/repairs/requests/export.xlsx                    in     403   403    403       403  200    200   200  in
GET    /admin/repairs/requests/export.csv                     in     403   403    403       403  200    200   200  in
GET    /admin/repairs/requests/add                            in     403   403    403       403  403    200   200  in
POST   /admin/repairs/requests/add                            in     403   403    403       403  403    303   303  in
GET    /admin/repairs/requests/{repair}/                      in     403   403    403       403  200    200   200  in
POST   /admin/repairs/requests/{repair}/                      in     403   403    403       403  403    303   303  in
GET    /admin/repairs/requests/delete?id={repair}             in     403   403    403       403  403    200   200  in
POST   /admin/repairs/requests/delete                         in     403   403    403       403  403    303   303  in
GET    /admin/repairs/requests/do/take-up?id={repair}         in     403   403    403       403  403    200   200  in
POST   /admin/repairs/requests/do/take-up                     in     403   403    403       403  403    303   303  in
GET    /admin/repairs/requests/do/solve?id={repair}           in     403   403    403       403  403    200   200  in
POST   /admin/repairs/requests/do/solve                       in     403   403    403       403  403    303   303  in
GET    /admin/repairs/requests/do/assign?id={repair}          in     403   403    403       403  403    200   200  in
POST   /admin/repairs/requests/do/assign                      in     403   403    403       403  403    303   303  in
POST   /admin/repairs/requests/{repair}/notes                 in     403   403    403       403  403    303   303  in
GET    /admin/repairs/requests/do/put-back?id={solved}        in     403   403    403       403  403    200   200  in
POST   /admin/repairs/requests/do/put-back                    in     403   403    403       403  403    303   303  in

GET    /admin/repairs/categories/                             in     403   403    403       403  200    200   200  in
GET    /admin/repairs/categories/options                      in     403   403    403       403  200    200   200  in
GET    /admin/repairs/categories/export.xlsx                  in     403   403    403       403  200    200   200  in
GET    /admin/repairs/categories/export.csv                   in     403   403    403       403  200    200   200  in
GET    /admin/repairs/categories/add                          in     403   403    403       403  403    200   200  in
POST   /admin/repairs/categories/add                          in     403   403    403       403  403    303   303  in
GET    /admin/repairs/categories/{category}/                  in     403   403    403       403  200    200   200  in
POST   /admin/repairs/categories/{category}/                  in     403   403    403       403  403    303   303  in
GET    /admin/repairs/categories/delete?id={unused_category}  in     403   403    403       403  403    200   200  in
POST   /admin/repairs/categories/delete                       in     403   403    403       403  403    303   303  in

GET    /admin/repairs/recipients/                             in     403   403    403       403  303    303   303  in
POST   /admin/repairs/recipients/                             in     403   403    403       403  403    303   303  in
"""

SENT = {
    "POST /repairs/": lambda world: {
        "location": "303",
        "category": world["category"],
        "description": "漏水",
    },
    "POST /repairs/{solved}/reopen/": lambda world: {"reason": "又坏了"},
    "POST /repairs/{solved}/confirm/": lambda world: {"rating": 5},
    "POST /app/repairs/": lambda world: {"location": "303", "description": "漏水"},
    "POST /app/repairs/{repair}/": lambda world: {"do": "withdraw"},
    "POST /admin/repairs/requests/{repair}/": lambda world: {"category_id": world["category"]},
    "POST /admin/repairs/requests/delete": lambda world: {"id": world["repair"]},
    "POST /admin/repairs/requests/add": lambda world: {
        "user_id": world["teacher"],
        "location": "303",
        "description": "漏水",
    },
    "POST /admin/repairs/requests/do/assign": lambda world: {
        "id": world["repair"],
        "assignee_id": world["view"],
    },
    "POST /admin/repairs/requests/{repair}/notes": lambda world: {
        "text": "下午来",
        "audience": "reporter",
    },
    "POST /admin/repairs/requests/do/take-up": lambda world: {"id": world["repair"]},
    "POST /admin/repairs/requests/do/solve": lambda world: {"id": world["repair"]},
    "POST /admin/repairs/requests/do/put-back": lambda world: {"id": world["solved"]},
    "POST /admin/repairs/categories/add": lambda world: {"name": "门窗"},
    "POST /admin/repairs/categories/{category}/": lambda world: {"name": "门窗"},
    "POST /admin/repairs/categories/delete": lambda world: {"id": world["unused_category"]},
    "POST /admin/repairs/recipients/": lambda world: {
        "recipients": "李 li@hhu.example",
        "seen": "王 wang@hhu.example",
    },
}
