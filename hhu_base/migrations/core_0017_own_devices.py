"""What kind of device a token is for, links that renew a password, and passwords that must be changed."""

import sqlalchemy as sa

from alembic import op

revision = "core_0017"
down_revision = "core_0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "core_tokens", sa.Column("device", sa.String(100), server_default="", nullable=False)
    )
    op.add_column(
        "core_users",
        sa.Column("must_change_password", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.create_table(
        "core_password_links",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_core_password_links"),
        sa.UniqueConstraint("digest", name="uq_core_password_links_digest"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["core_users.id"],
            name="fk_core_password_links_user_id",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    op.drop_table("core_password_links")
    op.drop_column("core_users", "must_change_password")
    op.drop_column("core_tokens", "device")
