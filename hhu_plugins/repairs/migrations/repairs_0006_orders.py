"""Many requests are listed in every order, and found by who has worked on them, with indexes."""

from alembic import op

revision = "repairs_0006"
down_revision = "repairs_0005"
branch_labels = None
depends_on = None

_INDEXES = (
    ("repairs_requests", "created_at"),
    ("repairs_requests", "location"),
    ("repairs_requests", "location_key"),
    ("repairs_requests", "status_changed_by"),
    ("repairs_history", "changed_by"),
)


def upgrade() -> None:
    for table, column in _INDEXES:
        op.create_index(f"ix_{table}_{column}", table, [column])


def downgrade() -> None:
    for table, column in _INDEXES:
        op.drop_index(f"ix_{table}_{column}", table)
