-- Who may do what in the database, as a superuser and connected to it:
--
--   psql --dbname hhu --file postgres-roles.sql
--
-- hhu_owner owns the tables and migrates them; hhu_app is what the system runs as. It changes
-- nothing when it is run again: run it once before the first migration, and once afterwards.

ALTER SCHEMA public OWNER TO hhu_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO hhu_app;

-- Nobody else has any business here.
DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO hhu_owner, hhu_app', current_database());
END $$;

-- Rows, not structure: hhu_app can neither drop a table, nor truncate it, nor take off a trigger.
-- On sequences SELECT is for pg_dump, and USAGE for nextval(); identity columns need nothing.
ALTER DEFAULT PRIVILEGES FOR ROLE hhu_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO hhu_app;
ALTER DEFAULT PRIVILEGES FOR ROLE hhu_owner IN SCHEMA public
    GRANT SELECT, USAGE ON SEQUENCES TO hhu_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO hhu_app;
GRANT SELECT, USAGE ON ALL SEQUENCES IN SCHEMA public TO hhu_app;

-- The audit log only grows, and which migrations are applied is for hhu_owner to say.
DO $$
BEGIN
    IF to_regclass('public.core_audit') IS NOT NULL THEN
        REVOKE UPDATE, DELETE ON public.core_audit FROM hhu_app;
    END IF;
    IF to_regclass('public.alembic_version') IS NOT NULL THEN
        REVOKE INSERT, UPDATE, DELETE ON public.alembic_version FROM hhu_app;
    END IF;
END $$;
