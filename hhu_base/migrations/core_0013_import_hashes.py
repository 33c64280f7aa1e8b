"""Forget imports that are open: there are passwords in them, which are hashed at once from now on."""

import sqlalchemy as sa

from alembic import op

revision = "core_0013"
down_revision = "core_0012"
branch_labels = None
depends_on = None

_OPEN = "DELETE FROM core_people_imports WHERE state <> 'done'"


def upgrade() -> None:
    op.execute(sa.text(_OPEN))
    # How far hashing was.
    op.drop_column("core_people_imports", "to_hash")
    op.drop_column("core_people_imports", "hashed")


def downgrade() -> None:
    op.execute(sa.text(_OPEN))
    for name in ("hashed", "to_hash"):
        op.add_column(
            "core_people_imports",
            sa.Column(name, sa.Integer(), server_default="0", nullable=False),
        )
