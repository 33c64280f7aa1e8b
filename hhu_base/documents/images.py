"""A picture, made anew: nothing of the file that was sent remains but what one sees."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Any, BinaryIO

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

# What browsers and cameras make. Pillow knows dozens of other formats, each another chance to err.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MOST_PIXELS = 50_000_000
_QUALITY = 82
_SRGB = ImageCms.createProfile("sRGB")


def answer(file: BinaryIO, sizes: Sequence[int]) -> dict[str, Any]:
    """``{"images": [{"jpeg": base64, "width", "height"}, …]}``, one for each of ``sizes``.

    These are the longest edges in pixels; what is smaller stays as small. ``{"refusal": …}`` with a
    sentence where it is no picture, or one with too many pixels. Raises whatever Pillow raises for
    a damaged one.
    """
    try:
        # Reads no more than the head: how large it says it is costs nothing to know.
        image = Image.open(file, formats=FORMATS)
    except UnidentifiedImageError:
        return {"refusal": "不是能识别的图片，请上传 JPEG、PNG、WebP 或 GIF 格式的照片。"}
    except Image.DecompressionBombError:
        return _too_large()
    if image.width * image.height > MOST_PIXELS:
        return _too_large()
    picture = _as_seen(image, max(sizes))
    return {"images": [jpeg(picture, size) for size in sizes]}


def _too_large() -> dict[str, Any]:
    return {"refusal": f"图片超过 {MOST_PIXELS // 10_000} 万像素，请缩小以后再上传。"}


def _as_seen(image: Image.Image, size: int) -> Image.Image:
    """Small, turned as its EXIF says, in the colours of the web, on white."""
    profile = image.info.get("icc_profile")
    if image.mode in ("I", "I;16", "I;16B", "I;16L", "F"):
        # More than eight bits of grey: Pillow would cut them off at white.
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    elif image.has_transparency_data:
        image = image.convert("RGBA")
    elif image.mode not in ("RGB", "CMYK", "L"):
        image = image.convert("RGB")
    # First, so that all else is done to a small one; a JPEG is not even read larger than needed.
    image.thumbnail((size, size), Image.Resampling.LANCZOS)
    ImageOps.exif_transpose(image, in_place=True)
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    elif profile and image.mode in ("RGB", "CMYK"):
        image = _in_srgb(image, profile)
    return image.convert("RGB")


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    try:
        theirs = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(picture, theirs, _SRGB, outputMode="RGB") or picture
    # A profile that is none, or of another kind of colours: the picture is as good without.
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture


def jpeg(picture: Image.Image, size: int) -> dict[str, Any]:
    """A picture as it goes out: at most so large, and nothing but the picture in it."""
    small = picture.copy()
    small.thumbnail((size, size), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    # A new file: neither EXIF nor comments nor profiles are asked for.
    small.info.clear()
    small.save(file, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
    return {
        "jpeg": base64.b64encode(file.getvalue()).decode(),
        "width": small.width,
        "height": small.height,
    }
