"""Which sign-ins came by the university's sign-on, which orders to end them were followed, and one-time codes."""

import sqlalchemy as sa

from alembic import op

revision = "core_0019"
down_revision = "core_0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "core_provider_sessions",
        sa.Column("token_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("session_key", sa.LargeBinary(32), nullable=True),
        sa.Column("subject_key", sa.LargeBinary(32), nullable=True),
        sa.PrimaryKeyConstraint("token_digest", name="pk_core_provider_sessions"),
        sa.ForeignKeyConstraint(
            ["token_digest"],
            ["core_tokens.digest"],
            name="fk_core_provider_sessions_token_digest",
            ondelete="CASCADE",
        ),
    )
    for column in ("session_key", "subject_key"):
        op.create_index(f"ix_core_provider_sessions_{column}", "core_provider_sessions", [column])
    op.create_table(
        "core_logout_tokens",
        sa.Column("key", sa.LargeBinary(32), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_core_logout_tokens"),
    )
    op.create_table(
        "core_sign_in_codes",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_core_sign_in_codes"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["core_users.id"],
            name="fk_core_sign_in_codes_user_id",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    op.drop_table("core_sign_in_codes")
    op.drop_table("core_logout_tokens")
    op.drop_table("core_provider_sessions")
