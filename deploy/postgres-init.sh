#!/bin/sh
# The first start of compose.yaml's PostgreSQL: the roles, the database, and who may do what in it.
set -eu

psql --username "${POSTGRES_USER:-postgres}" --dbname postgres -v ON_ERROR_STOP=1 \
    -v owner_password="$OWNER_PASSWORD" -v app_password="$APP_PASSWORD" <<'SQL'
CREATE ROLE hhu_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE hhu_app LOGIN PASSWORD :'app_password';
CREATE DATABASE hhu OWNER hhu_owner ENCODING 'UTF8' TEMPLATE template0 LOCALE 'C.UTF-8';
SQL
psql --username "${POSTGRES_USER:-postgres}" --dbname hhu -v ON_ERROR_STOP=1 --quiet --file /opt/postgres-roles.sql
