"""Whom people have added to their own colleagues."""

import sqlalchemy as sa

from alembic import op

revision = "contacts_0001"
down_revision = None
branch_labels = ("contacts",)
depends_on = ("core_0001",)


def upgrade() -> None:
    op.create_table(
        "contacts_friends",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("friend_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "friend_id", name="pk_contacts_friends"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["core_users.id"],
            name="fk_contacts_friends_user_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["friend_id"],
            ["core_users.id"],
            name="fk_contacts_friends_friend_id",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("user_id <> friend_id", name="ck_contacts_friends_no_self"),
    )
    op.create_index("ix_contacts_friends_friend_id", "contacts_friends", ["friend_id"])


def downgrade() -> None:
    op.drop_table("contacts_friends")
