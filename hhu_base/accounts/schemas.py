"""What comes in about accounts."""

from __future__ import annotations

from collections.abc import Callable

import colander

from hhu_base.rest import Identifier, Name, Secret, Text
from hhu_base.values.email import is_email_address
from hhu_base.values.schema_types import BLANK, REQUIRED, TextType
from hhu_base.values.text import clean_name

BAD_EMAIL = "请输入合法的邮件地址。"
LONGEST_PASSWORD = 1024


def email_address(node, value: str) -> None:
    """Validator: an address that mail can be sent to as it stands."""
    if not is_email_address(value):
        raise colander.Invalid(node, BAD_EMAIL)


class _SurnameType(TextType):
    """Not everybody has one, and who has none sends "" back; blanks are a mistake."""

    def blank(self, node, cstruct: str):
        if cstruct:
            raise colander.Invalid(node, BLANK)
        return ""


class SignInSchema(colander.MappingSchema):
    username = Name(max_length=150, example="t0001")
    # As it was typed: a password may begin with a blank.
    password = Secret(max_length=LONGEST_PASSWORD, example="我的密码")


class CodeSchema(colander.MappingSchema):
    # That it is missing is said by the rule, in another shape than a field error.
    code = Text(max_length=512, blank=True, nullable=True, missing=None, example="stub-anna")


class CurrentUserSchema(colander.MappingSchema):
    first_name = Name(max_length=30, example="杰")
    last_name = colander.SchemaNode(
        _SurnameType(150, blank=True, clean=clean_name), missing_msg=REQUIRED, example="褚"
    )
    email = Name(
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


def _emptied_by_null(kind: Callable[..., colander.SchemaNode], **kw) -> colander.SchemaNode:
    """A text that may be left out; the oldest client sends null for what is empty."""
    return kind(
        blank=True,
        nullable=True,
        missing=colander.drop,
        preparer=lambda value: "" if value is None else value,
        **kw,
    )


class MetaSchema(colander.MappingSchema):
    post = _emptied_by_null(Name, max_length=255)
    qq = _emptied_by_null(Name, max_length=32)
    wechat = _emptied_by_null(Name, max_length=255)
    tel = _emptied_by_null(Name, max_length=32)
    phone = _emptied_by_null(Name, max_length=32)
    description = _emptied_by_null(Text)
