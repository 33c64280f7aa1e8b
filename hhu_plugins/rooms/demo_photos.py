"""Drawings of rooms that don't exist, in place of photos of them."""

from __future__ import annotations

import io
import random

_WIDTH, _HEIGHT = 1200, 800
# Wall, floor, table.
_COLOURS = (
    ("#e8e2d6", "#b79f80", "#8a5a3c"),
    ("#dfe7ea", "#9aa5a8", "#d8c7a8"),
    ("#eae6f0", "#8f7f74", "#5f4636"),
    ("#e3ebe0", "#a8957c", "#c9a26b"),
)
KINDS = len(_COLOURS)


def drawn(kind: int) -> bytes:
    """A PNG of one of ``KINDS``; with each the rows of seats become more."""
    # Here only: no process that stays needs it.
    from PIL import Image, ImageDraw

    wall, floor, table = _COLOURS[kind % KINDS]
    image = Image.new("RGB", (_WIDTH, _HEIGHT), wall)
    draw = ImageDraw.Draw(image, "RGBA")
    horizon = 430
    draw.rectangle((0, horizon, _WIDTH, _HEIGHT), fill=floor)
    for number in range(-6, 19):  # boards, towards the horizon
        draw.line(
            (600 + (number - 6) * 40, horizon, (number - 6) * 220 + 600, _HEIGHT), "#00000022"
        )
    chance = random.Random(kind)  # noqa: S311 - moves some clouds
    for left in (60, 930):
        draw.rectangle((left - 8, 112, left + 218, 388), fill="#ffffff")
        draw.rectangle((left, 120, left + 210, 380), fill="#a9cdea")
        for _ in range(3):
            x, y = left + chance.randint(10, 130), chance.randint(150, 260)
            draw.ellipse((x, y, x + 70, y + 26), fill="#e9f3fb")
        draw.rectangle((left, 310, left + 210, 380), fill="#86a97c")
        draw.line((left + 105, 120, left + 105, 380), "#ffffff", 8)
    draw.rectangle((388, 88, 812, 342), fill="#3a3f44")
    draw.rectangle((400, 100, 800, 330), fill="#f7fafc")
    draw.rectangle((440, 140, 640, 156), fill="#2f6fb3")
    for row in range(4):
        draw.rectangle((440, 186 + 32 * row, 740 - 50 * (row % 2), 196 + 32 * row), fill="#c9d3db")
    if kind % KINDS == 0:
        _round_table(draw, table)
    else:
        for row in range(kind % KINDS + 1):
            _row_of_seats(draw, table, row)
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def _round_table(draw, colour: str) -> None:
    for x, y in ((250, 560), (470, 480), (730, 480), (950, 560), (360, 690), (840, 690)):
        draw.ellipse((x - 62, y - 44, x + 62, y + 44), fill="#4a5560")
    draw.ellipse((300, 500, 900, 730), fill="#00000030")
    draw.ellipse((300, 485, 900, 710), fill=colour)
    draw.ellipse((330, 500, 870, 690), outline="#ffffff40", width=4)


def _row_of_seats(draw, colour: str, row: int) -> None:
    near = 1 + 0.45 * row
    top, half = 455 + 95 * row, 330 * near
    depth = 34 * near
    corners = (
        (600 - half * 0.94, top),
        (600 + half * 0.94, top),
        (600 + half, top + depth),
        (600 - half, top + depth),
    )
    draw.polygon(corners, fill=colour)
    draw.rectangle((600 - half, top + depth, 600 + half, top + depth + 8 * near), fill="#00000055")
    seats = 7
    for number in range(seats):
        x = 600 + (number - seats // 2) * 2 * half / seats
        size = 30 * near
        draw.rounded_rectangle(
            (x - size, top + depth * 0.9, x + size, top + depth + size * 1.1), 10, fill="#3f5468"
        )
