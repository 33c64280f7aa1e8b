"""Who looks after a request, notes, hours per category, and when it is confirmed."""

import sqlalchemy as sa

from alembic import op

revision = "repairs_0005"
down_revision = "repairs_0004"
branch_labels = None
depends_on = None

_HOURS = ("take_up_hours", "solve_hours")


def upgrade() -> None:
    for name in _HOURS:
        op.add_column("repairs_categories", sa.Column(name, sa.Integer(), nullable=True))
        op.create_check_constraint(
            op.f(f"ck_repairs_categories_{name}"),
            "repairs_categories",
            f"{name} BETWEEN 1 AND 8760",
        )
    for table in ("repairs_requests", "repairs_history"):
        op.add_column(table, sa.Column("assignee_id", sa.BigInteger(), nullable=True))
        op.create_foreign_key(
            f"fk_{table}_assignee_id",
            table,
            "core_users",
            ["assignee_id"],
            ["id"],
            ondelete="SET NULL",
        )
    for name in ("confirmed_at", "opened_at"):
        op.add_column(
            "repairs_requests", sa.Column(name, sa.DateTime(timezone=True), nullable=True)
        )
    op.add_column(
        "repairs_history",
        sa.Column("kind", sa.String(16), server_default="status", nullable=False),
    )
    op.execute("UPDATE repairs_history SET kind = 'confirmed' WHERE rating IS NOT NULL")
    # Open since the report, or since the last time that what was solved was opened again.
    op.execute(
        """
        WITH steps AS (
            SELECT request_id, status, changed_at,
                   lag(status) OVER (PARTITION BY request_id ORDER BY id) AS before
            FROM repairs_history WHERE kind = 'status'
        ), reopened AS (
            SELECT request_id, max(changed_at) AS at FROM steps
            WHERE before = 2 AND status <> 2 GROUP BY request_id
        ), confirmed AS (
            SELECT request_id, max(changed_at) AS at FROM repairs_history
            WHERE kind = 'confirmed' GROUP BY request_id
        )
        UPDATE repairs_requests AS r SET
            opened_at = coalesce((SELECT at FROM reopened WHERE request_id = r.id), created_at),
            confirmed_at = CASE WHEN rating IS NOT NULL THEN coalesce(
                (SELECT at FROM confirmed WHERE request_id = r.id), status_changed_at) END,
            assignee_id = CASE WHEN status IN (1, 2) THEN status_changed_by END
        """
    )
    op.alter_column("repairs_requests", "opened_at", nullable=False, server_default=sa.func.now())
    op.create_check_constraint(
        op.f("ck_repairs_requests_confirmed"),
        "repairs_requests",
        "confirmed_at IS NULL OR status = 2",
    )
    op.create_check_constraint(
        op.f("ck_repairs_history_kind"),
        "repairs_history",
        "kind IN ('status', 'note', 'office_note', 'assigned', 'confirmed')",
    )
    op.create_check_constraint(
        op.f("ck_repairs_history_rating_kind"),
        "repairs_history",
        "rating IS NULL OR kind = 'confirmed'",
    )
    op.create_index(
        "ix_repairs_requests_assignee_id_status", "repairs_requests", ["assignee_id", "status"]
    )
    op.create_index(
        "ix_repairs_requests_unconfirmed",
        "repairs_requests",
        ["status_changed_at"],
        postgresql_where=sa.text("status = 2 AND confirmed_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_repairs_requests_unconfirmed", "repairs_requests")
    op.drop_index("ix_repairs_requests_assignee_id_status", "repairs_requests")
    # What is no change of status and no rating, the version before would take for one.
    op.execute("DELETE FROM repairs_history WHERE kind <> 'status' AND rating IS NULL")
    op.drop_constraint(op.f("ck_repairs_history_rating_kind"), "repairs_history")
    op.drop_constraint(op.f("ck_repairs_history_kind"), "repairs_history")
    op.drop_column("repairs_history", "kind")
    op.drop_constraint(op.f("ck_repairs_requests_confirmed"), "repairs_requests")
    for name in ("opened_at", "confirmed_at", "assignee_id"):
        op.drop_column("repairs_requests", name)
    op.drop_column("repairs_history", "assignee_id")
    for name in _HOURS:
        op.drop_constraint(op.f(f"ck_repairs_categories_{name}"), "repairs_categories")
        op.drop_column("repairs_categories", name)
