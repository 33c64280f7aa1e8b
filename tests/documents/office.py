"""Office files as other programs write them, made of a plain one."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

from hhu_plugins.guides.demo_files import _package

_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_FORMATS = "application/vnd.openxmlformats-officedocument"
_DRAWING = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'


def relations(**parts: str) -> str:
    """``relations(header="header1.xml")``: kind and target of each."""
    found = "".join(
        f'<Relationship Id="r{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(parts.items(), 1)
    )
    return f'<Relationships xmlns="{_RELATIONS}">{found}</Relationships>'


def docx(body: str, main: str = "word/document.xml", **parts: str) -> bytes:
    """A document of this XML; ``parts``: kind → XML of what belongs to it."""
    name = main.rpartition("/")[2]
    others = {f"word/{kind}.xml": f"<x>{xml}</x>" for kind, xml in parts.items()}
    others[f"word/_rels/{name}.rels"] = relations(**{kind: f"{kind}.xml" for kind in parts})
    type_ = f"{_FORMATS}.wordprocessingml.document.main+xml"
    return _package(
        main, type_, f"<w:document xmlns:w='w' xmlns:mc='m'>{body}</w:document>", others
    )


def pptx(slide: str, notes: str = "", chart: str = "") -> bytes:
    """A presentation of one slide."""

    def part(text: str) -> str:
        return f"<x {_DRAWING}><a:p><a:r><a:t>{text}</a:t></a:r></a:p></x>"

    return _package(
        "ppt/presentation.xml",
        f"{_FORMATS}.presentationml.presentation.main+xml",
        "<presentation/>",
        {
            "ppt/_rels/presentation.xml.rels": relations(slide="slides/slide1.xml"),
            "ppt/slides/slide1.xml": part(slide),
            "ppt/slides/_rels/slide1.xml.rels": relations(
                notesSlide="../notesSlides/n.xml",
                chart="../charts/c.xml",
                slideLayout="../slideLayouts/l.xml",
            ),
            "ppt/notesSlides/n.xml": part(notes),
            "ppt/charts/c.xml": f"<x><pt><v>{chart}</v></pt></x>",
            "ppt/slideLayouts/l.xml": part("单击此处编辑"),
        },
    )


def rewritten(content: bytes, change: Callable[[str, bytes], tuple[str, bytes] | None]) -> bytes:
    """The same package with other names and contents; None leaves a part out."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if (changed := change(name, old.read(name))) is not None:
                new.writestr(*changed)
    return out.getvalue()


def with_part(content: bytes, name: str, data: bytes) -> bytes:
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(name, data)
    return out.getvalue()


def with_macro_type(content: bytes) -> bytes:
    """Macros in a part of another name, which only the list of types tells."""
    override = (
        b'<Override PartName="/x/data.bin" ContentType="application/vnd.ms-office.vbaProject"/>'
    )
    changed = rewritten(
        content, lambda name, data: (name, data.replace(b"</Types>", override + b"</Types>"))
    )
    return with_part(changed, "x/data.bin", b"x")


def with_macro_relation(content: bytes) -> bytes:
    """Macros in a part of another name, which only the relationship tells."""
    kind = b"http://schemas.microsoft.com/office/2006/relationships/vbaProject"
    relation = b'<Relationship Id="rX" Type="' + kind + b'" Target="data.bin"/></Relationships>'
    changed = rewritten(
        content, lambda name, data: (name, data.replace(b"</Relationships>", relation))
    )
    return with_part(changed, "data.bin", b"x")


def with_macro_name(content: bytes) -> bytes:
    return with_part(content, "x/VBAProject.bin", b"x")
