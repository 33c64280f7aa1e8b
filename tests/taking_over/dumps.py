"""Dumps of the replaced system, made up."""

import json

from hhu_base.taking_over.dump import read_dump

HASH = "pbkdf2_sha256$180000$salt$wLqXJ0VwXn6SUQ7q5dV6v1cYzq3Kx5vGZ0mJXb1t8bQ="


def department(pk, name="信息系"):
    return {"model": "user.department", "pk": pk, "fields": {"name": name}}


def user(pk, username="", **fields):
    return {
        "model": "user.user",
        "pk": pk,
        "fields": {
            "username": username or f"t{pk:04}",
            "password": HASH,
            "first_name": "杰",
            "last_name": "褚",
            "email": "",
            "is_staff": False,
            "is_superuser": False,
            "is_active": True,
            "date_joined": "2019-09-01T00:00:00Z",
            "last_login": None,
            "department": None,
            "wechat_open_id": None,
            "groups": [],
            "user_permissions": [],
            **fields,
        },
    }


def other(model, pk, **fields):
    return {"model": model, "pk": pk, "fields": fields}


def room(pk, **fields):
    values = {"name": f"会议室 {pk}", "location": "勤学楼", "seats_count": 10, "label": None}
    return other("reservation.meetingroom", pk, **{**values, "description": "", **fields})


def reservation(pk, start, end, **fields):
    values = {"user": 1, "meetingroom": 1, "reserve_from": start, "reserve_to": end}
    return other("reservation.reservation", pk, **{**values, "description": "例会", **fields})


def content(*objects) -> bytes:
    return json.dumps(objects, ensure_ascii=False).encode()


def dump(*objects):
    return read_dump(content(*objects))
