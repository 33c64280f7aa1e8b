"""Pictures are made anew: what hurts, or tells more than one sees, does not get through."""

from __future__ import annotations

import base64
import io
import struct
import zlib

import pytest
from PIL import Image, ImageCms

from hhu_base.documents import images, reader
from hhu_base.values.refusal import Refusal
from tests.sampling import first

RED = (200, 30, 40)
ORIENTATION, GPS = 0x0112, 0x8825
UNKNOWN = "不是能识别的图片，请上传 JPEG、PNG、WebP 或 GIF 格式的照片。"
TOO_LARGE = "图片超过 5000 万像素，请缩小以后再上传。"


def encoded(image: Image.Image, kind: str = "JPEG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def read(content: bytes, size: int = 100) -> tuple[reader.Picture, Image.Image]:
    [picture] = reader.read_image(content, [size])
    return picture, Image.open(io.BytesIO(picture.jpeg))


def photo(width: int = 60, height: int = 40, mode: str = "RGB", colour=RED) -> Image.Image:
    return Image.new(mode, (width, height), colour)


def png_head(width: int, height: int) -> bytes:
    """A PNG that says it is so large, and has hardly anything in it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    image = zlib.compress(bytes(100_000))
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", image) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def with_gps() -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[0x010F] = "a camera"
    exif.get_ifd(GPS)[2] = (31.9, 1.0, 1.0)
    exif.get_ifd(GPS)[1] = "N"
    return encoded(photo(), exif=exif, comment=b"by somebody", xmp=b"<x:xmpmeta/>")


REFUSED = {
    "bomb": (png_head(60_000, 60_000), TOO_LARGE),
    "truncated jpeg": (encoded(photo(600, 400))[:-200], reader.DAMAGED_IMAGE),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', UNKNOWN),
    "heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100), reader.HEIC),
    "html": (b"<html><script>alert(1)</script>", UNKNOWN),
    "less than it says": (png_head(9_000, 5_000), reader.DAMAGED_IMAGE),
    "nothing": (b"", UNKNOWN),
    "text": ("这不是照片".encode(), UNKNOWN),
    "tiff": (encoded(photo(), "TIFF"), UNKNOWN),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", UNKNOWN),
    "head only": (encoded(photo())[:20], UNKNOWN),
    "truncated png": (encoded(photo(), "PNG")[:-30], reader.DAMAGED_IMAGE),
    "beyond all": (png_head(2**31 - 1, 2**31 - 1), TOO_LARGE),
    "a little too large": (png_head(10_001, 5_000), TOO_LARGE),
}


@pytest.mark.parametrize("kind", first(6, REFUSED))
def test_what_is_no_good_picture_is_refused_with_a_sentence(kind):
    content, sentence = REFUSED[kind]
    with pytest.raises(Refusal) as refused:
        reader.read_image(content, [100])
    assert str(refused.value) == sentence


def test_nothing_is_left_of_where_it_was_taken_and_it_stands_upright():
    content = with_gps()
    before = Image.open(io.BytesIO(content))
    assert before.getexif().get_ifd(GPS)
    picture, image = read(content)
    assert (picture.width, picture.height) == image.size == (40, 60)
    assert not image.getexif()
    assert set(image.info) <= {
        "jfif",
        "jfif_version",
        "jfif_unit",
        "jfif_density",
        "progressive",
    } | {"progression"}
    for secret in (b"camera", b"somebody", b"xmp", b"Exif"):
        assert secret not in picture.jpeg


@pytest.mark.parametrize(
    ("content", "colour"),
    [
        (encoded(photo(mode="RGBA", colour=(*RED, 255)), "PNG"), RED),
        (encoded(photo(mode="RGBA", colour=(*RED, 0)), "PNG"), (255, 255, 255)),
        (encoded(photo(mode="LA", colour=(90, 255)), "PNG"), (90, 90, 90)),
        (encoded(photo().convert("P"), "PNG"), RED),
        (encoded(photo().quantize(4), "PNG", transparency=0), (255, 255, 255)),
        (encoded(photo().quantize(4), "GIF"), RED),
        (encoded(photo(), "WEBP", quality=95), RED),
        (encoded(photo(mode="L", colour=77)), (77, 77, 77)),
        (encoded(photo(mode="1", colour=1), "PNG"), (255, 255, 255)),
        (encoded(photo(mode="I;16", colour=128 * 256), "PNG"), (128, 128, 128)),
        (encoded(photo(), icc_profile=ImageCms.ImageCmsProfile(images._SRGB).tobytes()), RED),
        (encoded(photo(), icc_profile=b"no profile at all"), RED),
    ],
    ids=[
        "alpha",
        "clear",
        "grey+alpha",
        "palette",
        "palette-clear",
        "gif",
        "webp",
        "grey",
        "bits",
        "16bit",
        "profile",
        "no-profile",
    ],
)
def test_every_kind_of_colours_comes_out_as_one_sees_it(content, colour):
    # Without the process that is there for it: to start it takes longer than all of this.
    [made] = images.answer(io.BytesIO(content), [100])["images"]
    image = Image.open(io.BytesIO(base64.b64decode(made["jpeg"])))
    assert image.format == "JPEG"
    assert image.mode == "RGB"
    shown = image.getpixel((20, 20))
    assert all(abs(one - other) < 12 for one, other in zip(shown, colour, strict=True)), shown


def test_it_comes_in_each_size_and_never_larger_than_it_was():
    content = encoded(photo(900, 600))
    sizes = [(each.width, each.height) for each in reader.read_image(content, [90, 300, 2000])]
    assert sizes == [(90, 60), (300, 200), (900, 600)]


def test_of_what_moves_the_first_picture_is_taken():
    others = [photo(colour=(0, 0, 255))]
    content = encoded(photo(), "GIF", save_all=True, append_images=others, duration=50)
    _, image = read(content)
    assert image.getpixel((20, 20))[0] > 150


@pytest.mark.slow
def test_the_largest_that_is_taken_fits_into_the_limits_of_the_process():
    content = encoded(photo(10_000, 5_000, "RGBA", (*RED, 200)), "PNG", compress_level=1)
    [picture] = reader.read_image(content, [1600])
    assert (picture.width, picture.height) == (1600, 800)


def test_when_others_have_pictures_read_for_too_long_it_says_so(monkeypatch):
    monkeypatch.setattr(reader, "_LONGEST_WAIT", 0.01)
    for _ in range(reader.AT_ONCE):
        reader._free.acquire()
    try:
        with pytest.raises(Refusal, match=reader.BUSY):
            reader.read_image(encoded(photo()), [100])
    finally:
        for _ in range(reader.AT_ONCE):
            reader._free.release()
