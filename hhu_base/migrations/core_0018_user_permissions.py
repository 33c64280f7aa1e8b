"""What a single user may do, besides what their groups may."""

import sqlalchemy as sa

from alembic import op

revision = "core_0018"
down_revision = "core_0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "core_user_permissions",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("permission", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "permission", name="pk_core_user_permissions"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["core_users.id"],
            name="fk_core_user_permissions_user_id",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    op.drop_table("core_user_permissions")
