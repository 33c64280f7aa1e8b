"""``/app/reservations/``, 我的预约: what is ahead, what one waits for, and what is past."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from hhu_plugins.rooms import changes, display, waiting_list
from hhu_plugins.rooms.models import (
    CONFIRMED,
    HELD,
    OFFERED,
    PENDING,
    REQUESTED,
    WAITING,
    Reservation,
    WaitingRequest,
)
from hhu_plugins.rooms.pages import words
from hhu_plugins.rooms.pages.words import RESERVATIONS
from hhu_plugins.rooms.waiting_notices import PAGE as WAITING_PAGE

ROUTE = "rooms.reservations"
_AHEAD = (CONFIRMED, HELD, PENDING, REQUESTED)
_A_PAGE = 30
_MOST_AHEAD = 200


def show(request) -> dict[str, Any]:
    """``GET /app/reservations/``; ``past=N``: that page of those that are over."""
    now, policy = datetime.now(UTC), request.registry["rooms.policy"]
    page = _page_number(request)
    mine = (
        sa.select(Reservation)
        .where(Reservation.user_id == request.identity.user_id)
        .options(joinedload(Reservation.room), joinedload(Reservation.series))
    )
    if page:
        rows, has_more = _past(request, mine, now, page)
    else:
        has_more = False
        rows = request.db.scalars(
            mine.where(Reservation.status.in_(_AHEAD), Reservation.reserve_to > now)
            .order_by(Reservation.reserve_from, Reservation.id)
            .limit(_MOST_AHEAD)
        ).all()
    return {
        "page": page,
        "has_more": has_more,
        "days": _by_day(policy, rows, now),
        "waiting": [] if page else _waiting(request),
        "waiting_page": WAITING_PAGE,
        "undo": None if page else _undo(request, now),
        "here": RESERVATIONS,
    }


def _page_number(request) -> int:
    text = request.GET.get("past", "")
    return min(int(text), 10_000) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _past(request, mine: sa.Select, now: datetime, page: int) -> tuple[Sequence[Reservation], bool]:
    """Those that are over, and those that came to nothing, the latest first."""
    is_over = sa.or_(Reservation.reserve_to <= now, Reservation.status.not_in(_AHEAD))
    found = request.db.scalars(
        mine.where(is_over, Reservation.repeats_id.is_(None))
        .order_by(Reservation.reserve_from.desc(), Reservation.id.desc())
        .limit(_A_PAGE + 1)
        .offset((page - 1) * _A_PAGE)
    ).all()
    return found[:_A_PAGE], len(found) > _A_PAGE


def _by_day(policy, rows: Sequence[Reservation], now: datetime) -> list[tuple[str, list[dict]]]:
    days: dict[str, list[dict]] = {}
    for row in rows:
        days.setdefault(display.day(row.reserve_from, policy.zone), []).append(
            line(policy, row, now)
        )
    return list(days.items())


def line(policy, row: Reservation, now: datetime) -> dict[str, Any]:
    """A reservation in a list."""
    word, tone = words.state(policy, row, now)
    place = ""
    if row.series is not None and row.series_index is not None:
        place = f"第 {row.series_index}/{row.series.dates_count} 次"
    return {
        "url": words.path_of(row),
        "start": row.reserve_from,
        "times": display.clock_span(row.reserve_from, row.reserve_to, policy.zone),
        "room": display.full_name(row.room),
        "description": display.shortened(row.description, 60),
        "place": place,
        "word": word,
        "tone": tone,
    }


def _waiting(request) -> list[dict[str, Any]]:
    zone = request.registry.site_zone
    found = request.db.scalars(
        waiting_list.of_person(request.identity.user_id, past=False)
        .where(WaitingRequest.status.in_((WAITING, OFFERED)))
        .options(joinedload(WaitingRequest.room))
    )
    return [
        {
            "when": display.span(row.reserve_from, row.reserve_to, zone),
            "room": display.full_name(row.room) if row.room is not None else "任意会议室",
            "is_offered": row.status == OFFERED,
        }
        for row in found
    ]


def _undo(request, now: datetime) -> Reservation | None:
    """The one that was cancelled a moment ago, if it may be had back."""
    text = request.GET.get("cancelled", "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        return None
    row = request.db.get(Reservation, int(text))
    if row is None or row.user_id != request.identity.user_id or not changes.may_undo(row, now):
        return None
    return row


def includeme(config) -> None:
    config.add_page(
        ROUTE,
        RESERVATIONS,
        show,
        title="我的预约",
        renderer="hhu_plugins.rooms:templates/app_reservations.jinja2",
    )
    config.add_me_line("我的预约", RESERVATIONS, icon="calendar-check", order=10)
