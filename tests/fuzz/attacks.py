"""Requests made of the tables: each is a target, a person, and one thing that is wrong."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from . import payloads
from .people import Person
from .targets import Target
from .wire import request

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Attack:
    """Bytes to send; ``is_broken``: no HTTP that the application would get to see."""

    what: str
    data: bytes
    is_broken: bool = False
    is_unfinished: bool = False


def make(kind: str, chance: random.Random, target: Target, person: Person) -> Attack:
    return KINDS[kind](chance, target, person)


def a_path(chance: random.Random, target: Target, person: Person) -> Attack:
    payload = chance.choice(payloads.PATHS)
    parts = target.path.strip("/").split("/")
    where = chance.randrange(len(parts) + 1)
    changed = [*parts[:where], payload, *parts[where + chance.choice((0, 1)) :]]
    path = "/" + "/".join(changed) + chance.choice(("", "/"))
    return _attack(target.method, path, person, b"{}" if target.fields else b"")


def a_query(chance: random.Random, target: Target, person: Person) -> Attack:
    names = (*target.parameters, "page", "page_size", "q", "id", "next", "sort")
    pairs = [
        f"{chance.choice(names)}={chance.choice(payloads.QUERY_VALUES)}"
        for _ in range(chance.choice((1, 1, 2, 4)))
    ]
    query = chance.choice((chance.choice(payloads.QUERIES), *["&".join(pairs)] * 4))
    return _attack("GET", f"{target.path}?{query}", person)


def a_json_field(chance: random.Random, target: Target, person: Person) -> Attack:
    fields = {name: json.dumps(value) for name, value in target.fields} or {"x": "1"}
    for name in chance.sample(list(fields), chance.choice((1, min(2, len(fields))))):
        fields[name] = chance.choice(payloads.JSON_VALUES)
    if chance.random() < 0.2:
        fields["id"] = chance.choice(payloads.JSON_VALUES)
    body = "{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in fields.items()) + "}"
    return _attack(_sending(chance, target), target.path, person, body.encode(), "application/json")


def a_json_body(chance: random.Random, target: Target, person: Person) -> Attack:
    body = chance.choice(payloads.JSON_BODIES)
    kind = chance.choice(("application/json", "application/json; charset=utf-8"))
    return _attack(_sending(chance, target), target.path, person, body, kind)


def a_form_field(chance: random.Random, target: Target, person: Person) -> Attack:
    fields = {quote(name): quote(value) for name, value in target.fields} or {"x": "1"}
    # What is sent along is right, such as the CSRF token: else nothing behind it is reached.
    others = [name for name in fields if name != "csrf_token"] or list(fields)
    for name in chance.sample(others, chance.choice((1, min(3, len(others))))):
        fields[name] = chance.choice(payloads.QUERY_VALUES)
    body = "&".join(f"{name}={value}" for name, value in fields.items())
    return _attack(_sending(chance, target), target.path, person, body.encode(), FORM)


def a_form_body(chance: random.Random, target: Target, person: Person) -> Attack:
    kind, bodies = chance.choice(
        ((FORM, payloads.FORM_BODIES), (payloads.MULTIPART, payloads.MULTIPART_BODIES))
    )
    token = dict(target.fields).get("csrf_token")
    body = chance.choice(bodies)
    if token and kind == FORM and chance.random() < 0.8:
        body = f"csrf_token={quote(token)}&".encode() + body
    elif token and chance.random() < 0.8:
        field = 'Content-Disposition: form-data; name="csrf_token"'
        body = f"--B\r\n{field}\r\n\r\n{token}\r\n".encode() + body
    return _attack(_sending(chance, target), target.path, person, body, kind)


def a_type(chance: random.Random, target: Target, person: Person) -> Attack:
    bodies = (b"{}", b"a=1", b"\xff", *payloads.MULTIPART_BODIES)
    kind = chance.choice(payloads.CONTENT_TYPES)
    return _attack(_sending(chance, target), target.path, person, chance.choice(bodies), kind)


def a_header(chance: random.Random, target: Target, person: Person) -> Attack:
    name, value = chance.choice(payloads.HEADERS)
    kept = [(known, sent) for known, sent in person.headers if known != name]
    body = b"{}" if target.method in ("POST", "PUT") else b""
    headers = [*kept, ("Content-Type", "application/json"), (name, value)]
    what = f"{target.method} {target.path} {name}: {value[:80]!r}"
    data = request(target.method, target.path, headers, body)
    # Who says that he expects to be told to go on, and then does not, is waited for.
    return Attack(what, data, is_broken=True, is_unfinished=name == "Expect")


def a_method(chance: random.Random, target: Target, person: Person) -> Attack:
    method = chance.choice((*payloads.METHODS, "GET", "POST", "PUT", "DELETE"))
    data = request(method, target.path, person.headers)
    return Attack(f"{method[:20]} {target.path}", data, is_broken=True)


def a_frame(chance: random.Random, target: Target, person: Person) -> Attack:
    is_unfinished = chance.random() < 0.2
    frame = chance.choice(payloads.UNFINISHED if is_unfinished else payloads.FRAMES)
    auth = "".join(f"{name}: {value}\r\n" for name, value in person.headers).encode()
    data = frame.replace(b"{path}", target.path.encode()).replace(b"{auth}", auth)
    what = f"{target.path} {frame[:120]!r}"
    return Attack(what, data, is_broken=True, is_unfinished=is_unfinished)


KINDS: dict[str, Callable[[random.Random, Target, Person], Attack]] = {
    "path": a_path,
    "query": a_query,
    "json-field": a_json_field,
    "json-body": a_json_body,
    "form-field": a_form_field,
    "form-body": a_form_body,
    "type": a_type,
    "header": a_header,
    "method": a_method,
    "frame": a_frame,
}


def _sending(chance: random.Random, target: Target) -> str:
    if target.method in ("POST", "PUT") or chance.random() < 0.2:
        return target.method
    return chance.choice(("POST", "PUT"))


def _attack(
    method: str, path: str, person: Person, body: bytes = b"", kind: str = "application/json"
) -> Attack:
    headers = [*person.headers, *([("Content-Type", kind)] if body else [])]
    what = f"{method} {path[:200]} {kind[:60] if body else ''} {body[:200]!r}"
    # Servers may refuse a request line with other characters before anybody reads it.
    return Attack(what, request(method, path, headers, body), is_broken=not path.isascii())
