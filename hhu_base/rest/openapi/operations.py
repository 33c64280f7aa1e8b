"""Which services there are: those of the base first, then each plugin's, in the ini's order."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from cornice import Service
from pyramid.security import NO_PERMISSION_REQUIRED

from hhu_base import plugins
from hhu_base.rest.serializers import Documentation

CORE = "core"
_CORE_CARD = "core 账户: signing in, and what is known about who is signed in."
_PLACEHOLDER = re.compile(r"\{(\w+):((?:[^{}]|\{[^{}]*\})*)\}")


@dataclass(frozen=True)
class Operation:
    """A method of a service, with all that is said of it in the code."""

    service: Service
    method: str
    view: Callable
    permission: str | None
    validators: tuple[Any, ...]
    # None: the plugin says nothing about it.
    described: Documentation | None
    # In Chinese, as its examples are; empty: nobody has written one.
    text: str = ""

    @property
    def id(self) -> str:
        return f"{self.service.name}.{self.method.lower()}"

    @property
    def summary(self) -> str:
        return self._paragraphs[0] or f"{self.method} {self.path}"

    @property
    def description(self) -> str:
        return "\n\n".join(self._paragraphs[1:])

    @property
    def path(self) -> str:
        """As OpenAPI writes it: without the patterns."""
        return _PLACEHOLDER.sub(r"{\1}", self.service.path)

    @property
    def placeholders(self) -> dict[str, str]:
        """Name → pattern of what is variable in the path."""
        return dict(_PLACEHOLDER.findall(self.service.path))

    @property
    def is_public(self) -> bool:
        return self.permission in (None, NO_PERMISSION_REQUIRED)

    @property
    def _paragraphs(self) -> list[str]:
        paragraphs = (self.text or inspect.getdoc(self.view) or "").split("\n\n")
        return [" ".join(paragraph.split()) for paragraph in paragraphs]


@dataclass(frozen=True)
class Section:
    """The services of the base or of a plugin: ``name`` rooms, ``title`` 会议室预约."""

    name: str
    title: str
    description: str
    operations: tuple[Operation, ...]

    @property
    def tag(self) -> str:
        return f"{self.name} {self.title}".strip()


def sections(registry) -> list[Section]:
    """Those that have services."""
    packages = {name: plugins.installed()[name].module for name in registry["plugins"]}
    found: dict[str, list[Operation]] = {name: [] for name in (CORE, *packages)}
    texts = {name: _texts(packages.get(name, __package__)) for name in found}
    for service in registry.cornice_services.values():
        for operation in _operations(service):
            owner = _owner(operation.view, packages)
            said = texts[owner].get(operation.id, "")
            found[owner].append(replace(operation, text=said))
    return [
        Section(name, *_card(name, packages.get(name), texts[name]), tuple(operations))
        for name, operations in found.items()
        if operations
    ]


def _operations(service: Service) -> list[Operation]:
    described = getattr(service, "described", {})
    return [
        Operation(
            service,
            method,
            view,
            args.get("permission"),
            tuple(args.get("validators", ())),
            described.get(method),
        )
        for method, view, args in service.definitions
        # Cornice adds it wherever there is a GET.
        if method != "HEAD"
    ]


def _owner(view: Callable, packages: dict[str, str]) -> str:
    module = f"{view.__module__}."
    return next((name for name, own in packages.items() if module.startswith(f"{own}.")), CORE)


def _texts(package: str) -> dict[str, str]:
    """What a package says of its services: ``service_texts.TEXTS``."""
    name = f"{package}.service_texts"
    return importlib.import_module(name).TEXTS if importlib.util.find_spec(name) else {}


def _card(name: str, package: str | None, texts: dict[str, str]) -> tuple[str, str]:
    """Title and description, from the name card: ``rooms 会议室预约: find a free room …``."""
    text = inspect.getdoc(importlib.import_module(package)) if package else _CORE_CARD
    first_line = (text or name).partition("\n")[0]
    title, _, description = first_line.partition(":")
    return title.removeprefix(name).strip(), texts.get("") or description.strip()
