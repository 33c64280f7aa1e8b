"""Asks to give way, and rooms that need approval."""

import sqlalchemy as sa

from alembic import op

revision = "rooms_0013"
down_revision = "rooms_0012"
branch_labels = None
depends_on = None

_ROOMS = "rooms_meetingrooms"
_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]"
# Column, of which table it has an id, what becomes of the ask if that row goes.
_REFERENCES = (
    ("reservation_id", "rooms_reservations", "CASCADE"),
    ("user_id", "core_users", None),
    ("room_id", _ROOMS, None),
    ("offer_room_id", _ROOMS, "SET NULL"),
    ("status_changed_by", "core_users", None),
    ("made_id", "rooms_reservations", "SET NULL"),
)


def upgrade() -> None:
    op.create_table(
        "rooms_asks",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        *(_number(name) for name in ("reservation_id", "user_id", "room_id")),
        *(_moment(name) for name in ("held_from", "held_to", "reserve_from", "reserve_to")),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        _number("offer_room_id", nullable=True),
        *(_moment(name, nullable=True) for name in ("offer_from", "offer_to")),
        sa.Column("status", sa.String(16), server_default="open", nullable=False),
        sa.Column("status_reason", sa.Text(), server_default="", nullable=False),
        _moment("status_changed_at", server_default=sa.func.now()),
        _number("status_changed_by", nullable=True),
        _moment("answer_before"),
        _number("made_id", nullable=True),
        _moment("created_at", server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("id", name="pk_rooms_asks"),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=f"fk_rooms_asks_{column}", ondelete=on_delete
            )
            for column, table, on_delete in _REFERENCES
        ),
        sa.CheckConstraint("reserve_to > reserve_from", name=op.f("ck_rooms_asks_interval")),
        sa.CheckConstraint(
            "status IN ('open', 'accepted', 'refused', 'expired', 'withdrawn', 'closed')",
            name=op.f("ck_rooms_asks_status"),
        ),
        sa.CheckConstraint(
            "(offer_room_id IS NULL) = (offer_from IS NULL)"
            " AND (offer_from IS NULL) = (offer_to IS NULL) AND offer_to > offer_from",
            name=op.f("ck_rooms_asks_offer"),
        ),
    )
    op.create_index(
        "ix_rooms_asks_once",
        "rooms_asks",
        ["reservation_id", "user_id"],
        unique=True,
        postgresql_where=sa.text("status <> 'closed'"),
    )
    op.create_index(
        "ix_rooms_asks_open",
        "rooms_asks",
        ["answer_before"],
        postgresql_where=sa.text("status = 'open'"),
    )
    for column in ("reservation_id", "user_id", "room_id"):
        op.create_index(f"ix_rooms_asks_{column}", "rooms_asks", [column])
    op.add_column(
        "rooms_changes",
        sa.Column("gives_up", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column(_ROOMS, _number("approvers_id", nullable=True))
    op.add_column(_ROOMS, sa.Column("approval_over", sa.Integer()))
    op.add_column(_ROOMS, sa.Column("approval_hours", sa.String(11)))
    op.add_column(_ROOMS, _number("approval_department_id", nullable=True))
    for column, table in (
        ("approvers_id", "core_groups"),
        ("approval_department_id", "core_departments"),
    ):
        op.create_foreign_key(f"fk_{_ROOMS}_{column}", _ROOMS, table, [column], ["id"])
    op.create_index(f"ix_{_ROOMS}_approvers_id", _ROOMS, ["approvers_id"])
    op.create_check_constraint(
        op.f(f"ck_{_ROOMS}_approval"),
        _ROOMS,
        f"approval_over > 0 AND approval_hours ~ '^{_TIME}-({_TIME}|24:00)$'",
    )

    op.create_index(
        "ix_rooms_reservations_requested",
        "rooms_reservations",
        ["reserve_from"],
        postgresql_where=sa.text("status = 'requested'"),
    )


def downgrade() -> None:
    op.drop_index("ix_rooms_reservations_requested", "rooms_reservations")
    for column in ("approval_department_id", "approval_hours", "approval_over", "approvers_id"):
        op.drop_column(_ROOMS, column)
    op.drop_column("rooms_changes", "gives_up")
    op.drop_table("rooms_asks")


def _number(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _moment(name: str, *, nullable: bool = False, **kw) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, **kw)
