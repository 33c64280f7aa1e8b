"""Statutory holidays of China, and the weekends that are worked on instead."""

from __future__ import annotations

from datetime import date


def mark(day: date) -> str | None:
    """``国庆节``, ``国庆节调休上班``; None on all other days, and in years that are not known."""
    # Imported here: only who plans a series needs it.
    import chinese_calendar

    try:
        is_free, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:  # What it is based on is announced each autumn for the next year.
        return None
    if name is None:
        return None
    shown = chinese_calendar.Holiday(name).chinese
    return shown if is_free else f"{shown}调休上班"
