"""Equipment, photos, limits, departments and an order of meeting rooms."""

import sqlalchemy as sa

from alembic import op

revision = "rooms_0009"
down_revision = "rooms_0008"
branch_labels = None
depends_on = ("core_0014",)

_ROOMS = "rooms_meetingrooms"
_TEXTS = "ARRAY[(name)::text, (location)::text, (label)::text]"


def upgrade() -> None:
    words: sa.Column = sa.Column(
        "equipment", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
    )
    op.add_column(_ROOMS, words)
    for name in ("min_minutes", "max_minutes", "max_days_ahead"):
        op.add_column(_ROOMS, sa.Column(name, sa.Integer()))
    position: sa.Column = sa.Column(
        "position", sa.Integer(), server_default=sa.text("0"), nullable=False
    )
    op.add_column(_ROOMS, position)
    op.create_check_constraint(
        op.f("ck_rooms_meetingrooms_limits"),
        _ROOMS,
        "min_minutes > 0 AND max_minutes > 0 AND max_days_ahead >= 0 AND max_minutes >= min_minutes",
    )
    _search_in(f"({_TEXTS} || equipment)")
    op.create_table(
        "rooms_equipment",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column(
            "search_key",
            sa.Text(),
            sa.Computed("core_fold(VARIADIC ARRAY[(name)::text])", persisted=True),
            nullable=False,
        ),
        sa.Column("name_key", sa.Text(collation="C"), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name="pk_rooms_equipment"),
        sa.UniqueConstraint("name", name="uq_rooms_equipment_name"),
    )
    op.create_table(
        "rooms_departments",
        sa.Column("room_id", sa.BigInteger(), nullable=False),
        sa.Column("department_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("room_id", "department_id", name="pk_rooms_departments"),
        sa.ForeignKeyConstraint(
            ["room_id"],
            ["rooms_meetingrooms.id"],
            name="fk_rooms_departments_room_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["core_departments.id"],
            name="fk_rooms_departments_department_id",
        ),
    )
    op.create_index("ix_rooms_departments_department_id", "rooms_departments", ["department_id"])
    op.create_table(
        "rooms_photos",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("room_id", sa.BigInteger(), nullable=False),
        sa.Column("small", sa.String(64), nullable=False),
        sa.Column("large", sa.String(64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "uploaded_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.Column("uploaded_by", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_rooms_photos"),
        sa.UniqueConstraint("room_id", "large", name="uq_rooms_photos_room_id_large"),
        sa.ForeignKeyConstraint(
            ["room_id"],
            ["rooms_meetingrooms.id"],
            name="fk_rooms_photos_room_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by"],
            ["core_users.id"],
            name="fk_rooms_photos_uploaded_by",
            ondelete="SET NULL",
        ),
        sa.CheckConstraint("width > 0 AND height > 0", name=op.f("ck_rooms_photos_pixels")),
    )
    op.create_index("ix_rooms_photos_room_id", "rooms_photos", ["room_id"])


def downgrade() -> None:
    for table in ("rooms_photos", "rooms_departments", "rooms_equipment"):
        op.drop_table(table)
    _search_in(_TEXTS)
    op.drop_constraint(op.f("ck_rooms_meetingrooms_limits"), _ROOMS)
    for name in ("position", "max_days_ahead", "max_minutes", "min_minutes", "equipment"):
        op.drop_column(_ROOMS, name)


def _search_in(texts: str) -> None:
    op.drop_column(_ROOMS, "search_key")
    folded = sa.Computed(f"core_fold(VARIADIC {texts})", persisted=True)
    op.add_column(_ROOMS, sa.Column("search_key", sa.Text(), folded, nullable=False))
