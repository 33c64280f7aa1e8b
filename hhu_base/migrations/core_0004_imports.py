"""Tables of people that administrators have uploaded."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision = "core_0004"
down_revision = "core_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "core_people_imports",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("people", JSONB()),
        sa.Column("state", sa.String(16), server_default="shown", nullable=False),
        sa.Column("agreed", sa.String(64)),
        sa.Column("beat_at", sa.DateTime(timezone=True)),
        sa.Column("hashed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("to_hash", sa.Integer(), server_default="0", nullable=False),
        sa.Column("added", sa.Integer(), server_default="0", nullable=False),
        sa.Column("changed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_people_imports"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["core_users.id"],
            name="fk_core_people_imports_user_id",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint(
            "state IN ('shown', 'agreed', 'done')", name="ck_core_people_imports_state"
        ),
    )
    op.create_index("ix_core_people_imports_user_id", "core_people_imports", ["user_id"])


def downgrade() -> None:
    op.drop_table("core_people_imports")
