#!/bin/sh
# Run once by the administrator of a new PostgreSQL cluster: the two roles and the database.
# The owner makes and alters tables (migrate, grant, restore); the application owns nothing (config/grants.py).
set -eu
psql -v ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres \
     -v owner_password="$OWNER_PASSWORD" -v app_password="$APP_PASSWORD" <<'SQL'
CREATE ROLE mingqian_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE mingqian_app LOGIN PASSWORD :'app_password';
CREATE DATABASE mingqian OWNER mingqian_owner TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8';
REVOKE ALL ON DATABASE mingqian FROM PUBLIC;
GRANT CONNECT ON DATABASE mingqian TO mingqian_app;
SQL
