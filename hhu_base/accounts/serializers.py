"""What goes out about accounts: the objects of the contract.

A user may be a mapped object or a row with the same attributes: a list of thousands is made of rows.
"""

from __future__ import annotations

from typing import Any

from hhu_base.rest.serializers import ID, component, instant, list_of, nullable, text, yes_no
from hhu_base.values import pinyin

DEPARTMENT = component("Department", id=ID, name=text("信息系"))
USER = component(
    "User",
    id=ID,
    username=text("t0001", description="工号"),
    first_name=text("杰", description="名"),
    last_name=text("褚", description="姓"),
    email=nullable(text("chujie@hhu.example")),
    is_staff=yes_no(),
    is_active=yes_no(True),
    date_joined=instant("2020-02-22T17:02:00+08:00"),
    groups=list_of({}, maxItems=0, examples=[[]]),
    department=nullable(DEPARTMENT),
)
CONTACT = component(
    "Contact",
    user=ID,
    user_meta=USER,
    post=text("讲师"),
    qq=text("10001"),
    wechat=text("chujie"),
    tel=text("025-8378-0000"),
    phone=text("13800000000"),
    description=text("江宁校区勤学楼 301"),
    fullname=text("褚杰"),
    alpha=text("C", minLength=1, maxLength=1, description="姓氏拼音的首字母，没有时是 ?"),
    is_friend=yes_no(),
)
TOKEN = component("Token", token=text("q0Zr3bW5…", description="用于 Authorization: Token …"))


def department(department: Any) -> dict:
    return {"id": department.id, "name": department.name}


def user(user: Any) -> dict:
    """``User``."""
    return {
        "id": user.id,
        "username": user.username,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "is_staff": user.is_staff,
        "is_active": user.is_active,
        "date_joined": user.date_joined,
        "groups": [],
        "department": department(user.department) if user.department else None,
    }


def contact(person: Any, is_friend: bool = False) -> dict:
    """``Contact``: what colleagues see of a user; ``is_friend`` is about who asks."""
    return {
        "user": person.id,
        "user_meta": user(person),
        "post": person.post,
        "qq": person.qq,
        "wechat": person.wechat,
        "tel": person.tel,
        "phone": person.phone,
        "description": person.description,
        "fullname": person.last_name + person.first_name,
        "alpha": pinyin.alpha(person.last_name, person.first_name),
        "is_friend": is_friend,
    }
