"""Names and contents of guides as they are compared, and places in lists by pinyin."""

import sqlalchemy as sa

from alembic import op

revision = "guides_0003"
down_revision = "guides_0002"
branch_labels = None
depends_on = "core_0014"

# Table → the columns that a search looks into.
_SEARCHED = {
    "guides_categories": "(name)::text",
    "guides_guides": "(name)::text",
    "guides_versions": "text",
}
_SORTED = (
    ("guides_categories", "name_key"),
    ("guides_guides", "name_key"),
)


def upgrade() -> None:
    for table, columns in _SEARCHED.items():
        folded = sa.Computed(f"core_fold(VARIADIC ARRAY[{columns}])", persisted=True)
        op.add_column(table, sa.Column("search_key", sa.Text(), folded, nullable=False))
    for table, name in _SORTED:
        key = sa.Column(name, sa.Text(collation="C"), nullable=False, server_default="")
        op.add_column(table, key)


def downgrade() -> None:
    for table, name in _SORTED:
        op.drop_column(table, name)
    for table in _SEARCHED:
        op.drop_column(table, "search_key")
