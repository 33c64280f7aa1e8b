"""A stored number as a spreadsheet shows it: ``00123``, ``2026-09-01``, ``12.5%``.

The codes of ECMA-376 part 1, 18.8.31, as far as they change what one reads: colours, conditions,
widths and fractions are left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache

GENERAL = "General"
# Those that every program knows by number (18.8.30), as a Chinese Excel shows them.
BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00",
    14: "yyyy/m/d", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "yyyy/m/d h:mm",
    27: 'yyyy"年"m"月"', 28: 'm"月"d"日"', 29: 'm"月"d"日"', 30: "m/d/yy", 31: 'yyyy"年"m"月"d"日"',
    32: 'h"时"mm"分"', 33: 'h"时"mm"分"ss"秒"', 34: 'AM/PMh"时"mm"分"', 35: 'AM/PMh"时"mm"分"ss"秒"',
    36: 'yyyy"年"m"月"', 37: "#,##0", 38: "#,##0", 39: "#,##0.00", 40: "#,##0.00", 45: "mm:ss",
    46: "[h]:mm:ss", 47: "mm:ss", 49: "@", 50: 'yyyy"年"m"月"', 51: 'm"月"d"日"', 52: 'yyyy"年"m"月"',
    53: 'm"月"d"日"', 54: 'm"月"d"日"', 55: 'AM/PMh"时"mm"分"', 56: 'AM/PMh"时"mm"分"ss"秒"',
    57: 'yyyy"年"m"月"', 58: 'm"月"d"日"',
}  # fmt: skip

_TOKEN = re.compile(
    r"""(?P<quoted>"[^"]*"?) | \\(?P<escaped>.) | (?P<width>_.|\*.) | \[(?P<elapsed>h+|m+|s+)\]
    | \[\$(?P<currency>[^\]-]*)[^\]]*\] | (?P<bracket>\[[^\]]*\]) | (?P<half>AM/PM|A/P|上午/下午)
    | (?P<general>General) | (?P<date>y+|m+|d+|h+|s+(?:\.0+)?|aaaa?) | (?P<digits>[0#?]+)
    | (?P<exponent>E[+-]) | (?P<other>.)""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_DATES = ("date", "elapsed", "half")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_WEEKDAYS = "一二三四五六日"
# 9999-12-31 and what comes after it, which no program shows as a date.
_LAST_DAY = 2_958_466
# A number of more digits has none that could be trusted.
_MOST_DIGITS = 60

Token = tuple[str, str]


@dataclass(frozen=True)
class NumberFormat:
    """A code, taken apart: one list of tokens for each of its sections."""

    sections: tuple[tuple[Token, ...], ...]

    @property
    def is_date(self) -> bool:
        return any(kind in _DATES for kind, _ in self.sections[0])

    @property
    def is_code(self) -> bool:
        """Whether it makes a number of digits and fixed text, like a staff number: ``"T"0000``."""
        kinds = {kind for kind, _ in self.sections[0]}
        others = {text for kind, text in self.sections[0] if kind == "other"}
        return not kinds & {*_DATES, "exponent"} and not others & {".", ",", "%", "/"}


@cache
def parse(code: str) -> NumberFormat:
    """Never fails: what it does not know stands for itself."""
    sections: list[list[Token]] = [[]]
    for match in _TOKEN.finditer(code):
        kind, text = str(match.lastgroup), match[0]
        if kind == "other" and text == ";":
            sections.append([])
        elif kind == "quoted":
            sections[-1].append(("text", text.strip('"')))
        elif kind in ("escaped", "currency"):
            sections[-1].append(("text", match[kind]))
        elif kind == "width":
            sections[-1].append(("text", " " if text[0] == "_" else ""))
        elif kind == "elapsed":
            sections[-1].append((kind, match[kind].lower()))
        elif kind != "bracket":  # colours and conditions
            sections[-1].append((kind, text))
    return NumberFormat(tuple(map(tuple, sections)))


def shown(number: float, code: str, since_1904: bool = False) -> str:
    """The number in this format. ``since_1904``: how the workbook counts its days."""
    form = parse(code)
    section, sign = form.sections[0], "-" if number < 0 else ""
    if number < 0 and len(form.sections) > 1:
        section, sign = form.sections[1], ""
    elif number == 0 and len(form.sections) > 2:
        section = form.sections[2]
    if any(kind in _DATES for kind, _ in section):
        return _date(number, section, since_1904)
    if not any(kind == "digits" for kind, _ in section):
        text = general(abs(number))
        return sign + "".join(
            text if kind == "general" or value == "@" else value for kind, value in section
        )
    return sign + _decimal(abs(number), section)


def general(number: float) -> str:
    """Without a format: fifteen digits, which is all that a spreadsheet keeps."""
    if number == int(number) and abs(number) < 10**15:
        return str(int(number))
    return f"{number:.15g}"


def _decimal(number: float, section: tuple[Token, ...]) -> str:
    tokens = list(section)
    value = Decimal(repr(number))
    value = value.scaleb(2 * sum(token == ("other", "%") for token in tokens))
    exponent_at = next((i for i, (kind, _) in enumerate(tokens) if kind == "exponent"), None)
    if exponent_at is not None:
        places = len(_digits(_after_point(tokens[:exponent_at])))
        mantissa, _, exponent = f"{value:.{places}E}".partition("E")
        return f"{mantissa}E{exponent[0]}{exponent[1:].zfill(2)}"
    point = next((i for i, token in enumerate(tokens) if token == ("other", ".")), len(tokens))
    whole, fraction = tokens[:point], tokens[point + 1 :]
    last = max((i for i, (kind, _) in enumerate(whole) if kind == "digits"), default=-1)
    is_grouped = ("other", ",") in whole[:last]
    # Commas behind the last digit divide by thousands.
    behind = max(i for i, (kind, _) in enumerate(tokens) if kind == "digits") + 1
    value = value.scaleb(-3 * tokens[behind:].count(("other", ",")))
    places = len(_digits(fraction))
    try:
        text = str(value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))
    except InvalidOperation:
        return general(number)
    before, _, after = text.partition(".")
    if len(before) > _MOST_DIGITS:
        return general(number)
    return _filled_from_right(before, whole, is_grouped) + _filled_from_left(
        after, fraction, point < len(tokens)
    )


def _filled_from_right(digits: str, tokens: list[Token], is_grouped: bool) -> str:
    """Each placeholder takes a digit, the first one all that are left; text stays in its place."""
    needed = _digits(tokens).count("0")
    digits = digits.lstrip("0").rjust(needed, "0")
    first = next((i for i, (kind, _) in enumerate(tokens) if kind == "digits"), len(tokens))
    if is_grouped:
        last = max((i for i, (kind, _) in enumerate(tokens) if kind == "digits"), default=first)
        whole = f"{int(digits):,}" if digits else ""
        return _text(tokens[:first]) + whole + _text(tokens[last + 1 :])
    out: list[str] = []
    left = list(digits)
    for place in range(len(tokens) - 1, -1, -1):
        kind, value = tokens[place]
        if kind != "digits":
            out.append("" if value == "," else value)
            continue
        taken = left[-len(value) :]
        del left[-len(value) :]
        if place == first:
            taken, left = left + taken, []
        out.append("".join(taken))
    return "".join(reversed(out))


def _filled_from_left(digits: str, tokens: list[Token], has_point: bool) -> str:
    """The decimals: a ``#`` at the end shows no zero."""
    wanted = _digits(tokens)
    while digits and wanted[len(digits) - 1] in "#?" and digits.endswith("0"):
        digits = digits[:-1]
    left, out = list(digits), []
    for kind, value in tokens:
        if kind == "digits":
            out.append("".join(left[: len(value)]))
            del left[: len(value)]
        else:
            out.append("" if value == "," else value)
    return ("." if has_point and digits else "") + "".join(out)


def _text(tokens: list[Token]) -> str:
    return "".join(value for kind, value in tokens if kind != "digits" and value != ",")


def _digits(tokens: list[Token]) -> str:
    return "".join(value for kind, value in tokens if kind == "digits")


def _after_point(tokens: list[Token]) -> list[Token]:
    return tokens[tokens.index(("other", ".")) + 1 :] if ("other", ".") in tokens else []


def _date(number: float, section: tuple[Token, ...], since_1904: bool) -> str:
    if not 0 <= number < _LAST_DAY:
        return general(number)
    # Rounded to what is shown; without seconds only by what a float loses.
    shown_seconds = [value for kind, value in section if kind == "date" and value[0] in "sS"]
    places = max((len(value.partition(".")[2]) for value in shown_seconds), default=3)
    seconds = round(number * 86_400, places)
    days = int(seconds // 86_400)
    # 1900 counts as a leap year, as it did in Lotus 1-2-3.
    first = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 30 + (days < 60))  # noqa: DTZ001
    moment = first + timedelta(seconds=seconds)
    has_half = any(kind == "half" for kind, _ in section)
    out = []
    last_unit = ""
    for place, (kind, value) in enumerate(section):
        if kind == "elapsed":
            unit = {"h": 3600, "m": 60, "s": 1}[value[0]]
            out.append(str(int(seconds // unit)).zfill(len(value)))
            last_unit = value[0]
        elif kind == "half":
            is_morning = moment.hour < 12
            out.append("上午" if is_morning else "下午")
        elif kind == "date":
            unit_name = value[0].lower()
            following = next((v[0].lower() for k, v in section[place + 1 :] if k == "date"), "")
            if unit_name == "m" and (last_unit == "h" or following == "s"):
                out.append(str(moment.minute).zfill(min(len(value), 2)))
            else:
                out.append(_unit(moment, value.lower(), has_half))
            last_unit = unit_name
        elif kind != "other" or value != "@":
            out.append(value)
    return "".join(out)


def _unit(moment: datetime, code: str, has_half: bool) -> str:
    length = min(len(code), 2)
    match code[0]:
        case "y":
            return f"{moment.year:04}" if len(code) > 2 else f"{moment.year % 100:02}"
        case "m":
            return _MONTHS[moment.month - 1] if len(code) > 2 else str(moment.month).zfill(length)
        case "d":
            return _DAYS[moment.weekday()] if len(code) > 2 else str(moment.day).zfill(length)
        case "h":
            hour = (moment.hour % 12 or 12) if has_half else moment.hour
            return str(hour).zfill(length)
        case "a":
            return ("星期" if len(code) > 3 else "") + _WEEKDAYS[moment.weekday()]
        case _:
            places = len(code.partition(".")[2])
            second = f"{moment.second:02}" if code.startswith("ss") else str(moment.second)
            return second + (f".{moment.microsecond:06}"[: places + 1] if places else "")
