"""What holders of changed reservations knew of them, until they are told the difference."""

import sqlalchemy as sa

from alembic import op

revision = "rooms_0005"
down_revision = "rooms_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rooms_notices",
        sa.Column("reservation_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("known_status", sa.String(16)),
        sa.Column("known_room_id", sa.BigInteger()),
        sa.Column("known_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("reservation_id", name="pk_rooms_notices"),
        sa.ForeignKeyConstraint(
            ["reservation_id"],
            ["rooms_reservations.id"],
            name="fk_rooms_notices_reservation_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["known_room_id"],
            ["rooms_meetingrooms.id"],
            name="fk_rooms_notices_known_room_id",
            ondelete="SET NULL",
        ),
        sa.CheckConstraint(
            "known_status IN ('confirmed', 'cancelled')",
            name=op.f("ck_rooms_notices_known_status"),
        ),
    )
    for column in ("due_at", "known_room_id"):
        op.create_index(f"ix_rooms_notices_{column}", "rooms_notices", [column])


def downgrade() -> None:
    op.drop_table("rooms_notices")
