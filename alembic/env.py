"""Run migrations of the base and of every installed plugin; ``hhu migrate`` prepares all of it."""

from sqlalchemy import text

from alembic import context

config = context.config


def is_compared(_object, name, kind, _reflected, _compared) -> bool:
    """While a revision of one branch is written, the tables of the others do not exist.

    Nor do, ever, those of a plugin whose models cannot be imported: they would look deleted.
    """
    if kind != "table":
        return True
    if any(name.startswith(f"{broken}_") for broken in config.attributes.get("broken", ())):
        return False
    branch = config.attributes.get("branch")
    return branch is None or name.startswith(f"{branch}_")


with config.attributes["engine"].connect() as connection:
    # A migration that waits for a lock blocks everybody behind it: better it fails, and is run
    # again at a quieter hour. The lock in the middle keeps two deployments from migrating at once.
    patience = config.attributes.get("lock_timeout", "30s")
    connection.execute(
        text("SELECT set_config('lock_timeout', :value, false)"), {"value": patience}
    )
    connection.execute(text("SELECT pg_advisory_xact_lock(4737109, 0)"))
    connection.execute(text("SET lock_timeout = '10s'"))
    connection.execute(text("SET statement_timeout = '30min'"))
    context.configure(
        connection=connection,
        target_metadata=config.attributes["metadata"],
        include_object=is_compared,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
