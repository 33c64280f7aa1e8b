"""CAS 3: a ticket that the browser brings is asked about at ``/p3/serviceValidate``.

https://apereo.github.io/cas/development/protocol/CAS-Protocol-Specification.html. The service that we
name is our public address, whatever Host a request says, with the attempt's state in it: a ticket
for another service, or for another browser's attempt, is worth nothing here.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from xml.etree import ElementTree

from hhu_base.accounts.outside import BadAnswer, OutsideServer
from hhu_base.accounts.providers import CAS
from hhu_base.accounts.sso.attempts import Attempt
from hhu_base.accounts.sso.errors import NO_NUMBER, NONSENSE, REFUSED, SignOnRefusal
from hhu_base.accounts.sso.provider import ClaimNames, Person, ask, text_of

logger = logging.getLogger(__name__)

LARGEST_ORDER = 64 * 1024
_NAMESPACE = "{http://www.yale.edu/tp/cas}"
_PROTOCOL = "{urn:oasis:names:tc:SAML:2.0:protocol}"
_TICKET = re.compile(r"[!-~]{1,256}")
_INVALID = frozenset(("INVALID_TICKET", "INVALID_SERVICE", "INVALID_TICKET_SPEC"))


@dataclass
class CasProvider:
    """``url`` is the server's, such as ``https://cas.example.edu/cas``; ``back`` our address."""

    title: str
    url: str
    back: str
    names: ClaimNames
    server: OutsideServer
    name: str = CAS
    # What CAS calls a session is the ticket.
    is_session_used_once: bool = True

    def address(self, attempt: Attempt) -> str:
        return f"{self.url}/login?{urlencode({'service': self._service(attempt)})}"

    def sign_out_address(self) -> str:
        return f"{self.url}/logout"

    def person(self, attempt: Attempt, came: Mapping[str, str]) -> Person:
        ticket = came.get("ticket", "")
        if not _TICKET.fullmatch(ticket):
            raise SignOnRefusal(REFUSED)
        user, attributes = self.validate(self._service(attempt), ticket)
        number = user
        if self.names.staff_number:
            number = text_of(attributes, self.names.staff_number)
        if not number:
            raise SignOnRefusal(NO_NUMBER)
        return self.names.person(attributes, number, session=ticket)

    def validate(self, service: str, ticket: str) -> tuple[str, dict[str, list[str]]]:
        """Whose ticket it is, and the attributes. Raises SignOnRefusal."""
        url = f"{self.url}/p3/serviceValidate"

        def question(client) -> bytes:
            answer = client.get(url, params={"service": service, "ticket": ticket})
            if answer.status_code != 200:
                raise BadAnswer(f"status {answer.status_code}")
            return answer.content

        return _read(ask(self.server, question))

    def _service(self, attempt: Attempt) -> str:
        return f"{self.back}?{urlencode({'state': attempt.state})}"


def parse(body: bytes | str) -> ElementTree.Element:
    """Raises ValueError for what is no XML, and for a document type: no entity is ever declared."""
    # Not defusedxml: where it is installed, openpyxl reads with its parser, which is many times slower.
    parser = ElementTree.XMLParser(target=_NoDoctype())  # noqa: S314
    try:
        parser.feed(body)
        root: ElementTree.Element = parser.close()
    except (ElementTree.ParseError, LookupError) as error:
        raise ValueError(str(error)) from None
    return root


class _NoDoctype(ElementTree.TreeBuilder):
    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise ValueError("a document type")


def _read(body: bytes) -> tuple[str, dict[str, list[str]]]:
    try:
        answer = parse(body)
    except ValueError:
        logger.warning("the CAS server's answer is no XML that we read")
        raise SignOnRefusal(NONSENSE) from None
    failure = answer.find(f"{_NAMESPACE}authenticationFailure")
    success = answer.find(f"{_NAMESPACE}authenticationSuccess")
    if failure is not None:
        code = failure.get("code", "")[:40]
        logger.log(
            logging.INFO if code in _INVALID else logging.WARNING,
            "the CAS server refused a ticket with %r",
            code,
        )
        raise SignOnRefusal(REFUSED if code in _INVALID else NONSENSE)
    user = success.findtext(f"{_NAMESPACE}user", "").strip() if success is not None else ""
    if answer.tag != f"{_NAMESPACE}serviceResponse" or success is None or not user:
        logger.warning("the CAS server's answer has no user")
        raise SignOnRefusal(NONSENSE)
    attributes: dict[str, list[str]] = {}
    for each in success.iterfind(f"{_NAMESPACE}attributes/*"):
        attributes.setdefault(each.tag.rpartition("}")[2], []).append((each.text or "").strip())
    return user, attributes


def ticket_to_end(order: str) -> str:
    """The ticket whose sign-in a ``logoutRequest`` wants ended; empty for anything else."""
    try:
        root = parse(order)
    except ValueError:
        return ""
    if root.tag != f"{_PROTOCOL}LogoutRequest":
        return ""
    ticket = root.findtext(f"{_PROTOCOL}SessionIndex", "").strip()
    return ticket if _TICKET.fullmatch(ticket) else ""
