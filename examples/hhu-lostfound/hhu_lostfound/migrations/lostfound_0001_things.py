"""Found things and who claims them."""

import sqlalchemy as sa
from alembic import op

revision = "lostfound_0001"
down_revision = None
branch_labels = ("lostfound",)
depends_on = ("core_0001",)


def upgrade() -> None:
    op.create_table(
        "lostfound_things",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("finder_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("place", sa.String(255), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(16), server_default="waiting", nullable=False),
        sa.Column("claimer_id", sa.BigInteger()),
        sa.Column("message", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name="pk_lostfound_things"),
        sa.ForeignKeyConstraint(
            ["finder_id"], ["core_users.id"], name="fk_lostfound_things_finder_id"
        ),
        sa.ForeignKeyConstraint(
            ["claimer_id"],
            ["core_users.id"],
            name="fk_lostfound_things_claimer_id",
            ondelete="SET NULL",
        ),
        sa.CheckConstraint(
            "status IN ('waiting', 'claimed', 'returned', 'handed-on')",
            name="ck_lostfound_things_status",
        ),
    )
    for columns in (["status", "created_at"], ["finder_id"], ["claimer_id"]):
        op.create_index(f"ix_lostfound_things_{'_'.join(columns)}", "lostfound_things", columns)


def downgrade() -> None:
    op.drop_table("lostfound_things")
