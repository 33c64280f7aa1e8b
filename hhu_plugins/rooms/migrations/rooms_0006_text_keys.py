"""Texts of rooms and reservations as they are compared, and the places of rooms in lists by pinyin."""

import sqlalchemy as sa

from alembic import op

revision = "rooms_0006"
down_revision = "rooms_0005"
branch_labels = None
depends_on = "core_0014"

# Table → the columns that a search looks into.
_SEARCHED = {
    "rooms_meetingrooms": "(name)::text, (location)::text, (label)::text",
    "rooms_reservations": "description",
}
_SORTED = (
    ("rooms_meetingrooms", "name_key"),
    ("rooms_meetingrooms", "location_key"),
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
