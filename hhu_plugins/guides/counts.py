"""How often a guide was downloaded and mailed: in all, and by the days of the site."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from hhu_plugins.guides.models import Guide, GuideDay

# Where a session has the zone of the site, whose days are counted.
ZONE = "guides.zone"


def add_download(session: Session, guide_id: int) -> None:
    """One more."""
    _add(session, guide_id, "downloads")


def add_mail(session: Session, guide_id: int) -> None:
    """One more."""
    _add(session, guide_id, "mails")


def _add(session: Session, guide_id: int, name: str) -> None:
    column = getattr(Guide, name)
    # The guide first: of two who count at once, one waits here, and a guide that is gone is not counted.
    found = session.execute(
        sa.update(Guide)
        .where(Guide.id == guide_id)
        .values({name: column + 1})
        .returning(Guide.id)
        .execution_options(synchronize_session=False)
    ).first()
    if found is None:
        return
    today = datetime.now(session.info.get(ZONE, UTC)).date()
    session.execute(
        insert(GuideDay)
        .values({"guide_id": guide_id, "day": today, name: 1})
        .on_conflict_do_update(
            index_elements=[GuideDay.guide_id, GuideDay.day],
            set_={name: getattr(GuideDay, name) + 1},
        )
    )
