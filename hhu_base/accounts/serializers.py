"""What goes out about accounts: the objects of the contract.

A user may be a mapped object or a row with the same attributes: a list of thousands is made of rows.
"""

from __future__ import annotations

from typing import Any

from hhu_base.rest.serializers import ID, Object, instant, list_of, nullable, text, yes_no
from hhu_base.values import pinyin


def _itself(person: Any) -> Any:
    return person


DEPARTMENT = Object("Department", id=ID, name=text("信息系"))
USER = Object(
    "User",
    id=ID,
    username=text("t0001", description="工号"),
    first_name=text("杰", description="名"),
    last_name=text("褚", description="姓"),
    email=nullable(text("chujie@hhu.example")),
    is_staff=yes_no(),
    is_active=yes_no(True),
    date_joined=instant("2020-02-22T17:02:00+08:00"),
    # Groups are the back office's; the clients of old only want the list to be there.
    groups=list_of({}, maxItems=0, examples=[[]]).of(lambda user: []),
    department=nullable(DEPARTMENT),
)
# What colleagues see of a user; whether they are a friend is about who asks.
CONTACT = Object(
    "Contact",
    user=ID.of("id"),
    user_meta=USER.of(_itself),
    post=text("讲师"),
    qq=text("10001"),
    wechat=text("chujie"),
    tel=text("025-8378-0000"),
    phone=text("13800000000"),
    description=text("江宁校区勤学楼 301"),
    fullname=text("褚杰").of(lambda person: person.last_name + person.first_name),
    alpha=text("C", minLength=1, maxLength=1, description="姓氏拼音的首字母，没有时是 ?").of(
        lambda person: pinyin.alpha(person.last_name, person.first_name)
    ),
    is_friend=yes_no().of(lambda person: getattr(person, "is_friend", False)),
)
TOKEN = Object("Token", token=text("q0Zr3bW5…", description="用于 Authorization: Token …"))
