"""The pages of a PDF as pictures: as many as are wanted, each as large as is wanted."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from hhu_base.documents import reader
from hhu_plugins.guides import demo_files


@pytest.fixture
def file(tmp_path):
    def write(content: bytes):
        path = tmp_path / "file"
        path.write_bytes(content)
        return path

    return write


def test_the_first_pages_are_drawn_and_all_are_counted(file):
    content = demo_files.pdf("差旅费", ["很长的一段话。" * 30] * 16)
    total, pictures = reader.read_pages(file(content), 2, 500)
    assert total > len(pictures) == 2
    for picture in pictures:
        shown = Image.open(io.BytesIO(picture.jpeg))
        assert shown.format == "JPEG"
        assert max(shown.size) == max(picture.width, picture.height) == 500
        # Something is on it.
        assert shown.convert("L").getextrema()[0] < 128


@pytest.mark.parametrize("content", [b"no pdf", b"%PDF-1.4 and nothing else"])
def test_one_that_is_none_is_unreadable(file, content):
    with pytest.raises(reader.Unreadable):
        reader.read_pages(file(content), 2, 500)
