"""How often and when a decided reservation was changed, for the calendar feeds."""

import sqlalchemy as sa

from alembic import op

revision = "rooms_0002"
down_revision = "rooms_0001"
branch_labels = None
depends_on = None

# Whoever changes it, this application or somebody in psql. A decision is no change: what is still
# pending pays nothing but the comparison.
_TRIGGER = """
CREATE FUNCTION rooms_note_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.revision = OLD.revision + 1;
    NEW.changed_at = clock_timestamp();
    RETURN NEW;
END $$;

CREATE TRIGGER note_revision BEFORE UPDATE ON rooms_reservations FOR EACH ROW
WHEN (OLD.status <> 'pending' AND (
    OLD.room_id, OLD.user_id, OLD.reserve_from, OLD.reserve_to, OLD.description, OLD.status,
    OLD.status_reason
) IS DISTINCT FROM (
    NEW.room_id, NEW.user_id, NEW.reserve_from, NEW.reserve_to, NEW.description, NEW.status,
    NEW.status_reason
))
EXECUTE FUNCTION rooms_note_revision();
"""


def upgrade() -> None:
    op.add_column(
        "rooms_reservations",
        sa.Column("revision", sa.Integer(), server_default="0", nullable=False),
    )
    op.add_column("rooms_reservations", sa.Column("changed_at", sa.DateTime(timezone=True)))
    op.execute(_TRIGGER)


def downgrade() -> None:
    op.execute("DROP TRIGGER note_revision ON rooms_reservations")
    op.execute("DROP FUNCTION rooms_note_revision()")
    op.drop_column("rooms_reservations", "changed_at")
    op.drop_column("rooms_reservations", "revision")
