"""Wishes to change a reservation, and what is decided together."""

import sqlalchemy as sa

from alembic import op

revision = "rooms_0010"
down_revision = "rooms_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rooms_reservations", sa.Column("group_id", sa.BigInteger()))
    op.create_index(
        "ix_rooms_reservations_group_id",
        "rooms_reservations",
        ["group_id"],
        postgresql_where=sa.text("group_id IS NOT NULL"),
    )
    op.create_table(
        "rooms_changes",
        # Of the sequence of the reservations: the order of arrival is one.
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("group_id", sa.BigInteger()),
        sa.Column("reservation_id", sa.BigInteger(), nullable=False),
        sa.Column("room_id", sa.BigInteger()),
        sa.Column("reserve_from", sa.DateTime(timezone=True)),
        sa.Column("reserve_to", sa.DateTime(timezone=True)),
        sa.Column("description", sa.Text()),
        sa.Column("revision", sa.Integer()),
        sa.Column("by_user_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(16), server_default="pending", nullable=False),
        sa.Column("status_reason", sa.Text(), server_default="", nullable=False),
        *(
            sa.Column(
                name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
            )
            for name in ("status_changed_at", "requested_at")
        ),
        sa.Column("decide_before", sa.DateTime(timezone=True)),
        sa.Column("request_id", sa.String(64)),
        sa.PrimaryKeyConstraint("id", name="pk_rooms_changes"),
        sa.ForeignKeyConstraint(
            ["reservation_id"],
            ["rooms_reservations.id"],
            name="fk_rooms_changes_reservation_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["room_id"], ["rooms_meetingrooms.id"], name="fk_rooms_changes_room_id"
        ),
        sa.ForeignKeyConstraint(
            ["by_user_id"], ["core_users.id"], name="fk_rooms_changes_by_user_id"
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'confirmed', 'rejected', 'withdrawn')",
            name=op.f("ck_rooms_changes_status"),
        ),
    )
    for name, column, where in (
        ("pending", "id", "status = 'pending'"),
        ("group_id", "group_id", "group_id IS NOT NULL"),
    ):
        op.create_index(
            f"ix_rooms_changes_{name}",
            "rooms_changes",
            [column],
            postgresql_where=sa.text(where),
        )
    for column in ("reservation_id", "room_id"):
        op.create_index(f"ix_rooms_changes_{column}", "rooms_changes", [column])


def downgrade() -> None:
    op.drop_table("rooms_changes")
    op.drop_index("ix_rooms_reservations_group_id", "rooms_reservations")
    op.drop_column("rooms_reservations", "group_id")
