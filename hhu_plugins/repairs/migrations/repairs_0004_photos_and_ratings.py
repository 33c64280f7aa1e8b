"""Photos of what is broken, and how content its reporter is once it is solved."""

import sqlalchemy as sa

from alembic import op

revision = "repairs_0004"
down_revision = "repairs_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("repairs_requests", "repairs_history"):
        op.add_column(table, sa.Column("rating", sa.SmallInteger(), nullable=True))
    op.create_check_constraint(
        op.f("ck_repairs_requests_rating"),
        "repairs_requests",
        "rating IS NULL OR (rating BETWEEN 1 AND 5 AND status = 2)",
    )
    op.create_check_constraint(
        op.f("ck_repairs_history_rating"), "repairs_history", "rating BETWEEN 1 AND 5"
    )
    op.create_table(
        "repairs_photos",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("small", sa.String(64), nullable=False),
        sa.Column("large", sa.String(64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column(
            "uploaded_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["repairs_requests.id"],
            name="fk_repairs_photos_request_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_repairs_photos"),
        sa.UniqueConstraint("request_id", "large", name="uq_repairs_photos_request_id_large"),
    )


def downgrade() -> None:
    op.drop_table("repairs_photos")
    for table in ("repairs_history", "repairs_requests"):
        op.drop_constraint(op.f(f"ck_{table}_rating"), table)
        op.drop_column(table, "rating")
