"""Sums of each day, so that the statistics need not read every reservation."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "rooms_0014"
down_revision = "rooms_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rooms_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("room_id", sa.BigInteger(), nullable=False),
        sa.Column("confirmed", sa.Integer(), nullable=False),
        sa.Column("cancelled", sa.Integer(), nullable=False),
        sa.Column("released", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["room_id"],
            ["rooms_meetingrooms.id"],
            name=op.f("fk_rooms_days_room_id_rooms_meetingrooms"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("day", "room_id", name=op.f("pk_rooms_days")),
    )
    op.create_index(op.f("ix_rooms_days_room_id"), "rooms_days", ["room_id"])
    op.create_table(
        "rooms_hours",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("minutes", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_rooms_hours")),
    )
    op.create_table(
        "rooms_department_days",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("department_id", sa.BigInteger(), nullable=True),
        sa.Column("confirmed", sa.Integer(), nullable=False),
        sa.Column("cancelled", sa.Integer(), nullable=False),
        sa.Column("released", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["core_departments.id"],
            name=op.f("fk_rooms_department_days_department_id_core_departments"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rooms_department_days")),
    )
    op.create_index(op.f("ix_rooms_department_days_day"), "rooms_department_days", ["day"])
    op.create_index(
        op.f("ix_rooms_department_days_department_id"), "rooms_department_days", ["department_id"]
    )
    # What the sums of the days since have to read besides what is in ``taken``.
    op.create_index(
        "ix_rooms_reservations_lost",
        "rooms_reservations",
        ["reserve_from"],
        postgresql_where=sa.text("status IN ('cancelled', 'released')"),
    )


def downgrade() -> None:
    op.drop_index("ix_rooms_reservations_lost", "rooms_reservations")
    op.drop_table("rooms_department_days")
    op.drop_table("rooms_hours")
    op.drop_table("rooms_days")
