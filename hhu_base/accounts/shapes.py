"""What goes out about accounts: the objects of the contract.

A user may be a mapped object or a row with the same attributes: a list of thousands is made of rows.
"""

from __future__ import annotations

from typing import Any

from hhu_base import names


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
        "alpha": names.alpha(person.last_name, person.first_name),
        "is_friend": is_friend,
    }
