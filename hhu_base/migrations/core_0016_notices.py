"""What people were told, what they want to be told by mail, and which reminders are done."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision = "core_0016"
down_revision = "core_0015"
branch_labels = None
depends_on = None


def _user_id(table: str) -> tuple[sa.Column, sa.ForeignKeyConstraint]:
    return (
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["core_users.id"], name=f"fk_{table}_user_id", ondelete="CASCADE"
        ),
    )


def _moment(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "core_notices",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        *_user_id("core_notices"),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), server_default="", nullable=False),
        sa.Column("links", JSONB(), server_default="[]", nullable=False),
        sa.Column("collapse", sa.String(100), server_default="", nullable=False),
        sa.Column("mail_id", sa.BigInteger()),
        _moment("created_at"),
        sa.Column("read_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_core_notices"),
        sa.ForeignKeyConstraint(
            ["mail_id"], ["core_mails.id"], name="fk_core_notices_mail_id", ondelete="SET NULL"
        ),
    )
    op.create_index("ix_core_notices_user_id_id", "core_notices", ["user_id", "id"])
    op.create_index(
        "ix_core_notices_unread",
        "core_notices",
        ["user_id"],
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_index("ix_core_notices_created_at", "core_notices", ["created_at"])
    op.create_index("ix_core_notices_mail_id", "core_notices", ["mail_id"])
    op.create_table(
        "core_notice_choices",
        *_user_id("core_notice_choices"),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "kind", name="pk_core_notice_choices"),
    )
    op.create_table(
        "core_done_reminders",
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("thing_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *_user_id("core_done_reminders"),
        sa.PrimaryKeyConstraint("kind", "thing_id", "at", "user_id", name="pk_core_done_reminders"),
    )
    op.create_index("ix_core_done_reminders_at", "core_done_reminders", ["at"])


def downgrade() -> None:
    op.drop_table("core_done_reminders")
    op.drop_table("core_notice_choices")
    op.drop_table("core_notices")
