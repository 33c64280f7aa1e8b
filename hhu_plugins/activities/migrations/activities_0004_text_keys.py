"""Texts of activities as they are compared, and their places in lists by pinyin."""

import sqlalchemy as sa

from alembic import op

revision = "activities_0004"
down_revision = "activities_0003"
branch_labels = None
depends_on = "core_0014"

# Table → the columns that a search looks into.
_SEARCHED = {
    "activities_activities": "(name)::text, (location)::text",
    "activities_clockin_items": "(label)::text",
}
_SORTED = (
    ("activities_activities", "name_key"),
    ("activities_activities", "location_key"),
    ("activities_clockin_items", "label_key"),
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
