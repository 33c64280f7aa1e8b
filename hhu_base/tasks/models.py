"""What the workers say of themselves."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hhu_base.database import Base


class Heartbeat(Base):
    """When something that should happen again and again last did; see ``hhu_base.tasks.heartbeat``."""

    __tablename__ = "core_heartbeats"

    name: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    at: Mapped[datetime]


class Worker(Base):
    """A worker process that listens, and when it last said so; see ``hhu_base.tasks.heartbeat``."""

    __tablename__ = "core_workers"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    queues: Mapped[list[str]] = mapped_column(sa.ARRAY(sa.Text))
    # How many tasks it does at once.
    concurrency: Mapped[int]
    tasks: Mapped[list[str]] = mapped_column(sa.ARRAY(sa.Text))
