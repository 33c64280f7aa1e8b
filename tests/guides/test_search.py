"""Guides in the search over everything: by their names, and by what is written in them."""

import pytest

from hhu_plugins.guides.models import TEXT_READ, GuideVersion


@pytest.fixture
def write(session):
    """``write(guide, "…")``: what a worker has read in its file."""

    def write(guide, text: str) -> None:
        version = session.query(GuideVersion).filter_by(guide_id=guide.id, is_current=True).one()
        version.text, version.text_status = text, TEXT_READ
        session.flush()

    return write


@pytest.mark.parametrize("text", ["差旅", "chailv", "cl", "财务", "caiwu", "差旅 财务"])
def test_a_guide_is_found_by_its_name_and_its_category(search, add_guide, text):
    add_guide("差旅费报销.pdf")
    assert search(text)["指南"] == {"差旅费报销": "财务"}


@pytest.mark.parametrize("text", ["住宿费", "宿", "Ａ４", "a4", "住宿费 a4", "450 元", "450元的"])
def test_a_guide_is_found_by_its_contents(search, add_guide, write, text):
    write(
        add_guide("差旅费报销.pdf"), "每天的住宿费不超过 450 元。\n发票贴在 A4 纸上，450元的除外。"
    )
    write(add_guide("别的.pdf"), "每天吃饭")
    assert search(text)["指南"] == {"差旅费报销": "财务 · 内容中有"}


def test_those_with_the_words_in_their_names_come_first(search, add_guide, write):
    write(add_guide("发票.pdf"), "")
    write(add_guide("新的.pdf"), "发票要盖章")
    assert list(search("发票")["指南"]) == ["发票", "新的"]


def test_the_pairs_of_a_word_in_another_order_are_no_hit(search, add_guide, write):
    write(add_guide("别的.pdf"), "天气天天气")
    assert "指南" not in search("气天气天")


def test_what_is_no_longer_in_the_file_is_not_found(search, add_guide, write):
    guide = add_guide("差旅费报销.pdf")
    write(guide, "住宿费")
    write(guide, "伙食费")
    assert "指南" not in search("住宿费")
