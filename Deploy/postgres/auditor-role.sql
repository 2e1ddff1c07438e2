-- The auditor's read-only role; service-database.sql grants it the services' tables. Idempotent.
--
--   PASSWORD=… psql -f auditor-role.sql      (as a superuser, before service-database.sql)
\set ON_ERROR_STOP on
\getenv password PASSWORD
-- Statements with passwords are not logged, even if they are slow or fail.
SET log_min_duration_statement = -1;
SET log_min_error_statement = panic;

SELECT 'CREATE ROLE auditor' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'auditor') \gexec
ALTER ROLE auditor LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
ALTER ROLE auditor SET default_transaction_read_only = on;
-- Earlier versions granted this role.
SELECT 'REVOKE pg_read_all_data FROM auditor' WHERE pg_has_role('auditor', 'pg_read_all_data', 'MEMBER') \gexec
