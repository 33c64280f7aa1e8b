"""What goes out about accounts: the objects of the contract."""

from __future__ import annotations

from hhu_base.models import Department, User


def department(department: Department) -> dict:
    return {"id": department.id, "name": department.name}


def user(user: User) -> dict:
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
