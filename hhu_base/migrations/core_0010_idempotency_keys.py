"""What was answered to requests with an Idempotency-Key."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision = "core_0010"
down_revision = "core_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "core_idempotency_keys",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.LargeBinary(32), nullable=False),
        sa.Column("wanted", sa.LargeBinary(32), nullable=False),
        sa.Column("request_id", sa.String(64)),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("status", sa.SmallInteger()),
        sa.Column("headers", JSONB()),
        sa.Column("body", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("user_id", "key", name="pk_core_idempotency_keys"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["core_users.id"],
            name="fk_core_idempotency_keys_user_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_core_idempotency_keys_created_at", "core_idempotency_keys", ["created_at"])


def downgrade() -> None:
    op.drop_table("core_idempotency_keys")
