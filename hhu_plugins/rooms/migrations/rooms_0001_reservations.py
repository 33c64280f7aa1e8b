"""Meeting rooms, and reservations that cannot overlap."""

import sqlalchemy as sa

from alembic import op

revision = "rooms_0001"
down_revision = None
branch_labels = ("rooms",)
depends_on = ("core_0001",)


def upgrade() -> None:
    op.create_table(
        "rooms_meetingrooms",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("location", sa.String(255), nullable=False),
        sa.Column("seats_count", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(255), server_default="", nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rooms_meetingrooms"),
        sa.UniqueConstraint("location", "name", name="uq_rooms_meetingrooms_location_name"),
        sa.CheckConstraint("seats_count >= 0", name="ck_rooms_meetingrooms_seats_count"),
    )
    op.create_table(
        "rooms_reservations",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("room_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("reserve_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reserve_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("status", sa.String(16), server_default="pending", nullable=False),
        sa.Column("status_reason", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "status_changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.Column("status_changed_by", sa.BigInteger()),
        sa.Column(
            "requested_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.Column("decide_before", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_rooms_reservations"),
        sa.ForeignKeyConstraint(
            ["room_id"], ["rooms_meetingrooms.id"], name="fk_rooms_reservations_room_id"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["core_users.id"], name="fk_rooms_reservations_user_id"
        ),
        sa.ForeignKeyConstraint(
            ["status_changed_by"],
            ["core_users.id"],
            name="fk_rooms_reservations_status_changed_by",
        ),
        sa.CheckConstraint("reserve_to > reserve_from", name="ck_rooms_reservations_interval"),
        sa.CheckConstraint(
            "reserve_to - reserve_from <= interval '24 hours'",
            name="ck_rooms_reservations_longest",
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'confirmed', 'rejected', 'withdrawn', 'cancelled')",
            name="ck_rooms_reservations_status",
        ),
    )
    # By hand: Alembic does not see exclusion constraints.
    op.execute(
        """
        ALTER TABLE rooms_reservations ADD CONSTRAINT ex_rooms_reservations_overlap
        EXCLUDE USING gist (
            int8range(room_id, room_id, '[]') WITH &&,
            tstzrange(reserve_from, reserve_to) WITH &&
        ) WHERE (status = 'confirmed')
        """
    )
    op.create_index(
        "ix_rooms_reservations_confirmed",
        "rooms_reservations",
        ["reserve_from"],
        postgresql_include=["reserve_to", "room_id"],
        postgresql_where=sa.text("status = 'confirmed'"),
    )
    op.create_index(
        "ix_rooms_reservations_pending",
        "rooms_reservations",
        ["id"],
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index(
        "ix_rooms_reservations_user_id_reserve_to",
        "rooms_reservations",
        ["user_id", "reserve_to"],
    )
    op.create_index(
        "ix_rooms_reservations_room_id_reserve_from",
        "rooms_reservations",
        ["room_id", "reserve_from"],
    )


def downgrade() -> None:
    op.drop_table("rooms_reservations")
    op.drop_table("rooms_meetingrooms")
