"""Texts of repairs as they are compared, and places in lists by pinyin."""

import sqlalchemy as sa

from alembic import op

revision = "repairs_0003"
down_revision = "repairs_0002"
branch_labels = None
depends_on = "core_0014"

# Table → the columns that a search looks into.
_SEARCHED = {
    "repairs_categories": "(name)::text",
    "repairs_requests": "(location)::text, description",
    "repairs_recipients": "(name)::text, (address)::text",
}
_SORTED = (
    ("repairs_categories", "name_key"),
    ("repairs_requests", "location_key"),
    ("repairs_recipients", "name_key"),
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
