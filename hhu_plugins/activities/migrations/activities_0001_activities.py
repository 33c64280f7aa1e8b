"""Activities, enrollments, waiting lists and clock-ins."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from alembic import op

revision = "activities_0001"
down_revision = None
branch_labels = ("activities",)
depends_on = ("core_0001",)


# What a person has clocked in for stands in his enrollment, too. Each trigger changes the row as
# it finds it (append, remove, replace) instead of reading the clock-ins again: two at once for the
# same person would not see each other. KEY SHARE keeps a label from being renamed meanwhile.
_TRIGGERS = """
CREATE FUNCTION activities_note_clockin() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    item record;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        SELECT activity_id, label INTO item
        FROM activities_clockin_items WHERE id = OLD.item_id FOR KEY SHARE;
        UPDATE activities_enrollments SET attended = array_remove(attended, item.label::text)
        WHERE activity_id = item.activity_id AND user_id = OLD.user_id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        SELECT activity_id, label INTO item
        FROM activities_clockin_items WHERE id = NEW.item_id FOR KEY SHARE;
        UPDATE activities_enrollments SET attended = array_append(attended, item.label::text)
        WHERE activity_id = item.activity_id AND user_id = NEW.user_id;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION activities_rename_attended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE activities_enrollments
    SET attended = array_replace(attended, OLD.label::text, NEW.label::text)
    WHERE activity_id = NEW.activity_id AND OLD.label::text = ANY (attended);
    RETURN NULL;
END $$;

CREATE FUNCTION activities_start_attended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.attended = ARRAY(
        SELECT item.label::text
        FROM activities_clockins AS clockin
        JOIN activities_clockin_items AS item ON item.id = clockin.item_id
        WHERE item.activity_id = NEW.activity_id AND clockin.user_id = NEW.user_id
    );
    RETURN NEW;
END $$;

CREATE TRIGGER note_clockin AFTER INSERT OR DELETE OR UPDATE OF item_id, user_id
ON activities_clockins FOR EACH ROW EXECUTE FUNCTION activities_note_clockin();

CREATE TRIGGER rename_attended AFTER UPDATE OF label
ON activities_clockin_items FOR EACH ROW WHEN (OLD.label <> NEW.label)
EXECUTE FUNCTION activities_rename_attended();

CREATE TRIGGER start_attended BEFORE INSERT
ON activities_enrollments FOR EACH ROW EXECUTE FUNCTION activities_start_attended();
"""


def _id() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False)


def _now(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)


def _json(name: str) -> sa.Column:
    return sa.Column(name, sa.JSON(), server_default="{}", nullable=False)


def _key(table: str, column: str, to: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.id"], name=f"fk_{table}_{column}", ondelete=ondelete
    )


def upgrade() -> None:
    table = "activities_activities"
    op.create_table(
        table,
        _id(),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("time_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("time_end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("location", sa.String(255), server_default="", nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        _json("form_metas"),
        sa.Column("open_for_enrollment", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("participants_total_limit", sa.Integer()),
        sa.Column("has_waiting_list", sa.Boolean(), server_default=sa.false(), nullable=False),
        _now("created"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.CheckConstraint("time_end >= time_start", name=f"ck_{table}_interval"),
        sa.CheckConstraint("participants_total_limit >= 0", name=f"ck_{table}_limit"),
    )
    attended: sa.Column = sa.Column(
        "attended", ARRAY(sa.Text()), server_default="{}", nullable=False
    )
    for table, time, ondelete, more in (
        ("activities_enrollments", "enroll_time", None, [attended]),
        ("activities_waiting", "asked_at", "CASCADE", []),
    ):
        op.create_table(
            table,
            _id(),
            sa.Column("activity_id", sa.BigInteger(), nullable=False),
            sa.Column("user_id", sa.BigInteger(), nullable=False),
            _now(time),
            _json("participating_metas"),
            *more,
            sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
            sa.UniqueConstraint("activity_id", "user_id", name=f"uq_{table}_activity_id_user_id"),
            _key(table, "activity_id", "activities_activities", ondelete),
            _key(table, "user_id", "core_users", ondelete),
        )
    op.create_index(
        "ix_activities_enrollments_user_id_id", "activities_enrollments", ["user_id", "id"]
    )
    op.create_index(
        "ix_activities_waiting_activity_id_id", "activities_waiting", ["activity_id", "id"]
    )
    op.create_index("ix_activities_waiting_user_id", "activities_waiting", ["user_id"])
    table = "activities_clockin_items"
    op.create_table(
        table,
        _id(),
        sa.Column("activity_id", sa.BigInteger(), nullable=False),
        sa.Column("label", sa.String(50), nullable=False),
        sa.Column("from_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint("activity_id", "label", name=f"uq_{table}_activity_id_label"),
        sa.CheckConstraint("to_time > from_time", name=f"ck_{table}_interval"),
        _key(table, "activity_id", "activities_activities", "CASCADE"),
    )
    op.create_index("ix_activities_clockin_items_label", table, ["label"])
    table = "activities_clockin_staff"
    op.create_table(
        table,
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("item_id", "user_id", name=f"pk_{table}"),
        _key(table, "item_id", "activities_clockin_items", "CASCADE"),
        _key(table, "user_id", "core_users", "CASCADE"),
    )
    op.create_index("ix_activities_clockin_staff_user_id", table, ["user_id"])
    table = "activities_clockins"
    op.create_table(
        table,
        _id(),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        _now("time"),
        sa.Column("code_age", sa.REAL()),
        sa.Column("address", sa.String(64), server_default="", nullable=False),
        sa.Column("user_agent", sa.String(255), server_default="", nullable=False),
        sa.Column("corrected_by", sa.BigInteger()),
        sa.Column("reason", sa.String(255), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint("item_id", "user_id", name=f"uq_{table}_item_id_user_id"),
        sa.CheckConstraint("corrected_by IS NULL OR reason <> ''", name=f"ck_{table}_reason"),
        _key(table, "item_id", "activities_clockin_items"),
        _key(table, "user_id", "core_users"),
        _key(table, "corrected_by", "core_users"),
    )
    op.create_index("ix_activities_clockins_user_id", table, ["user_id"])
    op.execute(_TRIGGERS)


def downgrade() -> None:
    for table in ("clockins", "clockin_staff", "clockin_items", "waiting", "enrollments"):
        op.drop_table(f"activities_{table}")
    op.drop_table("activities_activities")
    for function in ("note_clockin", "rename_attended", "start_attended"):
        op.execute(f"DROP FUNCTION activities_{function}()")
