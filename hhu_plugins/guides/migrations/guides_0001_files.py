"""Guides with their categories, and the versions of their files."""

import sqlalchemy as sa

from alembic import op

revision = "guides_0001"
down_revision = None
branch_labels = ("guides",)
depends_on = ("core_0001",)


def upgrade() -> None:
    op.create_table(
        "guides_categories",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_guides_categories"),
        sa.UniqueConstraint("name", name="uq_guides_categories_name"),
    )
    op.create_table(
        "guides_guides",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=False),
        _now("created_at"),
        sa.Column("downloads", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("mails", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_guides_guides"),
        sa.ForeignKeyConstraint(
            ["category_id"], ["guides_categories.id"], name="fk_guides_guides_category_id"
        ),
        sa.CheckConstraint("downloads >= 0 AND mails >= 0", name="ck_guides_guides_counts"),
    )
    op.create_index("ix_guides_guides_category_id", "guides_guides", ["category_id"])
    op.create_table(
        "guides_versions",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("guide_id", sa.BigInteger(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(127), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("text_status", sa.String(16), server_default="waiting", nullable=False),
        _now("uploaded_at"),
        sa.Column("uploaded_by", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_guides_versions"),
        sa.ForeignKeyConstraint(
            ["guide_id"],
            ["guides_guides.id"],
            name="fk_guides_versions_guide_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by"],
            ["core_users.id"],
            name="fk_guides_versions_uploaded_by",
            ondelete="SET NULL",
        ),
        sa.CheckConstraint("size > 0", name="ck_guides_versions_size"),
        sa.CheckConstraint(
            "text_status IN ('waiting', 'read', 'none', 'failed')",
            name="ck_guides_versions_text_status",
        ),
    )
    op.create_index("ix_guides_versions_guide_id", "guides_versions", ["guide_id"])
    op.create_index("ix_guides_versions_digest", "guides_versions", ["digest"])
    op.create_index(
        "uq_guides_versions_current",
        "guides_versions",
        ["guide_id"],
        unique=True,
        postgresql_where=sa.text("is_current"),
    )
    op.create_index(
        "ix_guides_versions_waiting",
        "guides_versions",
        ["id"],
        postgresql_where=sa.text("text_status = 'waiting'"),
    )


def _now(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)


def downgrade() -> None:
    op.drop_table("guides_versions")
    op.drop_table("guides_guides")
    op.drop_table("guides_categories")
