"""The directory: everybody's, for whoever has signed in."""

PACKAGE = "contacts"

TABLE = """
                                  nobody teacher other keeper elsewhere view change admin off
GET    /contacts/                    401     200   200    200       200  200    200   200 401
GET    /contacts/{person}/           401     200   200    200       200  200    200   200 401
GET    /contacts/{gone}/             401     404   404    404       404  404    404   404 401
GET    /contacts/{person}/vcard/     401     200   200    200       200  200    200   200 401
POST   /friends/{other}/             401     200   400    200       200  200    200   200 401
DELETE /friends/{person}/            401     200   404    404       404  404    404   404 401

GET    /app/contacts/                 in     200   200    200       200  200    200   200  in
GET    /app/contacts/{person}/        in     200   200    200       200  200    200   200  in
GET    /app/contacts/{gone}/          in     404   404    404       404  404    404   404  in
POST   /app/contacts/{person}/        in     303   303    303       303  303    303   303  in
GET    /app/contacts/{person}/card.vcf in    200   200    200       200  200    200   200  in
"""

SENT = {"POST /app/contacts/{person}/": lambda world: {"do": "add"}}
