"""Which records of the replaced system were brought, so that a later takeover knows them again."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision = "core_0012"
down_revision = "core_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "core_taken_records",
        sa.Column("model", sa.String(100), nullable=False),
        sa.Column("pk", sa.BigInteger(), nullable=False),
        sa.Column("row_id", sa.BigInteger()),
        sa.Column("digests", JSONB(), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("model", "pk", name="pk_core_taken_records"),
    )


def downgrade() -> None:
    op.drop_table("core_taken_records")
