"""The random half of the addresses of everybody's calendar feeds."""

import sqlalchemy as sa

from alembic import op

revision = "core_0006"
down_revision = "core_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The default gives each of those who are stored already a number of his own.
    op.add_column(
        "core_users",
        sa.Column(
            "calendar_number",
            sa.Uuid(),
            server_default=sa.func.gen_random_uuid(),
            nullable=False,
        ),
    )


def downgrade() -> None:
    op.drop_column("core_users", "calendar_number")
