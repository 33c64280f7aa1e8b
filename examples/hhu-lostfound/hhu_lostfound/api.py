"""The REST services; the README has the table."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from hhu_base.database.keys import contains
from hhu_base.rest import NotFound, body, paged, path_id, query, service
from hhu_base.rest.serializers import page_of
from hhu_base.values.search import search_words
from hhu_lostfound import serializers, things
from hhu_lostfound.models import WAITING, Thing
from hhu_lostfound.schemas import ClaimSchema, ListSchema, ThingSchema

all_things = service("lostfound.things", "/lostfound/things/")
one_thing = service("lostfound.thing", r"/lostfound/things/{id:\d+}/")
claims = service("lostfound.claims", r"/lostfound/things/{id:\d+}/claim/")


@all_things.get(validators=(query(ListSchema),), answers={200: page_of(serializers.THING)})
def list_things(request):
    """What waits for its owner, newest first; with ``my`` all that the caller has to do with."""
    asked = request.validated
    is_shown = _concerns(request) if asked["my"] else Thing.status == WAITING
    statement = _with_people().where(is_shown).order_by(Thing.id.desc())
    for word in search_words(asked["search"]):
        columns = (Thing.name, Thing.place, Thing.description)
        statement = statement.where(contains(columns, word))
    return paged(request, statement, serializers.thing_for(request.identity.user_id))


@all_things.post(idempotent=True, validators=(body(ThingSchema),), answers={201: serializers.THING})
def report_thing(request):
    """Tell what one has found."""
    user_id = request.identity.user_id
    found = things.report(request.db, finder_id=user_id, **request.validated)
    request.response.status_code = 201
    return serializers.thing_for(user_id)(found)


@one_thing.get(answers={200: serializers.THING})
def show_thing(request):
    """One of them; what is claimed is only for finder and claimer to see."""
    is_shown = (Thing.status == WAITING) | _concerns(request)
    found = request.db.scalar(_with_people().where(is_shown, Thing.id == path_id(request)))
    if found is None:
        raise NotFound
    return serializers.thing_for(request.identity.user_id)(found)


@claims.post(
    idempotent=True,
    validators=(body(ClaimSchema),),
    answers={200: serializers.THING, 400: [things.OWN, things.NOT_WAITING]},
)
def claim_thing(request):
    """Say that it is one's own; the finder gets a mail."""
    user_id = request.identity.user_id
    found = things.claim(
        request.db,
        request.registry["lostfound.notifier"],
        path_id(request),
        claimer_id=user_id,
        message=request.validated["message"],
    )
    if found is None:
        raise NotFound
    return serializers.thing_for(user_id)(found)


def _concerns(request) -> sa.ColumnElement[bool]:
    user_id = request.identity.user_id
    return (Thing.finder_id == user_id) | (Thing.claimer_id == user_id)


def _with_people() -> sa.Select:
    return sa.select(Thing).options(joinedload(Thing.finder), joinedload(Thing.claimer))
