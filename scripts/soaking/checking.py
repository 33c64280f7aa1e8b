"""Afterwards: what everybody was told, held against what is stored. Each sentence is a violation."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import psycopg
from psycopg.rows import namedtuple_row

from soaking.administrators import Administrator, Move
from soaking.college import College
from soaking.crowd import ALREADY, Crowd
from soaking.teachers import NOT_DECIDED, TAKEN, Teachers, Wish

Interval = tuple[datetime, datetime]


def check_reservations(
    connection: psycopg.Connection, teachers: Sequence[Teachers], admins: Sequence[Administrator]
) -> Iterator[str]:
    rows = _rows(connection, "SELECT * FROM rooms_reservations ORDER BY room_id, reserve_from")
    moves = {row_id: made for admin in admins for row_id, made in admin.moves.items()}
    wishes = {wish.description: wish for each in teachers for wish in each.wishes}
    stored: dict[str, list] = defaultdict(list)
    taken: dict[int, list[tuple[int, Interval]]] = defaultdict(list)
    for row in rows:
        if row.description in wishes:
            stored[row.description].append(row)
        if row.status == "pending":
            yield f"预约 {row.id} 仍未处理"
        if row.status in ("confirmed", "cancelled", "held", "released") or row.hold_until:
            # Wherever it has ever been.
            wish = wishes.get(row.description)
            places = [(row.reserve_from, row.reserve_to)]
            for move in moves.get(row.id, ()):
                places += [(move.start, move.end), move.was]
            places += [(wish.start, wish.end)] if wish else []
            taken[row.room_id] += [(row.id, place) for place in places]
    yield from _overlaps(rows)
    for wish in wishes.values():
        found = stored[wish.description]
        if len(found) > 1:
            yield f"“{wish.description}”有 {len(found)} 条预约"
        elif found:
            yield from _check_wish(wish, found[0], moves.get(found[0].id, []), taken)
        # Nothing is left of one whose commit broke off, and who asked is told that it failed.
        elif wish.status == 201 or (wish.status == 400 and wish.sentence != NOT_DECIDED):
            yield f"“{wish.description}”得到 {wish.status}，却没有记录"


def _overlaps(rows: Iterable) -> Iterator[str]:
    last = None
    for row in rows:  # by room and start
        if row.status not in ("confirmed", "held"):
            continue
        if last and last.room_id == row.room_id and row.reserve_from < last.reserve_to:
            yield f"预约 {last.id} 和 {row.id} 重叠"
        last = row


def _check_wish(wish: Wish, row, moves: list[Move], taken: dict) -> Iterator[str]:
    told = f"预约 {row.id}（{wish.status} {wish.sentence}）"
    if row.repeats_id is not None:
        # By chance the same was asked for a moment before: that one is looked at, too.
        if (wish.status, wish.reservation_id) != (201, row.repeats_id):
            yield f"{told} 重复了 {row.repeats_id}，得到的却不是它"
        return
    if wish.status == 201:
        allowed = {True: {"cancelled"}, False: {"confirmed"}}.get(
            wish.is_cancelled, {"confirmed", "cancelled"}
        )
        if row.status not in allowed:
            yield f"{told} 是 {row.status}"
        if row.id != wish.reservation_id:
            yield f"{told} 的编号不是 {wish.reservation_id}"
    elif wish.status == 400:
        wanted = {TAKEN: "rejected", NOT_DECIDED: "withdrawn"}.get(wish.sentence)
        if row.status != wanted:
            yield f"{told} 是 {row.status}"
        if wish.sentence == TAKEN and not any(
            start < wish.end and wish.start < end for _, (start, end) in taken[wish.room_id]
        ):
            yield f"{told} 说已被占用，可是没有人占用过"
    known = [number for number, move in enumerate(moves) if move.is_known]
    recent = moves[known[-1] :] if known else moves
    places = {(move.start, move.end) for move in recent}
    if not known:
        places.add((wish.start, wish.end))
    if (row.reserve_from, row.reserve_to) not in places:
        yield f"{told} 不在应该在的时间"
    if (row.room_id, row.user_id) != (wish.room_id, wish.user_id):
        yield f"{told} 的会议室或预约人不对"


def check_people(connection: psycopg.Connection, teachers: Sequence[Teachers]) -> Iterator[str]:
    friends: dict[int, set[int]] = defaultdict(set)
    for row in _rows(connection, "SELECT user_id, friend_id FROM contacts_friends"):
        friends[row.user_id].add(row.friend_id)
    about = {row.id: row.description for row in _rows(connection, "SELECT * FROM core_users")}
    for each in teachers:
        for user_id, wanted in each.friends.items():
            if friends[user_id] != wanted:
                yield f"用户 {user_id} 的好友不对"
        for user_id, text in each.about.items():
            if about[user_id] != text:
                yield f"用户 {user_id} 的个人资料没有保存"


def check_repairs(
    connection: psycopg.Connection, teachers: Sequence[Teachers], admins: Sequence[Administrator]
) -> Iterator[str]:
    numbers = Counter(
        row.description for row in _rows(connection, "SELECT description FROM repairs_requests")
    )
    for told in (told for each in teachers for told in each.reports):
        if numbers[told.description] not in ((1,) if told.status == 201 else (0, 1)):
            yield f"报修“{told.description}”（{told.status}）有 {numbers[told.description]} 条"
    remarks = Counter(
        (row.request_id, row.status, row.remark)
        for row in _rows(connection, "SELECT * FROM repairs_history WHERE remark LIKE 'soak %'")
    )
    for deed in (deed for admin in admins for deed in admin.deeds):
        number = remarks[deed.request_id, deed.status, deed.remark]
        if number not in ((1,) if deed.is_known else (0, 1)):
            yield f"报修 {deed.request_id} 的处理“{deed.remark}”有 {number} 条"


def check_activities(
    connection: psycopg.Connection, teachers: Sequence[Teachers], college: College
) -> Iterator[str]:
    statement = "SELECT activity_id, user_id FROM {} WHERE activity_id = ANY(%s)"
    enrolled, waiting = (
        Counter(
            (row.user_id, row.activity_id)
            for row in _rows(connection, statement.format(table), college.popular)
        )
        for table in ("activities_enrollments", "activities_waiting")
    )
    limits = {
        row.id: row.participants_total_limit
        for row in _rows(connection, "SELECT * FROM activities_activities")
    }
    taken = Counter(activity for _, activity in enrolled)
    ever = Counter(activity for each in teachers for _, activity in each.was_in)
    for activity in college.popular:
        if taken[activity] > limits[activity]:
            yield f"活动 {activity} 有 {taken[activity]} 人报名，上限是 {limits[activity]}"
    for each in teachers:
        for place, state in each.places.items():
            found = (enrolled[place], waiting[place])
            allowed = {"in": [(1, 0)], "waits": [(1, 0), (0, 1)], "out": [(0, 0)]}[state]
            if found not in allowed:
                yield f"报名 {place} 应是 {state}，实际（报名，候补）是 {found}"
        for activity in each.said_full:
            if ever[activity] < limits[activity]:
                yield f"活动 {activity} 说已满，可是只有 {ever[activity]} 人报过名"


def check_clockins(connection: psycopg.Connection, crowds: Sequence[Crowd]) -> Iterator[str]:
    stored = Counter(
        (row.item_id, row.user_id)
        for row in _rows(connection, "SELECT item_id, user_id FROM activities_clockins")
    )
    accepted: Counter[tuple[int, int]] = Counter()
    for scan in (scan for crowd in crowds for scan in crowd.scans):
        place = (scan.item_id, scan.user_id)
        accepted[place] += scan.status == 200
        is_in = scan.status == 200 or scan.sentence == ALREADY
        if is_in and stored[place] != 1:
            yield f"打卡 {place} 得到 {scan.status} {scan.sentence}，记录有 {stored[place]} 条"
    for place, number in accepted.items():
        if number > 1:
            yield f"打卡 {place} 成功了 {number} 次"


def check_mails(
    connection: psycopg.Connection,
    teachers: Sequence[Teachers],
    college: College,
    arrived: Counter[str],
    most_doubled: int,
) -> Iterator[str]:
    mails = _rows(connection, "SELECT * FROM core_mails")
    for mail in mails:
        if mail.status != "sent":
            yield f"邮件 {mail.id} 是 {mail.status}：{mail.last_error}"
        elif not arrived[str(mail.key)]:
            yield f"邮件 {mail.id} 说已发出，没有收到"
    if strange := set(arrived) - {str(mail.key) for mail in mails}:
        yield f"收到了 {len(strange)} 封没有记录的邮件"
    doubled = sum(number - 1 for number in arrived.values())
    if doubled > most_doubled:
        yield f"重复的邮件有 {doubled} 封，最多可能有 {most_doubled} 封"
    emails = {person.user_id: person.email for person in college.people}
    guides = Counter((mail.to_address, mail.cause) for mail in mails)
    for each in teachers:
        for user_id, guide in each.promised | each.perhaps:
            least = each.promised[user_id, guide]
            number = guides[emails[user_id] or "", f"/admin/guides/guides/{guide}/"]
            if not least <= number <= least + each.perhaps[user_id, guide]:
                yield f"用户 {user_id} 索取指南 {guide} {least} 次，邮件有 {number} 封"
    yield from _check_repair_mails(connection)


def _check_repair_mails(connection: psycopg.Connection) -> Iterator[str]:
    """Everybody who looks after a request got one mail about it, its reporter one per change."""
    for row in _rows(
        connection,
        """
        SELECT r.id,
          (SELECT count(DISTINCT lower(p.address)) FROM repairs_recipients AS p
            WHERE p.category_id IS NULL OR p.category_id = r.category_id) AS recipients,
          (SELECT count(*) FROM repairs_history AS h
            WHERE h.request_id = r.id AND h.kind = 'status'
              AND h.changed_by <> r.user_id AND u.email <> '') AS changes,
          count(m.id) FILTER (WHERE m.subject LIKE '【新报修】%%') AS told,
          count(m.id) FILTER (
            WHERE m.subject LIKE '【报修%%' AND m.to_address = u.email) AS answered
        FROM repairs_requests AS r JOIN core_users AS u ON u.id = r.user_id
        LEFT JOIN core_mails AS m ON m.cause = '/admin/repairs/requests/' || r.id || '/'
        WHERE r.description LIKE 'soak %%' GROUP BY r.id, u.email
        """,
    ):
        if (row.told, row.answered) != (row.recipients, row.changes):
            yield f"报修 {row.id} 应有 {row.recipients}＋{row.changes} 封邮件，有 {row.told}＋{row.answered} 封"


def _rows(connection: psycopg.Connection, statement: str, *values) -> list:
    with connection.cursor(row_factory=namedtuple_row) as cursor:
        return cursor.execute(statement, values or None).fetchall()
