-- Roles and databases of Clausewatch on PostgreSQL 14 or newer; run once, as a superuser:
--   psql -v store_password=... -v prefect_password=... -f deploy/postgresql.sql
-- The store and Prefect know nothing of each other, and neither role can read the other's database. The CRM is
-- another server's: its reader is made in docs/connect.md.
\set ON_ERROR_STOP on

CREATE ROLE clausewatch LOGIN PASSWORD :'store_password' NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;
CREATE ROLE clausewatch_prefect LOGIN PASSWORD :'prefect_password' NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;

-- Keys are compared byte by byte: no upgrade of a locale can put them into another order.
CREATE DATABASE clausewatch OWNER clausewatch TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C';
CREATE DATABASE clausewatch_prefect OWNER clausewatch_prefect TEMPLATE template0 ENCODING 'UTF8';

REVOKE CONNECT, TEMPORARY ON DATABASE clausewatch FROM PUBLIC;
REVOKE CONNECT, TEMPORARY ON DATABASE clausewatch_prefect FROM PUBLIC;

-- Prefect's migrations search texts by trigrams.
\connect clausewatch_prefect
CREATE EXTENSION IF NOT EXISTS pg_trgm;
