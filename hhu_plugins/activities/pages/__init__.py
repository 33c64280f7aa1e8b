"""The teachers' pages of the activities: finding one, taking part, clocking in, showing a code."""

from __future__ import annotations


def includeme(config) -> None:
    config.include("hhu_plugins.activities.pages.listing")
    config.include("hhu_plugins.activities.pages.clockin")
    config.include("hhu_plugins.activities.pages.codes")
    config.include("hhu_plugins.activities.pages.activity")
