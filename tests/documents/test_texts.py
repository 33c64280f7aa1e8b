"""What a search finds in files that other programs write."""

from __future__ import annotations

import pytest

from hhu_base.documents import texts
from hhu_plugins.guides import demo_files
from tests.security.test_archives import workbook

from . import office


@pytest.fixture
def text_of(tmp_path):
    """``text_of("pdf", content)``"""

    def text_of(extension: str, content: bytes) -> str:
        path = tmp_path / "file"
        path.write_bytes(content)
        return texts.text_of(path, extension)

    return text_of


def p(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def box(text: str) -> str:
    """A text box as Word writes it: twice."""
    shape = f"<w:txbxContent>{p(text)}</w:txbxContent>"
    return f"<mc:AlternateContent><mc:Choice>{shape}</mc:Choice><mc:Fallback>{shape}</mc:Fallback></mc:AlternateContent>"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (office.docx(p("甲"), main="word/document2.xml"), "甲"),
        (office.docx(p("甲"), main="doc/正文.xml"), "甲"),
        (office.docx(f"<w:tbl><w:tr><w:tc>{p('甲')}</w:tc><w:tc>{p('乙')}</w:tc></w:tr></w:tbl>"), "甲乙"),
        (office.docx(p("甲") + box("乙")), "甲乙"),
        (office.docx(p("正文"), header=p("页眉"), footer=p("页脚"), footnotes=p("脚注")), "正文页眉页脚脚注"),
        (office.docx(p("甲"), endnotes=p("尾注"), comments=p("批注")), "甲尾注批注"),
        (office.docx(p("甲"), header="<broken"), "甲"),
        (office.docx(p("甲"), styles=p("样式")), "甲"),
        (office.docx("<w:p><w:r><w:t>VPN</w:t><w:tab/><w:t>a</w:t></w:r></w:p>"), "VPN a"),
    ],
    ids=["name", "folder", "table", "box", "around", "notes", "broken", "styles", "tab"],
)  # fmt: skip
def test_a_document_is_found_wherever_its_text_is(text_of, content, text):
    assert text_of("docx", content) == text


def test_slides_notes_and_charts_are_found_and_their_layouts_are_not(text_of):
    assert text_of("pptx", office.pptx("幻灯片", "备注", "图表")) == "幻灯片备注图表"


@pytest.mark.parametrize(
    "change",
    [
        lambda name, data: (name.upper() if name.startswith("xl") else name, data),
        lambda name, data: (name.replace("/", "\\"), data),
        lambda name, data: (name, data.replace(b"schemas.openxmlformats.org/", b"purl.oclc.org/ooxml/")),
    ],
    ids=["case", "backslashes", "strict"],
)  # fmt: skip
def test_packages_of_other_programs_are_read(text_of, change):
    content = office.rewritten(demo_files.xlsx([["地区", "标准"], ["南京", "480"]]), change)
    assert text_of("xlsx", content) == "表地区标准南京 480"


def test_a_workbook_is_found_as_it_is_shown(text_of):
    """Numbers and dates in their formats, the results of formulas, sheets, comments, text boxes."""
    rows = (
        '<row><c t="s"><v>0</v></c><c><v>58099001</v></c></row>'
        '<row><c t="str"><f>"物业"&amp;"丑"</f><v>物业丑</v></c></row>'
        '<row><c s="1"><v>46266</v></c><c s="2"><v>0.125</v></c><c t="b"><v>1</v></c></row>'
    )
    styles = (
        '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy-mm-dd"/></numFmts><fills><fill/>'
        '</fills><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="10"/></cellXfs></styleSheet>'
    )
    content = workbook(
        rows, shared="<si><r><t>总值</t></r><r><t>班</t></r><rPh><t>x</t></rPh></si>"
    )

    def add(name: str, data: bytes) -> tuple[str, bytes]:
        if name == "xl/workbook.xml":
            data = data.replace(b'name="S"', 'name="值班电话"'.encode())
        if name == "xl/_rels/workbook.xml.rels":
            more = office.relations(styles="styles.xml").partition(">")[2]
            data = data.replace(b"</Relationships>", more.replace('"r1"', '"r9"').encode())
        return name, data

    content = office.rewritten(content, add)
    content = office.with_part(content, "xl/styles.xml", styles.encode())
    around = office.relations(comments="../comments1.xml", drawing="../drawings/d.xml")
    content = office.with_part(content, "xl/worksheets/_rels/sheet1.xml.rels", around.encode())
    comment = "<comments><comment><text><r><t>批注寅</t></r></text></comment></comments>"
    content = office.with_part(content, "xl/comments1.xml", comment.encode())
    drawing = "<wsDr><p><r><t>文本框</t></r></p></wsDr>"
    content = office.with_part(content, "xl/drawings/d.xml", drawing.encode())
    assert (
        text_of("xlsx", content)
        == "值班电话总值班 58099001 物业丑 2026-09-01 12.50% TRUE 批注寅文本框"
    )


def with_font(encoding: bytes, content: bytes) -> bytes:
    """A PDF in a font of Adobe-GB1 that says nothing of Unicode."""
    file = demo_files.pdf("X", [])
    old = "X".encode("gbk").hex().encode()
    file = file.replace(b"/GBK-EUC-H", encoding).replace(b"<" + old + b">", b"<" + content + b">")
    # Its table of places is wrong now, as in many a file; readers look for the objects then.
    return file.replace(b"startxref", b"startxref\n0\n%")


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        (b"/Identity-H", b"07040F0008A405800D2C0BBB0586"),
        (b"/GBKp-EUC-H", "公务接待审批单".encode("gbk").hex().encode()),
        (b"/GBK-EUC-H", "公务接待审批单".encode("gbk").hex().encode()),
        (b"/UniGB-UCS2-H", "公务接待审批单".encode("utf-16-be").hex().encode()),
    ],
)
def test_chinese_fonts_are_read_without_a_table_of_their_characters(text_of, encoding, content):
    assert text_of("pdf", with_font(encoding, content)) == "公务接待审批单"


def test_one_bad_page_stops_none_of_the_others(text_of):
    pages = demo_files.pdf("第一页", ["一" * 1800, "第三页"])
    # The second is a font, says the list of pages.
    bad = pages.replace(b"/Kids [6 0 R 8 0 R", b"/Kids [6 0 R 3 0 R")
    assert bad != pages
    text = text_of("pdf", bad)
    assert text.startswith("第一页")
    assert text.endswith("第三页")
    assert 0 < text.count("一") < 1000


def test_a_file_with_only_an_owners_password_is_read(text_of, samples):
    assert text_of("pdf", samples("permissions-only-aes.pdf")) == "经费使⽤⽅案⼆戊"


def test_a_text_that_came_out_as_nonsense_is_not_taken_for_one(text_of):
    nonsense = "܄ༀࢤրബ\u0bbbֆ࠭\ue001\x80".encode("utf-16-be").hex().encode()
    with pytest.raises(ValueError, match="nonsense"):
        text_of("pdf", with_font(b"/UniGB-UCS2-H", nonsense))


@pytest.mark.parametrize(
    ("text", "is_nonsense"),
    [
        ("国家自然科学基金 (2026) 申报，Deadline: 3月20日！", False),
        ("学生宿舍 №3，～85％ ≥ 10 m²", False),
        ("Les frais de déplacement sont remboursés à l'issue de la mission.", False),
        ("Командировка и отчёт", False),
        ("for (i = 0; i < n; i++) { a[i] = b[i] + 1; }", False),
        ("×Ö·û¼¯ÕýÎÄ", True),
        ("܄ༀࢤրബ\u0bbbֆ", True),
        ("\ue001\ue002\ue003 第1页", True),
        ('!"#$%&\'()*+#$%&!"#@', True),
        ("", False),
    ],
)
def test_what_nobody_could_mean_is_nonsense(text, is_nonsense):
    assert texts.is_nonsense(text) is is_nonsense


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("国家自然\n科学 基金", "国家自然科学基金"),
        ("read  the\n\tmanual", "read the manual"),
        ("使用 VPN 登录", "使用 VPN 登录"),
        ("一。 \n 二", "一。二"),
        ("a\0b\ud800\ufffe", "ab"),
        (" \n ", ""),
    ],
)
def test_chinese_is_found_across_the_ends_of_lines(raw, text):
    assert texts.normalized(raw) == text


def test_only_the_beginning_of_a_very_long_text_is_kept(text_of):
    text = "长" * (texts.MOST_CHARACTERS + 10)
    assert len(text_of("txt", text.encode())) == texts.MOST_CHARACTERS


def test_a_part_that_unpacks_to_very_much_is_not_read_to_its_end(text_of):
    content = office.docx(f"<w:t>{' ' * (65 * 1024**2)}a</w:t>")
    assert text_of("docx", content) == ""
