"""Repair requests with their history, their categories, and who is told by mail."""

import sqlalchemy as sa

from alembic import op

revision = "repairs_0001"
down_revision = None
branch_labels = ("repairs",)
depends_on = ("core_0001",)


def upgrade() -> None:
    op.create_table(
        "repairs_categories",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_repairs_categories"),
        sa.UniqueConstraint("name", name="uq_repairs_categories_name"),
    )
    op.create_table(
        "repairs_requests",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("category_id", sa.BigInteger()),
        sa.Column("location", sa.String(255), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("status", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        _now("status_changed_at"),
        sa.Column("status_changed_by", sa.BigInteger()),
        _now("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_repairs_requests"),
        sa.ForeignKeyConstraint(["user_id"], ["core_users.id"], name="fk_repairs_requests_user_id"),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["repairs_categories.id"],
            name="fk_repairs_requests_category_id",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["status_changed_by"],
            ["core_users.id"],
            name="fk_repairs_requests_status_changed_by",
            ondelete="SET NULL",
        ),
        sa.CheckConstraint("status IN (0, 1, 2, 3)", name="ck_repairs_requests_status"),
    )
    for columns in (("user_id", "id"), ("category_id", "status"), ("status", "created_at")):
        name = f"ix_repairs_requests_{'_'.join(columns)}"
        op.create_index(name, "repairs_requests", list(columns))
    op.create_table(
        "repairs_history",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        _now("changed_at"),
        sa.Column("changed_by", sa.BigInteger()),
        sa.Column("remark", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_repairs_history"),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["repairs_requests.id"],
            name="fk_repairs_history_request_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["changed_by"],
            ["core_users.id"],
            name="fk_repairs_history_changed_by",
            ondelete="SET NULL",
        ),
        sa.CheckConstraint("status IN (0, 1, 2, 3)", name="ck_repairs_history_status"),
    )
    op.create_index("ix_repairs_history_request_id", "repairs_history", ["request_id"])
    op.create_table(
        "repairs_recipients",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("category_id", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_repairs_recipients"),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["repairs_categories.id"],
            name="fk_repairs_recipients_category_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        "uq_repairs_recipients_category_id_address",
        "repairs_recipients",
        ["category_id", sa.text("lower(address)")],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )


def _now(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)


def downgrade() -> None:
    op.drop_table("repairs_recipients")
    op.drop_table("repairs_history")
    op.drop_table("repairs_requests")
    op.drop_table("repairs_categories")
