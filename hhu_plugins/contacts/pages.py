"""The teachers' pages of the directory: everybody by pinyin, a search, and somebody's card."""

from __future__ import annotations

from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.response import Response

from hhu_base.rest import NotFound, path_id
from hhu_base.values import pinyin
from hhu_base.values.refusal import Refusal
from hhu_base.values.search import MAX_CHARACTERS, SearchError
from hhu_base.values.text import fold
from hhu_base.web import sessions
from hhu_base.web.security import hold_identity
from hhu_plugins.contacts import directory, display, friends, vcard

PATH = "/app/contacts/"
_PERSON = PATH + r"{id:\d{1,18}}/"
_NO_LETTER = "#"


def show_people(request) -> dict[str, Any]:
    """``GET /app/contacts/?search=…``: colleagues, then everybody by initial; or who is meant."""
    search, error = request.GET.get("search", "").strip(), ""
    me = request.identity.user_id
    try:
        people = directory.find(request.db, me, search=search)
    except SearchError as refusal:
        people, error = [], str(refusal)
    kinds = request.registry["contacts.colleagues"]
    letters = [] if search else [(letter, list(each)) for letter, each in groupby(people, _letter)]
    return {
        "people": sorted(people, key=partial(_is_far, fold(search))) if search else [],
        "colleagues": [] if search else directory.colleagues_among(people, me, kinds),
        "letters": letters,
        "search": search[:MAX_CHARACTERS],
        "error": error,
        "name_of": display.name_of,
        "post_of": display.post_of,
    }


def _is_far(typed: str, person: directory.Person) -> bool:
    """Those whose name begins with what was typed come first."""
    known = pinyin.read(person.last_name, person.first_name).pinyin
    sounds = ("".join(known), "".join(syllable[:1] for syllable in known))
    return not any(text.startswith(typed) for text in (fold(display.name_of(person)), *sounds))


def _letter(person: directory.Person) -> str:
    letter = pinyin.alpha(person.last_name, person.first_name)
    return _NO_LETTER if letter == pinyin.NO_LETTER else letter


def show_person(request) -> dict[str, Any] | HTTPSeeOther:
    """``GET /app/contacts/ID/``; ``POST`` adds them to one's colleagues, or takes them off."""
    if request.method == "POST":
        return _befriend(request)
    person = _find(request)
    return {
        "title": display.name_of(person),
        "person": person,
        "post": display.post_of(person),
        "is_oneself": person.id == request.identity.user_id,
        "text": display.as_text(person),
        "address_of": _address,
    }


def _address(value: str) -> str:
    """A number without what only people read in it, an address with nothing a link would misread."""
    return quote("".join(value.split()), safe="@+-")


def _befriend(request) -> HTTPSeeOther:
    """Done twice, the second says what is true."""
    hold_identity(request)
    what, me, other = request.POST.get("do", ""), request.identity.user_id, path_id(request)
    if what not in ("add", "remove"):
        raise Refusal("请求格式错误。")
    if what == "remove":
        friends.remove(request.db, me, other)
        sessions.flash(request, "已从我的同事中移出。")
        return HTTPSeeOther(request.path)
    try:
        if not friends.add(request.db, me, other):
            raise NotFound
    except Refusal as refusal:
        is_there = str(refusal) == friends.ALREADY_THERE
        sessions.flash(request, "已经在我的同事里了。" if is_there else str(refusal), "info")
    else:
        sessions.flash(request, "已加入我的同事。")
    return HTTPSeeOther(request.path)


def download_card(request) -> Response:
    """``GET /app/contacts/ID/card.vcf``"""
    return vcard.respond(_find(request))


def _find(request) -> directory.Person:
    person = directory.find_one(request.db, request.identity.user_id, path_id(request))
    if person is None:
        raise NotFound
    return person


def includeme(config) -> None:
    templates = "hhu_plugins.contacts:templates"
    config.add_admin_static("contacts", Path(__file__).parent / "static")
    config.add_page(
        "contacts.app.people",
        PATH,
        show_people,
        title="通讯录",
        renderer=f"{templates}/app_people.jinja2",
        menu="通讯录",
        icon="person-lines-fill",
        hint="电话、邮箱和名片",
        order=450,
    )
    config.add_page(
        "contacts.app.person",
        _PERSON,
        show_person,
        title="通讯录",
        renderer=f"{templates}/app_person.jinja2",
        methods=("GET", "POST"),
    )
    config.add_page("contacts.app.card", f"{_PERSON}card.vcf", download_card, title="名片")
