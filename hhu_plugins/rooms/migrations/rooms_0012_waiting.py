"""Who waits for a room, what is held for them, and who has checked in."""

import sqlalchemy as sa

from alembic import op

revision = "rooms_0012"
down_revision = "rooms_0011"
branch_labels = None
depends_on = None

_RESERVATIONS, _ROOMS = "rooms_reservations", "rooms_meetingrooms"
_STATUSES = "'pending', 'confirmed', 'rejected', 'withdrawn', 'cancelled'"


def upgrade() -> None:
    for name in ("hold_until", "checked_in_at"):
        op.add_column(_RESERVATIONS, sa.Column(name, sa.DateTime(timezone=True)))
    _set_statuses(f"{_STATUSES}, 'held', 'released', 'requested'")
    op.create_check_constraint(
        op.f("ck_rooms_reservations_hold"),
        _RESERVATIONS,
        "status <> 'held' OR hold_until IS NOT NULL",
    )
    op.drop_index("ix_rooms_reservations_confirmed", _RESERVATIONS)
    _take_time("taken", "status IN ('confirmed', 'held')")
    op.create_index(
        "ix_rooms_reservations_hold_until",
        _RESERVATIONS,
        ["hold_until"],
        postgresql_where=sa.text("status = 'held'"),
    )
    op.add_column(_ROOMS, sa.Column("checkin_since", sa.DateTime(timezone=True)))
    tells_who: sa.Column = sa.Column(
        "tells_who", sa.Boolean(), server_default=sa.false(), nullable=False
    )
    op.add_column(_ROOMS, tells_who)
    op.create_table(
        "rooms_waiting",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("room_id", sa.BigInteger()),
        sa.Column("people_count", sa.Integer()),
        sa.Column("equipment", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("location", sa.String(255)),
        sa.Column("reserve_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reserve_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("confirms_itself", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_first", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_new", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("wait_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(16), server_default="waiting", nullable=False),
        sa.Column(
            "status_changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.Column("reservation_id", sa.BigInteger()),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name="pk_rooms_waiting"),
        sa.ForeignKeyConstraint(["user_id"], ["core_users.id"], name="fk_rooms_waiting_user_id"),
        sa.ForeignKeyConstraint(
            ["room_id"],
            ["rooms_meetingrooms.id"],
            name="fk_rooms_waiting_room_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["reservation_id"], ["rooms_reservations.id"], name="fk_rooms_waiting_reservation_id"
        ),
        sa.UniqueConstraint("reservation_id", name="uq_rooms_waiting_reservation_id"),
        sa.CheckConstraint("reserve_to > reserve_from", name=op.f("ck_rooms_waiting_interval")),
        sa.CheckConstraint(
            "reserve_to - reserve_from <= interval '24 hours'",
            name=op.f("ck_rooms_waiting_longest"),
        ),
        sa.CheckConstraint(
            "status IN ('waiting', 'offered', 'done', 'ended', 'withdrawn')",
            name=op.f("ck_rooms_waiting_status"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('offered', 'done') OR reservation_id IS NOT NULL",
            name=op.f("ck_rooms_waiting_reservation"),
        ),
    )
    op.create_index(
        "ix_rooms_waiting_open",
        "rooms_waiting",
        ["reserve_from"],
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_index(
        "ix_rooms_waiting_user_id_reserve_to", "rooms_waiting", ["user_id", "reserve_to"]
    )
    op.create_index("ix_rooms_waiting_room_id", "rooms_waiting", ["room_id"])


def downgrade() -> None:
    op.drop_table("rooms_waiting")
    op.drop_column(_ROOMS, "tells_who")
    op.drop_column(_ROOMS, "checkin_since")
    # As near as the old statuses come: the time of these is free, and nobody was promised it.
    op.execute(
        "UPDATE rooms_reservations SET status = CASE status WHEN 'released' THEN 'cancelled'"
        " ELSE 'withdrawn' END WHERE status IN ('held', 'released', 'requested')"
    )
    # What the update has left to be checked at the end, before the table is altered.
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    op.drop_index("ix_rooms_reservations_hold_until", _RESERVATIONS)
    op.drop_index("ix_rooms_reservations_taken", _RESERVATIONS)
    _take_time("confirmed", "status = 'confirmed'")
    op.drop_constraint(op.f("ck_rooms_reservations_hold"), _RESERVATIONS)
    _set_statuses(_STATUSES)
    for name in ("checked_in_at", "hold_until"):
        op.drop_column(_RESERVATIONS, name)


def _set_statuses(words: str) -> None:
    # The first migration gave it its name twice, since it did not say that it was whole.
    doubled = op.f("ck_rooms_reservations_ck_rooms_reservations_status")
    op.drop_constraint(doubled, _RESERVATIONS, if_exists=True)
    name = op.f("ck_rooms_reservations_status")
    op.drop_constraint(name, _RESERVATIONS, if_exists=True)
    op.create_check_constraint(name, _RESERVATIONS, f"status IN ({words})")


def _take_time(index: str, condition: str) -> None:
    """What keeps a room from being booked twice, and the index of what is taken."""
    op.create_index(
        f"ix_rooms_reservations_{index}",
        _RESERVATIONS,
        ["reserve_from"],
        postgresql_include=["reserve_to", "room_id"],
        postgresql_where=sa.text(condition),
    )
    # By hand: Alembic does not see exclusion constraints.
    op.execute("ALTER TABLE rooms_reservations DROP CONSTRAINT ex_rooms_reservations_overlap")
    op.execute(
        f"""
        ALTER TABLE rooms_reservations ADD CONSTRAINT ex_rooms_reservations_overlap
        EXCLUDE USING gist (
            int8range(room_id, room_id, '[]') WITH &&,
            tstzrange(reserve_from, reserve_to) WITH &&
        ) WHERE ({condition})
        """
    )
