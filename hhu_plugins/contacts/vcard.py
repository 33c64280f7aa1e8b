"""Cards for phones: vCard 3.0 (RFC 2426), which iOS and Android both import.

Written by hand: it is two rules, escaping and folding. vobject, with which the tests read the
cards back, would cost the web process 7 MB, and folds by characters, which are three bytes here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from pyramid.response import Response

from hhu_base.values import pinyin
from hhu_base.values.text import without_control_characters
from hhu_base.web.headers import content_disposition
from hhu_plugins.contacts.display import name_of

ORGANIZATION = ("河海大学", "计算机与信息学院")
_LONGEST_LINE = 75  # octets, without the line break
_NOT_IN_FILE_NAMES = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*]')


def respond(person: Any) -> Response:
    """The card as a file that phones import."""
    return Response(
        body=card(person).encode(),
        content_type="text/vcard",
        charset="utf-8",
        content_disposition=disposition(person),
    )


def card(person: Any) -> str:
    """The card of this user, or row with the attributes of one."""
    lines = ["BEGIN:VCARD", "VERSION:3.0", *_properties(person), "END:VCARD"]
    return "".join(_folded(line) + "\r\n" for line in lines)


def disposition(person: Any) -> str:
    """The Content-Disposition of the card: the name in Chinese (RFC 6266), for old clients the
    staff number."""
    name = _NOT_IN_FILE_NAMES.sub("_", name_of(person))
    fallback = re.sub(r"[^A-Za-z0-9._-]", "_", person.username)
    return content_disposition(f"{name}.vcf", f"{fallback}.vcf")


def _properties(person: Any) -> Iterator[str]:
    organization = (*ORGANIZATION, *([person.department.name] if person.department else []))
    yield f"N:{_structured(person.last_name, person.first_name, '', '', '')}"
    yield f"FN:{_text(name_of(person))}"
    # Phones would file 单 under D.
    yield f"SORT-STRING:{_text(' '.join(pinyin.read(person.last_name, person.first_name).pinyin))}"
    yield f"ORG:{_structured(*organization)}"
    optional = (
        ("TITLE", person.post),
        ("TEL;TYPE=CELL,VOICE", person.phone),
        ("TEL;TYPE=WORK,VOICE", person.tel),
        ("EMAIL;TYPE=INTERNET", person.email),
        # Android reads these two, iOS those after them.
        ("X-QQ", person.qq),
        ("X-WECHAT", person.wechat),
    )
    for name, value in optional:
        if value:
            yield f"{name}:{_text(value)}"
    for service, account in (("QQ", person.qq), ("WeChat", person.wechat)):
        if account:
            yield f"IMPP;X-SERVICE-TYPE={service}:x-apple:{quote(account)}"
    if person.description:
        yield f"NOTE:{_text(person.description)}"


def _structured(*parts: str) -> str:
    return ";".join(_text(part) for part in parts)


def _text(value: str) -> str:
    """Escaped."""
    value = without_control_characters(value)
    for char in ("\\", ";", ","):
        value = value.replace(char, "\\" + char)
    return value.replace("\n", "\\n")


def _folded(line: str) -> str:
    """In lines of 75 octets at most, no character torn apart."""
    folded: list[str] = []
    width = 0
    for char in line:
        size = len(char.encode())
        if width + size > _LONGEST_LINE:
            folded.append("\r\n ")
            width = 1
        folded.append(char)
        width += size
    return "".join(folded)
