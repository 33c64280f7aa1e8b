"""Departments, users and their tokens."""

import sqlalchemy as sa

from alembic import op

revision = "core_0001"
down_revision = None
branch_labels = ("core",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "core_departments",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_departments"),
        sa.UniqueConstraint("name", name="uq_core_departments_name"),
    )
    op.create_table(
        "core_users",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("username", sa.String(150), nullable=False),
        sa.Column("password", sa.String(255), server_default="", nullable=False),
        sa.Column("first_name", sa.String(30), server_default="", nullable=False),
        sa.Column("last_name", sa.String(150), server_default="", nullable=False),
        sa.Column("email", sa.String(254)),
        sa.Column("is_staff", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_superuser", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column(
            "date_joined",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.Column("department_id", sa.BigInteger()),
        sa.Column("post", sa.String(255), server_default="", nullable=False),
        sa.Column("qq", sa.String(32), server_default="", nullable=False),
        sa.Column("wechat", sa.String(255), server_default="", nullable=False),
        sa.Column("tel", sa.String(32), server_default="", nullable=False),
        sa.Column("phone", sa.String(32), server_default="", nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_users"),
        sa.UniqueConstraint("username", name="uq_core_users_username"),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["core_departments.id"],
            name="fk_core_users_department_id",
            ondelete="SET NULL",
        ),
    )
    op.create_index("ix_core_users_department_id", "core_users", ["department_id"])
    op.create_table(
        "core_tokens",
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_core_tokens"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["core_users.id"], name="fk_core_tokens_user_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_core_tokens_user_id", "core_tokens", ["user_id"])
    op.create_index("ix_core_tokens_expires_at", "core_tokens", ["expires_at"])


def downgrade() -> None:
    op.drop_table("core_tokens")
    op.drop_table("core_users")
    op.drop_table("core_departments")
