"""Have the texts of all files read anew, by readers that find more in them."""

import sqlalchemy as sa

from alembic import op

revision = "guides_0002"
down_revision = "guides_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What is found until then stays: it is replaced file by file.
    op.execute(
        sa.text(
            "UPDATE guides_versions SET text_status = 'waiting'"
            " WHERE text_status IN ('read', 'failed')"
        )
    )


def downgrade() -> None:
    # Texts that were read are as good for the release before.
    pass
