"""Office Open XML packages (DOCX, XLSX, PPTX): parts by their relationships, XML as events.

Nothing depends on what a part is called, on letter case, on the direction of slashes, or on which
of the two sets of namespaces (transitional, strict) a program has written: names are folded, and
elements and kinds of relationships are known by the last part of their names.
"""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO
from urllib.parse import unquote
from xml.parsers import expat

from hhu_base.values.zip_files import open_zip

MAX_PARTS = 10_000
_BLOCK = 64 * 1024
_TYPES = "[content_types].xml"
_MACROS = ("vbaproject", "vbadata", "macroenabled", "macrosheet")

START, END, TEXT = "start", "end", "text"
# (START, name, attributes), (END, name, {}) or (TEXT, text, {}); names without their prefixes.
Event = tuple[str, str, dict[str, str]]


class PackageError(Exception):
    """It is no Office file, or damaged."""


class PackageTooLarge(Exception):
    """It unpacks to more than may be read."""


@dataclass(frozen=True)
class Relation:
    """``kind``: ``worksheet``, ``footnotes``, …; ``target``: the folded name of a part."""

    id: str
    kind: str
    target: str


class Package:
    """An open package, of which ``max_bytes`` may be unpacked altogether.

    What counts is what really comes out of the archive: the sizes that it states may be lies.
    """

    def __init__(self, file: IO[bytes], max_bytes: int):
        """Raises PackageError."""
        try:
            self._archive = open_zip(file)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise PackageError(str(error)) from None
        entries = self._archive.infolist()
        if len(entries) > MAX_PARTS:
            raise PackageTooLarge
        self._parts = {_folded(entry.filename): entry for entry in reversed(entries)}
        self._left = max_bytes

    def __contains__(self, name: str) -> bool:
        return name in self._parts

    @property
    def names(self) -> list[str]:
        """The folded names of all parts."""
        return list(self._parts)

    def blocks(self, name: str) -> Iterator[bytes]:
        """The content of a part. Raises PackageError, PackageTooLarge."""
        try:
            with self._archive.open(self._parts[name]) as stream:
                while block := stream.read(_BLOCK):
                    self._left -= len(block)
                    if self._left < 0:
                        raise PackageTooLarge
                    yield block
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            raise PackageError(f"{name}: {error}") from None
        # Encrypted, or compressed in a way that Python does not know.
        except (RuntimeError, NotImplementedError, ValueError) as error:
            raise PackageError(f"{name}: {error}") from None

    def events(self, name: str) -> Iterator[Event]:
        """The XML of a part. Raises PackageError, PackageTooLarge."""
        found: list[Event] = []
        names = _LocalNames()
        parser = expat.ParserCreate()
        parser.buffer_text = True

        def refuse(*_) -> None:
            # The format forbids them, and nothing but attacks has them.
            raise PackageError(f"{name}: a document type")

        def start(tag: str, attributes: dict[str, str]) -> None:
            found.append((START, names[tag], attributes))

        def end(tag: str) -> None:
            found.append((END, names[tag], {}))

        def text(data: str) -> None:
            found.append((TEXT, data, {}))

        parser.StartDoctypeDeclHandler = refuse
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = text
        try:
            for block in self.blocks(name):
                parser.Parse(block, False)
                yield from found
                found.clear()
            parser.Parse(b"", True)
            yield from found
        except expat.ExpatError as error:
            raise PackageError(f"{name}: {error}") from None

    def relations(self, name: str = "") -> list[Relation]:
        """What a part refers to inside of the package; those of the package itself by default."""
        folder, file = posixpath.split(name)
        source = posixpath.join(folder, "_rels", f"{file}.rels")
        if source not in self._parts:
            return []
        found = []
        for kind, tag, attributes in self.events(source):
            if (
                kind == START
                and tag == "Relationship"
                and attributes.get("TargetMode") != "External"
            ):
                target = unquote(attributes.get("Target", ""))
                found.append(
                    Relation(
                        attributes.get("Id", ""),
                        attributes.get("Type", "").rpartition("/")[2],
                        _folded(posixpath.join("/", folder, target.replace("\\", "/"))),
                    )
                )
        return found

    def main_part(self) -> str:
        """The name of the document itself. Raises PackageError where there is none."""
        for relation in self.relations():
            if relation.kind == "officeDocument" and relation.target in self._parts:
                return relation.target
        raise PackageError("no main part")

    def content_type(self, name: str) -> str:
        """What a part is said to be; empty where nothing is said. In lower case."""
        default = ""
        for kind, tag, attributes in self.events(_TYPES):
            if kind != START:
                continue
            if tag == "Override" and _folded(attributes.get("PartName", "")) == name:
                return attributes.get("ContentType", "").lower()
            suffix = attributes.get("Extension", "").lower()
            if tag == "Default" and name.endswith(f".{suffix}"):
                default = attributes.get("ContentType", "").lower()
        return default

    def has_macros(self) -> bool:
        """By what its parts are said to be, whatever they are called."""
        said = [
            value.lower()
            for name in self._parts
            if name == _TYPES or name.endswith(".rels")
            for kind, _, attributes in self.events(name)
            if kind == START
            for key, value in attributes.items()
            if key in ("ContentType", "Type")
        ]
        return any(word in text for text in (*said, *self._parts) for word in _MACROS)


def _folded(name: str) -> str:
    return posixpath.normpath(name.replace("\\", "/")).lstrip("/").lower()


class _LocalNames(dict[str, str]):
    """``row`` for ``x:row``; kept, since there are few names and millions of elements."""

    def __missing__(self, name: str) -> str:
        local = self[name] = name.rpartition(":")[2]
        return local
