"""How often a guide was downloaded and mailed each day."""

import sqlalchemy as sa

from alembic import op

revision = "guides_0005"
down_revision = "guides_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "guides_days",
        sa.Column("guide_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("downloads", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("mails", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["guide_id"],
            ["guides_guides.id"],
            name=op.f("fk_guides_days_guide_id_guides_guides"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("guide_id", "day", name=op.f("pk_guides_days")),
    )
    op.create_index(op.f("ix_guides_days_day"), "guides_days", ["day"])


def downgrade() -> None:
    op.drop_table("guides_days")
