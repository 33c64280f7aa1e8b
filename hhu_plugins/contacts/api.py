"""The REST services of the directory; the contract's section *Contacts*, and cards for phones."""

from __future__ import annotations

from datetime import tzinfo
from functools import lru_cache

from pyramid.response import Response

from hhu_base.accounts import serializers
from hhu_base.rest import NotFound, must_accept_json, path_id, query, service
from hhu_base.rest.serializers import NOTHING, Body, Header, file, list_of
from hhu_base.web.json_renderer import plain_bytes
from hhu_base.web.responses import revalidated
from hhu_base.web.security import hold_identity
from hhu_plugins.contacts import directory, vcard
from hhu_plugins.contacts import friends as friend_rules
from hhu_plugins.contacts.schemas import ContactListSchema

contacts = service("contacts", "/contacts/")
contact = service("contact", r"/contacts/{id:\d+}/")
card = service("contact.vcard", r"/contacts/{id:\d+}/vcard/")
friends = service("friends", r"/friends/{id:\d+}/")


@contacts.get(
    validators=(query(ContactListSchema),),
    reads=[Header("If-None-Match", "上次得到的 ETag。", '"0123abcd"')],
    answers={200: list_of(serializers.CONTACT), 304: Body()},
)
def list_contacts(request):
    """All active people, or the caller's colleagues, by the initials of their names."""
    asked = request.validated
    people = directory.find(
        request.db,
        request.identity.user_id,
        colleagues=request.registry["contacts.colleagues"] if asked["my"] else None,
        search=asked["search"],
    )
    zone = request.registry.site_zone
    body = b"[%b]" % b",".join([_as_json(person, zone) for person in people])
    return _if_changed(request, body)


@contact.get(answers={200: serializers.CONTACT})
def show_contact(request):
    """One active person."""
    person = _find(request)
    return serializers.CONTACT(person)


@card.get(
    exclude=must_accept_json,
    answers={200: file("text/vcard", "名片，手机可以直接导入。", Content_Disposition="文件名。")},
)
def download_card(request):
    """The same as a file that phones import."""
    return vcard.respond(_find(request))


@friends.post(
    idempotent=True,
    answers={200: NOTHING, 400: [friend_rules.ALREADY_THERE, friend_rules.ONESELF]},
)
def add_friend(request):
    """Make somebody one of the caller's colleagues."""
    hold_identity(request)
    if not friend_rules.add(request.db, request.identity.user_id, path_id(request)):
        raise NotFound
    return _nothing(request)


@friends.delete(answers={200: NOTHING})
def remove_friend(request):
    """Take somebody off them."""
    if not friend_rules.remove(request.db, request.identity.user_id, path_id(request)):
        raise NotFound
    return _nothing(request)


def _find(request):
    person = directory.find_one(request.db, request.identity.user_id, path_id(request))
    if person is None:
        raise NotFound
    return person


def _nothing(request) -> Response:
    """200 with an empty body, as the mini-program expects it; JSON has no empty text."""
    request.response.content_type = None
    return request.response


# Most people are as they were at the last request: the cache saves a third of the list's time.
# Nothing in it can be out of date, since the whole person is the key.
@lru_cache(maxsize=8192)
def _as_json(person: directory.Person, zone: tzinfo) -> bytes:
    return plain_bytes(serializers.CONTACT(person), zone)


def _if_changed(request, body: bytes) -> Response:
    response = request.response
    response.content_type = "application/json"
    response.body = body
    return revalidated(response, request.identity.user_id)
