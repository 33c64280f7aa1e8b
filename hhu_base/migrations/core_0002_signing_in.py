"""Signing in: the WeChat openids of users, and the tries that are counted."""

import sqlalchemy as sa

from alembic import op

revision = "core_0002"
down_revision = "core_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("core_users", sa.Column("wechat_openid", sa.String(128)))
    op.create_unique_constraint("uq_core_users_wechat_openid", "core_users", ["wechat_openid"])
    op.create_table(
        "core_sign_in_tries",
        sa.Column("key", sa.LargeBinary(32), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_core_sign_in_tries"),
    )


def downgrade() -> None:
    op.drop_table("core_sign_in_tries")
    op.drop_column("core_users", "wechat_openid")
