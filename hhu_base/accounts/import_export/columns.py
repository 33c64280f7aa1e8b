"""The columns of a table of people, and how the text in them is tidied."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import sqlalchemy as sa

from hhu_base.models import Department, User
from hhu_base.values import text as texts
from hhu_base.values.email import is_email_address
from hhu_base.values.identifiers import problem_with_staff_number, tidy_staff_number

KEY = "工号"
DEPARTMENT = "系所"
PASSWORD = "初始密码"  # noqa: S105 - the title of a column

# What Excel and pandas make of a number: the first can be undone, the second has lost digits.
_FLOAT_OF_WHOLE = re.compile(r"([0-9]+)\.0+")
_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?[Ee]\+[0-9]+")


@dataclass(frozen=True)
class ImportColumn:
    """``field`` is the attribute of User; ``is_code``: digits and Latin letters are expected;
    ``is_name``: one line, in which nothing is invisible."""

    title: str
    field: str
    max_length: int | None
    is_code: bool = False
    is_number: bool = False
    is_name: bool = True


def _of_user(title: str, field: str, **kw: bool) -> ImportColumn:
    return ImportColumn(title, field, User.__table__.c[field].type.length, **kw)  # type: ignore[attr-defined]


def _name_length() -> int:
    kind = Department.__table__.c.name.type
    assert isinstance(kind, sa.String)  # noqa: S101 - for the type checker
    return kind.length or 0


COLUMNS: tuple[ImportColumn, ...] = (
    _of_user(KEY, "username", is_code=True, is_number=True),
    _of_user("姓氏", "last_name"),
    _of_user("名字", "first_name"),
    _of_user("电子邮箱", "email", is_code=True),
    ImportColumn(DEPARTMENT, "department", _name_length()),
    ImportColumn(PASSWORD, "password", 1024),
    _of_user("职位", "post"),
    _of_user("QQ", "qq", is_code=True, is_number=True),
    _of_user("微信", "wechat"),
    _of_user("电话", "tel", is_code=True, is_number=True),
    _of_user("手机", "phone", is_code=True, is_number=True),
    _of_user("简介", "description", is_name=False),
)
BY_TITLE = {column.title: column for column in COLUMNS}
BY_FIELD = {column.field: column for column in COLUMNS}


def normalize(column: ImportColumn, text: str) -> str:
    """The text without what crept in on its way: blanks around it, full-width digits, …"""
    if column.title == PASSWORD:
        return text  # every character of it counts
    if column.title == KEY:
        text = tidy_staff_number(text)
    elif column.is_code:
        text = unicodedata.normalize("NFKC", text)
    text = texts.storable(text.replace("\r\n", "\n").replace("\r", "\n"))
    # Numbers copied out of WeChat come with invisible marks of direction.
    text = texts.clean_name(text) if column.is_name else texts.trimmed(text)
    if column.is_number and (whole := _FLOAT_OF_WHOLE.fullmatch(text)):
        text = whole[1]
    return text


def problem_with(column: ImportColumn, text: str) -> str | None:
    """What is wrong with a value, as the end of a sentence that begins with the column's title."""
    if column.max_length is not None and len(text) > column.max_length:
        return f"超过 {column.max_length} 个字符"
    if column.is_number and _SCIENTIFIC.fullmatch(text):
        return f"“{text}” 是科学计数法，位数已丢失，请设为文本后重新填写"
    if column.title == KEY:
        return problem_with_staff_number(text)
    if column.field == "email" and not is_email_address(text):
        return f"“{text[:40]}” 不是有效的邮箱地址"
    return None


def stored_text(user: User, column: ImportColumn) -> str:
    """A stored value as a table shows it."""
    if column.title == DEPARTMENT:
        return user.department.name if user.department else ""
    return getattr(user, column.field) or ""
