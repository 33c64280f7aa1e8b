"""Series of reservations, and the terms that their teaching weeks are counted in."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "rooms_0011"
down_revision = "rooms_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rooms_terms",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("first_monday", sa.Date(), nullable=False),
        sa.Column("weeks_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rooms_terms"),
        sa.UniqueConstraint("name", name="uq_rooms_terms_name"),
        sa.CheckConstraint("weeks_count BETWEEN 1 AND 53", name=op.f("ck_rooms_terms_weeks_count")),
        sa.CheckConstraint(
            "extract(isodow FROM first_monday) = 1", name=op.f("ck_rooms_terms_first_monday")
        ),
    )
    op.create_table(
        "rooms_series",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("rule", postgresql.JSONB(), nullable=False),
        sa.Column("dates_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("request_id", sa.String(64)),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name="pk_rooms_series"),
        sa.ForeignKeyConstraint(["user_id"], ["core_users.id"], name="fk_rooms_series_user_id"),
    )
    op.create_index("ix_rooms_series_user_id_created_at", "rooms_series", ["user_id", "created_at"])
    op.add_column("rooms_reservations", sa.Column("series_id", sa.BigInteger()))
    op.add_column("rooms_reservations", sa.Column("series_index", sa.Integer()))
    op.create_foreign_key(
        "fk_rooms_reservations_series_id",
        "rooms_reservations",
        "rooms_series",
        ["series_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_index(
        "ix_rooms_reservations_series_id",
        "rooms_reservations",
        ["series_id"],
        postgresql_where=sa.text("series_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_column("rooms_reservations", "series_index")
    op.drop_column("rooms_reservations", "series_id")
    op.drop_table("rooms_series")
    op.drop_table("rooms_terms")
