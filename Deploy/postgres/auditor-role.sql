-- The role that checks the invariants: it reads every table of every service and writes nowhere. May be run again at any time.
--
--   PASSWORD=… psql -f auditor-role.sql      (as a superuser, before service-database.sql)
\set ON_ERROR_STOP on
\getenv password PASSWORD

SELECT 'CREATE ROLE auditor' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'auditor') \gexec
ALTER ROLE auditor LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
ALTER ROLE auditor SET default_transaction_read_only = on;
GRANT pg_read_all_data TO auditor;
