"""Counts of the decisions, since counting a million rows takes too long for a scrape."""

import sqlalchemy as sa

from alembic import op

revision = "rooms_0004"
down_revision = "rooms_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rooms_decision_counts",
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("outcome", name="pk_rooms_decision_counts"),
    )


def downgrade() -> None:
    op.drop_table("rooms_decision_counts")
