"""Guides and their files."""

from webtest import Upload

from hhu_plugins.guides import demo_files

PACKAGE = "guides"

TABLE = """
                                                               nobody teacher other keeper elsewhere view change admin off
GET    /guides/                                                   401     200   200    200       200  200    200   200 401
GET    /guides/{guide}/                                           401     200   200    200       200  200    200   200 401
POST   /guides/{guide}/email/                                     401     200   200    200       200  200    200   200 401
GET    /guides/{guide}/email/                                     401     200   200    200       200  200    200   200 401

GET    /app/guides/                                                in     200   200    200       200  200    200   200  in
GET    /app/guides/{guide}/                                        in     200   200    200       200  200    200   200  in
POST   /app/guides/{guide}/                                        in     303   303    303       303  303    303   303  in
GET    /app/guides/{guide}/file                                    in     200   200    200       200  200    200   200  in
GET    /app/guides/{guide}/{digest}/{guide_page}.jpg               in     200   200    200       200  200    200   200  in

GET    /admin/guides/guides/                                       in     403   403    403       403  200    200   200  in
GET    /admin/guides/guides/options                                in     403   403    403       403  200    200   200  in
GET    /admin/guides/guides/export.xlsx                            in     403   403    403       403  200    200   200  in
GET    /admin/guides/guides/export.csv                             in     403   403    403       403  200    200   200  in
GET    /admin/guides/guides/add                                    in     403   403    403       403  403    200   200  in
POST   /admin/guides/guides/add                                    in     403   403    403       403  403    303   303  in
GET    /admin/guides/guides/{guide}/                               in     403   403    403       403  200    200   200  in
POST   /admin/guides/guides/{guide}/                               in     403   403    403       403  403    303   303  in
POST   /admin/guides/guides/{guide}/file                           in     403   403    403       403  403    303   303  in
GET    /admin/guides/guides/{guide}/versions/{version}             in     403   403    403       403  200    200   200  in
GET    /admin/guides/guides/delete?id={guide}                      in     403   403    403       403  403    200   200  in
POST   /admin/guides/guides/delete                                 in     403   403    403       403  403    303   303  in

GET    /admin/guides/categories/                                   in     403   403    403       403  200    200   200  in
GET    /admin/guides/categories/options                            in     403   403    403       403  200    200   200  in
GET    /admin/guides/categories/export.xlsx                        in     403   403    403       403  200    200   200  in
GET    /admin/guides/categories/export.csv                         in     403   403    403       403  200    200   200  in
GET    /admin/guides/categories/add                                in     403   403    403       403  403    200   200  in
POST   /admin/guides/categories/add                                in     403   403    403       403  403    303   303  in
GET    /admin/guides/categories/{guide_category}/                  in     403   403    403       403  200    200   200  in
POST   /admin/guides/categories/{guide_category}/                  in     403   403    403       403  403    303   303  in
GET    /admin/guides/categories/delete?id={unused_guide_category}  in     403   403    403       403  403    200   200  in
POST   /admin/guides/categories/delete                             in     403   403    403       403  403    303   303  in
"""


def _file() -> Upload:
    return Upload("出差.pdf", demo_files.pdf("出差", ["审批"]), "application/pdf")


SENT = {
    "POST /admin/guides/guides/add": lambda world: {
        "category_id": str(world["guide_category"]),
        "file": _file(),
    },
    "POST /admin/guides/guides/{guide}/": lambda world: {
        "name": "差旅",
        "category_id": world["guide_category"],
    },
    "POST /admin/guides/guides/{guide}/file": lambda world: {"file": _file()},
    "POST /admin/guides/guides/delete": lambda world: {"id": world["guide"]},
    "POST /admin/guides/categories/add": lambda world: {"name": "人事"},
    "POST /admin/guides/categories/{guide_category}/": lambda world: {"name": "人事"},
    "POST /admin/guides/categories/delete": lambda world: {"id": world["unused_guide_category"]},
}
