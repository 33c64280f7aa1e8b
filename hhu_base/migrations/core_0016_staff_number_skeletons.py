"""Staff numbers that look the same are one: their common form, held unique."""

import sqlalchemy as sa

from alembic import op
from hhu_base.values.identifiers import skeleton

revision = "core_0016"
down_revision = "core_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("core_users", sa.Column("username_skeleton", sa.Text()))
    connection = op.get_bind()
    taken = set()
    rows = []
    for user_id, username in connection.execute(
        sa.text("SELECT id, username FROM core_users ORDER BY id")
    ):
        form = skeleton(username)
        # Of those who look the same already, the first has it; the others go on without one.
        if form not in taken:
            taken.add(form)
            rows.append({"id": user_id, "form": form})
    if rows:
        connection.execute(
            sa.text("UPDATE core_users SET username_skeleton = :form WHERE id = :id"), rows
        )
    op.create_unique_constraint(
        "uq_core_users_username_skeleton", "core_users", ["username_skeleton"]
    )


def downgrade() -> None:
    op.drop_column("core_users", "username_skeleton")
