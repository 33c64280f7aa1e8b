"""The reservation that a repeated request is answered with."""

import sqlalchemy as sa

from alembic import op

revision = "rooms_0005"
down_revision = "rooms_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rooms_reservations", sa.Column("repeats_id", sa.BigInteger()))
    op.create_foreign_key(
        "fk_rooms_reservations_repeats_id",
        "rooms_reservations",
        "rooms_reservations",
        ["repeats_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_index(
        "ix_rooms_reservations_repeats_id",
        "rooms_reservations",
        ["repeats_id"],
        postgresql_where=sa.text("repeats_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_rooms_reservations_repeats_id", "rooms_reservations")
    op.drop_constraint("fk_rooms_reservations_repeats_id", "rooms_reservations")
    op.drop_column("rooms_reservations", "repeats_id")
