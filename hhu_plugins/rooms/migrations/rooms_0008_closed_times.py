"""Opening hours and closures."""

import sqlalchemy as sa

from alembic import op

revision = "rooms_0008"
down_revision = "rooms_0007"
branch_labels = None
depends_on = None

_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]"
_STRETCH = f"{_TIME}-({_TIME}|24:00)"
_DAY = f"({_STRETCH}(,{_STRETCH})*)?"


def upgrade() -> None:
    op.create_table(
        "rooms_opening_hours",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("room_id", sa.BigInteger()),
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("revision", sa.Integer(), server_default="0", nullable=False),
        _moment("changed_at"),
        sa.PrimaryKeyConstraint("id", name="pk_rooms_opening_hours"),
        sa.ForeignKeyConstraint(
            ["room_id"],
            ["rooms_meetingrooms.id"],
            name="fk_rooms_opening_hours_room_id",
            ondelete="CASCADE",
        ),
        # Without a room it is the site's, of which there is one at most as well.
        sa.UniqueConstraint(
            "room_id",
            name="uq_rooms_opening_hours_room_id",
            postgresql_nulls_not_distinct=True,
        ),
        sa.CheckConstraint(
            rf"week ~ '^{_DAY}(\|{_DAY}){{6}}$'", name=op.f("ck_rooms_opening_hours_week")
        ),
    )
    op.create_table(
        "rooms_closures",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("room_id", sa.BigInteger()),
        sa.Column("location", sa.String(255)),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True)),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), server_default="0", nullable=False),
        _moment("created_at"),
        _moment("changed_at"),
        sa.PrimaryKeyConstraint("id", name="pk_rooms_closures"),
        sa.ForeignKeyConstraint(
            ["room_id"],
            ["rooms_meetingrooms.id"],
            name="fk_rooms_closures_room_id",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("ends > starts", name=op.f("ck_rooms_closures_interval")),
        sa.CheckConstraint(
            "room_id IS NULL OR location IS NULL", name=op.f("ck_rooms_closures_where")
        ),
    )
    op.create_index("ix_rooms_closures_room_id", "rooms_closures", ["room_id"])
    op.create_index("ix_rooms_closures_ends", "rooms_closures", ["ends"])


def _moment(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)


def downgrade() -> None:
    op.drop_table("rooms_closures")
    op.drop_table("rooms_opening_hours")
