"""What new clients can ask of rooms: equipment, photos, limits, who may book. Old answers stay as they are."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import selectinload, undefer_group

from hhu_base.rest import NotFound, must_accept_json, path_id, query, service
from hhu_base.rest.serializers import Body, Header, file, list_of
from hhu_plugins.rooms import equipment, occupancy, photo_files, photos, serializers
from hhu_plugins.rooms.eligibility import may_book
from hhu_plugins.rooms.models import Meetingroom, Photo
from hhu_plugins.rooms.schemas import PhotoSchema

all_details = service("meetingrooms.details", "/meetingrooms/details/")
all_equipment = service("meetingrooms.equipment", "/meetingrooms/equipment/")
details = service("meetingroom.details", r"/meetingrooms/{id:\d+}/details/")
photo_file = service("meetingrooms.photo", r"/meetingrooms/photos/{id:\d+}/")


@all_equipment.get(answers={200: list_of(serializers.WORD)})
def list_equipment(request):
    """The words that rooms can be looked for by, in ``equipment`` of the search."""
    return equipment.words(request.db)


@all_details.get(answers={200: list_of(serializers.DETAILS)})
def list_details(request):
    """Of all rooms what ``GET /meetingrooms/`` does not tell, in the same order."""
    return _details(request, sa.true())


@details.get(answers={200: serializers.DETAILS})
def show_details(request):
    """Of one room what ``GET /meetingrooms/ID/`` does not tell."""
    found = _details(request, Meetingroom.id == path_id(request))
    if not found:
        raise NotFound
    return found[0]


def _details(request, condition: sa.ColumnElement[bool]) -> list[dict]:
    policy = request.registry["rooms.policy"]
    mine = may_book(Meetingroom.id, request.identity.user_id)
    statement = (
        sa.select(Meetingroom, mine)
        .where(condition)
        .options(
            selectinload(Meetingroom.departments),
            selectinload(Meetingroom.photos),
            undefer_group("approval"),
        )
        .order_by(*occupancy.LIST_ORDER)
    )
    return [
        serializers.DETAILS(serializers.RoomDetails(room, policy.of(room), is_mine))
        for room, is_mine in request.db.execute(statement)
    ]


@photo_file.get(
    exclude=must_accept_json,
    validators=(query(PhotoSchema),),
    reads=[
        Header("Range", "只要一段。", "bytes=0-1023"),
        Header("If-None-Match", "上次得到的 ETag。", '"0123abcd"'),
    ],
    answers={
        200: file(photos.TYPE, "照片。", ETag="照片的版本。", Cache_Control="可以一直保存。"),
        206: file(photos.TYPE, "照片的一段。", Content_Range="哪一段，共有多少。"),
        304: Body(description="与客户端已有的相同。"),
        416: Body(description="照片没有所要的这一段。", headers={"Content-Range": "共有多少。"}),
    },
)
def show_photo(request):
    """A photo of a room, as a JPEG; ``size`` says how large."""
    photo = request.db.get(Photo, path_id(request))
    if photo is None:
        raise NotFound
    try:
        return photo_files.respond(request, photo, request.validated["size"])
    except FileNotFoundError:
        raise NotFound from None
