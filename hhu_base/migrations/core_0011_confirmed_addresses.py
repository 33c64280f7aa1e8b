"""Addresses that have to be confirmed, none of those stored by now, and whose a mail is."""

import sqlalchemy as sa

from alembic import op

revision = "core_0011"
down_revision = "core_0010"
branch_labels = None
depends_on = None


def _say_statuses(statuses: str, done: str) -> None:
    for name, condition in (
        ("status", f"status IN ({statuses})"),
        ("sent_at", f"(status IN ({done})) = (sent_at IS NOT NULL)"),
    ):
        # core_0005 got the prefix twice.
        for old in (f"ck_core_mails_ck_core_mails_{name}", f"ck_core_mails_{name}"):
            op.execute(f"ALTER TABLE core_mails DROP CONSTRAINT IF EXISTS {old}")
        op.create_check_constraint(op.f(f"ck_core_mails_{name}"), "core_mails", condition)


def upgrade() -> None:
    op.create_table(
        "core_email_confirmations",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_core_email_confirmations"),
        sa.UniqueConstraint("digest", name="uq_core_email_confirmations_digest"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["core_users.id"],
            name="fk_core_email_confirmations_user_id",
            ondelete="CASCADE",
        ),
    )
    op.add_column("core_mails", sa.Column("user_id", sa.BigInteger()))
    op.create_foreign_key(
        "fk_core_mails_user_id",
        "core_mails",
        "core_users",
        ["user_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.add_column("core_mails", sa.Column("kind", sa.String(64), server_default="", nullable=False))
    op.add_column(
        "core_mails", sa.Column("secret", sa.String(64), server_default="", nullable=False)
    )
    _say_statuses("'queued', 'held', 'sent', 'stored', 'failed'", "'sent', 'stored'")
    op.create_index(
        "ix_core_mails_held", "core_mails", ["id"], postgresql_where=sa.text("status = 'held'")
    )
    for column in ("created_at", "sent_at", "user_id"):
        op.create_index(f"ix_core_mails_{column}", "core_mails", [column])


def downgrade() -> None:
    for column in ("created_at", "sent_at", "user_id", "held"):
        op.drop_index(f"ix_core_mails_{column}", "core_mails")
    op.execute("UPDATE core_mails SET status = 'failed' WHERE status = 'held'")
    op.execute("UPDATE core_mails SET status = 'sent' WHERE status = 'stored'")
    _say_statuses("'queued', 'sent', 'failed'", "'sent'")
    for column in ("secret", "kind", "user_id"):
        op.drop_column("core_mails", column)
    op.drop_table("core_email_confirmations")
