"""How often and when an activity was changed, for the calendar feeds."""

import sqlalchemy as sa

from alembic import op

revision = "activities_0002"
down_revision = "activities_0001"
branch_labels = None
depends_on = None

# Only of what a calendar shows, whoever changes it.
_TRIGGER = """
CREATE FUNCTION activities_note_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.revision = OLD.revision + 1;
    NEW.changed_at = clock_timestamp();
    RETURN NEW;
END $$;

CREATE TRIGGER note_revision BEFORE UPDATE ON activities_activities FOR EACH ROW
WHEN ((OLD.name, OLD.time_start, OLD.time_end, OLD.location, OLD.description)
    IS DISTINCT FROM (NEW.name, NEW.time_start, NEW.time_end, NEW.location, NEW.description))
EXECUTE FUNCTION activities_note_revision();
"""


def upgrade() -> None:
    table = "activities_activities"
    op.add_column(table, sa.Column("revision", sa.Integer(), server_default="0", nullable=False))
    op.add_column(table, sa.Column("changed_at", sa.DateTime(timezone=True)))
    op.execute(_TRIGGER)


def downgrade() -> None:
    op.execute("DROP TRIGGER note_revision ON activities_activities")
    op.execute("DROP FUNCTION activities_note_revision()")
    op.drop_column("activities_activities", "changed_at")
    op.drop_column("activities_activities", "revision")
