"""Where people have signed in before, and the turns of those who have to wait for one."""

import sqlalchemy as sa

from alembic import op

revision = "core_0008"
down_revision = "core_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "core_sign_in_places",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.LargeBinary(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column(
            "used_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("user_id", "key", name="pk_core_sign_in_places"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["core_users.id"],
            name="fk_core_sign_in_places_user_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_core_sign_in_places_used_at", "core_sign_in_places", ["used_at"])
    op.add_column("core_sign_in_tries", sa.Column("turn_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("core_sign_in_tries", "turn_at")
    op.drop_table("core_sign_in_places")
