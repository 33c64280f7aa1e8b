"""The outbox of mails, and what is attached to them."""

import sqlalchemy as sa

from alembic import op

revision = "core_0005"
down_revision = "core_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "core_mails",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("to_name", sa.Text(), server_default="", nullable=False),
        sa.Column("to_address", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.String(16), server_default="queued", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "next_attempt_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.Column("is_server_away", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("last_error", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_core_mails"),
        sa.UniqueConstraint("key", name="uq_core_mails_key"),
        sa.CheckConstraint("status IN ('queued', 'sent', 'failed')", name="ck_core_mails_status"),
        sa.CheckConstraint(
            "(status = 'sent') = (sent_at IS NOT NULL)", name="ck_core_mails_sent_at"
        ),
        sa.CheckConstraint("attempts >= 0", name="ck_core_mails_attempts"),
    )
    for status in ("queued", "failed"):
        op.create_index(
            f"ix_core_mails_{status}",
            "core_mails",
            ["id"],
            postgresql_where=sa.text(f"status = '{status}'"),
        )
    op.create_table(
        "core_mail_attachments",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("mail_id", sa.BigInteger(), nullable=False),
        sa.Column("store", sa.String(64), nullable=False),
        sa.Column("reference", sa.String(255), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("type", sa.String(127), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_mail_attachments"),
        sa.ForeignKeyConstraint(
            ["mail_id"],
            ["core_mails.id"],
            name="fk_core_mail_attachments_mail_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_core_mail_attachments_mail_id", "core_mail_attachments", ["mail_id"])
    op.create_index(
        "ix_core_mail_attachments_store_reference",
        "core_mail_attachments",
        ["store", "reference"],
    )


def downgrade() -> None:
    op.drop_table("core_mail_attachments")
    op.drop_table("core_mails")
