"""The statistics: a right of its own."""

PACKAGE = "statistics"

TABLE = """
                                                            nobody teacher other keeper elsewhere view change admin off
GET    /admin/statistics/                                       in     403   403    403       403  200    200   200  in
GET    /admin/statistics/export.xlsx                            in     403   403    403       403  200    200   200  in
"""

SENT: dict = {}
