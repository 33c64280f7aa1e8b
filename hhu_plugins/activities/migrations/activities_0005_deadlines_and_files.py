"""Activities have a last moment to enroll, and forms take files."""

import sqlalchemy as sa

from alembic import op

revision = "activities_0005"
down_revision = "activities_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    deadline = sa.Column("enroll_until", sa.DateTime(timezone=True))
    op.add_column("activities_activities", deadline)
    op.create_table(
        "activities_files",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("activity_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(length=255), nullable=False),
        sa.Column("is_used", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activities_activities.id"],
            name=op.f("fk_activities_files_activity_id_activities_activities"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["core_users.id"],
            name=op.f("fk_activities_files_user_id_core_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activities_files")),
    )
    op.create_index(op.f("ix_activities_files_activity_id"), "activities_files", ["activity_id"])
    op.create_index(op.f("ix_activities_files_user_id"), "activities_files", ["user_id"])


def downgrade() -> None:
    op.drop_table("activities_files")
    op.drop_column("activities_activities", "enroll_until")
