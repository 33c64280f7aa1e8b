"""When the periodic tasks last ran, for whoever has to know whether they still do."""

import sqlalchemy as sa

from alembic import op

revision = "core_0007"
down_revision = "core_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "core_heartbeats",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_core_heartbeats"),
    )


def downgrade() -> None:
    op.drop_table("core_heartbeats")
