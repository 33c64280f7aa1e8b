"""What people clock in for may have a longer name."""

import sqlalchemy as sa

from alembic import op

revision = "activities_0003"
down_revision = "activities_0002"
branch_labels = None
depends_on = None

_TRIGGER = """
CREATE TRIGGER rename_attended AFTER UPDATE OF label
ON activities_clockin_items FOR EACH ROW WHEN (OLD.label <> NEW.label)
EXECUTE FUNCTION activities_rename_attended()
"""


def upgrade() -> None:
    _alter(255)


def downgrade() -> None:
    # By the trigger, what people have attended follows.
    op.execute(
        "UPDATE activities_clockin_items SET label = left(label, 30) || ' ' || id"
        " WHERE length(label) > 50"
    )
    _alter(50)


def _alter(length: int) -> None:
    # Postgres alters no column that a trigger looks at.
    op.execute("DROP TRIGGER rename_attended ON activities_clockin_items")
    op.alter_column("activities_clockin_items", "label", type_=sa.String(length))
    op.execute(_TRIGGER)
