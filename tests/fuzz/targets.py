"""What can be aimed at: the calls of the API document, and the forms found in the pages."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from bs4 import BeautifulSoup

from .people import Setting
from .wire import HOST

# To sign out would end the round for whoever does it.
_SPARED = (
    "/admin/sign-out",
    "/app/sign-out",
    "/app/me/devices/",
    "/app/me/wechat/",
    "/static/",
)
_SIGNS_OUT = ("delete", "/auth/wechat-auth/")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Target:
    """``parameters`` may stand in the query string, ``fields`` in the body with these values."""

    method: str
    path: str
    parameters: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def is_page(self) -> bool:
        return self.path.startswith(("/admin/", "/app/"))


def of_document(document: Mapping[str, Any], setting: Setting) -> list[Target]:
    return list(_of_document(document, setting))


def _of_document(document: Mapping[str, Any], setting: Setting) -> Iterator[Target]:
    schemas = document["components"]["schemas"]
    for template, methods in document["paths"].items():
        path = template.replace("{id}", str(setting.id_for(template)))
        for method, operation in methods.items():
            if (method, template) == _SIGNS_OUT:
                continue
            parameters = operation.get("parameters", [])
            names = tuple(each["name"] for each in parameters if each["in"] == "query")
            fields: tuple[tuple[str, str], ...] = ()
            if "requestBody" in operation:
                reference = operation["requestBody"]["content"]["application/json"]["schema"]
                schema = schemas[reference["$ref"].rpartition("/")[2]]
                fields = tuple((name, "1") for name in schema["properties"])
            yield Target(method.upper(), path, names, fields)


def of_pages(port: int, cookie: str, most: int) -> list[Target]:
    """Follow the links from the home pages, and read the forms; one page of each kind."""
    found: dict[tuple[str, str], Target] = {}
    waiting, seen = ["/admin/", "/app/"], set()
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    while waiting and len(seen) < most:
        path = quote(waiting.pop(0).partition("#")[0], safe="/?&=%+.,:;-_~")
        kind = _NUMBER.sub("N", path.partition("?")[0])
        if kind in seen:
            continue
        seen.add(kind)
        connection.request("GET", path, headers={"Cookie": cookie})
        response = connection.getresponse()
        body = response.read()
        if "text/html" not in (response.getheader("Content-Type") or ""):
            continue
        page = BeautifulSoup(body, "html.parser")
        names = tuple(sorted({part.partition("=")[0] for part in urlsplit(path).query.split("&")}))
        found["GET", kind] = Target("GET", path.partition("?")[0], names)
        for form in page.find_all("form"):
            target = _of_form(form, path)
            if target is not None:
                found.setdefault((target.method, _NUMBER.sub("N", target.path)), target)
        links = (urljoin(path, link["href"]) for link in page.find_all("a", href=True))
        waiting += [link for link in links if _is_page(link)]
    connection.close()
    return list(found.values())


def _of_form(form, path: str) -> Target | None:
    action = urljoin(path, form.get("action") or path)
    if not _is_page(action):
        return None
    fields = tuple(
        (field["name"], field.get("value") or "1")
        for field in form.find_all(("input", "select", "textarea", "button"), attrs={"name": True})
    )
    plain = action.partition("?")[0]
    if (form.get("method") or "get").upper() == "POST":
        return Target("POST", plain, (), fields)
    return Target("GET", plain, tuple(name for name, _ in fields))


def _is_page(path: str) -> bool:
    return path.startswith(("/admin/", "/app/")) and not path.startswith(_SPARED)
