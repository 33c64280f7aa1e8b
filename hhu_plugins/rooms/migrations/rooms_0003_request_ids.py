"""The web request that asked for a reservation, for the logs."""

import sqlalchemy as sa

from alembic import op

revision = "rooms_0003"
down_revision = "rooms_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rooms_reservations", sa.Column("request_id", sa.String(64)))


def downgrade() -> None:
    op.drop_column("rooms_reservations", "request_id")
