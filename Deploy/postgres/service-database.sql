-- The role and the database of one service. Idempotent.
--
--   PASSWORD=… psql -v service=shop -f service-database.sql      (as a superuser)
--
-- The role owns its database and cannot connect to any other.
\set ON_ERROR_STOP on
\getenv password PASSWORD
-- Statements with passwords are not logged, even if they are slow or fail.
SET log_min_duration_statement = -1;
SET log_min_error_statement = panic;

SELECT format('CREATE ROLE %I', :'service')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'service') \gexec
ALTER ROLE :"service" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';

SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING ''UTF8'' LOCALE ''C''', :'service', :'service')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'service') \gexec

REVOKE CONNECT, TEMPORARY ON DATABASE :"service", postgres, template1 FROM PUBLIC;
GRANT CONNECT ON DATABASE :"service" TO auditor;

-- The auditor may read all tables, including future ones, except identity's, which hold secrets: a migration grants its outbox only.
SELECT :'service' <> 'identity' AS shows_all \gset
\if :shows_all
  \connect :service
  ALTER DEFAULT PRIVILEGES FOR ROLE :"service" GRANT SELECT ON TABLES TO auditor;
  GRANT SELECT ON ALL TABLES IN SCHEMA public TO auditor;
\endif
