"""Dumps of the replaced system, made up; the models and fields are those that it really writes."""

import json
from datetime import UTC, datetime, timedelta

from hhu_base.cli.django_import import report
from hhu_base.cli.django_import.dump import read_dump

HASH = "pbkdf2_sha256$180000$salt$wLqXJ0VwXn6SUQ7q5dV6v1cYzq3Kx5vGZ0mJXb1t8bQ="
FORM = {"姓名": {"type": "text", "required": True, "default": ""}, "人数": {"type": "number"}}


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


def other(model, pk, /, **fields):
    return {"model": model, "pk": pk, "fields": fields}


def usermeta(pk, **fields):
    values = {"user": pk, "post": None, "qq": None, "wechat": None, "tel": None, "phone": None}
    return other("user.usermeta", pk, **{**values, "description": None, **fields})


def room(pk, **fields):
    values = {"name": f"会议室 {pk}", "location": "勤学楼", "seats_count": 10, "label": None}
    return other("reservation.meetingroom", pk, **{**values, "description": "", **fields})


def reservation(pk, start, end, **fields):
    values = {"user": 1, "meetingroom": 1, "reserve_from": start, "reserve_to": end}
    more = {"created": f"2020-02-01T00:00:{pk % 60:02}Z", "description": "例会"}
    return other("reservation.reservation", pk, **{**values, **more, **fields})


def activity(pk=7, **fields):
    values = {
        "name": "春游",
        "time_start": "2020-03-01T09:00:00",
        "time_end": "2020-03-01T17:00:00Z",
        "location": "操场",
        "description": "",
        "form_metas": json.dumps(FORM),
        "open_for_enrollment": True,
        "participants_total_limit": None,
        "created": "2020-02-01T09:00:00Z",
    }
    return other("activity.activity", pk, **{**values, **fields})


def enrollment(pk=5, **fields):
    values = {"activity": 7, "user": 1, "enroll_time": "2020-02-22T17:02:00Z"}
    more = {"participating_metas": json.dumps({"姓名": "褚杰", "人数": 2})}
    return other("activity.enrollment", pk, **{**values, **more, **fields})


def clockinmeta(pk=3, **fields):
    values = {
        "activity": 7,
        "label": "签到",
        "generated_key": "k",
        "created": "2020-02-01T09:00:00Z",
    }
    times = {"from_time": "2020-03-01T08:30:00", "to_time": "2020-03-01T09:30:00"}
    more = {"changed": "2020-02-01T09:00:00Z"}
    return other("activity.clockinmeta", pk, **{**values, **times, **more, **fields})


def clockinrecord(pk=9, **fields):
    values = {"clockin_meta": 3, "user": 1, "created": "2020-03-01T08:50:00"}
    return other("activity.clockinrecord", pk, **{**values, **fields})


def repair(pk=9, **fields):
    values = {"user": 1, "location": "勤学楼 301", "category": 4, "description": "投影仪不亮"}
    more = {"status": 0, "created": "2020-02-22T10:00:00"}
    return other("repair.repairrequest", pk, **{**values, **more, **fields})


def first_version(number: int) -> list[dict]:
    """All that the first version writes, of ``number`` people: each of them 8 records.

    Departments are free texts, and telephones are numbers; there are no staff for clock-ins.
    """
    objects = [
        room(1, name="101", label="投影", description="大"),
        activity(1, name="运动会"),
        clockinmeta(1, activity=1, need_enrollment=True),
        other("guide.guidecategory", 1, name="财务"),
        other("repair.faultcategory", 1, name="网络"),
        other("repair.notificationuser", 1, name="王", email="w@hhu.example", category=1),
    ]
    for pk in range(1, number + 1):
        # One after another in one room, none of them overlapping.
        start = datetime(2021, 1, 1, tzinfo=UTC) + pk * timedelta(minutes=30)
        end = start + timedelta(minutes=30)
        objects += [
            user(pk, email=f"t{pk}@hhu.example"),
            usermeta(
                pk, department=f"系 {pk % 40}", qq=10000 + pk, tel=51985191, phone=138000 + pk
            ),
            other("user.contact", pk, user=pk, friend_user=pk % number + 1),
            reservation(pk, start.isoformat(), end.isoformat(), user=pk),
            repair(pk, user=pk, category=1, status=pk % 3),
            enrollment(pk, user=pk, activity=1),
            clockinrecord(pk, user=pk, clockin_meta=1),
            other("authtoken.token", f"k{pk}", user=pk, created="2020-02-01T09:00:00Z"),
        ]
        del objects[-8]["fields"]["department"]
    return objects


def content(*objects) -> bytes:
    return json.dumps(objects, ensure_ascii=False).encode()


def dump(*objects):
    return read_dump(content(*objects))


def reasons(takeover) -> list[str]:
    """Why records were refused, each with its record."""
    return [
        f"{record}：{reason}"
        for records in takeover.dump.values()
        for record in records
        for reason in record.reasons
    ]


def notes(takeover) -> list[str]:
    return [f"{record}：{sentence}" for record, sentence in takeover.notes]


def outcomes(takeover, model) -> dict[str, int]:
    return dict(report.counts(takeover)[model])
