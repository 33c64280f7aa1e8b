"""A request can outlive the person who has reported it."""

from alembic import op

revision = "repairs_0002"
down_revision = "repairs_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("repairs_requests", "user_id", nullable=True)


def downgrade() -> None:
    # What nobody has reported could not be stored before.
    op.execute("DELETE FROM repairs_requests WHERE user_id IS NULL")
    op.alter_column("repairs_requests", "user_id", nullable=False)
