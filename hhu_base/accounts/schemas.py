"""What comes in about accounts."""

from __future__ import annotations

import re

import colander

from hhu_base.rest import Identifier, Secret, Text

BAD_EMAIL = "请输入合法的邮件地址。"
LONGEST_PASSWORD = 1024

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_WORD = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_EMAIL = re.compile(rf"{_WORD}(?:\.{_WORD})*@(?:{_LABEL}\.)+{_LABEL}")


def email_address(node, value: str) -> None:
    """Validator: an address that mail can be sent to as it stands."""
    local_part = value.partition("@")[0]
    if len(local_part) > 64 or not _EMAIL.fullmatch(value):
        raise colander.Invalid(node, BAD_EMAIL)


class SignInSchema(colander.MappingSchema):
    username = Text(max_length=150, example="t0001")
    # As it was typed: a password may begin with a blank.
    password = Secret(max_length=LONGEST_PASSWORD, example="我的密码")


class CodeSchema(colander.MappingSchema):
    # That it is missing is said by the rule, in another shape than a field error.
    code = Text(max_length=512, blank=True, nullable=True, missing=None, example="stub-anna")


class CurrentUserSchema(colander.MappingSchema):
    first_name = Text(max_length=30, example="杰")
    # Not everybody has one: names of other peoples are stored as first names.
    last_name = Text(max_length=150, blank=True, example="褚")
    email = Text(
        max_length=254,
        blank=True,
        nullable=True,
        missing=colander.drop,
        validator=email_address,
        example="chujie@hhu.example",
    )
    department = Identifier(nullable=True, missing=colander.drop)
    password = Secret(
        max_length=LONGEST_PASSWORD,
        missing=colander.drop,
        description="只在要修改密码时发送。",
    )


def _emptied_by_null(**kw) -> colander.SchemaNode:
    """A text that may be left out; the oldest client sends null for what is empty."""
    return Text(
        blank=True,
        nullable=True,
        missing=colander.drop,
        preparer=lambda value: "" if value is None else value,
        **kw,
    )


class MetaSchema(colander.MappingSchema):
    post = _emptied_by_null(max_length=255)
    qq = _emptied_by_null(max_length=32)
    wechat = _emptied_by_null(max_length=255)
    tel = _emptied_by_null(max_length=32)
    phone = _emptied_by_null(max_length=32)
    description = _emptied_by_null()
