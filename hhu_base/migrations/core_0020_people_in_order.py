"""People have an index in the order of their names, by which long lists are sorted."""

from alembic import op

revision = "core_0020"
down_revision = "core_0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_core_users_name_key_id", "core_users", ["name_key", "id"])


def downgrade() -> None:
    op.drop_index("ix_core_users_name_key_id", "core_users")
