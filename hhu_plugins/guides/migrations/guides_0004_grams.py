"""An index of the contents by their characters and pairs of them, for searches while one types."""

from alembic import op

revision = "guides_0004"
down_revision = "guides_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The cost is that of a long text, so that the index is used and not computed for each row.
    op.execute(
        """
        CREATE FUNCTION guides_grams(key text) RETURNS text[]
        LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 100000 AS $$
            SELECT coalesce(array_agg(DISTINCT gram), '{}')
            FROM (
                SELECT unnest(ARRAY[letter, letter || lead(letter) OVER (ORDER BY place)]) AS gram
                FROM string_to_table(key, NULL) WITH ORDINALITY AS letters(letter, place)
            ) AS grams
            WHERE gram IS NOT NULL
        $$
        """
    )
    op.execute(
        "CREATE INDEX ix_guides_versions_grams ON guides_versions"
        " USING gin (guides_grams(search_key)) WHERE is_current"
    )


def downgrade() -> None:
    op.execute("DROP INDEX ix_guides_versions_grams")
    op.execute("DROP FUNCTION guides_grams(text)")
