"""Groups with their permissions, and the audit, which can only grow."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision = "core_0003"
down_revision = "core_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "core_groups",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("name", sa.String(150), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_groups"),
        sa.UniqueConstraint("name", name="uq_core_groups_name"),
    )
    op.create_table(
        "core_group_users",
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("group_id", "user_id", name="pk_core_group_users"),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["core_groups.id"],
            name="fk_core_group_users_group_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["core_users.id"], name="fk_core_group_users_user_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_core_group_users_user_id", "core_group_users", ["user_id"])
    op.create_table(
        "core_group_permissions",
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("permission", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("group_id", "permission", name="pk_core_group_permissions"),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["core_groups.id"],
            name="fk_core_group_permissions_group_id",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "core_audit",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("actor_id", sa.BigInteger()),
        sa.Column("actor", sa.String(500), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("table_name", sa.String(64), nullable=False),
        sa.Column("row_id", sa.BigInteger()),
        sa.Column("row_label", sa.Text(), server_default="", nullable=False),
        sa.Column("before", JSONB(), server_default="{}", nullable=False),
        sa.Column("after", JSONB(), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_audit"),
    )
    op.create_index(
        "ix_core_audit_table_name_row_id_id", "core_audit", ["table_name", "row_id", "id"]
    )
    op.create_index("ix_core_audit_actor_id_id", "core_audit", ["actor_id", "id"])
    op.create_index("ix_core_audit_action_id", "core_audit", ["action", "id"])
    op.create_index("ix_core_audit_at", "core_audit", ["at"])
    op.execute(
        """
        CREATE FUNCTION core_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'core_audit is append-only' USING ERRCODE = 'insufficient_privilege';
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER core_audit_append_only
        BEFORE UPDATE OR DELETE OR TRUNCATE ON core_audit
        FOR EACH STATEMENT EXECUTE FUNCTION core_audit_refuse()
        """
    )


def downgrade() -> None:
    op.drop_table("core_audit")
    op.execute("DROP FUNCTION core_audit_refuse()")
    op.drop_table("core_group_permissions")
    op.drop_table("core_group_users")
    op.drop_table("core_groups")
