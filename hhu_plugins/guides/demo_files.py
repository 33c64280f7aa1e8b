"""Small real files for the demo college, made when they are needed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_FORMATS = "application/vnd.openxmlformats-officedocument"
_LINES_PER_PAGE = 28
_CHARACTERS_PER_LINE = 34


def docx(title: str, paragraphs: Sequence[str]) -> bytes:
    """A Word document."""
    heading = f'<w:p><w:r><w:rPr><w:b/><w:sz w:val="36"/></w:rPr>{_run(title)}</w:r></w:p>'
    rest = "".join(f"<w:p><w:r>{_run(paragraph)}</w:r></w:p>" for paragraph in paragraphs)
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    document = f'<w:document xmlns:w="{space}"><w:body>{heading}{rest}</w:body></w:document>'
    return _package("word/document.xml", f"{_FORMATS}.wordprocessingml.document.main+xml", document)


def xlsx(rows: Sequence[Sequence[str]]) -> bytes:
    """An Excel workbook with one sheet."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    cells = "".join(
        "<row>"
        + "".join(f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>' for cell in row)
        + "</row>"
        for row in rows
    )
    sheet = f'<worksheet xmlns="{space}"><sheetData>{cells}</sheetData></worksheet>'
    workbook = (
        f'<workbook xmlns="{space}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="表" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    relations = (
        f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1"'
        f' Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    )
    return _package(
        "xl/workbook.xml",
        f"{_FORMATS}.spreadsheetml.sheet.main+xml",
        workbook,
        {
            "xl/_rels/workbook.xml.rels": relations,
            "xl/worksheets/sheet1.xml": sheet,
        },
        {"/xl/worksheets/sheet1.xml": f"{_FORMATS}.spreadsheetml.worksheet+xml"},
    )


def pdf(title: str, paragraphs: Sequence[str]) -> bytes:
    """A PDF in a Chinese font that every reader brings along."""
    lines = [title, ""]
    for paragraph in paragraphs:
        step = _CHARACTERS_PER_LINE
        lines += [paragraph[at : at + step] for at in range(0, len(paragraph), step)] + [""]
    pages = [lines[at : at + _LINES_PER_PAGE] for at in range(0, len(lines), _LINES_PER_PAGE)]
    first = 6  # the number of the first page's object; its content is the next one
    kids = " ".join(f"{first + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /GBK-EUC-H"
        b" /DescendantFonts [4 0 R] >>",
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /FontDescriptor 5 0 R"
        b" /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /DW 1000 >>",
        b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /Ascent 880 /Descent -120"
        b" /FontBBox [-25 -254 1000 880] /ItalicAngle 0 /CapHeight 880 /StemV 93 >>",
    ]
    for number, page in enumerate(pages):
        content = _page_content(page)
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]"
            b" /Resources << /Font << /F1 3 0 R >> >>"
            + f" /Contents {first + 2 * number + 1} 0 R >>".encode(),
            f"<< /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream",
        ]
    return _pdf_file(objects)


def _page_content(lines: Sequence[str]) -> bytes:
    shown = [f"<{line.encode('gbk').hex()}> Tj T*" for line in lines]
    return "\n".join(["BT /F1 14 Tf 24 TL 60 770 Td", *shown, "ET"]).encode()


def _pdf_file(objects: Sequence[bytes]) -> bytes:
    file = io.BytesIO()
    file.write(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(file.tell())
        file.write(f"{number} 0 obj\n".encode() + content + b"\nendobj\n")
    start = file.tell()
    file.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode())
    file.writelines(f"{place:010} 00000 n \n".encode() for place in places)
    trailer = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    file.write(trailer.encode())
    return file.getvalue()


def _run(text: str) -> str:
    return f'<w:t xml:space="preserve">{escape(text)}</w:t>'


def _package(
    main: str,
    main_type: str,
    content: str,
    others: dict[str, str] | None = None,
    other_types: dict[str, str] | None = None,
) -> bytes:
    overrides = {f"/{main}": main_type, **(other_types or {})}
    types = (
        f'<Types xmlns="{_TYPES}"><Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        + "".join(
            f'<Override PartName="{name}" ContentType="{type_}"/>'
            for name, type_ in overrides.items()
        )
        + "</Types>"
    )
    relations = (
        f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1"'
        f' Type="{_OFFICE}/officeDocument" Target="{main}"/></Relationships>'
    )
    parts = {"[Content_Types].xml": types, "_rels/.rels": relations, main: content}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (parts | (others or {})).items():
            # The same file each time: what is the same is stored once.
            archive.writestr(zipfile.ZipInfo(name), _XML + text, zipfile.ZIP_DEFLATED)
    return file.getvalue()
